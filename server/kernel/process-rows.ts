/** The other way round: processes with what they hold and what they wait on, made from the rows of all tables. */
import { isLate } from './errors';
import type { NativeScanProcess } from './native';
import { operationsText } from './proc/arguments';
import type { ProcScan } from './proc/scan';
import { signalSet } from './proc/signals';
import { describeWait, type Wait } from './proc/waits';
import { boundsText } from './rlimits';
import type { Context } from './table';
import type { KernelGroup, KernelHolder, KernelProcess, KernelRow, KernelWait } from './view';
import { count, list, moment } from './words';

interface Held {
  row: KernelRow;
  holder: KernelHolder;
}

/** Letters of proc_pid_stat(5). */
const states: Record<string, string> = {
  R: 'runs',
  S: 'sleeps',
  D: 'sleeps and no signal wakes it',
  T: 'is stopped by a signal',
  t: 'is stopped by a debugger',
  Z: 'has ended; its parent has not waited for it yet',
  I: 'is idle',
};

export function processRows(
  scan: ProcScan,
  groups: readonly KernelGroup[],
  context: Context,
): KernelProcess[] {
  const held = heldBy(groups);
  const before = context.kept.processes as ReadonlyMap<number, Made>;
  const made = new Map<number, Made>();
  const rows = scan.processes.map((process) => {
    const own = held.get(process.pid) ?? [];
    const around = aroundOf(process, scan, context);
    const known = before.get(process.pid);
    const row =
      known && known.process === process && known.around === around && sameHeld(known.held, own)
        ? known.row
        : processRow(process, own, scan, context);
    made.set(process.pid, { process, held: own, around, row });
    return row;
  });
  context.kept.processes = made;
  return rows;
}

/** A row with what it was made of. */
interface Made {
  process: NativeScanProcess;
  held: Held[];
  around: string;
  row: KernelProcess;
}

/** What a row tells of others: its parent, those it waits for, whose it is. */
function aroundOf(process: NativeScanProcess, scan: ProcScan, { people, self }: Context): string {
  const children = scan.waits(process.pid).map(({ child }) => (child ? scan.program(child) : ''));
  const told = [
    scan.program(process.parent),
    people.user(process.uid),
    self.uid,
    scan.editor.has(process.pid),
  ];
  return [...told, ...children].join('\n');
}

/** Rows that did not change are the same objects (kept.ts), and their holders with them. */
const sameHeld = (one: readonly Held[], other: readonly Held[]) =>
  one.length === other.length &&
  one.every(({ row, holder }, index) => row === other[index]!.row && holder === other[index]!.holder);

function heldBy(groups: readonly KernelGroup[]): Map<number, Held[]> {
  const held = new Map<number, Held[]>();
  for (const group of groups)
    for (const row of group.rows)
      for (const holder of row.holders ?? []) {
        const list = held.get(holder.pid);
        if (list) list.push({ row, holder });
        else held.set(holder.pid, [{ row, holder }]);
      }
  return held;
}

function processRow(
  process: NativeScanProcess,
  held: Held[],
  scan: ProcScan,
  context: Context,
): KernelProcess {
  const { pid, name } = process;
  const waits = waitsOf(process, held, scan);
  const state = states[process.state] ?? `has state ${process.state}`;
  const holds = held.map(({ row, holder }) => ({ id: row.id, role: holder.role }));
  const first = waits[0];
  return {
    id: `process:${pid}`,
    label: name,
    description: `${pid}, ${first ? `waits ${first.sentence}` : state}${holds.length > 0 ? `, ${count(new Set(holds.map(({ id }) => id)).size, 'object')}` : ''}`,
    details: details(process, state, waits, scan, context),
    removable: false,
    owner: context.people.user(process.uid),
    mine: process.uid === context.self.uid,
    ...(scan.editor.has(pid) ? { editor: true as const } : {}),
    pid,
    program: name,
    parent: process.parent,
    holds,
    waits,
  };
}

function waitsOf(process: NativeScanProcess, held: Held[], scan: ProcScan): KernelWait[] {
  const told = new Map<string, KernelWait & { threads: number }>();
  for (const wait of scan.waits(process.pid)) {
    if (wait.call === undefined && wait.place === undefined) continue;
    const on = objectOf(wait, held);
    const call = wait.call ?? '';
    const sentence = `in ${on && call ? `${call} on ${on.label}` : describeWait(wait)}${waitDetail(wait, held, scan)}`;
    const known = told.get(sentence);
    if (known) known.threads++;
    else told.set(sentence, { call, ...(on ? { on: on.id } : {}), sentence, threads: 1 });
  }
  return [...told.values()].map(({ threads, sentence, ...wait }) => ({
    ...wait,
    sentence: threads > 1 ? `${sentence} (${threads} threads)` : sentence,
  }));
}

const polledShown = 3;

