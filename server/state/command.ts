/** `ipc-lens state`: the kernel's IPC state on the command line, through the same tables as the view. */
import { type Given, type Output as Plain, readArguments } from '../command-line/arguments';
import { createKernelState, type KernelChange, type KernelState } from '../kernel';
import { filterView, filterWords } from '../kernel/filter';
import type { KernelRow, KernelView, RowsDelta } from '../kernel/view';
import { deltaText, type Style, viewText } from './print';

export const usage = `Usage: ipc-lens state [options] [word]...

Shows the kernel's IPC objects and the processes that hold them: System V and POSIX queues, semaphores and shared
memory, pipes, FIFOs, sockets, locks, terminals, event counters. What this command itself holds is left out, but with
the word editor.

  word                 show what fits all words: the name of a table (pipe, sysv-msg, ...), mine, orphan, warning,
                       waiting, editor, pid:NUMBER, owner:NAME, or any text that is shown; with - before it, what must
                       not fit (after --: \`ipc-lens state -- -editor\`)
  -p, --processes      the processes too: what each holds and waits on; and the IPC namespaces they live in
  -l, --long           every detail
  --json               one JSON document (the type KernelView in server/kernel/view.ts)
  --watch              go on with what changes, until interrupted; with --json one document a line: the view, then
                       each change (the type KernelDelta)
  --interval MS        at least so long between two looks (1000)
  -h, --help           this text

Exit status: 0 shown, 2 something could not be done.
`;

/** Output that may be a terminal. */
export interface Output extends Plain {
  isTTY?: boolean;
  columns?: number;
}

/** How a watch ends: resolves when it shall. */
export type Until = Promise<unknown>;

const options = {
  json: { type: 'boolean', default: false },
  watch: { type: 'boolean', default: false },
  processes: { type: 'boolean', short: 'p', default: false },
  long: { type: 'boolean', short: 'l', default: false },
  interval: { type: 'string', default: '1000' },
} as const;

function misuse({ values }: Given<typeof options>): string | undefined {
  const interval = Number(values.interval);
  return Number.isInteger(interval) && interval >= 10
    ? undefined
    : `The interval must be a number of milliseconds, at least 10, not "${values.interval}".`;
}

export async function run(args: string[], out: Output, err: Output, until?: Until): Promise<number> {
  const given = readArguments({ usage, options, misuse }, args, out, err);
  if (typeof given === 'number') return given;
  const { values, positionals } = given;
  const interval = Number(values.interval);
  const told = new Teller(positionals, values, out);
  let changed: (change: KernelChange) => void = () => {};
  const state = createKernelState({ interval, onChanged: (change) => changed(change) });
  if (state.problem !== undefined) {
    err.write(`${state.problem}\n`);
    return 2;
  }
  const view = await state.watch(values.watch);
  told.view(view);
  // What could not be seen is no object: a pipe gets the tables alone.
  if (!values.json && view.notes?.length)
    err.write(`${err.isTTY ? '\n' : ''}${view.notes.map((note) => `${note}\n`).join('')}`);
  if (values.watch) {
    changed = (change) => told.change(change);
    await watching(state, until);
  }
  return 0;
}

/** The watcher's timer keeps no process alive; this one's does. */
async function watching(state: KernelState, until: Until = new Promise(() => {})): Promise<void> {
  const alive = setInterval(() => {}, 1 << 30);
  await until;
  clearInterval(alive);
  state.dispose();
}

/** What would not be there if nobody asked. */
const isOwn = ({ id, holders = [] }: KernelRow) =>
  id === `process:${process.pid}` || (holders.length > 0 && holders.every(({ pid }) => pid === process.pid));

/** Says what it is given in the form asked for. */
class Teller {
  readonly #known = new Map<string, KernelRow>();
  readonly #style: Style;

  constructor(
    private readonly words: string[],
    private readonly values: { json?: boolean; long?: boolean; processes?: boolean; watch?: boolean },
    private readonly out: Output,
  ) {
    const width = out.isTTY && out.columns ? { width: out.columns } : {};
    this.#style = {
      ...width,
      colour: out.isTTY === true && !process.env.NO_COLOR,
      long: values.long === true,
    };
  }

  /** Whether the words let a row through. */
  readonly #fits = (row: KernelRow, group?: Parameters<ReturnType<typeof filterWords>>[1]): boolean =>
    filterWords(this.words)(row, group) && (this.words.includes('editor') || !isOwn(row));

  private get processes(): boolean {
    return this.values.processes === true;
  }

  view(all: KernelView): void {
    const view = filterView(all, this.words, this.#fits);
    for (const { rows } of view.groups) for (const row of rows) this.#known.set(row.id, row);
    for (const row of view.processes ?? []) this.#known.set(row.id, row);
    if (this.values.json) this.out.write(`${JSON.stringify(view, null, this.values.watch ? 0 : 2)}\n`);
    else this.out.write(viewText(view, this.#style, this.processes, this.words));
  }

  change({ delta }: KernelChange): void {
    const fits = this.#fits;
    const groups = delta.groups
      .map((group) => ({ ...group, ...this.#told(group, (row) => fits(row, group)) }))
      .filter(
        ({ changed, removed, problem }) => changed.length > 0 || removed.length > 0 || problem !== undefined,
      );
    const processes = delta.processes && this.#told(delta.processes, (row) => fits(row));
    const told = { ...delta, groups, ...(processes ? { processes } : {}) };
    if (this.values.json) this.out.write(`${JSON.stringify(told)}\n`);
    else this.out.write(deltaText(told, this.#known, this.processes));
    for (const { changed, removed } of [...groups, ...(processes ? [processes] : [])]) {
      for (const row of changed) this.#known.set(row.id, row);
      for (const id of removed) this.#known.delete(id);
    }
  }

  /** Of a change, what the words let through. A row that fits no more is gone for who asked. */
  #told<R extends KernelRow>({ changed, removed }: RowsDelta<R>, fits: (row: R) => boolean): RowsDelta<R> {
    const gone = changed.filter((row) => !fits(row)).map(({ id }) => id);
    return {
      changed: changed.filter(fits),
      removed: [...removed, ...gone].filter((id) => this.#known.has(id)),
    };
  }
}
