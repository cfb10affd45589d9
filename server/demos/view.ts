import type { FacilityId, TopicId } from '../../catalog/schema';

export type * from './playground/view';

/** A folder of sources. */
export interface ProjectView {
  /** A name for it: `pipe-exchange`. */
  name: string;
  files: { path: string; text: string }[];
}

/** What the demo panel shows, ready to draw. Pure data, part of the protocol. */

export interface ScenarioSummary {
  /** Unique: `pipe/exchange`. */
  id: string;
  subject: FacilityId | TopicId;
  title: string;
  /** One sentence: what one will see. */
  summary: string;
  kind: 'normal' | 'pitfall';
  /** The linter rule that reports this mistake in source code. */
  rule?: string;
}

export interface DemoView {
  session: string;
  scenario: ScenarioSummary;
  /** `preparing`: processes start. `ready`: waits for the person. `running`: a step is under way or Run is on. `finished`: played to its end. `failed`: something outside the script went wrong. */
  state: 'preparing' | 'ready' | 'running' | 'finished' | 'failed';
  /** Index in `steps` of the step that comes next; absent at the end. */
  next?: number;
  steps: StepView[];
  processes: ProcessView[];
  objects: ObjectView[];
  /** What each process holds and what the kernel says of it, with what the last step changed. */
  kernel: KernelTableRow[];
  /** The closing sentence when finished, or the reason when failed. */
  conclusion?: string;
  /** The person has left the script: what was left of it is not played. */
  left?: true;
}

export interface StepView {
  index: number;
  /** The id of the process that acts. */
  process: string;
  /** The call as C: `write(fd[1], "hello", 5)`. */
  call: string;
  /** Why this step: shown before and while it runs. */
  explanation: string;
  status: 'pending' | 'running' | 'blocked' | 'done' | 'differs';
  /** The program lacks this call; it is issued by hand to show the remedy. */
  byHand?: boolean;
  /** The person issued it, and so. */
  yours?: { call: string; args: string[]; into?: string };
  /** What happened: `returned 5`, `blocked in read`, `failed with EPIPE (Broken pipe)`, `killed by SIGPIPE`. */
  outcome?: string;
  /** What should have happened, when it did not. */
  expected?: string;
  /** Milliseconds since the demo began. */
  began?: number;
  ended?: number;
  /** An arrow to draw: data moved into or out of an object. */
  transfer?: { object: string; direction: 'in' | 'out'; data: string };
}

export interface ProcessView {
  /** `parent`, `child`, ... */
  id: string;
  title: string;
  pid?: number;
  state: 'not-started' | 'running' | 'blocked' | 'stopped' | 'zombie' | 'gone';
  /** While blocked: the call and what it waits for, by the kernel's own word. */
  wait?: { call: string; object?: string; channel?: string };
  /** The program that took the place of its own: `tr`. */
  runs?: string;
  /** How it ended: `exited with status 0`, `killed by SIGPIPE`. */
  end?: string;
  /** Numbers and buffers that it has, as a call may name them. */
  variables?: { name: string; value: string }[];
  program: {
    /** File name the program would have: `pipe-exchange.c`. */
    file: string;
    text: string;
    /** Zero-based line this process is at; absent before it starts and after it ends. */
    line?: number;
  };
}

export type ObjectView =
  | PipeView
  | FifoView
  | QueueView
  | FileView
  | SignalsView
  | SocketView
  | ListenerView
  | ConnectionView
  | TerminalView
  | CounterView
  | MqueueView
  | SemaphoreView
  | MutexView
  | ConditionView
  | MemoryView;

export interface PipeView extends PipeContent {
  kind: 'pipe';
}

/** A pipe with a name. It may have a name and no bytes, or the other way round. */
export interface FifoView extends PipeContent {
  kind: 'fifo';
  /** The name in the file system; absent when there is none. */
  name?: string;
}

export interface PipeContent {
  id: string;
  title: string;
  exists: boolean;
  /** Bytes. */
  capacity: number;
  unread: number;
  /** The start of the unread bytes, as text with escapes; at most 256 characters. */
  content: string;
  /** Ids of the processes that hold each end. */
  readers: string[];
  writers: string[];
}

/** What waits in a socket to be received. */
export interface SocketContent {
  /** The process that the script gives it to. */
  owner?: string;
  /** Its own name: `echo.socket`, `@echo`, `127.0.0.1:4000`; absent when it has none. */
  name?: string;
  /** Ids of the processes that hold it. */
  holders: string[];
  /** Bytes, of a stream. */
  unread: number;
  /** The start of the unread bytes of a stream, with escapes. */
  content: string;
  /** The unread messages of a datagram socket, oldest first. */
  messages: { text: string; size: number; from?: string }[];
  /** End-of-file waits behind the bytes. */
  end: boolean;
  /** An error waits to be told to the next call. */
  error?: boolean;
  /** TCP's word for its state, such as `ESTABLISHED`. */
  state?: string;
}

/** One datagram socket: a letter box. */
export interface SocketView extends SocketContent {
  kind: 'socket';
  id: string;
  title: string;
  exists: boolean;
  /** Whom it is connected to, if it is. */
  peer?: string;
}

/** A socket that accepts connections. */
export interface ListenerView {
  kind: 'listener';
  id: string;
  title: string;
  exists: boolean;
  name?: string;
  listening: boolean;
  holders: string[];
  /** Connections made and not yet accepted, and how many may wait so; absent when the kernel does not say. */
  pending?: number;
  backlog?: number;
  /** Other sockets that the kernel keeps at this address, such as `TIME_WAIT`. */
  kept: string[];
}

