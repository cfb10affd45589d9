import type { KernelDelta, KernelRow, KernelView } from '../../../server/kernel/view';

/** The view after a change, as a client keeps it. */
export function applyDelta(view: KernelView, delta: KernelDelta): void {
  for (const { changed, removed, ...head } of delta.groups) {
    const group = view.groups.find((one) => one.table === head.table);
    if (!group) throw new Error(`no table ${head.table}`);
    group.rows = applyRows(group.rows, changed, removed);
    group.problem = head.problem;
  }
  if (delta.processes)
    view.processes = applyRows(view.processes ?? [], delta.processes.changed, delta.processes.removed);
}

function applyRows<R extends KernelRow>(
  rows: readonly R[],
  changed: readonly R[],
  removed: readonly string[],
): R[] {
  const now = new Map(rows.map((row) => [row.id, row]));
  for (const row of changed) now.set(row.id, row);
  for (const id of removed) if (!now.delete(id)) throw new Error(`${id} was not there`);
  return [...now.values()];
}
