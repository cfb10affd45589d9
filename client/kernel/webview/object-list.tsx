import { facilityIcons } from '../../views/facility-icons';
import { counted } from '../../words';
import type { Entry, Section } from '../arrange';
import { Sparkline } from './sparkline';
import {
  arranged,
  arrangement,
  change,
  fold,
  folded,
  model,
  news,
  sectionAt,
  select,
  selected,
  send,
} from './store';
import { type Item, VirtualList } from './virtual-list';

const sectionHeight = 32;
const rowHeight = 28;

/** The objects in their sections. */
export function ObjectList() {
  news();
  const { sections } = arranged.value;
  if (sections.length === 0) return <Empty />;
  const { items, targets } = itemsOf(sections);
  const wanted = selected.value ?? sectionAt.value;
  const kind = selected.value === undefined ? 'section' : 'row';
  return (
    <VirtualList
      label="Kernel objects"
      items={items}
      at={targets.findIndex((target) => target.kind === kind && target.id === wanted)}
      move={(to) => {
        const target = targets[to];
        sectionAt.value = target?.kind === 'row' ? undefined : target?.id;
        select(target?.kind === 'row' ? target.id : undefined);
      }}
      open={(to) => {
        const target = targets[to];
        if (target?.kind === 'section') fold(target.id);
      }}
    />
  );
}

interface Target {
  kind: 'section' | 'row' | 'problem';
  id: string;
}

function itemsOf(sections: readonly Section[]): { items: Item[]; targets: Target[] } {
  const items: Item[] = [];
  const targets: Target[] = [];
  const add = (target: Target, item: Item) => {
    targets.push(target);
    items.push(item);
  };
  for (const section of sections) {
    const closed = folded.value.has(section.id);
    add(
      { kind: 'section', id: section.id },
      {
        key: `section ${section.id}`,
        height: sectionHeight,
        render: () => <SectionHead section={section} closed={closed} />,
      },
    );
    if (closed) continue;
    if (section.problem !== undefined) {
      add(
        { kind: 'problem', id: section.id },
        {
          key: `problem ${section.id}`,
          height: rowHeight,
          render: () => <Unreadable text={section.problem ?? ''} />,
        },
      );
    }
    section.entries.forEach((entry, index) => {
      const { id } = entry.row;
      add(
        { kind: 'row', id },
        {
          key: `${section.id} ${index} ${id}`,
          height: rowHeight,
          chosen: id === selected.value,
          render: () => <ObjectRow entry={entry} chosen={id === selected.value} />,
        },
      );
    });
  }
  return { items, targets };
}

function SectionHead({ section, closed }: { section: Section; closed: boolean }) {
  const { title, note, facility, entries } = section;
  const orphans = entries.filter(({ row }) => row.orphan).length;
  return (
    <div class="section-head">
      <span class={`codicon codicon-chevron-${closed ? 'right' : 'down'}`} aria-hidden="true" />
      <span class={`codicon codicon-${iconOf(section)}`} aria-hidden="true" />
      <span class="title">{title}</span>
      {note && <span class="note">{note}</span>}
      <span class="count">{counted(entries.length, 'object')}</span>
      {orphans > 0 && <span class="orphans">{counted(orphans, 'orphan')}</span>}
      {facility !== undefined && (
        <button
          type="button"
          class="icon explain"
          title={`Explain: ${title}`}
          aria-label={`Explain: ${title}`}
          tabIndex={-1}
          onClick={(event) => {
            event.stopPropagation();
            send({ type: 'explain', subject: facility });
          }}
        >
          <span class="codicon codicon-book" aria-hidden="true" />
        </button>
      )}
    </div>
  );
}

function iconOf({ facility, id }: Section): string {
  const icons: Record<string, string> = facilityIcons;
  if (facility !== undefined) return icons[facility] ?? 'symbol-interface';
  return id.startsWith('owner:') ? 'account' : id === 'nobody' ? 'circle-slash' : 'server-process';
}

function Unreadable({ text }: { text: string }) {
  return (
    <div class="unreadable" title={text}>
      <span class="codicon codicon-lock" aria-hidden="true" /> {text}
    </div>
  );
}

function ObjectRow({
  entry: { row, role, table, change: changed },
  chosen,
}: {
  entry: Entry;
  chosen: boolean;
}) {
  const { fill } = row;
  const levels = model.levels.get(row.id) ?? [];
  return (
    <div
      class={`object ${changed ?? ''} ${chosen ? 'chosen' : ''}`}
      title={`${row.label}: ${row.description}`}
    >
      <Lamp row={row} />
      <span class="label">{row.label}</span>
      {role !== undefined && <span class="role">{role}</span>}
      {arrangement.value.by !== 'facility' && table && <span class="table-name">{table.head.title}</span>}
      <span class="description">{row.description}</span>
      {changed && <span class={`change ${changed}`}>{changed}</span>}
      {fill && (
        <>
          <span class="gauge">
            <Sparkline levels={levels} capacity={fill.capacity} width={88} height={18} />
          </span>
          <span class="gauge">
            {fill.capacity > 0 && <Gauge used={fill.used} capacity={fill.capacity} />}
          </span>
        </>
      )}
    </div>
  );
}

/** The state of an object at a glance; the words for it follow in its row and in its details. */
function Lamp({ row }: { row: Entry['row'] }) {
  const [icon, text, kind] =
    row.warning !== undefined
      ? ['warning', row.warning, 'warn']
      : row.orphan
        ? ['debug-disconnect', 'Orphan: its creator is gone and nobody is attached', 'warn']
        : row.holders?.some(({ waiting }) => waiting)
          ? ['watch', 'A process waits on it', 'wait']
          : row.holders?.length === 0
            ? ['circle-outline', 'Nobody holds it', 'idle']
            : ['circle-filled', 'In use', 'used'];
  return <span class={`lamp ${kind} codicon codicon-${icon}`} title={text} role="img" aria-label={text} />;
}

function Gauge({ used, capacity }: { used: number; capacity: number }) {
  const share = Math.min(1, used / capacity);
  const percent = used > 0 ? Math.max(2, share * 100) : 0;
  return (
    <svg class={`bar ${share >= 0.8 ? 'near' : ''}`} width="64" height="6" aria-hidden="true">
      <rect class="track" width="64" height="6" rx="3" />
      <rect class="part" width={(64 * percent) / 100} height="6" rx="3" />
    </svg>
  );
}

function Empty() {
  const { editor, filtered } = arranged.value;
  if (filtered > 0) {
    return (
      <div class="quiet" role="status">
        <span class="codicon codicon-filter" aria-hidden="true" />
        <p>No object fits the filter. {counted(filtered, 'object')} would be shown without it.</p>
        <button type="button" class="primary" onClick={() => change({ filter: '', mine: false })}>
          Clear the filter
        </button>
      </div>
    );
  }
  return (
    <div class="quiet" role="status">
      <span class="codicon codicon-circle-outline" aria-hidden="true" />
      <p>
        The kernel holds no IPC object of a program of yours right now: no queue, semaphore, shared memory,
        pipe, socket or lock{editor > 0 ? ` (the editor itself holds ${editor})` : ''}. They appear here the
        moment a program makes one.
      </p>
      <p class="actions">
        <button type="button" class="primary" onClick={() => send({ type: 'demo', subject: 'pipe' })}>
          Run a demo and watch
        </button>
        {editor > 0 && (
          <button type="button" class="secondary" onClick={() => change({ hideEditor: false })}>
            Show the editor's own
          </button>
        )}
      </p>
    </div>
  );
}