/** What else is known of the wait, to go on with the sentence: ` to take 1 from semaphore 0`. */
function waitDetail(wait: Wait, held: Held[], scan: ProcScan): string {
  const { operations, signals, child, messageType = 0, fds = [] } = wait;
  if (operations?.length) return ` ${operationsText(operations)}`;
  if (signals !== undefined)
    return ` for ${wait.call === 'sigsuspend' ? 'a signal' : signalSet(signals)}${wait.call === 'sigsuspend' && /[^0]/.test(signals) ? `, with ${signalSet(signals)} blocked` : ''}`;
  if (child !== undefined) return ` for ${scan.program(child)} (${child})`;
  if (messageType !== 0)
    return messageType > 0 ? ` for type ${messageType}` : ` for types up to ${-messageType}`;
  if (fds.length < 2) return '';
  const names = fds
    .slice(0, fds.length > polledShown ? polledShown - 1 : polledShown)
    .map((fd) => held.find(({ holder }) => holder.fds?.includes(fd))?.row.label ?? `fd ${fd}`);
  return ` on ${list(fds.length > names.length ? [...names, `${fds.length - names.length} more`] : names)}`;
}

/** The object a thread waits on, among those its process holds. */
function objectOf(wait: Wait, held: Held[]): KernelRow | undefined {
  if (wait.identifier) return held.find(({ row }) => row.id === wait.identifier)?.row;
  if (wait.lock) {
    const waited = held.filter(({ holder }) => holder.role === 'waits for the lock');
    return (waited.find(({ holder }) => holder.fds?.includes(wait.fd ?? -1)) ?? waited[0])?.row;
  }
  const fd = wait.fd ?? (wait.fds?.length === 1 ? wait.fds[0] : undefined);
  if (fd !== undefined) return held.find(({ holder }) => holder.fds?.includes(fd))?.row;
  if (wait.address !== undefined)
    return held.find(({ holder }) => holder.waiting === 'futex' && holder.fds === undefined)?.row;
  return undefined;
}

function details(
  process: NativeScanProcess,
  state: string,
  waits: KernelWait[],
  scan: ProcScan,
  context: Context,
): KernelRow['details'] {
  const { signals, refused, parent } = process;
  const told = [
    { label: 'Process', value: String(process.pid) },
    { label: 'Program', value: process.name },
    { label: 'Parent', value: parent === 0 ? 'none' : `${scan.program(parent)} (${parent})` },
    { label: 'Owner', value: context.people.owner(process.uid, process.gid) },
    { label: 'State', value: state },
    { label: 'Started', value: moment(process.started) },
  ];
  if (process.threads > 1) told.push({ label: 'Threads', value: String(process.threads) });
  if (process.pid === scan.native.self)
    told.push({ label: 'Waits', value: 'not asked: this is IPC Lens itself' });
  else if (refused.syscall !== 0) told.push({ label: 'Waits', value: `the call ${unseen(refused.syscall)}` });
  for (const { sentence } of waits) told.push({ label: 'Waits', value: sentence });
  if (refused.memory) told.push({ label: 'Waits', value: `what for, ${unseen(refused.memory)}` });
  if (refused.shared !== 0 && isLate(refused.shared))
    told.push({ label: 'Shared memory', value: unseen(refused.shared) });
  if (refused.descriptors !== 0) told.push({ label: 'Descriptors', value: unseen(refused.descriptors) });
  else if (process.state !== 'Z') told.push({ label: 'Descriptors', value: descriptorText(process) });
  if (signals.caught !== '') told.push(...signalDetails(process));
  const limits = boundsText(process);
  if (limits !== undefined) told.push({ label: 'Limits', value: limits });
  const { ipcNamespace } = context.self;
  if (process.ipcNamespace !== 0 && ipcNamespace !== undefined && process.ipcNamespace !== ipcNamespace)
    told.push({ label: 'IPC namespace', value: `another one: ipc:[${process.ipcNamespace}]` });
  return told;
}

const unseen = (errno: number) =>
  isLate(errno)
    ? 'could not be read in time: the kernel makes whoever asks wait'
    : 'may not be seen (permission denied)';

function descriptorText({ descriptors, limits }: NativeScanProcess): string {
  const { nofile = -1 } = limits;
  return nofile >= 0 ? `${descriptors.length} of at most ${nofile}` : String(descriptors.length);
}

/** Signals sent to the process and to its main thread wait in two sets: signal(7). */
function signalDetails({ signals }: NativeScanProcess): KernelRow['details'] {
  const pending = [signals.pending, signals.pendingShared].filter((mask) => /[^0]/.test(mask)).map(signalSet);
  return [
    { label: 'Signals pending', value: pending.length === 0 ? 'none' : pending.join(', ') },
    { label: 'Signals blocked', value: signalSet(signals.blocked) },
    { label: 'Signals caught', value: signalSet(signals.caught) },
    { label: 'Signals ignored', value: signalSet(signals.ignored) },
  ];
}
