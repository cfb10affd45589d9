/** What a part of the benchmarks is given and what it gives back. scripts/bench.mjs runs each in a process of its own. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

export interface Figure {
  /** What was measured, for a table: "10,000 lines, in a comment". */
  name: string;
  /** Absent when it could not be measured; `note` says why. */
  value?: number;
  unit: string;
  goal?: Goal;
  note?: string;
}

/** Of DESIGN.md: the value is to be at least, at most or below so much. */
export interface Goal {
  at: 'least' | 'most' | 'below';
  value: number;
}

export interface Setup {
  /** A copy of dist/ that nobody builds into while it is measured. */
  dist: string;
  /** An empty folder that is removed afterwards. */
  work: string;
  /** Folders of other people's C. */
  corpus: string[];
  rounds?: number;
  /** Where the mutants that nothing was said about are listed. */
  survivors?: string;
  /** Where it is listed what was lost or told anew when programs are written otherwise. */
  rewritten?: string;
  /** Where the figures go; absent when the part is run by hand. */
  out?: string;
}

const root = resolve(__dirname, '../..');

function setupOfRun(): Setup {
  const given = process.env.IPC_LENS_BENCH;
  if (given) return JSON.parse(given) as Setup;
  const work = mkdtempSync(join(tmpdir(), 'ipcl-bench-'));
  process.on('exit', () => rmSync(work, { recursive: true, force: true }));
  return { dist: join(root, 'dist'), work, corpus: [] };
}

/** Runs a part: prints what it is about while it works, and hands its figures over. */
export function part(measure: (setup: Setup) => Promise<Figure[]>): void {
  const setup = setupOfRun();
  measure(setup).then(
    (figures) => {
      if (setup.out) writeFileSync(setup.out, JSON.stringify(figures));
      else console.table(figures.map(({ name, value, unit, note }) => ({ name, value, unit, note })));
    },
    (error: unknown) => {
      console.error(error);
      process.exitCode = 1;
    },
  );
}

export function say(text: string): void {
  process.stdout.write(`   ${text}\n`);
}

export const most = (value: number): Goal => ({ at: 'most', value });
export const least = (value: number): Goal => ({ at: 'least', value });
