import type { FacilityId } from '../../../catalog/schema';
import type { KernelGroup, KernelProcess, KernelRow, KernelView } from '../../../server/kernel/view';

export function group(view: KernelView, facility: FacilityId): KernelGroup {
  const found = view.groups.find((one) => one.facility === facility);
  if (!found) throw new Error(`no group for ${facility}`);
  return found;
}

/** The row with this id; throws with what there is instead. */
export function row(view: KernelView, id: string): KernelRow {
  const facility = id.slice(0, id.indexOf(':')) as FacilityId;
  const { rows, problem } = group(view, facility);
  const found = rows.find((one) => one.id === id);
  if (!found) throw new Error(`no ${id} among ${JSON.stringify(problem ?? rows.map((one) => one.id))}`);
  return found;
}

export function hasRow(view: KernelView, id: string): boolean {
  return view.groups.some(({ rows }) => rows.some((one) => one.id === id));
}

/** A detail of a row by its label. */
export function detail(one: KernelRow, label: string): string | undefined {
  return one.details.find((entry) => entry.label === label)?.value;
}

/** A table of numbers and words with a heading, such as /proc/sysvipc/msg. */
export function table(text: string): Record<string, string>[] {
  const [heading = '', ...lines] = text.trim().split('\n');
  const names = heading.trim().split(/\s+/);
  return lines.map((line) => {
    const words = line.trim().split(/\s+/);
    return Object.fromEntries(names.map((name, index) => [name, words[index] ?? '']));
  });
}

/** The one row of a table that `wanted` picks. */
export function only(view: KernelView, tableName: string, wanted: (one: KernelRow) => boolean): KernelRow {
  const found = rowsOf(view, tableName).filter(wanted);
  if (found.length !== 1)
    throw new Error(
      `${found.length} rows among ${JSON.stringify(rowsOf(view, tableName).map(({ label }) => label))}`,
    );
  return found[0]!;
}

export function rowsOf(view: KernelView, tableName: string): KernelRow[] {
  const found = view.groups.find((one) => (one.table ?? one.facility) === tableName);
  if (!found || found.problem !== undefined) throw new Error(found?.problem ?? `no table ${tableName}`);
  return found.rows;
}

export function rowsHeldBy(view: KernelView, tableName: string, pid: number): KernelRow[] {
  return rowsOf(view, tableName).filter(({ holders }) => holders?.some((holder) => holder.pid === pid));
}

export function process(view: KernelView, pid: number): KernelProcess {
  const found = view.processes?.find((one) => one.pid === pid);
  if (!found) throw new Error(`no process ${pid}`);
  return found;
}
