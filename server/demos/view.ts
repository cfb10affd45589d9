import type { FacilityId, TopicId } from '../../catalog/schema';

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
  /** How it ended: `exited with status 0`, `killed by SIGPIPE`. */
  end?: string;
  program: {
    /** File name the program would have: `pipe-exchange.c`. */
    file: string;
    text: string;
    /** Zero-based line this process is at; absent before it starts and after it ends. */
    line?: number;
  };
}

export type ObjectView = PipeView | QueueView;

export interface PipeView {
  kind: 'pipe';
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

export interface KernelTableRow {
  process?: string;
  /** `fd 3`, `queue 5`. */
  handle: string;
  /** What it refers to: `pipe:[12345], read end`. */
  refersTo: string;
  state: string;
  change?: 'new' | 'changed' | 'gone';
}
