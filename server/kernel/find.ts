/** Looks one object up by what a program calls it. */
import { objectTables, tables } from './registry';
import type { Snapshots } from './snapshot';
import type { Context } from './table';
import type { KernelName, KernelRow } from './view';
import { key } from './words';

export interface Found {
  row?: KernelRow;
}

/**
 * The object as it is now, where there is one; undefined when that cannot be told. Objects that live by themselves are looked for in their
 * tables alone; only when one is there, and for what processes hold, /proc is walked to tell by whom.
 */
export async function findNamed(snapshots: Snapshots, wanted: KernelName): Promise<Found | undefined> {
  const label = wanted.name ?? (wanted.key ? `key ${key(wanted.key)}` : undefined);
  const asked = tables.filter(({ table }) => wanted.tables.includes(table));
  if (label === undefined || asked.length === 0) return undefined;
  const look = (context: Context): Found | undefined => {
    const groups = asked.map((table) => table.group(context));
    const row = groups.flatMap(({ rows }) => rows).find((one) => one.label === label);
    if (row) return { row };
    return groups.some(({ problem }) => problem !== undefined) ? undefined : {};
  };
  const context = snapshots.objects();
  if (asked.every((table) => objectTables.includes(table))) {
    const found = look(context);
    if (!found?.row) return found;
  }
  const scan = await snapshots.scan();
  return look(scan ? { ...context, scan } : context);
}
