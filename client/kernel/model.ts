import type {
  GroupDelta,
  KernelCycle,
  KernelDelta,
  KernelGroup,
  KernelLimit,
  KernelNamespace,
  KernelProcess,
  KernelRow,
  KernelView,
  RowsDelta,
} from '../../server/protocol';

/** A table as it is shown: its head, and its rows by id. */
export interface Table {
  head: Omit<KernelGroup, 'rows'>;
  rows: Map<string, KernelRow>;
}

export type Change = 'new' | 'changed' | 'gone';

/** How full an object was: one number for each moment in which it was looked at. */
export interface Level {
  at: number;
  used: number;
}

/** Moments kept for each object. */
const mostLevels = 120;

/**
 * The kernel's state, put together from what the server tells: whole at first, then what changed. Beside it stands what changed since
 * a moment the person chose (or the first look), and how full queues and pipes were.
 */
export class KernelModel {
  readonly tables = new Map<string, Table>();
  readonly processes = new Map<string, KernelProcess>();
  readonly levels = new Map<string, Level[]>();
  limits: KernelLimit[] = [];
  cycles: KernelCycle[] = [];
  namespaces: KernelNamespace[] = [];
  notes: string[] = [];
  /** Milliseconds since the epoch of the latest news; 0 before the first. */
  taken = 0;
  /** From when on changes are counted. */
  since = 0;
  private readonly marks = new Map<string, Change>();
  /** Rows that are gone since then, as they last were, with the table they were in. */
  readonly gone = new Map<string, { row: KernelRow; table: string }>();

  apply(delta: KernelDelta): void {
    const first = this.taken === 0;
    this.taken = delta.taken;
    if (first) this.since = delta.taken;
    if (delta.whole) this.dropTables(delta.groups);
    for (const group of delta.groups) this.applyGroup(group, delta.whole === true, first);
    if (delta.processes) applyRows(this.processes, delta.processes, delta.whole === true);
    this.limits = delta.limits ?? this.limits;
    this.cycles = delta.cycles ?? this.cycles;
    this.namespaces = delta.namespaces ?? this.namespaces;
    this.notes = delta.notes ?? this.notes;
    this.remember();
  }

  /** Changes are counted from now on. */
  mark(): void {
    this.marks.clear();
    this.gone.clear();
    this.since = this.taken;
  }

  /** Nothing is known any more. */
  clear(): void {
    this.tables.clear();
    this.processes.clear();
    this.levels.clear();
    this.limits = [];
    this.cycles = [];
    this.namespaces = [];
    this.notes = [];
    this.taken = 0;
    this.mark();
  }

  changeOf(id: string): Change | undefined {
    return this.marks.get(id);
  }

  /** How many objects came, changed and went since `since`. */
  get changes(): Record<Change, number> {
    const count = { new: 0, changed: 0, gone: 0 };
    for (const change of this.marks.values()) count[change]++;
    return count;
  }

  row(id: string): KernelRow | undefined {
    const process = this.processes.get(id);
    if (process) return process;
    for (const { rows } of this.tables.values()) {
      const row = rows.get(id);
      if (row) return row;
    }
    return this.gone.get(id)?.row;
  }

  tableOf(id: string): Table | undefined {
    for (const table of this.tables.values()) if (table.rows.has(id)) return table;
    const gone = this.gone.get(id);
    return gone && this.tables.get(gone.table);
  }

  private dropTables(groups: readonly GroupDelta[]): void {
    const told = new Set(groups.map(keyOf));
    for (const key of [...this.tables.keys()]) if (!told.has(key)) this.tables.delete(key);
  }

  private applyGroup(group: GroupDelta, whole: boolean, first: boolean): void {
    const { changed, removed, ...head } = group;
    const key = keyOf(group);
    const table = this.tables.get(key) ?? { head, rows: new Map() };
    table.head = head;
    this.tables.set(key, table);
    const told = new Set(changed.map(({ id }) => id));
    const lost = whole ? [...table.rows.keys()].filter((id) => !told.has(id)) : removed;
    for (const id of lost) this.lose(id, key, table);
    for (const row of changed) {
      const before = table.rows.get(row.id);
      table.rows.set(row.id, row);
      // After a break in watching everything is told again, changed or not.
      if (!first && (!before || !whole || JSON.stringify(before) !== JSON.stringify(row))) {
        this.note(row.id, before ? 'changed' : 'new');
      }
    }
  }

  private lose(id: string, key: string, table: Table): void {
    const row = table.rows.get(id);
    if (!row) return;
    table.rows.delete(id);
    this.levels.delete(id);
    // What came and went since then was not there at either moment.
    if (this.marks.get(id) === 'new') {
      this.marks.delete(id);
      return;
    }
    this.marks.set(id, 'gone');
    this.gone.set(id, { row, table: key });
  }

  private note(id: string, change: 'new' | 'changed'): void {
    const known = this.marks.get(id);
    this.gone.delete(id);
    this.marks.set(id, known === 'new' ? 'new' : known === 'gone' ? 'changed' : change);
  }

  private remember(): void {
    for (const { rows } of this.tables.values()) {
      for (const { id, fill } of rows.values()) {
        if (!fill) continue;
        const levels = this.levels.get(id) ?? [];
        const last = levels.at(-1);
        if (last?.at === this.taken) continue;
        levels.push({ at: this.taken, used: fill.used });
        if (levels.length > mostLevels) levels.shift();
        this.levels.set(id, levels);
      }
    }
  }
}

/** A whole state as the delta that leads to it from anywhere. */
export function asDelta({ taken, groups, processes = [], ...rest }: KernelView): KernelDelta {
  const { limits = [], cycles = [], namespaces = [], notes = [] } = rest;
  return {
    taken,
    whole: true,
    groups: groups.map(({ rows, ...head }) => ({ ...head, changed: rows, removed: [] })),
    processes: { changed: processes, removed: [] },
    limits,
    cycles,
    namespaces,
    notes,
  };
}

/** The model's state told anew, for one who comes later. */
export function wholeState(model: KernelModel): KernelDelta {
  const { taken, limits, cycles, namespaces, notes } = model;
  const groups = [...model.tables.values()].map(({ head, rows }) => ({ ...head, rows: [...rows.values()] }));
  const processes = [...model.processes.values()];
  return asDelta({ taken, groups, processes, limits, cycles, namespaces, notes });
}

/** Names a table. */
export function keyOf({ table, facility }: Pick<KernelGroup, 'table' | 'facility'>): string {
  return table ?? facility;
}

function applyRows<R extends { id: string }>(
  rows: Map<string, R>,
  { changed, removed }: RowsDelta<R>,
  whole: boolean,
): void {
  if (whole) rows.clear();
  for (const id of removed) rows.delete(id);
  for (const row of changed) rows.set(row.id, row);
}
