import { byId, rowsDelta } from './delta';
import type { ProcScan } from './proc/scan';
import { heldTables, objectTables } from './registry';
import { same } from './same';
import { type Around, around, type Snapshots } from './snapshot';
import type { Context, KernelTable } from './table';
import type { GroupDelta, KernelDelta, KernelGroup, KernelProcess, KernelRow, KernelView } from './view';

export interface KernelChange {
  taken: number;
  /** The groups that changed, whole. */
  groups: KernelGroup[];
  delta: KernelDelta;
}

export interface WatcherOptions {
  /** Milliseconds between two polls, at least. */
  interval: number;
  onChanged(change: KernelChange): void;
}

/**
 * Of the time that passes, reading objects and walking through /proc may each take one part in this many: less while
 * nothing changes, when both together stay at half a percent of a CPU, and below one with what cannot be counted here
 * (waking up, collecting garbage).
 */
const [shareOfChanging, shareOfQuiet] = [25, 400];

/** However much there is to read, nobody waits longer than this for objects and for what processes hold; milliseconds. */
const [longestForObjects, longestForWalk] = [5000, 15_000];

/**
 * Polls while someone looks and tells what changed. Tables of objects are read at every poll, one by one with the event
 * loop in between; the walk through /proc (on another thread) and the tables that live by it are due less often, by
 * what they cost, and whenever an object changed. An error is told as the group's problem and polling goes on.
 */