/** Two connected sockets: what each holds has come from the other. */
export interface ConnectionView {
  kind: 'connection';
  id: string;
  title: string;
  exists: boolean;
  /** Messages keep their boundaries; bytes do not. */
  form: 'bytes' | 'messages';
  ends: [SocketContent, SocketContent];
}

export interface TerminalView {
  kind: 'terminal';
  id: string;
  title: string;
  exists: boolean;
  /** `/dev/pts/3` */
  name?: string;
  echo: boolean;
  /** Input is handed over a line at a time. */
  lines: boolean;
  /** What the master has read so far: what a terminal emulator would show. */
  screen: string;
  /** Bytes that wait to be read at each side. */
  forMaster: number;
  forSlave: number;
  masters: string[];
  slaves: string[];
  /** The process whose session it controls. */
  controls?: string;
}

/** An eventfd. */
export interface CounterView {
  kind: 'counter';
  id: string;
  title: string;
  exists: boolean;
  count: number;
  /** Each read takes one; otherwise it takes all. */
  semaphore: boolean;
  holders: string[];
}

/** A POSIX message queue. */
export interface MqueueView {
  kind: 'mqueue';
  id: string;
  title: string;
  exists: boolean;
  /** Absent when it has been unlinked. */
  name?: string;
  /** Messages held, the most it may hold, and the most bytes of one. */
  count: number;
  most: number;
  largest: number;
  /** As the calls told them, the next to be received first. */
  messages: { priority: number; text: string; size: number }[];
  holders: string[];
  /** The process that gets the notice of the next message. */
  notice?: string;
}

/** A System V set, or one POSIX semaphore. */
export interface SemaphoreView {
  kind: 'semaphore';
  id: string;
  title: string;
  exists: boolean;
  name?: string;
  semaphores: {
    value: number;
    /** How many wait for a larger value, and for 0; absent when the kernel does not count them. */
    waiting?: number;
    waitingForZero?: number;
    /** The process that changed it last. */
    last?: string;
    /** Whose copy it is, when not all see the same. */
    seenBy?: string[];
  }[];
  holders?: string[];
  /** It was made for the threads of one process. */
  forOneProcess?: boolean;
}

/** A mutex of POSIX threads, in memory that processes share. */
export interface MutexView {
  kind: 'mutex';
  id: string;
  title: string;
  exists: boolean;
  /** The process that has it. */
  owner?: string;
  /** `held` by a dead process, if it is not robust; `abandoned`: the next one to lock it is told that its owner died. `lost`: it can be used no more. */
  state: 'free' | 'held' | 'abandoned' | 'lost';
  /** Its owner took it from a dead one and has not yet said that all is in order again. */
  inconsistent: boolean;
  ownerDead: boolean;
  robust: boolean;
  forOneProcess: boolean;
}

export interface ConditionView {
  kind: 'condition';
  id: string;
  title: string;
  exists: boolean;
  /** How many wait, by its own count. */
  waiting: number;
  forOneProcess: boolean;
}

/** Memory that processes share, or seem to. */
export interface MemoryView {
  kind: 'memory';
  id: string;
  title: string;
  exists: boolean;
  /** Of an object that can have one; empty when it has none any more. */
  name?: string;
  /** Bytes of the object behind it; anonymous memory has none that one could ask. */
  size?: number;
  /** What is seen, and by whom; one row when all see the same. Without cells there is no memory behind the addresses. */
  rows: { processes: string[]; cells?: number[]; fields?: MemoryField[] }[];
  mappers: string[];
  /** It goes when the last one detaches. */
  doomed?: boolean;
}

/** A member of a structure. */
export interface MemoryField {
  name: string;
  /** Of an array of numbers there are several. */
  values: string[];
  /** A pointer that leads nowhere in this memory, as this process has it mapped. */
  astray?: boolean;
}

export interface QueueView {
  kind: 'queue';
  id: string;
  title: string;
  exists: boolean;
  /** Bytes held and the most it may hold. */
  bytes: number;
  maxBytes: number;
  messages: { type: number; text: string; size: number }[];
  /** Why the messages are not shown, when they cannot be. */
  note?: string;
}

/** What the kernel keeps of one process's signals: those of which there is something to say. */
export interface SignalsView {
  kind: 'signals';
  id: string;
  title: string;
  exists: boolean;
  process: string;
  signals: SignalView[];
}

export interface SignalView {
  /** `SIGUSR1`, `SIGRTMIN+1`. */
  name: string;
  /** Sent and not yet delivered. */
  pending: boolean;
  blocked: boolean;
  action: 'default' | 'handler' | 'ignored';
  /** What was sent along with those pending, first come first. */
  values: number[];
}

/** A plain file that processes share. */
export interface FileView {
  kind: 'file';
  id: string;
  title: string;
  exists: boolean;
  name: string;
  /** Bytes. */
  size: number;
  /** Its first bytes, with escapes. */
  content: string;
  /** Ids of the processes that have it open. */
  holders: string[];
  locks: FileLock[];
}

export interface FileLock {
  /** `record`: of a process. `description`: of an open file (OFD). `flock`: of an open file, over all of it. */
  style: 'record' | 'description' | 'flock';
  mode: 'read' | 'write';
  /** The bytes, both included; without `to` up to the end, however far the file grows. */
  from: number;
  to?: number;
  /** Who has it, or waits for it: several when they share the open file. */
  processes: string[];
  waits: boolean;
}

export interface KernelTableRow {
  process?: string;
  /** `fd 3`, `queue 5`. */
  handle: string;
  /** What it refers to: `pipe:[12345], read end`. */
  refersTo: string;
  state: string;
  /** It stands in the processes' memory; the kernel knows nothing of it. */
  inMemory?: boolean;
  change?: 'new' | 'changed' | 'gone';
}
