import type { FacilityId } from '../../catalog/schema';
import { tableProblem } from './errors';
import type { NativeAddon, NativeError, NativeOutcome, NativeSelf } from './native';
import type { People } from './people';
import type { Processes } from './processes';
import type { KernelGroup, KernelRow } from './view';

/** What every table may ask while a snapshot is taken. */
export interface Context {
  addon: NativeAddon;
  self: NativeSelf;
  people: People;
  processes: Processes;
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
  removal(record: R, context: Context): Removal;
  remove(addon: NativeAddon, record: R): NativeOutcome;
}

export interface Removable {
  removal: Removal;
  remove(): NativeOutcome;
}

/** A table with its record type out of sight, so that all kinds stand in one list. */
export interface KernelTable {
  facility: FacilityId;
  title: string;
  /** Never throws: what goes wrong is the group's problem. */
  group(context: Context): KernelGroup;
  /** The object with this row id as it is now; undefined when it is gone, a sentence when the table cannot be read. */
  find(context: Context, id: string): Removable | { problem: string } | undefined;
}

export function defineTable<R, L>(definition: TableDefinition<R, L>): KernelTable {
  const { facility, title } = definition;
  const rows = (context: Context): { record: R; row: KernelRow }[] | { problem: string } => {
    const read = definition.read(context.addon);
    if ('problem' in read) return read;
    const { pids } = definition;
    if (pids) context.processes.load(read.records.flatMap((record) => pids(record)));
    return read.records.map((record) => ({ record, row: definition.row(record, context, read.limits) }));
  };
  return {
    facility,
    title,
    group(context) {
      try {
        const found = rows(context);
        if ('problem' in found) return { facility, title, rows: [], problem: found.problem };
        return { facility, title, rows: found.map(({ row }) => row) };
      } catch (error) {
        return { facility, title, rows: [], problem: `${title} cannot be shown: ${String(error)}.` };
      }
    },
    find(context, id) {
      const found = rows(context);
      if ('problem' in found) return found;
      const hit = found.find(({ row }) => row.id === id);
      if (!hit) return undefined;
      return {
        removal: definition.removal(hit.record, context),
        remove: () => definition.remove(context.addon, hit.record),
      };
    },
  };
}

/** The usual way from a native answer to records. */
export function failed(title: string, error: NativeError): { problem: string } {
  return { problem: tableProblem(title, error) };
}
