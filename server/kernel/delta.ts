/** What changed between two states of a list of rows. */
import { same } from './same';
import type { KernelGroup, KernelRow } from './view';

export interface RowsDelta<R> {
  /** New rows and rows that differ, whole. */
  changed: R[];
  /** Ids of rows that are gone. */
  removed: string[];
}

/** Undefined when nothing changed. The order of rows is not told: it follows from what they are. */
export function rowsDelta<R extends { id: string }>(
  before: ReadonlyMap<string, R>,
  now: readonly R[],
): RowsDelta<R> | undefined {
  const changed: R[] = [];
  const ids = new Set<string>();
  for (const row of now) {
    ids.add(row.id);
    if (!same(row, before.get(row.id))) changed.push(row);
  }
  const removed: string[] = [];
  if (ids.size !== before.size || changed.length > 0)
    for (const id of before.keys()) if (!ids.has(id)) removed.push(id);
  return changed.length === 0 && removed.length === 0 ? undefined : { changed, removed };
}

export const byId = <R extends { id: string }>(rows: readonly R[]) =>
  new Map(rows.map((row) => [row.id, row]));

export type GroupDelta = Omit<KernelGroup, 'rows'> & RowsDelta<KernelRow>;
