/** UNIX sockets with both ends put together: unix(7), sock_diag(7). */
import type { NativeUnixSocket } from '../native';

export const socketTypes = { 1: 'stream', 2: 'datagram', 5: 'sequential-packet' } as Record<number, string>;
export const [streamType, datagramType] = [1, 2];
const listenState = 10;

export interface UnixPair {
  kind: 'pair';
  one: NativeUnixSocket;
  other: NativeUnixSocket;
}

export interface UnixListener {
  kind: 'listener';
  socket: NativeUnixSocket;
  /** Connected sockets on the server's side: they have the listener's name. */
  connections: number;
}

/** Not connected both ways: bound, sending to a server, or with an end that is not seen. */
export interface UnixSingle {
  kind: 'single';
  socket: NativeUnixSocket;
  peer?: NativeUnixSocket;
}

export type UnixEntry = UnixPair | UnixListener | UnixSingle;

/** `/run/server.sock`, `@abstract`; undefined without a name. Bytes that do not print are escaped. */
export function socketName(socket: NativeUnixSocket): string | undefined {
  if (!socket.abstract && socket.name === '') return undefined;
  return (socket.abstract ? '@' : '') + printable(socket.name);
}

function printable(text: string): string {
  let shown = '';
  for (const letter of text) {
    const code = letter.codePointAt(0)!;
    shown += code < 32 || code === 127 ? `\\x${code.toString(16).padStart(2, '0')}` : letter;
  }
  return shown;
}

/** Each connection once, in the order of the smaller inode. */
export function unixEntries(sockets: readonly NativeUnixSocket[]): UnixEntry[] {
  const byInode = new Map(sockets.map((socket) => [socket.inode, socket]));
  const served = new Map<string, number>();
  const entries: UnixEntry[] = [];
  const sorted = [...sockets].sort((one, other) => one.inode - other.inode);
  for (const socket of sorted) {
    const name = socketName(socket);
    if (name && socket.peer !== 0) served.set(name, (served.get(name) ?? 0) + 1);
  }
  for (const socket of sorted) {
    const peer = socket.peer === 0 ? undefined : byInode.get(socket.peer);
    if (socket.state === listenState)
      entries.push({ kind: 'listener', socket, connections: served.get(socketName(socket) ?? '') ?? 0 });
    else if (peer?.peer === socket.inode) {
      if (peer.inode >= socket.inode) entries.push({ kind: 'pair', one: socket, other: peer });
    } else entries.push({ kind: 'single', socket, ...(peer ? { peer } : {}) });
  }
  return entries;
}

/** Made by socketpair(2): connected to each other and neither was ever bound. A client's server end has the server's name. */
export function isSocketPair(entry: UnixEntry): entry is UnixPair {
  return entry.kind === 'pair' && !socketName(entry.one) && !socketName(entry.other);
}
