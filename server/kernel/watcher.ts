import type { FacilityId } from '../../catalog/schema';
import { tables } from './registry';
import { sameGroup } from './same';
import type { Snapshots } from './snapshot';
import type { KernelGroup, KernelView } from './view';

export interface KernelChange {
  taken: number;
  /** The groups that changed, whole. */
  groups: KernelGroup[];
}

export interface WatcherOptions {
  /** Milliseconds between two polls, at least. */
  interval: number;
  onChanged(change: KernelChange): void;
}

/** Of the time that passes, polling may take one part in this many; a slow machine is polled less often. */
const share = 20;

/**
 * Polls while someone looks and tells what changed. Tables are read one by one with the event loop in between, so that
 * no poll holds it for long. An error is told as the group's problem and polling goes on.
 */
export class Watcher {
  readonly #seen = new Map<FacilityId, KernelGroup>();
  #timer: NodeJS.Timeout | undefined;
  /** Counts starts and stops: a poll under way compares it to know that it is no longer wanted. */
  #generation = 0;
  #watching = false;

  constructor(
    private readonly snapshots: Snapshots,
    private readonly options: WatcherOptions,
  ) {}

  get watching(): boolean {
    return this.#watching;
  }

  /** The state now; changes against it are told from here on. */
  start(): KernelView {
    this.stop();
    this.#watching = true;
    const view = this.snapshots.take();
    for (const group of view.groups) this.#seen.set(group.facility, group);
    this.#schedule(this.options.interval);
    return view;
  }

  stop(): void {
    this.#watching = false;
    this.#generation++;
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#seen.clear();
  }

  /** Polls soon instead of at the next turn: something was just changed. */
  hurry(): void {
    if (!this.#watching) return;
    this.#generation++;
    this.#schedule(0);
  }

  #schedule(delay: number): void {
    clearTimeout(this.#timer);
    const generation = this.#generation;
    this.#timer = setTimeout(() => void this.#poll(generation), delay);
    // Watching alone is no reason to keep a process alive.
    this.#timer.unref();
  }

  async #poll(generation: number): Promise<void> {
    let spent = 0;
    try {
      spent = await this.#round(generation);
    } catch {
      // A listener's error or an unreadable addon: the next round may do better.
    }
    if (generation === this.#generation) this.#schedule(Math.max(this.options.interval, spent * share));
  }

  /** Milliseconds this took of the event loop. */
  async #round(generation: number): Promise<number> {
    let spent = 0;
    const taken = Date.now();
    const changed: KernelGroup[] = [];
    const context = this.snapshots.context();
    for (const table of tables) {
      const before = performance.now();
      const group = table.group(context);
      if (!sameGroup(group, this.#seen.get(group.facility))) changed.push(group);
      spent += performance.now() - before;
      await new Promise((resolve) => setImmediate(resolve));
      if (generation !== this.#generation) return spent;
    }
    // Told before it counts as seen: what a listener could not take is told again.
    if (changed.length > 0) this.options.onChanged({ taken, groups: changed });
    for (const group of changed) this.#seen.set(group.facility, group);
    return spent;
  }
}
