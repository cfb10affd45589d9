import { computed, signal } from '@preact/signals';
import type { PeekResult } from '../../../server/protocol';
import { type Arrangement, arrange, usual } from '../arrange';
import type { FromKernelWebview, KernelPanelState, ToKernelWebview } from '../messages';
import { KernelModel } from '../model';

interface Host {
  postMessage(message: FromKernelWebview): void;
  getState(): KernelPanelState | undefined;
  setState(state: KernelPanelState): void;
}

declare function acquireVsCodeApi(): Host;

const host = acquireVsCodeApi();
const kept = host.getState() ?? {};

export const pages = ['objects', 'processes', 'limits'] as const;
export type PageName = (typeof pages)[number];

export const model = new KernelModel();
/** Counts the news, so that what is drawn from the model is drawn anew. */
const version = signal(0);
export const problem = signal<string | undefined>(undefined);
export const loaded = signal(false);
export const frozen = signal(false);
export const page = signal<PageName>(pages.find((name) => name === kept.page) ?? 'objects');
export const arrangement = signal<Arrangement>({ ...usual, ...kept.arrangement });
/** Sections that the person folded, by their ids. */
export const folded = signal<ReadonlySet<string>>(new Set());
/** Row id of the object or process looked at. */
export const selected = signal<string | undefined>(undefined);
/** The section that the keyboard is at, when it is at no object. */
export const sectionAt = signal<string | undefined>(undefined);
export const peeked = signal<{ id: string; offset: number; result: PeekResult } | undefined>(undefined);

/** Reading it in a component or a computed value makes that follow the news. */
export function news(): number {
  return version.value;
}

export const arranged = computed(() => {
  news();
  return arrange(model, arrangement.value);
});

export const selectedRow = computed(() => {
  news();
  return selected.value === undefined ? undefined : model.row(selected.value);
});

export function send(message: FromKernelWebview): void {
  host.postMessage(message);
}

function remember(): void {
  host.setState({ arrangement: arrangement.value, page: page.value });
}

export function change(part: Partial<Arrangement>): void {
  arrangement.value = { ...arrangement.value, ...part };
  remember();
}

/** What is looked at stays when it is on that page. */
export function goTo(name: PageName): void {
  page.value = name;
  if (selected.value !== undefined && selected.value.startsWith('process:') !== (name === 'processes'))
    select(undefined);
  remember();
}

export function select(id: string | undefined): void {
  if (selected.value !== id) peeked.value = undefined;
  selected.value = id;
}

export function fold(section: string): void {
  const next = new Set(folded.value);
  if (!next.delete(section)) next.add(section);
  folded.value = next;
}

export function receive(message: ToKernelWebview): void {
  switch (message.type) {
    case 'state':
      // A change on its way while this loaded: the whole state follows, and not everything in it is new.
      if (!loaded.value && !message.delta.whole) break;
      model.apply(message.delta);
      loaded.value = true;
      problem.value = undefined;
      version.value++;
      break;
    case 'frozen':
      frozen.value = message.on;
      break;
    case 'marked':
      model.mark();
      version.value++;
      break;
    case 'peeked':
      if (message.id === selected.value) {
        const { id, offset, result } = message;
        peeked.value = { id, offset, result };
      }
      break;
    case 'show':
      goTo('objects');
      if (message.filter !== undefined) change({ filter: message.filter });
      if (message.id !== undefined) select(message.id);
      break;
    case 'problem':
      model.clear();
      problem.value = message.message;
      version.value++;
      break;
  }
}
