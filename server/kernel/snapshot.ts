import type { NativeAddon } from './native';
import { People } from './people';
import { Processes } from './processes';
import { tables } from './registry';
import type { Context } from './table';
import type { KernelView } from './view';

/** Takes snapshots. Keeps nothing of the kernel between two of them; only names of users stay cached. */
export class Snapshots {
  readonly #people = new People();

  constructor(readonly addon: NativeAddon) {}

  /** What tables ask while one snapshot is taken: processes looked up once, user names as of now. */
  context(): Context {
    this.#people.refresh();
    return {
      addon: this.addon,
      self: this.addon.self(),
      people: this.#people,
      processes: new Processes(this.addon),
    };
  }

  /** Everything now. Blocks for a few milliseconds at a thousand objects. */
  take(): KernelView {
    const context = this.context();
    const taken = Date.now();
    const { ipcNamespace } = context.self;
    return {
      taken,
      ...(ipcNamespace === undefined ? {} : { namespace: `ipc:[${ipcNamespace}]` }),
      groups: tables.map((table) => table.group(context)),
    };
  }
}

/** What is seen where the addon is missing: every table with the same reason. */
export function viewWithout(problem: string): KernelView {
  return {
    taken: Date.now(),
    groups: tables.map(({ facility, title }) => ({ facility, title, rows: [], problem })),
  };
}
