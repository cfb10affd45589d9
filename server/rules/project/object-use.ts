/** What the programs of a project do with objects that others can find: facts, of which project rules and views are made. */

export const objectKinds = [
  'sysv-msg',
  'sysv-sem',
  'sysv-shm',
  'posix-mq',
  'posix-shm',
  'posix-sem-named',
  'fifo',
  'unix-socket',
  'inet-socket',
  /** Of a family that is not known. */
  'socket',
  /** Any file: a FIFO, when somebody makes one of that path. */
  'file',
] as const;
export type ObjectKind = (typeof objectKinds)[number];

export type Doing =
  | 'create'
  | 'open'
  | 'remove'
  | 'bind'
  | 'connect'
  | 'read'
  | 'write'
  | 'map'
  | 'resize'
  | 'wait'
  | 'post';

/** How an object is found. The same kind, `by` and `text` is the same object. */
export interface ObjectName {
  /** `private`: nobody finds it but who is handed its identifier. */
  by: 'path' | 'name' | 'key' | 'ftok' | 'abstract' | 'port' | 'private';
  /** For people, too: `/jobs`, `0x1234`, `ftok("/tmp", 65)`, `5000`. */
  text: string;
  key?: number;
  ftok?: { path: string; id: number };
  /** Made at run time: `/tmp/client.%ld` stands for many. */
  pattern?: true;
}

/** What is known of a use beside who and where; each absent where it is not a constant. */
export interface UseDetails {
  /** Permission bits of a creation. */
  mode?: number;
  /** O_EXCL or IPC_EXCL. */
  exclusive?: boolean;
  /** Bytes: of a queue's messages, of memory, of what is sent or can be received. Of a set: its semaphores. */
  size?: number;
  /** System V: the type of a message sent; what a receive asks for. */
  messageType?: number;
  /** A receive cuts what is too long (MSG_NOERROR, or a datagram). */
  cuts?: boolean;
  access?: 'read' | 'write' | 'both';
  /** Opening comes back only when another process does its part. */
  waits?: boolean;
  /** What the same process opened before on every path: object and access. */
  before?: readonly { object: string; access: string }[];
  /** Sockets. */
  transport?: 'stream' | 'dgram';
}

export interface ObjectUse extends UseDetails {
  fact: 'use';
  does: Doing;
  kind: ObjectKind;
  /** Absent where it is not known for certain. */
  name?: ObjectName;
  /** The name as the program writes it. */
  written?: string;
  /** Of a socket: what holds its address, where it is not known what that is made of. */
  addressIn?: string;
  call: string;
  /** The function that the walk began with. */
  root: string;
  /** Which process of a fork. */
  role: string;
  /** The variable outside functions that holds the handle, where the walk does not know which object that is. */
  handle?: string;
  /** The variable outside functions that holds the name. */
  nameIn?: string;
  /** Variables outside functions into which the handle is put. */
  keeps?: readonly string[];
}

/** The same text is the same object. */
export function identityOf({ kind, name }: Pick<ObjectUse, 'kind' | 'name'>): string | undefined {
  return name && `${kind} ${name.by} ${name.text}`;
}
