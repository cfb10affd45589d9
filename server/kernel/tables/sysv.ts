/** What the three System V tables have in common. */
import { errorPhrase } from '../errors';
import type { NativeSelf, NativeSlot, NativeSysv } from '../native';
import type { People } from '../people';
import type { ProcScan } from '../proc/scan';
import type { Context, Removal } from '../table';
import type { KernelHolder, KernelRow } from '../view';
import { key, moment, permissions } from '../words';

export function isSlot<T>(record: T | NativeSlot): record is NativeSlot {
  return typeof record === 'object' && record !== null && 'slot' in record;
}

/** The row of an object that even its identifier is hidden of. */
export function slotRow(facility: string, record: NativeSlot): KernelRow {
  return {
    id: `${facility}:slot-${record.slot}`,
    label: `slot ${record.slot}`,
    description: `not readable: ${errorPhrase(record.error)}`,
    details: [],
    removable: false,
  };
}

/** `key 0x0000002a`; an object without a key goes by its identifier. */
export function label(record: NativeSysv): string {
  return record.key === 0 ? `id ${record.id}` : `key ${key(record.key)}`;
}

/** Identifier, key, permissions and owner, in the order of ipcs(1). */
export function identity(record: NativeSysv, people: People): KernelRow['details'] {
  const owner = people.owner(record.uid, record.gid);
  const details = [
    { label: 'Identifier', value: String(record.id) },
    { label: 'Key', value: key(record.key) },
    { label: 'Permissions', value: permissions(record.mode) },
    { label: 'Owner', value: owner },
  ];
  if (record.creatorUid !== record.uid || record.creatorGid !== record.gid)
    details.push({ label: 'Creator', value: people.owner(record.creatorUid, record.creatorGid) });
  return details;
}

/** `4711 (worker), 2026-11-21 00:54:03`; `never` when it did not happen. */
export function lastAction(pid: number, seconds: number, context: Context): string {
  if (seconds === 0) return 'never';
  return `${moment(seconds)} by process ${context.processes.describe(pid, seconds)}`;
}

/** Owner, creator and CAP_SYS_ADMIN may remove: msgctl(2), semctl(2), shmctl(2), IPC_RMID. */
export function mayRemove(record: NativeSysv, self: NativeSelf): boolean {
  return self.admin || self.uid === record.uid || self.uid === record.creatorUid;
}

export function removal(kind: string, option: string, record: NativeSysv, people: People): Removal {
  const named = record.key === 0 ? '' : ` (key ${key(record.key)})`;
  const owner = people.user(record.uid);
  const creator = people.user(record.creatorUid);
  return {
    subject: `${kind} ${record.id}${named}`,
    allowed:
      owner === creator
        ? `its owner ${owner} or a process with CAP_SYS_ADMIN`
        : `its owner ${owner}, its creator ${creator} or a process with CAP_SYS_ADMIN`,
    command: `ipcrm ${option} ${record.id}`,
  };
}

/** The processes that wait in a call on this object now. */
export function waiting(row: string, scan: ProcScan): KernelHolder[] {
  return scan.waitingFor(row).map(({ process, wait }) => ({
    pid: process.pid,
    program: process.name,
    role: `waits in ${wait.call}`,
    ...(wait.call ? { waiting: wait.call } : {}),
  }));
}

/** Processes that the object remembers, as far as they still run. */
export function remembered(
  uses: { pid: number; seconds: number; role: string }[],
  context: Context,
): KernelHolder[] {
  return uses
    .filter(({ pid, seconds }) => pid > 0 && context.processes.alive(pid, seconds) === true)
    .map(({ pid, role }) => ({ pid, program: context.processes.name(pid) ?? '?', role }));
}

/**
 * Whether the processes that last used an object are all gone: true, false, or undefined when none is recorded or it
 * cannot be told.
 */
export function allGone(uses: { pid: number; seconds: number }[], context: Context): boolean | undefined {
  const answers = uses
    .filter(({ pid, seconds }) => pid > 0 && seconds > 0)
    .map(({ pid, seconds }) => context.processes.alive(pid, seconds));
  if (answers.includes(true)) return false;
  return answers.length === 0 || answers.includes(undefined) ? undefined : true;
}

/** Adds the sentence on the orphan state, when there is one to tell. */
export function withOrphan(row: KernelRow, orphan: boolean | undefined, sentence: string): KernelRow {
  if (orphan === undefined) return row;
  if (orphan) row.details.push({ label: 'Orphan', value: sentence });
  row.orphan = orphan;
  return row;
}
