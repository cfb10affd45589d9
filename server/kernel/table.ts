import type { FacilityId, TopicId } from '../../catalog/schema';
import { tableProblem } from './errors';
import { holderDetails } from './holders';
import type { Kept } from './kept';
import type {
  NativeAddon,
  NativeError,
  NativeOutcome,
  NativePermissions,
  NativeProcess,
  NativeSelf,
} from './native';
import type { People } from './people';
import type { ProcScan } from './proc/scan';
import type { Processes } from './processes';
import { same } from './same';
import type { KernelGroup, KernelHolder, KernelRow } from './view';

/** What every table may ask while a snapshot is taken. */
export interface Context {
  addon: NativeAddon;
  self: NativeSelf;
  people: People;
  processes: Processes;
  /** Rows of the latest snapshot. */
  kept: Kept;
  /** Absent where /proc was not read: then nobody knows who holds what. */
  scan?: ProcScan;
}

/** How a removal is told. */
export interface Removal {
  /** Completes sentences: `message queue 32768 (key 0x0000002a)`. */
  subject: string;
  /** Who may remove it, completing "Only ... may do this": `its owner alice, its creator or root`. */
  allowed: string;
  /** What a person may type instead, after getting the right to: `ipcrm -q 32768`. */
  command: string;
  /** What else is to know after it is removed, as a sentence. */
  afterwards?: string;
}

/** Records of one table, or why there are none. `limits` is whatever the table wants to have at hand for each row. */
export type TableRead<R, L> = { records: R[]; limits: L } | { problem: string };

/** One table: one file in tables/ defines one of these. */
export interface TableDefinition<R, L> {
  facility: FacilityId;
  title: string;
  read(addon: NativeAddon): TableRead<R, L>;
  /** Processes whose names the rows show. */
  pids?(record: R): number[];
  row(record: R, context: Context, limits: L): KernelRow;
  /** Who has it open, mapped or waits on it; undefined when that cannot be told of this record. */
  holders?(record: R, scan: ProcScan, context: Context): KernelHolder[] | undefined;
  /** Adds what follows from who holds it: whether it is an orphan. */
  verdict?(row: KernelRow, record: R, holders: readonly KernelHolder[], scan: ProcScan): void;
  /** What else of the walk its row shows: while that is the same by value, the row is. */
  seen?(record: R, scan: ProcScan): unknown;
  /** Whether its content can be asked for: peek.ts. */
  peekable?(record: R): boolean;
  removal(record: R, context: Context, limits: L): Removal;
  remove(addon: NativeAddon, record: R): NativeOutcome;
}

export interface Removable {
  removal: Removal;
  remove(): NativeOutcome;
}

/** A table with its record type out of sight, so that all kinds stand in one list. */
export interface KernelTable {
  /** The first part of its rows' ids. */
  table: string;
  facility: FacilityId | TopicId;
  title: string;
  /** Never throws: what goes wrong is the group's problem. */
  group(context: Context): KernelGroup;
  /** The object with this row id as it is now; undefined when it is gone, a sentence when the table cannot be read. */
  find(context: Context, id: string): Removable | { problem: string } | undefined;
}

export function defineTable<R, L>(definition: TableDefinition<R, L>): KernelTable {
  const { facility, title } = definition;
  const all = (context: Context): Made<R, L> | { problem: string } => {
    const read = definition.read(context.addon);
    if ('problem' in read) return read;
    const { kept, people, processes, scan } = context;
    const { records } = read;
    const before = kept.tables.get(facility) as Made<R, L> | undefined;
    const pids =
      before?.records === records
        ? before.pids
        : [...new Set(records.flatMap(definition.pids ?? (() => [])))];
    processes.load(pids);
    const made = {
      ...{ records, pids, scan, people: people.changes },
      limits: kept.value(`limits ${facility}`, read.limits),
      others: kept.value(
        `processes ${facility}`,
        pids.map((pid) => processes.known(pid)),
      ),
    };
    if (before && isMadeOf(before, made)) return before;
    const parts = partsOf(definition, made, context, before);
    const now = { ...made, parts, rows: records.map((record) => parts.get(record)!.row) };
    kept.tables.set(facility, now);
    return now;
  };
  const head = { table: facility, facility, title };
  return {
    ...head,
    group: (context) =>
      guarded(head, context, () => {
        const found = all(context);
        return 'problem' in found ? found : found.rows;
      }),
    find(context, id) {
      const found = all(context);
      if ('problem' in found) return found;
      const at = found.rows.findIndex((row) => row.id === id);
      const record = found.records[at];
      if (record === undefined) return undefined;
      return {
        removal: definition.removal(record, context, found.limits),
        remove: () => definition.remove(context.addon, record),
      };
    },
  };
}

/** All rows of a table with what they were made of: while that is the same, nothing need be looked at again. */
interface Made<R, L> {
  /** The same list while the kernel tells the same of every object: records.ts. */
  records: R[];
  limits: L;
  /** Processes that the records name, and what is known of them. */
  pids: number[];
  others: unknown;
  scan: ProcScan | undefined;
  people: number;
  parts: ReadonlyMap<R, Part>;
  /** In the order of the records. */
  rows: KernelRow[];
}

