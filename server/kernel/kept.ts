/**
 * Rows of the latest snapshot. One that is the same again stays the same object: what is made of it need not be made
 * again, comparing costs nothing, and nothing long-lived is left to the garbage collector at every look.
 */
import { same } from './same';
import type { KernelRow } from './view';

export class Kept {
  readonly #tables = new Map<string, Map<string, KernelRow>>();
  readonly #values = new Map<string, unknown>();
  readonly #made = new Map<string, { of: unknown; row: KernelRow }>();
  /** What processes were made of: process-rows.ts. */
  processes: ReadonlyMap<number, unknown> = new Map();

  /** A value that many rows share, as the object it was while it is the same: comparing it costs nothing then. */
  value<T>(name: string, now: T): T {
    const known = this.#values.get(name);
    if (known !== undefined && same(known, now)) return known as T;
    this.#values.set(name, now);
    return now;
  }

  /** The row that was made of the same; undefined when there is none. */
  madeOf(id: string, of: unknown): KernelRow | undefined {
    const known = this.#made.get(id);
    return known && same(known.of, of) ? known.row : undefined;
  }

  keep(id: string, of: unknown, row: KernelRow): void {
    this.#made.set(id, { of, row });
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
