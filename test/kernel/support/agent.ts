/**
 * The process in the middle: it runs in an IPC namespace of its own, holds the kernel state under test and the
 * helpers, and does what namespace.ts asks over Node's channel. When the test goes away, so does everything here.
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { readdirSync, statSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { createKernelState, type KernelChange } from '../../../server/kernel/index';
import { loadAddon } from '../../../server/kernel/loader';
import { run as runState } from '../../../server/state/command';
import type { Answer, Operations, Request } from './protocol';

type Handlers = {
  [K in keyof Operations]: (
    ...args: Parameters<Operations[K]>
  ) => ReturnType<Operations[K]> | Promise<ReturnType<Operations[K]>>;
};

interface Helper {
  process: ChildProcess;
  /** Who waits for the next answers, in order. */
  waiting: ((answer: string) => void)[];
}

const helperProgram = process.argv[2] ?? '';
const helpers: Helper[] = [];
let changes: KernelChange[] = [];
const state = createKernelState({ interval: 10, onChanged: (change) => changes.push(change) });

function addon() {
  const loaded = loadAddon();
  if ('problem' in loaded) throw new Error(loaded.problem);
  return loaded.addon;
}

function start(): { helper: number; pid: number } {
  const child = spawn(helperProgram, [], { stdio: ['pipe', 'pipe', 'inherit'] });
  const helper: Helper = { process: child, waiting: [] };
  createInterface({ input: child.stdout! }).on('line', (line) => helper.waiting.shift()?.(line));
  return { helper: helpers.push(helper) - 1, pid: child.pid ?? 0 };
}

function end(index: number): Promise<null> {
  const child = helpers[index]!.process;
  return new Promise((resolve) => {
    child.once('exit', () => resolve(null));
    child.kill('SIGKILL');
  });
}

const handlers: Handlers = {
  problem: () => state.problem,
  view: () => state.watch(false),
  watch: (on) => state.watch(on),
  changes() {
    const told = changes;
    changes = [];
    return told;
  },
  remove: (id) => state.remove(id),
  orphans: () => state.orphans(),
  removeOrphans: (ids) => state.removeOrphans(ids),
  peek: (id, offset) => state.peek(id, offset),
  signal: (request) => state.signal(request),
  find: (name) => state.find(name),
  async state(args) {
    const written = { out: '', err: '' };
    const to = (name: 'out' | 'err') => ({
      write(text: string) {
        written[name] += text;
      },
    });
    return { status: await runState(args, to('out'), to('err')), ...written };
  },
  async stateWatching(args, helper, line, wanted) {
    let out = '';
    let told: Promise<unknown> | undefined;
    let end: (value?: unknown) => void = () => {};
    const until = new Promise((resolve) => {
      end = resolve;
    });
    const write = (text: string) => {
      out += text;
      told ??= Promise.resolve(handlers.tell(helper, line));
      if (out.includes(wanted)) end();
    };
    await runState([...args, '--watch', '--interval', '10'], { write }, { write: () => {} }, until);
    await told;
    return out;
  },
  read: (table) => addon()[table].read(),
  removeNative: (table, request) => addon()[table].remove(request as { id: number } & { name: string }),
  run(command, args) {
    const { status, stdout, stderr } = spawnSync(command, args, { encoding: 'utf8' });
    return { status, stdout, stderr };
  },
  spawn: start,
  tell(index, line) {
    const helper = helpers[index]!;
    return new Promise((resolve) => {
      helper.waiting.push(resolve);
      helper.process.stdin!.write(`${line}\n`);
    });
  },
  end,
  become(uid) {
    process.setgroups!([]);
    process.setgid!(uid);
    process.setuid!(uid);
    return null;
  },
  async descriptorsAfter(snapshots) {
    for (let taken = 0; taken < snapshots; taken++) await state.watch(false);
    return readdirSync('/proc/self/fd').length;
  },
  async memoryAfter(snapshots) {
    for (let taken = 0; taken < snapshots; taken++) await state.watch(false);
    setFlagsFromString('--expose-gc');
    const collect = runInNewContext('gc') as () => void;
    collect();
    const { heapUsed, rss } = process.memoryUsage();
    return { heap: heapUsed, resident: rss };
  },
  stat(path) {
    const { atimeMs, mtimeMs, ctimeMs } = statSync(path);
    return { atimeMs, mtimeMs, ctimeMs };
  },
};

async function answer({ id, operation, args }: Request): Promise<Answer> {
  try {
    const handler = handlers[operation] as (...given: unknown[]) => unknown;
    return { id, result: await handler(...args) };
  } catch (error) {
    return { id, error: error instanceof Error ? (error.stack ?? error.message) : String(error) };
  }
}

process.on('message', (request: Request) => {
  void answer(request).then((told) => process.send?.(told));
});
// Helpers end by themselves when their stdin closes.
process.on('disconnect', () => process.exit(0));
process.send?.({ id: 0 } satisfies Answer);
