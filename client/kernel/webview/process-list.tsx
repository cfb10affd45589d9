import { filterWords, type KernelProcess } from '../../../server/protocol';
import { arrangement, model, news, select, selected } from './store';
import { type Item, VirtualList } from './virtual-list';

/** The processes with what they wait on, those that wait for an object first. */
export function ProcessList() {
  news();
  const shown = visible();
  const items = shown.map(
    (process): Item => ({
      key: process.id,
      height: 28,
      chosen: process.id === selected.value,
      render: () => <ProcessRow process={process} chosen={process.id === selected.value} />,
    }),
  );
  if (items.length === 0) {
    return (
      <div class="quiet" role="status">
        <span class="codicon codicon-filter" aria-hidden="true" />
        <p>No process fits the filter.</p>
      </div>
    );
  }
  return (
    <VirtualList
      label="Processes"
      items={items}
      at={shown.findIndex(({ id }) => id === selected.value)}
      move={(to) => select(shown[to]?.id)}
      open={() => undefined}
    />
  );
}

function visible(): KernelProcess[] {
  const { filter, mine, hideEditor } = arrangement.value;
  const words = filter.trim().split(/\s+/).filter(Boolean);
  const fits = filterWords(mine ? ['mine', ...words] : words);
  return [...model.processes.values()]
    .filter((process) => (!hideEditor || !process.editor) && fits(process))
    .sort(
      (one, other) => rank(one) - rank(other) || one.label.localeCompare(other.label) || one.pid - other.pid,
    );
}

/** Those that wait on an object, then those that hold one, then the rest. */
function rank({ waits, holds }: KernelProcess): number {
  if (waits.some(({ on }) => on !== undefined)) return 0;
  return holds.length > 0 ? 1 : 2;
}

function ProcessRow({ process, chosen }: { process: KernelProcess; chosen: boolean }) {
  const on = process.waits.find((wait) => wait.on !== undefined);
  const objects = new Set(process.holds.map(({ id }) => id)).size;
  return (
    <div class={`object ${chosen ? 'chosen' : ''}`}>
      <span
        class={`lamp ${on ? 'wait' : 'used'} codicon codicon-${on ? 'watch' : 'circle-filled'}`}
        aria-hidden="true"
      />
      <span class="label">{process.program}</span>
      <span class="pid mono">{process.pid}</span>
      <span class="description">
        {process.waits[0] ? `waits ${process.waits[0].sentence}` : process.description.replace(/^\d+, /, '')}
      </span>
      <span class="owner">{process.owner}</span>
      <span class="objects">{objects === 0 ? '' : objects === 1 ? '1 object' : `${objects} objects`}</span>
    </div>
  );
}
