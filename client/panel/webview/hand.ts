import { signal } from '@preact/signals';
import type { OfferedCall, PlaygroundOffer, ProcessView, Refusal, StepView } from '../../../server/protocol';
import { byHand, form, remember, send, view } from './store';

/** The playground's state: what is offered, what is being put together, and what was refused. */

export const offer = signal<PlaygroundOffer | undefined>(undefined);
export const refused = signal<Refusal | undefined>(undefined);
export const isBusy = signal(false);

let session: string | undefined;

const alive = ({ pid, state }: ProcessView) => pid !== undefined && state !== 'gone' && state !== 'zombie';

/** Keeps the choice of process sensible as processes come and go. */
export function followView(): void {
  const now = view.value;
  if (!now) return;
  if (now.session !== session) {
    // The first session is the one for which the fields were kept while the panel was hidden.
    if (session !== undefined) form.value = { process: '', call: '', args: [], into: '' };
    session = now.session;
    offer.value = undefined;
    refused.value = undefined;
    isBusy.value = false;
  }
  const living = now.processes.filter(alive);
  if (living.some(({ id }) => id === form.value.process)) return;
  const acting = now.steps[now.next ?? -1]?.process;
  const chosen = living.find(({ id }) => id === acting) ?? living[0];
  form.value = { ...form.value, process: chosen?.id ?? '' };
}

export function learn(told: PlaygroundOffer): void {
  offer.value = told;
  const kept = told.calls.find(({ name }) => name === form.value.call);
  if (kept && form.value.args.length === kept.parameters.length) return;
  form.value = { ...form.value, process: '' };
  followView();
  const first = view.value?.steps[view.value.next ?? 0];
  const call = told.calls.find(({ title, name }) => title === callName(first) || name === callName(first));
  fill(call ?? told.calls[0]);
}

const callName = (step: StepView | undefined) => /^\w+/.exec(step?.call ?? '')?.[0];

function fill(call: OfferedCall | undefined): void {
  if (!call) return;
  refused.value = undefined;
  form.value = {
    ...form.value,
    call: call.name,
    args: call.parameters.map(({ initial }) => initial),
    into: call.into ?? '',
  };
  remember();
}

export function choose(choice: { process?: string; call?: string }): void {
  refused.value = undefined;
  if (choice.process !== undefined) form.value = { ...form.value, process: choice.process };
  if (choice.call !== undefined) fill(offer.value?.calls.find(({ name }) => name === choice.call));
}

export function putArgument(index: number, text: string): void {
  const args = [...form.value.args];
  args[index] = text;
  form.value = { ...form.value, args };
  remember();
}

export function putInto(into: string): void {
  form.value = { ...form.value, into };
}

/** A call of before, to be changed or issued again. */
export function takeAgain({ process, yours }: StepView): void {
  if (!yours) return;
  const call = offer.value?.calls.find(({ name }) => name === yours.call);
  if (!call) return;
  fill(call);
  form.value = {
    process: view.value?.processes.some((one) => one.id === process && alive(one))
      ? process
      : form.value.process,
    call: call.name,
    args: call.parameters.map((_, index) => yours.args[index] ?? ''),
    into: yours.into ?? '',
  };
}

export function issue(): void {
  if (isBusy.value) return;
  const { process, call, args, into } = form.value;
  isBusy.value = true;
  refused.value = undefined;
  send({ type: 'issue', request: { process, call, args, ...(into.trim() ? { into } : {}) } });
}

export function issueOutside(call: 'start' | 'SIGKILL' | 'SIGSTOP' | 'SIGCONT'): void {
  if (isBusy.value) return;
  isBusy.value = true;
  refused.value = undefined;
  send({ type: 'issue', request: { process: form.value.process, call, args: [] } });
}

export function wasIssued(refusal: Refusal | undefined): void {
  isBusy.value = false;
  refused.value = refusal;
}

export function togglePlayground(): void {
  byHand.value = !byHand.value;
  remember();
}
