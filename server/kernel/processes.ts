import type { NativeAddon, NativeProcess } from './native';

/**
 * Processes that objects name, looked up once a snapshot. A pid alone may mislead: the number may belong to another
 * process by now. So every question comes with the time at which the object recorded it; a process that started later
 * is not the one.
 */
export class Processes {
  readonly #known = new Map<number, NativeProcess>();

  constructor(private readonly addon: Pick<NativeAddon, 'processes'>) {}

  /** Looks up those not known yet. */
  load(pids: Iterable<number>): void {
    const asked = new Set<number>();
    for (const pid of pids) if (pid > 0 && !this.#known.has(pid)) asked.add(pid);
    if (asked.size === 0) return;
    const answer = this.addon.processes({ pids: [...asked] });
    if (answer.error) return;
    for (const process of answer.objects) this.#known.set(process.pid, process);
  }

  /** All that is known of it. */
  known(pid: number): NativeProcess | undefined {
    return this.#known.get(pid);
  }

  /** Whether the process that had this pid at `seconds` still runs; undefined when it cannot be told. */
  alive(pid: number, seconds: number): boolean | undefined {
    const process = this.#known.get(pid);
    if (pid <= 0 || !process) return undefined;
    if (process.state === 'hidden') return true;
    return process.state === 'running' && !this.#startedAfter(process, seconds);
  }

  name(pid: number): string | undefined {
    return this.#known.get(pid)?.name;
  }

  /** `4711 (worker)`, `4711 (gone)`, `none`. */
  describe(pid: number, seconds: number): string {
    if (pid === 0) return 'none';
    const process = this.#known.get(pid);
    if (!process) return String(pid);
    if (process.state === 'hidden') return `${pid} (name hidden)`;
    return this.alive(pid, seconds) ? `${pid} (${process.name})` : `${pid} (gone)`;
  }

  /** The kernel keeps whole seconds in its tables and the clock may have been set: two seconds are no difference. */
  #startedAfter(process: NativeProcess, seconds: number): boolean {
    return process.started !== undefined && seconds > 0 && process.started > seconds + 2;
  }
}
