import type { ComparisonCell, ComparisonRow, ComparisonView, FacilityId } from '../../../server/protocol';
import { Prose } from '../../panel/webview/prose';
import { add, ids, onlyDifferences, problem, remove, replace, send, toggleDifferences, view } from './store';

export function App() {
  const now = view.value;
  if (problem.value)
    return (
      <div class="quiet" role="alert">
        <span class="codicon codicon-warning" aria-hidden="true" />
        <p>{problem.value}</p>
      </div>
    );
  if (!now)
    return (
      <div class="quiet" role="status">
        <p>Reading the catalog</p>
      </div>
    );
  return (
    <>
      <Header view={now} />
      <main>
        {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard */}
        <section class="table" tabIndex={0} aria-label="Comparison">
          <Table view={now} />
        </section>
      </main>
      <p class="spoken" role="status" aria-live="polite">
        {spoken(now)}
      </p>
    </>
  );
}

function spoken({ facilities, sections }: ComparisonView): string {
  const rows = sections.flatMap((section) => section.rows);
  const names = facilities.map(({ title }) => title).join(', ');
  return `Compared: ${names}. ${rows.filter(({ differs }) => differs).length} of ${rows.length} rows differ.`;
}

function Header({ view: now }: { view: ComparisonView }) {
  const full = now.facilities.length >= now.most;
  return (
    <header class="head">
      <h1>{now.facilities.map(({ title }) => title).join(' and ') || 'Compare facilities'}</h1>
      <div class="bar">
        <label class="only">
          <input type="checkbox" checked={onlyDifferences.value} onChange={toggleDifferences} />
          Only what differs
        </label>
        {!full && (
          <span>
            <label for="add">Add </label>
            <Choice
              id="add"
              view={now}
              value=""
              without={ids.value}
              label="Add a facility"
              onChoose={(id, select) => {
                select.value = '';
                add(id);
              }}
            />
          </span>
        )}
      </div>
    </header>
  );
}

interface ChoiceProps {
  id: string;
  view: ComparisonView;
  value: FacilityId | '';
  without: readonly FacilityId[];
  label: string;
  onChoose(id: FacilityId, select: HTMLSelectElement): void;
}

function Choice({ id, view: now, value, without, label, onChoose }: ChoiceProps) {
  return (
    <select
      id={id}
      value={value}
      aria-label={label}
      onChange={(event) => {
        const chosen = event.currentTarget.value as FacilityId | '';
        if (chosen) onChoose(chosen, event.currentTarget);
      }}
    >
      {value === '' && <option value="">another facility…</option>}
      {now.offered.map((group) => (
        <optgroup key={group.title} label={group.title}>
          {group.facilities
            .filter((facility) => facility.id === value || !without.includes(facility.id))
            .map((facility) => (
              <option key={facility.id} value={facility.id}>
                {facility.title}
              </option>
            ))}
        </optgroup>
      ))}
    </select>
  );
}

function Table({ view: now }: { view: ComparisonView }) {
  const { facilities, sections } = now;
  return (
    <table class={`of-${facilities.length}`}>
      <thead>
        <tr>
          <td />
          {facilities.map(({ id, title }, column) => (
            <th key={id} scope="col">
              <span class="spoken">{title}</span>
              <span class="chooser">
                <Choice
                  id={`column-${column}`}
                  view={now}
                  value={id}
                  without={[]}
                  label={`Column ${column + 1}`}
                  onChoose={(chosen) => replace(column, chosen)}
                />
                <button
                  type="button"
                  class="icon"
                  title={`Read about ${title}`}
                  aria-label={`Read about ${title}`}
                  onClick={() => send({ type: 'explain', id })}
                >
                  <span class="codicon codicon-book" aria-hidden="true" />
                </button>
                {facilities.length > 2 && (
                  <button
                    type="button"
                    class="icon"
                    title="Take this column away"
                    aria-label={`Take ${title} away`}
                    onClick={() => remove(id)}
                  >
                    <span class="codicon codicon-close" aria-hidden="true" />
                  </button>
                )}
              </span>
            </th>
          ))}
        </tr>
      </thead>
      {sections.map(({ title, rows }) => (
        <Section key={title} title={title} rows={rows} columns={facilities.length} />
      ))}
    </table>
  );
}

function Section({ title, rows, columns }: { title: string; rows: ComparisonRow[]; columns: number }) {
  const shown = onlyDifferences.value ? rows.filter(({ differs }) => differs) : rows;
  if (shown.length === 0) return null;
  return (
    <tbody>
      <tr class="section">
        <th colSpan={columns + 1} scope="rowgroup">
          {title}
        </th>
      </tr>
      {shown.map((row) => (
        <tr key={row.title} class={row.differs ? 'differs' : 'same'}>
          <th scope="row">
            {row.title}
            <span class="mark">
              <span class={`codicon codicon-${row.differs ? 'diff' : 'check'}`} aria-hidden="true" />
              {row.differs ? 'differs' : 'the same'}
            </span>
          </th>
          {row.cells.map((cell, column) => (
            <td key={ids.value[column]}>
              <Cell cell={cell} />
            </td>
          ))}
        </tr>
      ))}
    </tbody>
  );
}

function Cell({ cell }: { cell: ComparisonCell }) {
  const { value, text, list, scenarios, live, shownAt } = cell;
  const empty = !value && !text && !list?.length && !scenarios?.length;
  return (
    <>
      {empty && <span class="none">none</span>}
      {value && (
        <p class="value">
          <Prose text={value} />
          {live !== undefined && live !== value && (
            <span class="live" title={shownAt}>
              {' '}
              here now: <strong>{live}</strong>
            </span>
          )}
        </p>
      )}
      {text && (
        <p class={value ? 'more' : ''}>
          <Prose text={text} />
        </p>
      )}
      {shownAt && (
        <p class="more">
          Shown at <code>{shownAt}</code>
        </p>
      )}
      {list && list.length > 0 && (
        <ul>
          {list.map((one) => (
            <li key={one}>
              <Prose text={one} />
            </li>
          ))}
        </ul>
      )}
      {scenarios && scenarios.length > 0 && (
        <ul class="demos">
          {scenarios.map(({ id, title, kind }) => (
            <li key={id}>
              <button type="button" class="link" onClick={() => send({ type: 'demo', scenario: id })}>
                <span
                  class={`codicon codicon-${kind === 'pitfall' ? 'warning' : 'play-circle'}`}
                  aria-hidden="true"
                />
                <span>{title}</span>
                {kind === 'pitfall' && <span class="spoken">, pitfall</span>}
              </button>
            </li>
          ))}
        </ul>
      )}
    </>
  );
}
