import { computed, signal } from '@preact/signals';
import type { ComparisonView, FacilityId } from '../../../server/protocol';
import type { CompareState, FromCompareWebview, ToCompareWebview } from '../messages';

interface Host {
  postMessage(message: FromCompareWebview): void;
  getState(): CompareState | undefined;
  setState(state: CompareState): void;
}

declare function acquireVsCodeApi(): Host;

const host = acquireVsCodeApi();
const kept = host.getState() ?? {};

export const view = signal<ComparisonView | undefined>(undefined);
export const problem = signal<string | undefined>(undefined);
export const onlyDifferences = signal(kept.onlyDifferences ?? false);

export const ids = computed(() => view.value?.facilities.map(({ id }) => id) ?? []);

export function send(message: FromCompareWebview): void {
  host.postMessage(message);
}

function remember(): void {
  host.setState({ ids: view.value ? ids.value : (kept.ids ?? []), onlyDifferences: onlyDifferences.value });
}

export function receive(message: ToCompareWebview): void {
  problem.value = message.type === 'problem' ? message.message : undefined;
  if (message.type === 'comparison') view.value = message.view;
  remember();
}

/** Puts another facility into a column; it changes places with one that is there already. */
export function replace(column: number, id: FacilityId): void {
  const list = [...ids.value];
  const there = list.indexOf(id);
  if (there >= 0) list[there] = list[column]!;
  list[column] = id;
  send({ type: 'choose', ids: list });
}

export function add(id: FacilityId): void {
  send({ type: 'choose', ids: [...ids.value, id] });
}

export function remove(id: FacilityId): void {
  send({ type: 'choose', ids: ids.value.filter((one) => one !== id) });
}

export function toggleDifferences(): void {
  onlyDifferences.value = !onlyDifferences.value;
  remember();
}
