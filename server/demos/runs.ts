/** What becomes of the processes and steps of a scenario while it is played. */
import type { CallText, Descriptor, LiveObject, LiveProcess } from './kit';
import type { Look } from './process-state';
import { findCall } from './registry';
import { type ProcessSpec, type Step, willBlock } from './scenario';
import type { Answer, ProcessEnd } from './stage';

export class ProcessRun implements LiveProcess {
  pid = 0;
  end?: ProcessEnd;
  variables = new Map<string, number>();
  descriptors: Descriptor[] = [];
  /** Variables that recvfrom filled: the sender's name. */
  readonly senders = new Map<string, string>();
  /** The program that took the place of the actor; the script has no more words for it. */
  replacedBy?: string;
  /** The step whose call has not returned. */
  open?: StepRun;
  look: Look = { state: 'gone' };

  constructor(readonly spec: ProcessSpec) {}

  get id(): string {
    return this.spec.id;
  }

  get title(): string {
    return this.spec.title.replace(/^the /, '');
  }

  get started(): boolean {
    return this.pid !== 0;
  }

  get ended(): boolean {
    return this.end !== undefined;
  }
}

export class StepRun {
  readonly call: CallText;
  status: 'pending' | 'running' | 'blocked' | 'done' | 'differs' = 'pending';
  answer?: Answer;
  outcome?: string;
  expected?: string;
  began?: number;
  finished?: number;
  transfer?: { object: string; direction: 'in' | 'out'; data: string };
  /** The object its handle means, found when the call is issued: afterwards the handle may be closed. */
  object?: LiveObject;

  /** `yours`: a person issues it by hand with these arguments, and whatever comes of it is right. */
  constructor(
    public index: number,
    public step: Step,
    readonly yours?: readonly string[],
  ) {
    this.call = findCall(step.call);
  }
}

/** What can be said of a call that has not returned. */
export function openOutcome(state: Look['state'], call: string): string {
  if (state === 'waiting') return `blocked in ${call}`;
  return state === 'stopped' ? 'the process is stopped' : `still busy in ${call}`;
}

/** What the reply says was stored. */
export function learnVariables(process: ProcessRun, { details }: Extract<Answer, { kind: 'reply' }>): void {
  for (const [name, value] of details) if (/^-?\d+$/.test(value)) process.variables.set(name, Number(value));
}

/** The call is still open, and ends by itself. */
export const endsInTime = ({ step: { expect } }: StepRun) => willBlock(expect) && expect.inTime === true;
