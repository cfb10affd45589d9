import {
  calls,
  facilities as catalogued,
  type Facility,
  type FacilityId,
  facilityIds,
  type Limit,
  taxonomy,
} from '../../catalog';
import type { ComparisonCell, ComparisonRow, ComparisonView, ScenarioSummary } from '../protocol';
import { path, persistenceText, scopeText } from './pages';

/** Facilities side by side, by what the catalog says of them. */

export const mostCompared = 4;

/** What a machine shows for a limit now; undefined when it cannot be told. */
export type ReadLimit = (limit: Limit) => string | undefined;

export function compare(
  ids: readonly FacilityId[],
  scenarios: readonly ScenarioSummary[],
  read: ReadLimit,
): ComparisonView {
  const chosen = [...new Set(ids)].flatMap((id) => catalogued.get(id) ?? []).slice(0, mostCompared);
  const row = rowOf.bind(undefined, chosen);
  return {
    facilities: chosen.map(({ id, title }) => ({ id, title })),
    offered: offered(),
    most: mostCompared,
    sections: [
      {
        title: 'What it is',
        rows: [
          row('Purpose', ({ summary }) => ({ text: summary })),
          row('Kind', (facility) => ({ value: path(facility).join(' › ') })),
        ],
      },
      {
        title: 'Reaching it',
        rows: [
          row('Named by', ({ identifiedBy }) => ({ value: identifiedBy })),
          row('Handle', ({ handle }) => ({ value: handle })),
          row('Open to', ({ accessibility: { scope, detail } }) => ({
            value: scopeText[scope],
            text: detail,
          })),
          row('Lives', ({ persistence: { kind, detail } }) => ({
            value: persistenceText[kind],
            text: detail,
          })),
        ],
      },
      {
        title: 'Using it',
        rows: [
          row('Data', ({ dataModel: { kind, direction, detail } }) => ({
            value: `${words[kind]}${direction === 'n/a' ? '' : `, ${direction}`}`,
            text: detail,
          })),
          row('Flow control', ({ flowControl }) => ({ text: flowControl })),
          row('Its own calls', (facility) => ({ value: ownCalls(facility).join(', ') })),
          row('Mistakes', ({ pitfalls }) => ({ list: pitfalls })),
          row('Demos', ({ id }) => ({ scenarios: scenarios.filter(({ subject }) => subject === id) })),
        ],
      },
      { title: 'Limits', rows: limitRows(chosen, read) },
      { title: 'In each other\u2019s words', rows: differenceRows(chosen) },
    ].filter(({ rows }) => rows.length > 0),
  };
}

const words: Record<Facility['dataModel']['kind'], string> = {
  'byte-stream': 'Bytes without boundaries',
  message: 'Messages',
  memory: 'Memory',
  counter: 'A counter',
  lock: 'A lock',
  condition: 'A condition',
  notification: 'A notification',
  terminal: 'A terminal',
  file: 'A file',
};

type Cell = ComparisonCell;

function rowOf(
  chosen: Facility[],
  title: string,
  cell: (facility: Facility) => Cell | undefined,
): ComparisonRow {
  return withMarks(
    title,
    chosen.map((facility) => cell(facility) ?? {}),
  );
}

/** What is compared of a cell: its short word where it has one. */
const essence = ({ value, text, list, scenarios }: Cell) =>
  JSON.stringify(value ?? text ?? list ?? scenarios?.map(({ id }) => id) ?? '');

function withMarks(title: string, cells: Cell[]): ComparisonRow {
  const [first] = cells;
  return { title, cells, differs: cells.some((cell) => essence(cell) !== essence(first!)) };
}

function ownCalls({ id }: Facility): string[] {
  return [...calls.values()]
    .filter(({ chapter }) => chapter.facility?.id === id)
    .map(({ record }) => record.name);
}

/** Facilities share limits: one row a name, in the order of the first that has it. */
function limitRows(chosen: Facility[], read: ReadLimit): ComparisonRow[] {
  const names = [...new Set(chosen.flatMap(({ limits }) => limits.map(({ name }) => name)))];
  return names.map((name) => {
    const row = rowOf(chosen, name, ({ limits }) => {
      const limit = limits.find((one) => one.name === name);
      if (!limit) return undefined;
      const live = read(limit);
      return {
        value: limit.usual,
        text: limit.meaning,
        ...(live === undefined ? {} : { live }),
        ...(limit.shownAt ? { shownAt: limit.shownAt } : {}),
      };
    });
    return row;
  });
}

/** What the catalog says of one against another. */
function differenceRows(chosen: Facility[]): ComparisonRow[] {
  const list = (facility: Facility) =>
    facility.comparison
      .filter(({ to }) => chosen.some(({ id }) => id === to))
      .map(({ to, difference }) => `${catalogued.get(to)!.title}: ${difference}`);
  if (chosen.every((facility) => list(facility).length === 0)) return [];
  return [rowOf(chosen, 'Against', (facility) => ({ list: list(facility) }))];
}

/** Every facility under the title of its place in the taxonomy. */
function offered(): ComparisonView['offered'] {
  const groups = new Map<string, { id: FacilityId; title: string }[]>();
  for (const { id: place, title } of taxonomy) {
    const here = facilityIds.flatMap((id) => {
      const facility = catalogued.get(id);
      return facility?.taxonomy === place ? [{ id, title: facility.title }] : [];
    });
    if (here.length > 0) groups.set(title, here);
  }
  return [...groups].map(([title, list]) => ({ title, facilities: list }));
}
