/**
 * Rows of the latest snapshot. One that is the same again stays the same object: what is made of it need not be made
 * again, comparing costs nothing, and nothing long-lived is left to the garbage collector at every look.
 */
import { same } from './same';
import type { KernelRow } from './view';

export class Kept {
  readonly #tables = new Map<string, Map<string, KernelRow>>();
  readonly #made = new Map<string, { of: unknown; row: KernelRow }>();
  /** What processes were made of: process-rows.ts. */
  processes: ReadonlyMap<number, unknown> = new Map();

  /** The row of an object: the one from before while all that it is made of is the same. */
  madeOf(table: string, name: string, of: unknown, make: () => KernelRow): KernelRow {
    const id = `${table}:${name}`;
    const known = this.#made.get(id);
    if (known && same(known.of, of)) return known.row;
    const row = make();
    this.#made.set(id, { of, row });
    return row;
  }

  /** The rows of a table now, where they did not change as the objects they were. */
  rows(table: string, now: readonly KernelRow[]): KernelRow[] {
    const before = this.#tables.get(table);
    const rows = now.map((row) => {
      const known = before?.get(row.id);
      return known && same(row, known) ? known : row;
    });
    const there = new Map(rows.map((row) => [row.id, row]));
    for (const id of before?.keys() ?? []) if (!there.has(id)) this.#made.delete(id);
    this.#tables.set(table, there);
    return rows;
  }
}
