/** What the tests of actor and demos share: builds of the actor, private places, and counting what is left behind. */
import { execFileSync } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { neverReturns, type Scenario } from '../../server/demos/scenario';
import type { DemoView } from '../../server/demos/view';

const root = join(__dirname, '..', '..');
const sources = join(root, 'native', 'actor');
const output = join(root, 'test', 'output', 'actor');

export const linux = process.platform === 'linux';

const flags = {
  plain: ['-O2'],
  sanitized: ['-O1', '-fsanitize=address,undefined', '-fno-sanitize-recover=all', '-fno-omit-frame-pointer'],
};
export type Build = keyof typeof flags;

const newest = (paths: string[]) => Math.max(...paths.map((path) => statSync(path).mtimeMs));

/** Compiles the actor from its sources as they are now. */
export function buildActor(build: Build): string {
  const target = join(output, `ipc_lens_actor-${build}`);
  const files = readdirSync(sources).map((name) => join(sources, name));
  try {
    if (statSync(target).mtimeMs > newest(files)) return target;
  } catch {
    // Not built yet.
  }
  mkdirSync(output, { recursive: true });
  const warnings = ['-std=gnu17', '-D_GNU_SOURCE', '-g', '-Wall', '-Wextra', '-Werror'];
  const units = files.filter((name) => name.endsWith('.c'));
  execFileSync('gcc', [...warnings, ...flags[build], ...units, '-o', target, '-lrt'], { stdio: 'inherit' });
  return target;
}

/**
 * A directory of its own with a copy of the actor: its processes are told from all others by their executable, its runs by
 * their place.
 */
export class Place {
  readonly directory = mkdtempSync(join(tmpdir(), 'ipc-lens-test-'));
  readonly base = join(this.directory, 'runs');
  readonly actorPath = join(this.directory, 'ipc_lens_actor');
  /** What tells the names of the runs that were looked at from those of all others: `Ab3xYz`. */
  private readonly seen = new Set<string>();

  constructor(build: Build = 'plain') {
    mkdirSync(this.base, { mode: 0o700 });
    copyFileSync(buildActor(build), this.actorPath);
  }

  /** Process IDs of all that run this copy, or were run by it in the place's directories. */
  processes(): number[] {
    return readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .map(Number)
      .filter((pid) => {
        try {
          return (
            readlinkSync(`/proc/${pid}/exe`) === this.actorPath ||
            readlinkSync(`/proc/${pid}/cwd`).startsWith(`${this.base}/`)
          );
        } catch {
          return false;
        }
      });
  }

  runs(): string[] {
    const runs = readdirSync(this.base);
    for (const run of runs) this.seen.add(run.split('-').at(-1)!);
    return runs;
  }

  /** Keys noted in the ledgers of living runs: call it while they live, then look for objects with these keys. */
  keys(): number[] {
    return this.runs().flatMap((run) => {
      try {
        const ledger = readFileSync(join(this.base, run, 'ledger'), 'latin1');
        return [...ledger.matchAll(/^key (-?\d+)$/gm)].map((match) => Number(match[1]));
      } catch {
        return [];
      }
    });
  }

  /**
   * Resolves when no process and no run is left, no System V object with one of `keys`, and nothing with a name of a run that
   * was looked at.
   */
  async becomesEmpty(keys: number[]): Promise<void> {
    const empty = () => this.processes().length === 0 && this.runs().length === 0 && objectsWith(keys) === 0;
    /* A list of /proc is no snapshot: a process forked meanwhile by one that is dying may be missing from it. */
    await eventually(
      () => empty() && empty(),
      () => `left: processes ${this.processes()}, runs ${this.runs()}, objects ${objectsWith(keys)}`,
    );
    const named = () => namesLeft([...this.seen]);
    await eventually(
      () => named().length === 0,
      () => `left: ${named()}`,
    );
  }

  remove(): void {
    rmSync(this.directory, { recursive: true, force: true });
  }
}

/** POSIX objects of runs: shared memory and semaphores are files, queues are asked for by each name that a run may give. */
export function namesLeft(ids: readonly string[]): string[] {
  const prefixes = ids.flatMap((id) => [`ipc-lens-${id}`, `sem.ipc-lens-${id}`]);
  const files = readdirSync('/dev/shm').filter((name) => prefixes.some((prefix) => name.startsWith(prefix)));
  const queues = ids.flatMap((id) => ['', '-1', '-2', '-3', '-4'].map((which) => `/ipc-lens-${id}${which}`));
  const found = execFileSync(queueFinder(), queues, { encoding: 'utf8' }).split('\n').filter(Boolean);
  return [...files, ...found];
}

/** A program that says which of the queues it is given exist: they have no directory unless one is mounted. */
function queueFinder(): string {
  const source = `#include <fcntl.h>
#include <mqueue.h>
#include <stdio.h>
int main(int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        mqd_t queue = mq_open(argv[i], O_RDONLY);
        if (queue != (mqd_t)-1 && mq_close(queue) == 0)
            puts(argv[i]);
    }
    return 0;
}
`;
  const target = join(output, 'queue-finder');
  if (!existsSync(target)) {
    mkdirSync(output, { recursive: true });
    const own = `${target}-${process.pid}`;
    execFileSync('gcc', ['-x', 'c', '-', '-o', own, '-lrt'], { input: source });
    renameSync(own, target);
  }
  return target;
}

/** How many System V objects have one of these keys. */
export function objectsWith(keys: number[]): number {
  const wanted = new Set(keys);
  return ['msg', 'sem', 'shm']
    .flatMap((kind) => readFileSync(`/proc/sysvipc/${kind}`, 'latin1').trim().split('\n').slice(1))
    .filter((line) => wanted.has(Number(line.trim().split(/\s+/)[0]))).length;
}

/** Waits for a state, not for a time; the deadline only turns a hang into a failure. */
export async function eventually(
  holds: () => boolean,
  otherwise: () => string,
  deadline = 8000,
): Promise<void> {
  const end = performance.now() + deadline;
  while (!holds()) {
    if (performance.now() > end) throw new Error(`Waited in vain; ${otherwise()}`);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}

/** The steps that went otherwise than expected, as text. What is meant to wait for good still waits. */
export function differences(view: DemoView, scenario?: Scenario): string[] {
  const wanted = (index: number) =>
    scenario && neverReturns(scenario.steps[index]!.expect) ? 'blocked' : 'done';
  return view.steps
    .filter((step) => step.status !== wanted(step.index))
    .map((step) => `${step.index} ${step.call}: ${step.status}, ${step.outcome}; expected ${step.expected}`);
}
