import { groupings, sortings } from '../arrange';
import {
  arranged,
  arrangement,
  change,
  frozen,
  goTo,
  model,
  news,
  type PageName,
  page,
  pages,
  send,
} from './store';
import { clock } from './words';

const pageTitles: Record<PageName, string> = {
  objects: 'Objects',
  processes: 'Processes',
  limits: 'Limits',
};
const groupingTitles = { facility: 'facility', process: 'process', owner: 'owner' };
const sortingTitles = {
  name: 'name',
  fill: 'fullest first',
  holders: 'most holders',
  change: 'changes first',
};

export function Toolbar() {
  news();
  const near = model.limits.filter((limit) => limit.near).length;
  return (
    <header class="toolbar">
      <div class="tabs" role="tablist" aria-label="What is shown">
        {pages.map((name) => (
          <button
            key={name}
            type="button"
            role="tab"
            class="tab"
            aria-selected={page.value === name}
            onClick={() => goTo(name)}
          >
            {pageTitles[name]}
            {name === 'limits' && near > 0 && (
              <span class="badge" title={`${near} close to the limit`}>
                {near}
              </span>
            )}
          </button>
        ))}
      </div>
      {page.value !== 'limits' && <Filter />}
      <div class="right">
        <Changes />
        <button
          type="button"
          class={`secondary ${frozen.value ? 'on' : ''}`}
          aria-pressed={frozen.value}
          title={frozen.value ? 'Show the present again' : 'Hold the picture still'}
          onClick={() => send({ type: 'freeze', on: !frozen.value })}
        >
          <span
            class={`codicon codicon-${frozen.value ? 'debug-start' : 'debug-pause'}`}
            aria-hidden="true"
          />
          {frozen.value ? 'Frozen' : 'Freeze'}
        </button>
      </div>
    </header>
  );
}

function Filter() {
  const { by, sort, filter, mine, hideEditor, gone } = arrangement.value;
  const { editor } = arranged.value;
  return (
    <div class="filter">
      <label class="search">
        <span class="codicon codicon-search" aria-hidden="true" />
        <span class="spoken">Filter</span>
        <input
          type="search"
          value={filter}
          placeholder="Filter: a name, pid:4711, owner:ana, orphan, waiting, -pipe"
          title={
            'All words must fit. A table (pipe, sysv-msg), mine, orphan, warning, waiting, pid:4711, owner:ana, ' +
            'or any text that is shown; - before a word leaves out what fits it.'
          }
          onInput={(event) => change({ filter: event.currentTarget.value })}
          onKeyDown={(event) => {
            if (event.key === 'Escape') change({ filter: '' });
          }}
        />
      </label>
      {page.value === 'objects' && (
        <>
          <Choice
            label="Group by"
            value={by}
            options={groupings}
            titles={groupingTitles}
            choose={(value) => change({ by: value })}
          />
          <Choice
            label="Order"
            value={sort}
            options={sortings}
            titles={sortingTitles}
            choose={(value) => change({ sort: value })}
          />
        </>
      )}
      <label class="tick-box">
        <input
          type="checkbox"
          checked={mine}
          onChange={(event) => change({ mine: event.currentTarget.checked })}
        />
        mine
      </label>
      {page.value === 'objects' && (
        <label class="tick-box" title="What is gone since changes are counted, as it last was">
          <input
            type="checkbox"
            checked={gone}
            onChange={(event) => change({ gone: event.currentTarget.checked })}
          />
          what is gone
        </label>
      )}
      <label class="tick-box" title="Objects that nobody but the editor itself holds">
        <input
          type="checkbox"
          checked={!hideEditor}
          onChange={(event) => change({ hideEditor: !event.currentTarget.checked })}
        />
        the editor's own{editor > 0 && page.value === 'objects' ? ` (${editor} hidden)` : ''}
      </label>
    </div>
  );
}

interface ChoiceProps<T extends string> {
  label: string;
  value: T;
  options: readonly T[];
  titles: Record<T, string>;
  choose(value: T): void;
}

function Choice<T extends string>({ label, value, options, titles, choose }: ChoiceProps<T>) {
  return (
    <label class="choice">
      {label}
      <select value={value} onChange={(event) => choose(event.currentTarget.value as T)}>
        {options.map((option) => (
          <option key={option} value={option}>
            {titles[option]}
          </option>
        ))}
      </select>
    </label>
  );
}

/** What changed since the person last asked to count from now. */
function Changes() {
  const { changes } = model;
  const told = (['new', 'changed', 'gone'] as const).filter((kind) => changes[kind] > 0);
  return (
    <div class="changes" role="status">
      <span class="since">
        since {clock(model.since)}:{' '}
        {told.length === 0
          ? 'no change'
          : told.map((kind) => (
              <span key={kind} class={`change ${kind}`}>
                {changes[kind]} {kind}
              </span>
            ))}
      </span>
      <button
        type="button"
        class="icon"
        title="Count changes from now on"
        aria-label="Count changes from now on"
        onClick={() => send({ type: 'mark' })}
      >
        <span class="codicon codicon-clear-all" aria-hidden="true" />
      </button>
    </div>
  );
}
