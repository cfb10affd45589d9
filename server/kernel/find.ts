/** Looks one object up by what a program calls it. */
import { stat } from 'node:fs/promises';
import { objectTables, tables } from './registry';
import type { Snapshots } from './snapshot';
import type { Context } from './table';
import type { KernelFound, KernelName } from './view';
import { key } from './words';

/**
 * The object as it is now, where there is one; undefined when that cannot be told. Objects that live by themselves are looked for in their
 * tables alone; only when one is there, and for what processes hold, /proc is walked to tell by whom.
 */
export async function findNamed(snapshots: Snapshots, wanted: KernelName): Promise<KernelFound | undefined> {
  const { ftok } = wanted;
  if (!ftok) return find(snapshots, wanted);
  const made = await ftokKey(ftok.path, ftok.project);
  const found = made === undefined ? {} : await find(snapshots, { tables: wanted.tables, key: made });
  return found && { ...found, ...(made === undefined ? {} : { key: made }) };
}

/** ftok(3) as glibc has it. Nothing is opened; undefined when the file cannot be looked at. */
async function ftokKey(path: string, project: number): Promise<number | undefined> {
  try {
    const { dev, ino } = await stat(path, { bigint: true });
    return Number(
      BigInt.asUintN(32, (BigInt(project & 0xff) << 24n) | ((dev & 0xffn) << 16n) | (ino & 0xffffn)),
    );
  } catch {
    return undefined;
  }
}

async function find(snapshots: Snapshots, wanted: KernelName): Promise<KernelFound | undefined> {
  const label = wanted.name ?? (wanted.key ? `key ${key(wanted.key)}` : undefined);
  const asked = tables.filter(({ table }) => wanted.tables.includes(table));
  if (label === undefined || asked.length === 0) return undefined;
  const look = (context: Context): KernelFound | undefined => {
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
