/**
 * Tells when processes have come to rest: nothing but something from outside can wake one of them any more.
 *
 * One look at each is not enough: while one is looked at, another may wake it. Two looks that find every one of them in
 * the wait of the look before do: each slept from its first look to its second, so all slept at the same time in between.
 */
import { type IdleSign, type Look, look, sameWait } from './process-state';
import { descendantsOf, otherThreadsSleep } from './procfs';
import type { ProcessRun } from './runs';

/** Programs that the processes started, and which are none of them: what popen runs. */
export function strangersOf(processes: readonly ProcessRun[]): number[] {
  const known = new Set(processes.map((process) => process.pid));
  const living = processes.filter((process) => process.started && !process.ended);
  const all = living.flatMap((process) => descendantsOf(process.pid));
  return [...new Set(all)].filter((pid) => !known.has(pid));
}

export class RestObserver {
  private before = new Map<number, Look>();

  /** `idle` tells an actor without work. */
  constructor(private readonly idle: IdleSign) {}

  /**
   * Looks at `waiting` and at the programs that `all` have started; true when none of them has moved since the look before.
   * The programs come first: the kernel's list of children waits until one that ends has woken its parent.
   */
  looks(waiting: readonly ProcessRun[], all: readonly ProcessRun[]): boolean {
    const { idleCall, controlDescriptor } = this.idle;
    const now = new Map<number, Look>();
    for (const pid of waiting.length > 0 ? strangersOf(all) : [])
      now.set(pid, look(pid, { idleCall, controlDescriptor }));
    for (const process of waiting) {
      process.look = look(process.pid, this.idle);
      now.set(process.pid, otherThreadsSleep(process.pid) ? process.look : { state: 'busy' });
    }
    const before = this.before;
    this.before = now;
    const own = new Set(waiting.map((process) => process.pid));
    return (
      now.size === before.size && [...now].every(([pid, seen]) => rests(before.get(pid), seen, own.has(pid)))
    );
  }
}

/** One of ours that is gone is waited for: the supervisor will tell of it. */
function rests(before: Look | undefined, now: Look, own: boolean): boolean {
  if (now.state === 'stopped') return before?.state === 'stopped';
  if (!own && (now.state === 'zombie' || now.state === 'gone')) return before?.state === now.state;
  return sameWait(before, now);
}
