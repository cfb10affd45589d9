import { computed, signal } from '@preact/signals';
import type { DemoView } from '../../../server/protocol';
import type { History } from '../history';
import {
  type Action,
  type CallForm,
  type FromWebview,
  type PanelState,
  playedIn,
  type ToWebview,
} from '../messages';

interface Host {
  postMessage(message: FromWebview): void;
  getState(): PanelState | undefined;
  setState(state: PanelState): void;
}

declare function acquireVsCodeApi(): Host;

const host = acquireVsCodeApi();
const kept = host.getState() ?? {};

export type Phase =
  | { type: 'opening' }
  | { type: 'problem'; message: string }
  | { type: 'view'; view: DemoView; history: History };

export const phase = signal<Phase>({ type: 'opening' });
/** Milliseconds between two steps while Run is on. */
export const delay = signal(kept.delay ?? 1200);
/** The list of events instead of the picture. */
export const asText = signal(kept.asText ?? false);
/** The playground is open. */
export const byHand = signal(kept.byHand ?? false);
export const form = signal<CallForm>(kept.form ?? { process: '', call: '', args: [], into: '' });
export const helpShown = signal(false);
/** A step the person looks back at (or ahead to); undefined: the present. */
export const selected = signal<number | undefined>(undefined);
const lastAction = signal<Action | undefined>(undefined);

export const view = computed(() => (phase.value.type === 'view' ? phase.value.view : undefined));
/** Run is on. After a reload of the webview it is not known whether a step or Run is under way: offer Pause, it does no harm. */
export const runOn = computed(() => view.value?.state === 'running' && lastAction.value !== 'step');
export const canStep = computed(() => view.value?.state === 'ready' && view.value.next !== undefined);

let scenario = kept.scenario;
/** What brings the demo back to where it is. While it is being opened, or was lost, it is that of before. */
let played = kept.played;

export function remember(): void {
  const now = view.value;
  if (now && now.state !== 'failed') played = playedIn(now);
  host.setState({
    scenario,
    delay: delay.value,
    asText: asText.value,
    byHand: byHand.value,
    form: form.value,
    played,
  });
}

export function send(message: FromWebview): void {
  host.postMessage(message);
}

export function receive(message: ToWebview): void {
  if (message.type === 'view') {
    const before = view.value;
    // A new step ends the looking back.
    if (!before || before.next !== message.view.next || before.session !== message.view.session) {
      selected.value = undefined;
    }
    scenario = message.view.scenario.id;
    phase.value = { type: 'view', view: message.view, history: message.history };
  } else if (message.type === 'opening') {
    scenario = message.scenario;
    phase.value = { type: 'opening' };
  } else if (message.type === 'problem') {
    phase.value = { type: 'problem', message: message.message };
  }
  remember();
}

export function step(): void {
  if (!canStep.value) return;
  lastAction.value = 'step';
  send({ type: 'act', action: 'step' });
}

export function runOrPause(): void {
  if (runOn.value) {
    lastAction.value = 'pause';
    send({ type: 'act', action: 'pause' });
  } else if (canStep.value) {
    lastAction.value = 'run';
    send({ type: 'act', action: 'run', delay: delay.value });
  }
}

export function restart(): void {
  lastAction.value = 'restart';
  selected.value = undefined;
  if (view.value) send({ type: 'act', action: 'restart' });
  else if (phase.value.type === 'problem') send({ type: 'reopen' });
}

/** While Run is on a new speed takes effect at once. */
export function setDelay(ms: number): void {
  delay.value = ms;
  remember();
  if (runOn.value) send({ type: 'act', action: 'run', delay: ms });
}

export function toggleText(): void {
  asText.value = !asText.value;
  remember();
}
