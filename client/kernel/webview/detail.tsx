import { useEffect, useRef, useState } from 'preact/hooks';
import {
  type KernelHolder,
  type KernelProcess,
  type KernelRow,
  namedTable,
  type PeekPart,
} from '../../../server/protocol';
import type { RowAction } from '../messages';
import { Sparkline } from './sparkline';
import { goTo, model, news, peeked, select, selectedRow, send } from './store';
import { amount } from './words';

/** The object or process that is looked at: everything known of it, and what can be done. */
export function Detail() {
  news();
  const row = selectedRow.value;
  if (!row) return null;
  const process = model.processes.get(row.id);
  const table = model.tableOf(row.id);
  return (
    <aside class="detail" aria-label={`Details of ${row.label}`}>
      <header>
        <h2>{process ? 'Process' : (table?.head.title ?? 'Object')}</h2>
        <button
          type="button"
          class="icon"
          title="Close"
          aria-label="Close details"
          onClick={() => select(undefined)}
        >
          <span class="codicon codicon-close" aria-hidden="true" />
        </button>
      </header>
      <h1>{row.label}</h1>
      <p class="description">{row.description}</p>
      <State row={row} />
      <Level row={row} />
      <Actions row={row} process={process} facility={table?.head.facility} />
      {process ? <Holds process={process} /> : <Holders holders={row.holders} />}
      <Related ids={row.related ?? []} />
      <Facts row={row} />
      {row.peekable && <Peek row={row} />}
    </aside>
  );
}

function State({ row }: { row: KernelRow }) {
  const gone = model.changeOf(row.id) === 'gone';
  return (
    <>
      {gone && <p class="state gone">It is gone; this is how it was last.</p>}
      {row.orphan && <p class="state warn">Orphan: its creator is gone and nobody is attached.</p>}
      {row.warning !== undefined && <p class="state warn">{row.warning}</p>}
    </>
  );
}

function Level({ row: { id, fill } }: { row: KernelRow }) {
  if (!fill) return null;
  const { used, capacity, unit } = fill;
  const share = capacity > 0 ? Math.min(1, used / capacity) : 0;
  return (
    <div class="level">
      <Sparkline levels={model.levels.get(id) ?? []} capacity={capacity} width={300} height={48} />
      <svg class={`bar ${share >= 0.8 ? 'near' : ''}`} width="100%" height="6" aria-hidden="true">
        <rect class="track" width="100%" height="6" rx="3" />
        <rect class="part" width={`${used > 0 ? Math.max(1, share * 100) : 0}%`} height="6" rx="3" />
      </svg>
      <span>
        {amount(used, unit)} of {amount(capacity, unit)} {unit === 'bytes' && capacity >= 1024 ? '' : unit}
      </span>
    </div>
  );
}

function Actions({
  row,
  process,
  facility,
}: {
  row: KernelRow;
  process?: KernelProcess | undefined;
  facility?: string | undefined;
}) {
  const act = (action: RowAction) => () => send({ type: 'row', action, id: row.id });
  return (
    <div class="row-actions">
      {namedTable(row.id) && <Act icon="go-to-file" text="Go to source" act={act('goToSource')} />}
      {row.removable && <Act icon="trash" text="Remove…" act={act('remove')} />}
      {process && <Act icon="zap" text="Send a signal…" act={act('signal')} />}
      {row.command !== undefined && <Act icon="terminal" text="Copy command" act={act('copyCommand')} />}
      <Act icon="json" text="Copy JSON" act={act('copyJson')} />
      <Act icon="copy" text="Copy details" act={act('copyDetails')} />
      {facility !== undefined && (
        <Act icon="book" text="Explain" act={() => send({ type: 'explain', subject: facility })} />
      )}
    </div>
  );
}

function Act({ icon, text, act }: { icon: string; text: string; act(): void }) {
  return (
    <button type="button" class="secondary" onClick={act}>
      <span class={`codicon codicon-${icon}`} aria-hidden="true" />
      {text}
    </button>
  );
}

