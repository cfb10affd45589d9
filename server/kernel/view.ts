import type { FacilityId, TopicId } from '../../catalog/schema';

/** What a person sees of the kernel's IPC state: groups of rows, ready to show. Pure data, part of the protocol. */
export interface KernelView {
  /** Milliseconds since the epoch when the snapshot was taken. */
  taken: number;
  /** The IPC namespace read, as `/proc/self/ns/ipc` names it; absent where it cannot be told. */
  namespace?: string;
  groups: KernelGroup[];
  /** The other way round: each process with what it holds and what it waits on. Absent where /proc was not read. */
  processes?: KernelProcess[];
  limits?: KernelLimit[];
  /** Processes that wait for each other. */
  cycles?: KernelCycle[];
  /** IPC namespaces that one may see, our own first. */
  namespaces?: KernelNamespace[];
  /** What could not be seen, as sentences for people: processes of other users, a container's limited view. */
  notes?: string[];
}

export interface KernelGroup {
  /** Names the table: the first part of its rows' ids. Two tables may show one facility. Absent: the facility's name. */
  table?: string;
  /** What explains it. */
  facility: FacilityId | TopicId;
  title: string;
  rows: KernelRow[];
  /** Why the table could not be read; then `rows` is empty. */
  problem?: string;
}

export interface KernelRow {
  /** Names the object as long as it lives: `sysv-msg:32768`, `posix-mq:/jobs`. */
  id: string;
  /** What people call it: `key 0x1a2b`, `/jobs`. */
  label: string;
  /** The one thing worth knowing beside the label: `3 messages, 96 of 16384 bytes`. */
  description: string;
  /** Everything else, in the order to show it. */
  details: { label: string; value: string }[];
  /** True when its creator is gone and nobody is attached; absent where the kernel does not tell. */
  orphan?: boolean;
  removable: boolean;
  /** Name of the user it belongs to, to group by. */
  owner?: string;
  /** It belongs to the user IPC Lens runs as. */
  mine?: boolean;
  /** Only the editor that IPC Lens runs in holds it, or IPC Lens itself. */
  editor?: true;
  /** Who holds it. Absent where it is not known; empty when nobody does. */
  holders?: KernelHolder[];
  /** Row ids of objects it leads to: an epoll instance's descriptors, a listening socket's connections. */
  related?: string[];
  /** How full it is, where that is a number: bytes or messages. */
  fill?: { used: number; capacity: number; unit: 'bytes' | 'messages' };
  /** What is wrong with it, as a sentence. */
  warning?: string;
  /** What a person may type to remove it: `ipcrm -q 32768`, `rm /dev/shm/board`. */
  command?: string;
  /** Its content can be asked for with `ipcLens/kernel/peek`. */
  peekable?: boolean;
}

export interface KernelHolder {
  pid: number;
  program: string;
  /** Completes "the process ...": `reads`, `writes`, `has it mapped`, `waits for the lock`. */
  role: string;
  fds?: number[];
  /** The call in which it waits on this object now: `read`. */
  waiting?: string;
}

export interface KernelProcess extends KernelRow {
  pid: number;
  program: string;
  parent: number;
  /** What it holds: row ids with the role. */
  holds: { id: string; role: string }[];
  /** What its threads wait in, the main thread first; at most one entry a call and object. */
  waits: KernelWait[];
}

export interface KernelWait {
  /** `read`, `msgrcv`. */
  call: string;
  /** Row id of what it waits on, where that is known. */
  on?: string;
  /** As a sentence without a full stop: `in read on pipe 4711`. */
  sentence: string;
}

export interface KernelLimit {
  id: string;
  /** As /proc or getrlimit(2) names it: `kernel.msgmni`, `RLIMIT_NOFILE of nginx (4711)`. */
  name: string;
  /** What it bounds, as a person says it. */
  meaning: string;
  /** Where a machine shows it. */
  source: string;
  used?: number;
  /** Absent: no limit. */
  most?: number;
  unit: 'objects' | 'bytes' | 'messages' | 'descriptors' | 'signals' | 'processes';
  /** At least 80 % are used. */
  near: boolean;
}

/** Each waits for the next, the last for the first. */
export interface KernelCycle {
  id: string;
  steps: { pid: number; program: string; call: string; on: string }[];
  sentence: string;
}

export interface KernelNamespace {
  /** `ipc:[4026531839]`. */
  id: string;
  own: boolean;
  /** Processes seen in it. */
  processes: number;
  /** Some of their names. */
  programs: string[];
}

export interface RowsDelta<R> {
  /** New rows and rows that differ, whole. */
  changed: R[];
  /** Ids of rows that are gone. */
  removed: string[];
}

/** What changed of a table; the rest of its rows is as it was. */
export type GroupDelta = Omit<KernelGroup, 'rows'> & RowsDelta<KernelRow>;

/** The rows that changed. Applied to the view before, it gives the view now; the order of rows is left to who shows them. */
export interface KernelDelta {
  taken: number;
  /** Everything there is, told anew: rows from before that are not among it are gone. */
  whole?: true;
  groups: GroupDelta[];
  processes?: RowsDelta<KernelProcess>;
  /** Whole, when anything of them changed. */
  limits?: KernelLimit[];
  cycles?: KernelCycle[];
  namespaces?: KernelNamespace[];
  notes?: string[];
}

/** What an object holds, looked at without taking anything out of it. */
export interface PeekResult {
  /** As a heading: `Message queue 3`. */
  title: string;
  /** A message each, or the memory; empty when there is a problem. */
  parts: PeekPart[];
  /** What is not shown, as a sentence. */
  note?: string;
  /** Why nothing can be shown and what would help, as a sentence. */
  problem?: string;
}

export interface PeekPart {
  /** `type 1, 12 bytes`, `bytes 0 to 4095 of 65536`. */
  heading: string;
  /** Lines as of `hexdump -C`: offset, 16 bytes, the same as ASCII. */
  dump: string;
  /** The same as text, when it is nothing but printable UTF-8. */
  text?: string;
}

export interface SignalRequest {
  pid: number;
  /** The program's name as it was shown: another process by now gets no signal. */
  program: string;
  /** `SIGTERM`. */
  signal: string;
}

export interface SignalResult {
  sent: boolean;
  message: string;
}

export interface RemoveResult {
  removed: boolean;
  /** What happened, as a sentence: names the object and, on refusal, the reason and what to do. */
  message: string;
}

/** What a program calls an object: a name, or a key of System V. */
export interface KernelName {
  /** Names of the tables it may be in. */
  tables: readonly string[];
  name?: string;
  key?: number;
  /** A key that ftok(3) makes: the path is absolute, of the number the lowest eight bits. */
  ftok?: { path: string; project: number };
}

/** What there is of it now. */
export interface KernelFound {
  row?: KernelRow;
  /** The key that ftok makes now; absent when it would fail. */
  key?: number;
}
