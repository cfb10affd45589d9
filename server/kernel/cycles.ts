/**
 * Processes that wait for each other for ever. A process is stuck when it waits in a call that only certain processes
 * can end, and each of these is stuck too: so all that wait are taken, and whoever may be helped by one outside is taken
 * out until nothing changes. Calls with a time limit may end by themselves; signals may wake anyone; both are not seen.
 */
import type { KernelCycle, KernelGroup, KernelProcess, KernelRow } from './view';
import { list } from './words';

interface Stuck {
  process: KernelProcess;
  call: string;
  on: KernelRow;
  helpers: number[];
}

const reading = new Set(['read', 'readv', 'recv', 'recvmsg']);
const writing = new Set(['write', 'writev', 'send', 'sendmsg']);

/** `everything`: all processes could be looked into, so nobody else can hold an end. */
export function cyclesOf(
  processes: readonly KernelProcess[],
  groups: readonly KernelGroup[],
  everything: boolean,
): KernelCycle[] {
  const rows = waitedOn(processes, groups);
  const stuck = new Map<number, Stuck>();
  for (const process of processes) {
    const wait = process.waits[0];
    const on = wait?.on === undefined ? undefined : rows.get(wait.on);
    // With more threads another one may go on.
    if (!wait || !on || process.waits.length > 1) continue;
    const helpers = helpersOf(process, wait.call, on, everything);
    if (helpers && helpers.length > 0) stuck.set(process.pid, { process, call: wait.call, on, helpers });
  }
  for (let before = -1; before !== stuck.size; ) {
    before = stuck.size;
    for (const [pid, { helpers }] of stuck)
      if (helpers.some((helper) => !stuck.has(helper))) stuck.delete(pid);
  }
  return follow(stuck);
}

/** The rows that somebody waits on, by id. */
function waitedOn(
  processes: readonly KernelProcess[],
  groups: readonly KernelGroup[],
): ReadonlyMap<string, KernelRow> {
  const wanted = new Set(processes.flatMap(({ waits }) => waits.map(({ on }) => on)));
  const found = new Map<string, KernelRow>();
  for (const { rows } of groups) for (const row of rows) if (wanted.has(row.id)) found.set(row.id, row);
  return found;
}

/** Who can end the wait: undefined when that is not known, and the process itself never. */
function helpersOf(
  process: KernelProcess,
  call: string,
  on: KernelRow,
  everything: boolean,
): number[] | undefined {
  const holders = on.holders ?? [];
  const others = (roles: (role: string) => boolean) =>
    [...new Set(holders.filter(({ role }) => roles(role)).map(({ pid }) => pid))].filter(
      (pid) => pid !== process.pid,
    );
  if (call === 'flock' || call === 'fcntl') return others((role) => role === 'holds the lock');
  if (!everything) return undefined;
  const table = on.id.slice(0, on.id.indexOf(':'));
  if (table === 'pipe' || table === 'fifo') {
    if (reading.has(call)) return others((role) => role.endsWith('writes'));
    return writing.has(call) ? others((role) => role.startsWith('reads')) : undefined;
  }
  if ((table === 'socketpair' || table === 'unix-stream') && reading.has(call)) return others(() => true);
  return undefined;
}

/** Each stuck process leads to one that is stuck as well, so every walk ends in a cycle. */
function follow(stuck: Map<number, Stuck>): KernelCycle[] {
  const cycles = new Map<string, KernelCycle>();
  for (const start of stuck.keys()) {
    const path: number[] = [];
    let pid = start;
    while (!path.includes(pid)) {
      path.push(pid);
      pid = stuck.get(pid)!.helpers[0]!;
    }
    const around = path.slice(path.indexOf(pid));
    const first = around.indexOf(Math.min(...around));
    const steps = [...around.slice(first), ...around.slice(0, first)].map((one) => {
      const { process, call, on } = stuck.get(one)!;
      return { pid: one, program: process.program, call, on: on.id, label: on.label };
    });
    const id = `cycle:${steps.map((step) => step.pid).join('-')}`;
    cycles.set(id, { id, steps: steps.map(({ label, ...step }) => step), sentence: sentence(steps) });
  }
  return [...cycles.values()];
}

function sentence(steps: { pid: number; program: string; call: string; label: string }[]): string {
  const each = steps.map(({ program, pid, call, label }, index) => {
    const next = steps[(index + 1) % steps.length]!;
    return `${program} (${pid}) waits in ${call} on ${label} for ${next.program} (${next.pid})`;
  });
  return `Deadlock: ${list(each)}.`;
}
