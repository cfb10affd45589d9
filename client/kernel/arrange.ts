import { filterWords, type KernelProcess, type KernelRow } from '../../server/protocol';
import type { Change, KernelModel, Table } from './model';

/** How rows are put together. */
export const groupings = ['facility', 'process', 'owner'] as const;
export type Grouping = (typeof groupings)[number];

export const sortings = ['name', 'fill', 'holders', 'change'] as const;
export type Sorting = (typeof sortings)[number];

/** What of the state is shown, and how. */
export interface Arrangement {
  by: Grouping;
  sort: Sorting;
  /** Words of the filter, as `ipc-lens state` takes them. */
  filter: string;
  /** Only what belongs to the user IPC Lens runs as. */
  mine: boolean;
  /** What nobody but the editor holds is left out. */
  hideEditor: boolean;
  /** What is gone since changes are counted is shown as it last was. */
  gone: boolean;
}

export const usual: Arrangement = {
  by: 'facility',
  sort: 'name',
  filter: '',
  mine: false,
  hideEditor: true,
  gone: false,
};

export interface Entry {
  row: KernelRow;
  table?: Table;
  /** What the process of the section does with it. */
  role?: string;
  /** What became of it since changes are counted. */
  change?: Change;
}

export interface Section {
  id: string;
  title: string;
  /** Beside the title: `4711, waits in read on pipe 12`. */
  note?: string;
  /** A facility or topic, for its icon. */
  facility?: string;
  process?: KernelProcess;
  entries: Entry[];
  /** Why a table could not be read. */
  problem?: string;
}

export interface Arranged {
  sections: Section[];
  /** Objects shown, each once. */
  shown: number;
  /** Left out because only the editor holds them. */
  editor: number;
  /** Left out by the filter. */
  filtered: number;
}

export function arrange(model: KernelModel, arrangement: Arrangement): Arranged {
  const words = arrangement.filter.trim().split(/\s+/).filter(Boolean);
  const fits = filterWords(arrangement.mine ? ['mine', ...words] : words);
  // Who asks for the editor's own or for one process means it.
  const hideEditor = arrangement.hideEditor && !words.some((word) => /^(?:editor$|pid:)/.test(word));
  const entries: Entry[] = [];
  let editor = 0;
  let filtered = 0;
  for (const entry of everything(model, arrangement.gone)) {
    if (hideEditor && entry.row.editor) editor++;
    else if (!fits(entry.row, entry.table?.head)) filtered++;
    else entries.push(entry);
  }
  entries.sort(orders[arrangement.sort]);
  const sections = arrangers[arrangement.by](entries, model, words);
  return { sections, shown: entries.length, editor, filtered };
}

function* everything(model: KernelModel, gone: boolean): Iterable<Entry> {
  const entry = (row: KernelRow, table: Table | undefined): Entry => {
    const change = model.changeOf(row.id);
    return { row, ...(table ? { table } : {}), ...(change ? { change } : {}) };
  };
  for (const table of model.tables.values()) {
    for (const row of table.rows.values()) yield entry(row, table);
  }
  if (!gone) return;
  for (const { row, table } of model.gone.values()) yield entry(row, model.tables.get(table));
}

const names = new Intl.Collator('en', { numeric: true });
/** Numbers by their size; keys in hexadecimal digit by digit. */
function byName({ row: { label: one } }: Entry, { row: { label: other } }: Entry): number {
  if (one.includes('0x') && other.includes('0x')) return one < other ? -1 : one > other ? 1 : 0;
  return names.compare(one, other);
}

const orders: Record<Sorting, (one: Entry, other: Entry) => number> = {
  name: byName,
  fill: (one, other) => share(other.row) - share(one.row) || byName(one, other),
  holders: (one, other) =>
    (other.row.holders?.length ?? -1) - (one.row.holders?.length ?? -1) || byName(one, other),
  change: (one, other) =>
    Number(other.change !== undefined) - Number(one.change !== undefined) || byName(one, other),
};

function share({ fill }: KernelRow): number {
  return fill && fill.capacity > 0 ? fill.used / fill.capacity : -1;
}

const arrangers: Record<
  Grouping,
  (entries: readonly Entry[], model: KernelModel, words: readonly string[]) => Section[]
> = {
  facility: byFacility,
  process: byProcess,
  owner: byOwner,
};

/** The tables in the server's order; one that cannot be read is shown with its problem as long as nothing is looked for. */
function byFacility(entries: readonly Entry[], model: KernelModel, words: readonly string[]): Section[] {
  const sections: Section[] = [];
  for (const [id, table] of model.tables) {
    const own = entries.filter((entry) => entry.table === table);
    const { title, facility, problem } = table.head;
    if (own.length > 0 || (problem !== undefined && words.length === 0)) {
      sections.push({ id, title, facility, entries: own, ...(problem === undefined ? {} : { problem }) });
    }
  }
  return sections;
}

function byProcess(entries: readonly Entry[], model: KernelModel): Section[] {
  const sections = new Map<string, Section>();
  const nobody: Entry[] = [];
  for (const entry of entries) {
    const holders = entry.row.holders ?? [];
    if (holders.length === 0) nobody.push(entry);
    for (const { pid, program, role, waiting } of holders) {
      const id = `process:${pid}`;
      const process = model.processes.get(id);
      const section = sections.get(id) ?? {
        id,
        title: program,
        note: process?.description.replace(/, \d+ objects?$/, '') ?? String(pid),
        ...(process ? { process } : {}),
        entries: [],
      };
      section.entries.push({ ...entry, role: waiting ? `${role}, waits in ${waiting}` : role });
      sections.set(id, section);
    }
  }
  const found = [...sections.values()].sort((one, other) => one.title.localeCompare(other.title, 'en'));
  if (nobody.length > 0) {
    found.push({
      id: 'nobody',
      title: 'Nobody',
      note: 'held by no process that may be seen',
      entries: nobody,
    });
  }
  return found;
}

function byOwner(entries: readonly Entry[]): Section[] {
  const sections = new Map<string, Section>();
  for (const entry of entries) {
    const owner = entry.row.owner ?? '';
    const title = owner === '' ? 'Owner not known' : owner;
    const section = sections.get(owner) ?? {
      id: `owner:${owner}`,
      title,
      ...(entry.row.mine ? { note: 'you' } : {}),
      entries: [],
    };
    section.entries.push(entry);
    sections.set(owner, section);
  }
  return [...sections.values()].sort(
    (one, other) =>
      Number(other.note === 'you') - Number(one.note === 'you') || one.title.localeCompare(other.title),
  );
}
