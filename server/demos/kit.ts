/** What a facility brings to the demos: its calls as C text, readers of its kernel objects, its scenarios. */
import type { FacilityId, TopicId } from '../../catalog/schema';
import type { CodeWriter } from './code';
import type { ObjectSpec, Scenario, Step } from './scenario';
import type { Details, Stage } from './stage';
import type { KernelTableRow, ObjectView } from './view';

export interface FacilityDemos {
  id: FacilityId | TopicId;
  /** Calls and objects that no other facility has. */
  calls?: CallText[];
  objects?: ObjectKind[];
  scenarios: Scenario[];
}

/** A call as people read it and as C has it. The actor knows it under the same name. */
export interface CallText {
  name: string;
  headers: string[];
  /** No call at all but something done to the process from outside: no program holds it. */
  outside?: true;
  /** A feature-test macro that the headers need. */
  define?: string;
  /** The function that the program's line calls, where it is another: `open` for `open_slave`. */
  inC?: string;
  /** Declarations of file scope that the program needs for it, such as the structure of a message. */
  definitions?: string[];
  /**
   * Which argument is a handle: waits and transfers are drawn at its object. Kind `descriptor` is a number of the process's
   * descriptor table; of any other kind the object's identity is kind and number, or kind and text: `queue 5`,
   * `file "requests"`.
   */
  handle?: { argument: number; kind: string };
  /** It acts on something of the caller itself, such as its signals: an object known as kind and process ID. */
  own?: string;
  /** Which argument is an address: what is sent is drawn at the socket that was bound to it. */
  target?: number;
  /** Data moves: `in` to the object or `out` of it. */
  transfer?: 'in' | 'out';
  /** What moves is a number: it is told without quotes. */
  numeric?: true;
  /** Which argument moves, where no data does: a signal. */
  carries?: number;
  /** What travels beside the data: `fd`. */
  beside?: string;
  /** Which arguments are the buffer that the call fills and its size: the program's buffer is as large as the largest. */
  buffer?: { argument: number; size: number };
  /** What the result is in C, where the actor answers with a number for it: `returned a line`. */
  result?(number: number): string;
  /** It returns the number of an error, not -1: `returned EBUSY`. */
  returnsError?: boolean;
  /** What a result of 0 means, where it has a meaning of its own: `end-of-file`. */
  zeroMeans?: string;
  /** The call as C. */
  text(step: Step, sizes: BufferSizes): string;
  /** The actor's arguments, where they are not the step's own. */
  wire?(step: Step): string[];
  /** The statements in the program, error checks included. */
  code(step: Step, writer: CodeWriter): void;
}

/** Sizes of the buffers of a program, by name. */
export type BufferSizes = ReadonlyMap<string, number>;

export interface ObjectKind {
  kind: string;
  create(spec: ObjectSpec): LiveObject;
}

/** A kernel object of a running demo. */
export interface LiveObject {
  readonly spec: ObjectSpec;
  /** How /proc or the handles name it: `pipe:[4711]`, `queue 5`. Empty until a step makes it. */
  readonly identities: ReadonlySet<string>;
  /** A process that waits at this address waits for this object. */
  covers?(process: LiveProcess, address: number): boolean;
  /** The process has it at this address: of memory. */
  liesAt?(process: LiveProcess, address: number): boolean;
  /** Its other end is known now, and who has it: of a connection. */
  joins?(identity: string, process: string): void;
  /** Looks whether the step that just returned made this object. */
  notice(event: CallEvent): void;
  /** Its content now, with the row it adds to the kernel table. */
  read(world: World): Promise<{ view: ObjectView; row?: KernelTableRow }>;
}

/** A call that returned. */
export interface CallEvent {
  step: Step;
  process: LiveProcess;
  result: number;
  details: Details;
}

/** What the runner knows of a process. */
export interface LiveProcess {
  readonly id: string;
  /** As the table says it: `first consumer`. */
  readonly title: string;
  readonly pid: number;
  readonly ended: boolean;
  /** Numbers that calls stored. */
  readonly variables: ReadonlyMap<string, number>;
  readonly descriptors: readonly Descriptor[];
}

/** One open descriptor, from /proc/PID/fd and fdinfo. */
export interface Descriptor {
  fd: number;
  /** `pipe:[4711]`. */
  target: string;
  access: 'read' | 'write' | 'both';
  nonBlocking: boolean;
  closeOnExec: boolean;
}

export interface World {
  stage: Stage;
  processes: readonly LiveProcess[];
  /** Programs that these processes started and that play no part in the script; `id` is the program's name. */
  others: readonly LiveProcess[];
}