function Holders({ holders }: { holders: readonly KernelHolder[] | undefined }) {
  if (holders === undefined) return null;
  return (
    <section>
      <h2>Held by</h2>
      {holders.length === 0 && <p class="none">nobody that may be seen</p>}
      <ul class="links">
        {holders.map((holder) => (
          <li key={`${holder.pid} ${holder.role}`}>
            <button type="button" class="link" onClick={() => show(`process:${holder.pid}`)}>
              {holder.program} ({holder.pid})
            </button>{' '}
            {holder.role}
            {holder.fds && <span class="mono fds"> fd {holder.fds.join(', ')}</span>}
            {holder.waiting && <span class="waits">waits in {holder.waiting}</span>}
          </li>
        ))}
      </ul>
    </section>
  );
}

/** Shows a process among the processes, an object among the objects. */
function show(id: string): void {
  goTo(id.startsWith('process:') ? 'processes' : 'objects');
  select(id);
}

function Holds({ process }: { process: KernelProcess }) {
  return (
    <section>
      <h2>Holds</h2>
      {process.holds.length === 0 && <p class="none">no IPC object</p>}
      <ul class="links">
        {process.holds.map(({ id, role }) => (
          <li key={`${id} ${role}`}>
            <button type="button" class="link" onClick={() => show(id)}>
              {model.row(id)?.label ?? id}
            </button>{' '}
            {role}
            {process.waits.some(({ on }) => on === id) && <span class="waits">waits here</span>}
          </li>
        ))}
      </ul>
    </section>
  );
}

function Related({ ids }: { ids: readonly string[] }) {
  const known = ids.filter((id) => model.row(id));
  if (known.length === 0) return null;
  return (
    <section>
      <h2>Leads to</h2>
      <ul class="links">
        {known.map((id) => (
          <li key={id}>
            <button type="button" class="link" onClick={() => show(id)}>
              {model.row(id)?.label}
            </button>
          </li>
        ))}
      </ul>
    </section>
  );
}

function Facts({ row }: { row: KernelRow }) {
  const told = row.details.filter(({ value }) => value !== row.warning);
  return (
    <section>
      <h2>Details</h2>
      <dl class="facts">
        {told.map(({ label, value }, index) => (
          <div key={`${index} ${label}`}>
            <dt>{label}</dt>
            <dd class="mono">{value}</dd>
          </div>
        ))}
      </dl>
    </section>
  );
}

/** What the object holds, looked at without taking anything out; asked for by hand, because it is content of other people's programs. */
function Peek({ row }: { row: KernelRow }) {
  const known = peeked.value?.id === row.id ? peeked.value : undefined;
  const [asText, setAsText] = useState(false);
  const end = useRef<HTMLDivElement>(null);
  // The answer may lie below the edge of the pane.
  useEffect(() => {
    if (known) end.current?.scrollIntoView({ block: 'nearest' });
  }, [known?.result]);
  const ask = (offset: number) => send({ type: 'peek', id: row.id, offset });
  return (
    <section class="peek">
      <h2>Content</h2>
      <div class="row-actions">
        <Act icon="eye" text={known ? 'Look again' : 'Look inside'} act={() => ask(known?.offset ?? 0)} />
        {known?.result.parts.some(({ text }) => text !== undefined) && (
          <Act
            icon={asText ? 'file-binary' : 'symbol-string'}
            text={asText ? 'As bytes' : 'As text'}
            act={() => setAsText(!asText)}
          />
        )}
        {known && known.offset > 0 && (
          <Act icon="arrow-up" text="Before" act={() => ask(Math.max(0, known.offset - pageBytes))} />
        )}
        {known && goesOn(known.result.parts) && (
          <Act icon="arrow-down" text="After" act={() => ask(known.offset + pageBytes)} />
        )}
      </div>
      {known?.result.problem !== undefined && <p class="state warn">{known.result.problem}</p>}
      {known?.result.parts.map((part) => (
        <Part key={part.heading} part={part} asText={asText} />
      ))}
      {known?.result.note !== undefined && <p class="none">{known.result.note}</p>}
      <div ref={end} />
    </section>
  );
}

/** Bytes of memory in one answer. */
const pageBytes = 4096;

function goesOn(parts: readonly PeekPart[]): boolean {
  const [, to, of] = /^bytes \d+ to (\d+) of (\d+)/.exec(parts[0]?.heading ?? '') ?? [];
  return to !== undefined && Number(to) + 1 < Number(of);
}

function Part({ part, asText }: { part: PeekPart; asText: boolean }) {
  return (
    <figure>
      <figcaption>{part.heading}</figcaption>
      <pre>{asText && part.text !== undefined ? part.text : part.dump}</pre>
    </figure>
  );
}
