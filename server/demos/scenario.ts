/**
 * A demo's script as data: which process issues which call with which arguments, what must happen, and why. The runner
 * plays it on real processes, the program writer turns the same steps into C, the panel shows both.
 */
import type { FacilityId, TopicId } from '../../catalog/schema';

export interface Scenario {
  /** `pipe/exchange`: subject and name. The C program is `pipe-exchange.c`. */
  id: `${string}/${string}`;
  subject: FacilityId | TopicId;
  title: string;
  /** One sentence: what one will see. */
  summary: string;
  kind: 'normal' | 'pitfall';
  /** The linter rule that reports this mistake in source code. */
  rule?: string;
  /** What the C program does, for the comment at its head. One or two sentences. */
  about: string;
  processes: ProcessSpec[];
  /** Blocks of bytes that every process holds from the start. */
  blocks?: BlockSpec[];
  /** Names for System V keys; each run puts keys of its own behind them. */
  keys?: string[];
  /** Numbers that the programs define by name, such as a port. */
  constants?: ConstantSpec[];
  /** The members of `struct shared`, which lies in memory that the processes share. */
  structure?: MemberSpec[];
  objects: ObjectSpec[];
  steps: Step[];
  /** The closing sentence. */
  conclusion: string;
}

export interface ProcessSpec {
  id: string;
  title: string;
  /**
   * `open`: runs from the beginning. `fork`: a step of another process makes it. `first-step`: a program started later,
   * just before its first step.
   */
  begins: 'open' | 'fork' | 'first-step';
}

export interface BlockSpec {
  name: string;
  /** Bytes; written in C as `1 << 20` or plain. */
  size: number;
  /** The byte that fills it. */
  fill: string;
}

export interface ConstantSpec {
  name: string;
  value: number;
  /** What stands behind it in a run, where runs must not share it: `run_port`. */
  inRun?: string;
  /** The comment above its definition. */
  note: string;
}

export interface MemberSpec {
  type: 'int' | 'char' | 'int *' | 'pthread_mutex_t' | 'pthread_cond_t' | 'sem_t';
  name: string;
  /** Of an array: how many. */
  count?: number;
  note?: string;
}

export interface ObjectSpec {
  /** Which reader shows it: `pipe`, `queue`, ...: the names in objects/. */
  kind: string;
  id: string;
  title: string;
  /**
   * The variable that a creating call fills or is stored into: `fd`, `queue`; `server.connection` when only that of one
   * process is meant. Of a file: its name.
   */
  handle: string;
  /** Of memory: what it holds, when that is `struct shared` and not an array of int. */
  members?: MemberSpec[];
  /** Of memory: the variable of its address, where that is not the usual one. */
  pointer?: string;
  /** The other socket of a connection. */
  peer?: string;
  /** What /proc calls the socket, or the file of the memory, where that is known before the object is. */
  identity?: string;
}

export interface Step {
  process: string;
  /** The name of a call: one of the tables in calls/ and of the actor. */
  call: string;
  /** Arguments as C expressions, as calls/ describes for each call. */
  args: string[];
  /** The variable that takes the returned value. */
  into?: string;
  /** A name by which `wakes` of a later step refers to this one. */
  label?: string;
  expect: Expectation;
  /** Why this step, and what to see: one to three sentences. Also the comment in the C program, unless `comment` is given. */
  why: string;
  /** The comment in the C program; an empty one leaves the line without. */
  comment?: string;
  /** An error that the program accepts as well as success, such as EEXIST: a name may be there from an earlier run. */
  tolerates?: string;
  /** Labels of blocked steps that this step releases. */
  wakes?: string[];
  /** The program has no line of its own for it: it is carried out in a loop that an earlier step wrote. */
  inLoop?: boolean;
  /** A person's own. */
  yours?: true;
  /** The call that the program lacks, issued by hand to show the remedy. In the C program a comment stands in its place. */
  absent?: boolean;
}

/** How a call ends. */
export type Ending =
  | {
      returns: Returned;
      /** The priority of a POSIX message. */
      priority?: number;
      /** The bytes that came or went, as text. */
      data?: string;
      /** The type of a message. */
      type?: number;
      /** The name of a datagram's sender as the kernel tells it; '' when it has none. */
      from?: string;
      /** The descriptors that are ready, by their variables. */
      ready?: string[];
      /** What waitpid says of the child. */
      child?: ChildEnd;
    }
  | { eof: true }
  | { fails: string }
  | { killed: string }
  | { exits: number }
  /** Another program takes the place of the process's own. */
  | { becomes: string };

export type ChildEnd = { exited: number } | { killed: string };

/** A number, any number but failure, the process ID of a process, or what a variable of a process holds. */
export type Returned =
  | number
  /** Fewer than were asked for, and more than none. */
  | { below: number }
  | 'success'
  | { pid: string }
  | { variable: string; of: string; minus?: number };

/** A call that waits: `inTime` when it ends by itself, after the time that it was given. */
export interface Wait {
  blocks: true;
  afterwards?: Ending;
  inTime?: true;
}

export type Expectation = Ending | Wait;

export function willBlock(expect: Expectation): expect is Wait {
  return 'blocks' in expect;
}

/** The call is meant to wait for good: the process is still there at the end. */
export function neverReturns(expect: Expectation): boolean {
  return willBlock(expect) && expect.afterwards === undefined;
}

/** How the call must end, be it at once or after a wait; undefined when it is meant to wait for good. */
export function endingOf(expect: Expectation): Ending | undefined {
  return willBlock(expect) ? expect.afterwards : expect;
}
