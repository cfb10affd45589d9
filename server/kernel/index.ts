/** The kernel's IPC state as the server uses it: one object to watch, to ask and to remove through. */
import { findNamed } from './find';
import { loadAddon } from './loader';
import { peek } from './peek';
import { orphans, remove, removeOrphans } from './remove';
import { sendSignal } from './signal';
import { Snapshots, viewWithout } from './snapshot';
import type {
  KernelFound,
  KernelName,
  KernelRow,
  KernelView,
  PeekResult,
  RemoveResult,
  SignalRequest,
  SignalResult,
} from './view';
import { type KernelChange, Watcher } from './watcher';

export { wholeView } from './delta';
export { nativeFolders } from './loader';
export type { KernelChange } from './watcher';

export interface KernelStateOptions {
  /** Called with the groups that changed, while watched. */
  onChanged(change: KernelChange): void;
  /** Milliseconds between two polls, at least. */
  interval?: number;
  /** Where to look for the addon instead of the usual places. */
  folders?: string[];
}

export interface KernelState {
  /** Why nothing can be read, as a sentence; undefined when all is well. */
  readonly problem: string | undefined;
  /** Starts or stops polling. Answers with the state now, in either case. */
  watch(on: boolean): Promise<KernelView>;
  /** Removes one object; whoever calls has asked the person before. */
  remove(id: string): RemoveResult;
  /** What can be removed because nobody needs it any more: to be named to the person before `removeOrphans`. */
  orphans(): Promise<KernelRow[]>;
  /** Removes those of `ids` that still are orphans. One result each, in their order. */
  removeOrphans(ids: readonly string[]): Promise<RemoveResult[]>;
  /** What an object holds, from byte `offset` on, with nothing taken out. */
  peek(id: string, offset?: number): Promise<PeekResult>;
  signal(request: SignalRequest): SignalResult;
  /** The object that a program calls so, as it is now; undefined when that cannot be told. */
  find(name: KernelName): Promise<KernelFound | undefined>;
  dispose(): void;
}

/** Never throws: without the addon there is a `problem`, and every table carries it. */
export function createKernelState(options: KernelStateOptions): KernelState {
  const loaded = loadAddon(options.folders);
  if ('problem' in loaded) return withoutAddon(loaded.problem);
  const snapshots = new Snapshots(loaded.addon);
  const watcher = new Watcher(snapshots, { interval: options.interval ?? 500, onChanged: options.onChanged });
  return {
    problem: undefined,
    watch(on) {
      if (on) return watcher.start();
      watcher.stop();
      return snapshots.take();
    },
    remove(id) {
      const result = remove(snapshots, id);
      watcher.hurry();
      return result;
    },
    orphans: () => orphans(snapshots),
    async removeOrphans(ids) {
      const results = await removeOrphans(snapshots, ids);
      watcher.hurry();
      return results;
    },
    peek: async (id, offset) => peek(snapshots.context(await snapshots.scan()), id, offset),
    signal(request) {
      const result = sendSignal(loaded.addon, request);
      watcher.hurry();
      return result;
    },
    find: (name) => findNamed(snapshots, name),
    dispose: () => watcher.stop(),
  };
}

function withoutAddon(problem: string): KernelState {
  return {
    problem,
    watch: async () => viewWithout(problem),
    remove: () => ({ removed: false, message: `Nothing was removed. ${problem}` }),
    orphans: async () => [],
    removeOrphans: async (ids) =>
      ids.map(() => ({ removed: false, message: `Nothing was removed. ${problem}` })),
    peek: async (id) => ({ title: id, parts: [], problem }),
    signal: () => ({ sent: false, message: `No signal was sent. ${problem}` }),
    find: async () => undefined,
    dispose: () => {},
  };
}