export class Watcher {
  readonly #seen = new Map<string, { group: KernelGroup; rows: Map<string, KernelRow> }>();
  #around: Around = {};
  #processes = new Map<string, KernelProcess>();
  #scan: ProcScan | undefined;
  /** When the next walk is due, by performance.now(). */
  #walkDue = 0;
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
  async start(): Promise<KernelView> {
    this.stop();
    this.#watching = true;
    const generation = this.#generation;
    const objects = this.snapshots.objects();
    const scan = await this.snapshots.scan();
    const before = performance.now();
    const view = this.snapshots.view(scan, objects);
    if (generation !== this.#generation) return view;
    this.#scan = scan;
    this.#takeIn(view.groups);
    this.#takeInAround(view);
    const spent = performance.now() - before + (scan?.milliseconds ?? 0);
    this.#walkDue = performance.now() + this.#pause(spent * shareOfQuiet, longestForWalk);
    this.#schedule(this.options.interval);
    return view;
  }

  stop(): void {
    this.#watching = false;
    this.#generation++;
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#seen.clear();
    this.#processes.clear();
    this.#around = {};
    this.#scan = undefined;
  }

  /** Polls soon instead of at the next turn: something was just changed. */
  hurry(): void {
    if (!this.#watching) return;
    this.#generation++;
    this.#walkDue = 0;
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
    const round = new Round();
    try {
      await this.#round(round, () => generation === this.#generation);
    } catch {
      // A listener's error or an unreadable addon: the next round may do better.
    }
    if (generation !== this.#generation) return;
    const share = round.changed ? shareOfChanging : shareOfQuiet;
    if (round.walked) this.#walkDue = performance.now() + this.#pause(round.spent * share, longestForWalk);
    this.#schedule(this.#pause((round.spent - round.walking) * share, longestForObjects));
  }

  /** Milliseconds until the next turn. */
  #pause(fair: number, longest: number): number {
    return Math.max(this.options.interval, Math.min(fair, longest));
  }

  async #round(round: Round, wanted: () => boolean): Promise<void> {
    const taken = Date.now();
    const due = performance.now() >= this.#walkDue;
    let context = due ? await this.#walk(round) : this.snapshots.context(this.#scan);
    if (!wanted()) return;
    let groups = await this.#read(objectTables, context, round, wanted);
    if (!due && wanted() && groups.some((group) => this.#differs(group))) {
      // An object that the last walk could not know of would look as if nobody held it: walk before telling.
      context = await this.#walk(round);
      if (wanted()) groups = await this.#read(objectTables, context, round, wanted);
    }
    if (round.walked && wanted())
      groups = [...groups, ...(await this.#read(heldTables, context, round, wanted))];
    if (wanted()) this.#tell(taken, groups, round.walked ? context : undefined, round);
  }

  async #walk(round: Round): Promise<Context> {
    let objects: Context | undefined;
    round.time(() => {
      objects = this.snapshots.objects();
    });
    const scan = await this.snapshots.scan();
    this.#scan = scan;
    round.walked = true;
    round.walking += scan?.milliseconds ?? 0;
    round.spent += scan?.milliseconds ?? 0;
    return scan ? { ...objects!, scan } : objects!;
  }

  async #read(
    tables: readonly KernelTable[],
    context: Context,
    round: Round,
    wanted: () => boolean,
  ): Promise<KernelGroup[]> {
    const groups: KernelGroup[] = [];
    for (const table of tables) {
      if (!wanted()) break;
      round.time(() => groups.push(table.group(context)));
      await new Promise((resolve) => setImmediate(resolve));
    }
    return groups;
  }

  #differs(group: KernelGroup): boolean {
    return !same(group, this.#seen.get(keyOf(group))?.group);
  }

  #tell(taken: number, groups: KernelGroup[], walked: Context | undefined, round: Round): void {
    const changed: KernelGroup[] = [];
    const delta: KernelDelta = { taken, groups: [] };
    round.time(() => {
      for (const group of groups) {
        const found = groupDelta(group, this.#seen.get(keyOf(group)));
        if (!found) continue;
        changed.push(group);
        delta.groups.push(found);
      }
    });
    let beside: Around | undefined;
    if (walked) round.time(() => (beside = this.#besideDelta(walked, groups, delta)));
    round.changed = changed.length > 0 || Object.keys(delta).length > 2;
    // Told before it counts as seen: what a listener could not take is told again.
    if (round.changed) this.options.onChanged({ taken, groups: changed, delta });
    this.#takeIn(changed);
    if (beside) this.#takeInAround(beside);
  }

  /** Adds to `delta` what changed beside the tables. */
  #besideDelta(context: Context, groups: KernelGroup[], delta: KernelDelta): Around {
    const now = around(context, groups);
    const processes = rowsDelta(this.#processes, now.processes ?? []);
    if (processes) delta.processes = processes;
    if (!same(now.limits, this.#around.limits)) delta.limits = now.limits;
    if (!same(now.cycles, this.#around.cycles)) delta.cycles = now.cycles;
    if (!same(now.namespaces, this.#around.namespaces)) delta.namespaces = now.namespaces;
    if (!same(now.notes, this.#around.notes)) delta.notes = now.notes;
    return now;
  }

  #takeIn(groups: readonly KernelGroup[]): void {
    for (const group of groups) this.#seen.set(keyOf(group), { group, rows: byId(group.rows) });
  }

  #takeInAround({ processes, limits, cycles, namespaces, notes }: Around): void {
    this.#around = { limits, cycles, namespaces, notes };
    this.#processes = byId(processes ?? []);
  }
}

const keyOf = ({ table, facility }: KernelGroup) => table ?? facility;

function groupDelta(
  group: KernelGroup,
  seen: { group: KernelGroup; rows: Map<string, KernelRow> } | undefined,
): GroupDelta | undefined {
  if (seen?.group.rows === group.rows && seen.group.problem === group.problem) return undefined;
  const rows = rowsDelta(seen?.rows ?? new Map(), group.rows);
  if (!rows && seen && group.problem === seen.group.problem) return undefined;
  const { rows: _, ...head } = group;
  return { ...head, ...(rows ?? { changed: [], removed: [] }) };
}

/** What one poll cost and brought, in milliseconds of CPU. */
class Round {
  spent = 0;
  /** Of that, by the walk, on whichever thread. */
  walking = 0;
  walked = false;
  changed = false;

  time(work: () => unknown): void {
    const before = process.cpuUsage();
    work();
    const { user, system } = process.cpuUsage(before);
    this.spent += (user + system) / 1000;
  }
}
