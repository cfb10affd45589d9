/** What a run has made so far, noted while it lives, so that one can look afterwards whether it is gone. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Place } from './support';

export class Traces {
  private readonly keys = new Set<number>();
  /** `msg 5`: System V objects without a key, by the ledgers. */
  private readonly ids = new Set<string>();
  private readonly files = new Set<string>();
  /** Processes: the kernel says who made a segment, and who sent last. */
  private readonly pids = new Set<number>();

  constructor(private readonly place: Place) {}

  note(): this {
    const { place } = this;
    for (const key of place.keys()) this.keys.add(key);
    for (const pid of place.processes()) this.pids.add(pid);
    for (const run of place.runs()) {
      for (const [entry] of ledgerOf(place, run).matchAll(/^(?:msg|sem|shm) \d+$/gm)) this.ids.add(entry);
      const name = run.replace(/^ipc-lens-\d+-/, '');
      for (const file of readdirSync('/dev/shm')) if (file.includes(name)) this.files.add(file);
    }
    return this;
  }

  /** How many kernel objects have been noted: without any, a test would show nothing. */
  get count(): number {
    return this.ids.size + this.files.size;
  }

  get runKeys(): number[] {
    return [...this.keys];
  }

  left(): string[] {
    return [
      ...[...this.ids].filter((entry) => isThere(entry.split(' ') as [string, string])),
      ...[...this.files].filter((file) => existsSync(join('/dev/shm', file))),
      ...table('shm')
        .filter((row) => this.pids.has(Number(row[4])))
        .map((row) => `shm ${row[1]}`),
      ...table('msg')
        .filter((row) => this.pids.has(Number(row[5])))
        .map((row) => `msg ${row[1]}`),
    ];
  }
}

/** The run may end while it is looked at. */
function ledgerOf(place: Place, run: string): string {
  try {
    return readFileSync(join(place.base, run, 'ledger'), 'latin1');
  } catch {
    return '';
  }
}

const table = (kind: string) =>
  readFileSync(`/proc/sysvipc/${kind}`, 'latin1')
    .trim()
    .split('\n')
    .slice(1)
    .map((line) => line.trim().split(/\s+/));

const isThere = ([kind, id]: [string, string]) => table(kind).some((row) => row[1] === id);
