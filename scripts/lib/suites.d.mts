import type { Counts, MochaResult } from './mocha-run.mjs';

export type Row = Counts & { name: string; empty?: string[] };

export function rowsOf(
  suites: Record<string, string[]>,
  result: MochaResult,
  options: { allowEmpty: boolean; rename?: (name: string) => string },
): Row[];
export function table(rows: Row[]): string;
export function closingLine(rows: Row[]): string;
