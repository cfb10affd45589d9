import { cyclesOf } from './cycles';
import { Kept } from './kept';
import { limitsOf } from './limits';
import { namespaceNotes, namespacesOf } from './namespaces';
import type { NativeAddon, NativeScanProcess, NativeTable } from './native';
import { People } from './people';
import { ProcScan } from './proc/scan';
import { processRows } from './process-rows';
import { Processes } from './processes';
import { Latest } from './records';
import { tables } from './registry';
import type { Context } from './table';
import type { KernelGroup, KernelView } from './view';

/** Takes snapshots. Between two of them it keeps the names of users, rows, and processes that did not run since. */
export class Snapshots {
  readonly #people = new People();
  readonly #kept = new Kept();
  readonly #latest = new Map<string, Latest<{ objects?: unknown[] }>>();
  readonly #syscalls: Record<number, string>;
  /** Processes of the latest walk; replaced as a whole, so that an answer finds those that its question knew. */
  #known: { walk: number; processes: ReadonlyMap<number, NativeScanProcess> } = {
    walk: 0,
    processes: new Map(),
  };

  constructor(readonly addon: NativeAddon) {
    this.#syscalls = addon.syscalls();
  }

  /** What tables ask while one snapshot is taken: processes looked up once, user names as of now. */
  context(scan?: ProcScan): Context {
    this.#people.refresh();
    return {
      addon: this.#readOnce(),
      self: this.addon.self(),
      people: this.#people,
      processes: new Processes(this.addon),
      kept: this.#kept,
      ...(scan ? { scan } : {}),
    };
  }

  /** Who holds what now, read off the main thread; undefined when /proc cannot be read. */
  async scan(): Promise<ProcScan | undefined> {
    const known = this.#known;
    const answer = await this.addon.scan({ since: known.walk });
    if (answer.error) return undefined;
    const before = process.cpuUsage();
    const processes = answer.processes.flatMap((one) =>
      typeof one === 'number' ? (known.processes.get(one) ?? []) : one,
    );
    if (answer.walk > this.#known.walk)
      this.#known = { walk: answer.walk, processes: new Map(processes.map((one) => [one.pid, one])) };
    const scan = new ProcScan({ ...answer, processes }, this.#syscalls);
    const { user, system } = process.cpuUsage(before);
    scan.milliseconds += (user + system) / 1000;
    return scan;
  }

  /** Everything now. The walk through /proc is off the main thread; making rows of it takes some milliseconds of it. */
  async take(): Promise<KernelView> {
    const context = this.objects();
    return this.view(await this.scan(), context);
  }

  /**
   * What tables ask, with the objects read already. The walk comes after it: an object made between the two would look
   * as if nobody held it.
   */
  objects(): Context {
    const context = this.context();
    const { sysvMsg, sysvSem, sysvShm, posixMq, posixSem, posixShm } = context.addon;
    for (const table of [sysvMsg, sysvSem, sysvShm, posixMq, posixSem, posixShm]) {
      try {
        table.read();
      } catch {
        // Its table meets the same error and tells it.
      }
    }
    return context;
  }

  /** The addon with tables that are read once, however many ask: rows and limits then speak of the same moment. */
  #readOnce(): NativeAddon {
    const { addon } = this;
    const once = <T extends NativeTable<{ objects?: unknown[] }>>(name: string, table: T): T => {
      const latest = this.#latest.get(name) ?? new Latest();
      this.#latest.set(name, latest);
      let answer: unknown;
      return { ...table, read: () => (answer ??= latest.read(table)) };
    };
    return {
      ...addon,
      sysvMsg: once('sysvMsg', addon.sysvMsg),
      sysvSem: once('sysvSem', addon.sysvSem),
      sysvShm: once('sysvShm', addon.sysvShm),
      posixMq: once('posixMq', addon.posixMq),
      posixSem: once('posixSem', addon.posixSem),
      posixShm: once('posixShm', addon.posixShm),
    };
  }

  view(scan: ProcScan | undefined, objects: Context): KernelView {
    const context = scan ? { ...objects, scan } : objects;
    const groups = tables.map((table) => table.group(context));
    return { ...heading(context), groups, ...around(context, groups) };
  }
}

function heading({ self }: Context): Pick<KernelView, 'taken' | 'namespace'> {
  const { ipcNamespace } = self;
  return {
    taken: Date.now(),
    ...(ipcNamespace === undefined ? {} : { namespace: `ipc:[${ipcNamespace}]` }),
  };
}

export type Around = Pick<KernelView, 'processes' | 'limits' | 'cycles' | 'namespaces' | 'notes'>;

/** What a view tells beside its tables, made from them. */
export function around(context: Context, groups: readonly KernelGroup[]): Around {
  const { scan } = context;
  if (!scan) return { notes: ['Who holds what is not known: /proc cannot be read.'] };
  const processes = processRows(scan, groups, context);
  const namespaces = namespacesOf(context);
  return {
    processes,
    limits: limitsOf(context),
    cycles: cyclesOf(processes, groups, scan.hidden.length === 0),
    namespaces,
    notes: [...scan.gaps, ...namespaceNotes(namespaces)],
  };
}

/** What is seen where the addon is missing: every table with the same reason. */
export function viewWithout(problem: string): KernelView {
  return {
    taken: Date.now(),
    groups: tables.map(({ table, facility, title }) => ({ table, facility, title, rows: [], problem })),
  };
}