/** What a table is made of. */
type Given<R, L> = Omit<Made<R, L>, 'parts' | 'rows'>;

/** One row, with what else than its record it was made of. */
interface Part {
  holders: KernelHolder[] | undefined;
  /** Of the processes that the record names. */
  others: (NativeProcess | undefined)[] | undefined;
  editor: boolean;
  seen: unknown;
  row: KernelRow;
}

const isMadeOf = <R, L>(before: Made<R, L>, now: Given<R, L>) =>
  before.records === now.records &&
  before.limits === now.limits &&
  before.others === now.others &&
  before.scan === now.scan &&
  before.people === now.people;

/** The rows of all records: those of the last look where they were made of the same. */
function partsOf<R, L>(
  definition: TableDefinition<R, L>,
  made: Given<R, L>,
  context: Context,
  before: Made<R, L> | undefined,
): Map<R, Part> {
  const { scan, processes } = context;
  const { records, limits, others, people } = made;
  const alike =
    scan && before?.scan && before.limits === limits && before.people === people ? before : undefined;
  const parts = new Map<R, Part>();
  for (const record of records) {
    const known = alike?.parts.get(record);
    const holders = scan && definition.holders?.(record, scan, context);
    const now = {
      holders,
      others:
        known && others === before?.others
          ? known.others
          : definition.pids?.(record).map((pid) => processes.known(pid)),
      editor: scan !== undefined && onlyEditor(holders, scan),
      seen: scan && definition.seen?.(record, scan),
    };
    if (known && samePart(known, now)) parts.set(record, known);
    else parts.set(record, { ...now, row: fullRow(definition, record, context, limits, holders) });
  }
  return parts;
}

const samePart = (one: Part, other: Omit<Part, 'row'>) =>
  one.editor === other.editor &&
  same(one.holders, other.holders) &&
  same(one.others, other.others) &&
  same(one.seen, other.seen);

/** A row with what every table tells in the same way. */
function fullRow<R, L>(
  definition: TableDefinition<R, L>,
  record: R,
  context: Context,
  limits: L,
  holders: KernelHolder[] | undefined,
): KernelRow {
  const row = definition.row(record, context, limits);
  const uid = (record as Partial<NativePermissions>).uid;
  if (uid !== undefined) {
    row.owner = context.people.user(uid);
    row.mine = uid === context.self.uid;
    row.command = definition.removal(record, context, limits).command;
    if (definition.peekable?.(record)) row.peekable = true;
  }
  if (holders) {
    row.holders = holders;
    row.details.push(...holderDetails(holders));
    definition.verdict?.(row, record, holders, context.scan!);
    markEditor(row, context.scan!);
  }
  return row;
}

/** The usual way from a native answer to records. */
export function failed(title: string, error: NativeError): { problem: string } {
  return { problem: tableProblem(title, error) };
}

/** A table of what processes hold: it lives by the walk through /proc, and closing is what removes its objects. */
export interface HeldTableDefinition {
  table: string;
  facility: FacilityId | TopicId;
  title: string;
  rows(scan: ProcScan, context: Context): KernelRow[] | { problem: string };
}

export function defineHeldTable({ table, facility, title, rows }: HeldTableDefinition): KernelTable {
  const head = { table, facility, title };
  const ask = (context: Context) => {
    if (!context.scan) return { problem: `${title} cannot be read: /proc was not read.` };
    const found = rows(context.scan, context);
    if (!('problem' in found)) {
      for (const row of found) {
        addOwner(row, context.scan, context);
        markEditor(row, context.scan);
      }
    }
    return found;
  };
  return {
    ...head,
    group: (context) => guarded(head, context, () => ask(context)),
    find: () => ({ problem: 'It has no removal: it ends when the last process closes it.' }),
  };
}

const onlyEditor = (holders: readonly KernelHolder[] | undefined, scan: ProcScan) =>
  holders !== undefined && holders.length > 0 && holders.every(({ pid }) => scan.editor.has(pid));

function markEditor(row: KernelRow, scan: ProcScan): void {
  if (onlyEditor(row.holders, scan)) row.editor = true;
}

/** What has no owner of its own belongs to who holds it. */
function addOwner(row: KernelRow, scan: ProcScan, { people, self }: Context): void {
  const uid = row.owner === undefined ? scan.process(row.holders?.[0]?.pid ?? 0)?.uid : undefined;
  if (uid === undefined) return;
  row.owner = people.user(uid);
  row.mine = uid === self.uid;
}

function guarded(
  head: Pick<KernelTable, 'table' | 'facility' | 'title'>,
  { kept, scan }: Context,
  read: () => KernelRow[] | { problem: string },
): KernelGroup {
  try {
    const found = read();
    if ('problem' in found) return { ...head, rows: [], problem: found.problem };
    // Without a walk rows have no holders: they are others.
    return { ...head, rows: scan ? kept.rows(head.table, found) : found };
  } catch (error) {
    return { ...head, rows: [], problem: `${head.title} cannot be shown: ${String(error)}.` };
  }
}
