import type { DemoView, ProcessView, StepView } from '../../../server/protocol';
import { counted } from '../../words';
import { latestStep } from '../history';

/** The demo in words: for screen readers, for the text view, and for whoever prefers reading. */

export const stateWords: Record<ProcessView['state'], string> = {
  'not-started': 'not started',
  running: 'running',
  blocked: 'blocked',
  stopped: 'stopped',
  zombie: 'zombie',
  gone: 'gone',
};

export const stateIcons: Record<ProcessView['state'], string> = {
  'not-started': 'circle-outline',
  running: 'circle-filled',
  blocked: 'lock',
  stopped: 'debug-pause',
  zombie: 'circle-slash',
  gone: 'close',
};

export const bytes = (count: number): string => counted(count, 'byte');

/** `the parent` as a label: `parent`. */
export function shortName(title: string): string {
  return title.replace(/^the /i, '');
}

/** As a heading: `Parent`. */
export function heading(title: string): string {
  return capital(shortName(title));
}

export function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

export function titleOf(view: DemoView, process: string): string {
  return view.processes.find((other) => other.id === process)?.title ?? process;
}

export function labelOf(view: DemoView, process: string): string {
  return shortName(titleOf(view, process));
}

/** `Parent: write(fd[1], "hello", 5) returned 5.` */
export function stepSentence(view: DemoView, step: StepView): string {
  const what = `${heading(titleOf(view, step.process))}: ${step.call}${step.yours ? ' (by you)' : step.byHand ? ' (by hand)' : ''}`;
  if (step.status === 'pending')
    return step.index === view.next ? `${what} comes next.` : `${what} is to come.`;
  if (step.status === 'running') return `${what} is under way.`;
  const moved = step.transfer && step.status !== 'blocked' ? ` ${transferSentence(view, step.transfer)}` : '';
  const differs = step.status === 'differs' && step.expected ? ` Expected: ${step.expected}.` : '';
  return `${what} ${step.outcome ?? (step.status === 'blocked' ? 'blocked' : 'is done')}.${moved}${differs}`;
}

export function transferSentence(view: DemoView, transfer: NonNullable<StepView['transfer']>): string {
  const object = view.objects.find((other) => other.id === transfer.object)?.title ?? transfer.object;
  return transfer.direction === 'in'
    ? `“${transfer.data}” went into ${object}.`
    : `“${transfer.data}” came out of ${object}.`;
}

/** `the pipe to tr` */
export function objectTitle(view: DemoView, object: string): string {
  return view.objects.find((other) => other.id === object)?.title ?? object;
}

export function processSentence(view: DemoView, process: ProcessView): string {
  const pid = process.pid === undefined ? '' : ` (process ${process.pid})`;
  if (process.end)
    return `${capital(process.title)}${pid}: ${process.end}${process.state === 'zombie' ? ', not yet waited for' : ''}.`;
  if (process.state === 'blocked' && process.wait) {
    const { call, object } = process.wait;
    return `${capital(process.title)}${pid} is blocked in ${call}${object ? `, waiting for ${objectTitle(view, object)}` : ''}.`;
  }
  const runs = process.runs ? `, and runs ${process.runs} now` : '';
  return `${capital(process.title)}${pid} is ${stateWords[process.state]}${runs}.`;
}

export function holders(view: DemoView, ids: string[]): string {
  return ids.length === 0 ? 'nobody' : ids.map((id) => labelOf(view, id)).join(', ');
}

/** What a screen reader says after each change: the last outcome and what comes. */
export function announcement(view: DemoView): string {
  if (view.state === 'preparing') return 'The processes are being started.';
  if (view.state === 'failed') return `The demo failed. ${view.conclusion ?? ''}`;
  const latest = view.steps[latestStep(view)];
  const happened = latest ? `Step ${latest.index + 1}. ${stepSentence(view, latest)}` : 'Ready.';
  if (latest?.status === 'running') return happened;
  if (view.state === 'finished') return `${happened} The end. ${view.conclusion ?? ''}`;
  const next = view.next === undefined ? undefined : view.steps[view.next];
  return next
    ? `${happened} Next: ${titleOf(view, next.process)}, ${next.call}. ${next.explanation}`
    : happened;
}

export function progressWords(view: DemoView): string {
  const done = latestStep(view) + 1;
  return done === 0 ? `${view.steps.length} steps` : `step ${done} of ${view.steps.length}`;
}
