import type { ObjectSpec } from '../scenario';

/** Objects that the demos of several facilities share. */

/** The server's socket in a demo of a stream of either family. */
export const listener: ObjectSpec = {
  kind: 'listener',
  id: 'listener',
  title: 'the listening socket',
  handle: 'server.listener',
};

/** What its client and server then have between them. */
export const connection: ObjectSpec = {
  kind: 'connection',
  id: 'connection',
  title: 'the connection',
  handle: 'client.connection',
  peer: 'server.connection',
};

/** A file of the demo's folder, by its name. */
export const fileNamed = (name: string, title = 'the file'): ObjectSpec => ({
  kind: 'file',
  id: name,
  title,
  handle: name,
});
