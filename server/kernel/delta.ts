/** What changed between two states of a list of rows. */
import { same } from './same';
import type { KernelDelta, KernelView, RowsDelta } from './view';

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

/** A view as the one delta that leads to it from anywhere. */
export function wholeView({ taken, groups, processes = [], ...rest }: KernelView): KernelDelta {
  const { limits = [], cycles = [], namespaces = [], notes = [] } = rest;
  return {
    taken,
    whole: true,
    groups: groups.map(({ rows, ...head }) => ({ ...head, changed: rows, removed: [] })),
    processes: { changed: processes, removed: [] },
    ...{ limits, cycles, namespaces, notes },
  };
}
