/**
 * Rows of the latest snapshot. One that is the same again stays the same object: what is made of it need not be made
 * again, comparing costs nothing, and nothing long-lived is left to the garbage collector at every look.
 */
import { same } from './same';
import type { KernelRow } from './view';

export class Kept {
  readonly #tables = new Map<string, { rows: KernelRow[]; byId: Map<string, KernelRow> }>();
  /** What whole tables were made of: table.ts. */
  readonly tables = new Map<string, unknown>();
  readonly #values = new Map<string, unknown>();
  /** What processes were made of: process-rows.ts. */
  processes: ReadonlyMap<number, unknown> = new Map();

  /** A value that many rows share, as the object it was while it is the same: comparing it costs nothing then. */
  value<T>(name: string, now: T): T {
    const known = this.#values.get(name);
    if (known !== undefined && same(known, now)) return known as T;
    this.#values.set(name, now);
    return now;
  }

  /** The rows of a table now, where they did not change as the objects they were; the same list when none did. */
  rows(table: string, now: readonly KernelRow[]): KernelRow[] {
    const before = this.#tables.get(table);
    if (before?.rows === now) return before.rows;
    let all = before?.rows.length === now.length;
    const rows = now.map((row, index) => {
      const known = before?.byId.get(row.id);
      const kept = known && same(row, known) ? known : row;
      all &&= kept === before?.rows[index];
      return kept;
    });
    if (all) return before!.rows;
    this.#tables.set(table, { rows, byId: new Map(rows.map((row) => [row.id, row])) });
    return rows;
  }
}
