/**
 * IPC objects of a test live in a namespace of their own: runs do not meet, and when the agent ends the kernel removes
 * whatever is left. /dev/shm is covered by a tmpfs that only the agent sees.
 */
import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Answer, Operations, Request } from './protocol';

const root = join(__dirname, '../../..');

let built: string | undefined;

/** Compiles the helper once a run. */
export function helperProgram(): string {
  if (built) return built;
  const folder = join(root, 'test/output/kernel');
  mkdirSync(folder, { recursive: true });
  const program = join(folder, `ipc_helper-${process.pid}`);
  const sources = ['ipc_helper.c', 'fd_helper.c'].map((name) => join(root, 'test/native/helper', name));
  const flags = ['-std=gnu17', '-Wall', '-Wextra', '-Werror', '-O1'];
  execFileSync('gcc', [...flags, '-o', program, ...sources, '-lrt', '-pthread'], { stdio: 'inherit' });
  process.once('exit', () => spawnSync('rm', ['-f', program]));
  built = program;
  return program;
}

/** How to get a namespace here: as root, else as root of a user namespace; undefined when neither is permitted. */
function unshareFlags(): string[] | undefined {
  // With processes and a network of their own, a test sees nothing but what it made.
  const own = ['--pid', '--fork', '--kill-child', '--mount-proc', '--net'];
  const kinds = ['--ipc', '--mount', '--propagation', 'private', ...own];
  return [kinds, ['--user', '--map-root-user', ...kinds]].find(
    (flags) => spawnSync('unshare', [...flags, 'true']).status === 0,
  );
}

/** True when the test process may become another user, to see refusals. */
export const isRoot = process.platform === 'linux' && process.getuid?.() === 0;

export interface NamespaceOptions {
  /** Shell commands to run before the agent starts, inside the mount namespace. `$helper` is the helper program. */
  prelude?: string;
}

export class Namespace {
  readonly #asked = new Map<number, { resolve(result: unknown): void; reject(error: Error): void }>();
  #last = 0;

  private constructor(private readonly agent: ChildProcess) {
    agent.on('message', (answer: Answer) => {
      const asked = this.#asked.get(answer.id);
      this.#asked.delete(answer.id);
      if (answer.error !== undefined) asked?.reject(new Error(answer.error));
      else asked?.resolve(answer.result);
    });
    agent.on('exit', (code) => {
      for (const asked of this.#asked.values()) asked.reject(new Error(`the agent ended with ${code}`));
      this.#asked.clear();
    });
  }

  /** Undefined where the machine permits no namespaces: the test is to be skipped. */
  static async create(options: NamespaceOptions = {}): Promise<Namespace | undefined> {
    const flags = process.platform === 'linux' ? unshareFlags() : undefined;
    if (!flags) return undefined;
    // A folder that is not there, an mqueue that is not mounted: both are the usual case somewhere.
    const script = [
      'mount -t tmpfs -o mode=1777 tmpfs /dev/shm || exit 1',
      'umount /dev/mqueue 2>/dev/null',
      options.prelude ?? '',
      'exec "$node" --require tsx/cjs "$agent" "$helper"',
    ].join('\n');
    const agent = spawn('unshare', [...flags, 'sh', '-c', script], {
      cwd: root,
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
      env: {
        ...process.env,
        node: process.execPath,
        agent: join(__dirname, 'agent.ts'),
        helper: helperProgram(),
      },
    });
    const namespace = new Namespace(agent);
    await new Promise((resolve, reject) => namespace.#asked.set(0, { resolve, reject }));
    return namespace;
  }

  ask<K extends keyof Operations>(
    operation: K,
    ...args: Parameters<Operations[K]>
  ): Promise<ReturnType<Operations[K]>> {
    const id = ++this.#last;
    return new Promise((resolve, reject) => {
      this.#asked.set(id, { resolve: resolve as (result: unknown) => void, reject });
      this.agent.send({ id, operation, args } satisfies Request);
    });
  }

  /** A process that makes and uses objects. */
  async helper(): Promise<Helper> {
    const { helper, pid } = await this.ask('spawn');
    return new Helper(this, helper, pid);
  }

  async close(): Promise<void> {
    if (this.agent.exitCode !== null || this.agent.signalCode !== null) return;
    const ended = new Promise((resolve) => this.agent.once('exit', resolve));
    this.agent.disconnect();
    await ended;
  }
}

export class Helper {
  #ended: Promise<null> | undefined;

  constructor(
    private readonly namespace: Namespace,
    readonly index: number,
    readonly pid: number,
  ) {}

  /** The number a successful command gives; throws with the answer otherwise. */
  async do(line: string): Promise<number> {
    return (await this.numbers(line))[0]!;
  }

  /** The same for a command that makes two descriptors. */
  async numbers(line: string): Promise<number[]> {
    const answer = await this.namespace.ask('tell', this.index, line);
    if (!answer.startsWith('ok ')) throw new Error(`${line}: ${answer}`);
    return answer.slice(3).split(' ').map(Number);
  }

  /** Once, however often it is asked for. */
  end(): Promise<null> {
    this.#ended ??= this.namespace.ask('end', this.index);
    return this.#ended;
  }
}

/** Asks again until the answer is there. For states that another process brings about, where nothing can be awaited. */
export async function until<T>(what: string, ask: () => Promise<T | undefined | false>): Promise<T> {
  const deadline = Date.now() + 10_000;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined && answer !== false) return answer;
    if (Date.now() > deadline) throw new Error(`never happened: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}

/** Takes snapshots and waits until no more is open than before: what takes too long on a busy machine is left to itself and closes its own. */
export async function leaksNothing(namespace: Namespace, snapshots: number): Promise<void> {
  const before = await namespace.ask('descriptorsAfter', 1);
  let open = await namespace.ask('descriptorsAfter', snapshots);
  await until(`${before} open descriptors, as before`, async () => {
    if (open > before) open = await namespace.ask('descriptorsAfter', 1);
    return open <= before;
  });
}
