/** File locks: flock(2), fcntl(2) F_SETLK and F_OFD_SETLK, and leases. proc_locks(5). */
import { tableProblem } from '../errors';
import { holdersOf } from '../holders';
import { type HeldLock, type Lock, locksOfInfo, sameLock } from '../proc/locks';
import type { Holding, ProcScan } from '../proc/scan';
import { defineHeldTable } from '../table';
import type { KernelHolder, KernelRow } from '../view';
import { count, names } from '../words';

const kindNames: Record<Lock['kind'], string> = {
  flock: 'flock',
  posix: 'POSIX record lock (fcntl F_SETLK)',
  ofd: 'open file description lock (fcntl F_OFD_SETLK)',
  lease: 'lease (fcntl F_SETLEASE)',
  delegation: 'delegation (NFS server)',
  other: 'lock',
};

/** `the whole file`, `bytes 0 to 99`, `from byte 100 on`. */
export function range({ start, end }: Lock): string {
  if (end === undefined) return start === 0 ? 'the whole file' : `from byte ${start} on`;
  return start === end ? `byte ${start}` : `bytes ${start} to ${end}`;
}

/** Descriptors through which the lock is held: those whose fdinfo lists it. */
export function lockHoldings(scan: ProcScan, lock: Lock): Holding[] {
  return (scan.files.get(lock.file) ?? []).filter(({ process, descriptor }) => {
    // A POSIX lock belongs to the process, and each of its descriptors of the file lists it.
    if (lock.kind === 'posix' && lock.pid !== 0 && process.pid !== lock.pid) return false;
    return locksOfInfo(descriptor.info).some((one) => sameLock(one, lock));
  });
}

/** Processes blocked in a lock call on this file: who waits, where /proc/locks gives no pid (OFD locks). */
function waitersInCall(scan: ProcScan, lock: Lock): KernelHolder[] {
  const holdings = (scan.files.get(lock.file) ?? []).filter(({ process, descriptor }) =>
    scan.waits(process.pid).some((wait) => wait.lock && wait.fd === descriptor.fd),
  );
  return holdersOf(scan, holdings, () => 'waits for the lock');
}

function holders(scan: ProcScan, lock: HeldLock): KernelHolder[] {
  const known = holdersOf(scan, lockHoldings(scan, lock), () => 'holds the lock');
  // The pid of the list is who took it; with flock, others may share the description, and he may be gone.
  if (known.length === 0 && lock.pid !== 0)
    known.push({ pid: lock.pid, program: scan.program(lock.pid), role: 'holds the lock' });
  return known;
}

function waiters(scan: ProcScan, lock: HeldLock): KernelHolder[] {
  const inCall = waitersInCall(scan, lock);
  const named = lock.waiters
    .filter(({ pid }) => pid !== 0)
    .map(
      ({ pid, kind }): KernelHolder =>
        inCall.find((holder) => holder.pid === pid) ?? {
          pid,
          program: scan.program(pid),
          role: 'waits for the lock',
          waiting: kind === 'flock' ? 'flock' : 'fcntl',
        },
    );
  return lock.waiters.some(({ pid }) => pid === 0) ? inCall : named;
}

const identity = (lock: Lock) =>
  `${lock.kind}:${lock.file}:${lock.mode}:${lock.start}-${lock.end ?? 'EOF'}:${lock.pid}`;

function row(scan: ProcScan, lock: HeldLock, id: string): KernelRow {
  const holding = holders(scan, lock);
  const waiting = waiters(scan, lock);
  const path = (scan.files.get(lock.file) ?? [])[0]?.descriptor.link ?? `inode ${lock.inode}`;
  const told = [
    `${lock.mode} lock on ${range(lock)}`,
    `held by ${holding.length > 0 ? names(holding, 2) : 'a process that is not seen'}`,
  ];
  if (lock.waiters.length > 0) told.push(`${lock.waiters.length} waiting`);
  const waitText = lock.waiters.map((one) => {
    const who = one.pid === 0 ? '' : `${names([{ pid: one.pid, program: scan.program(one.pid) }])}: `;
    return `${who}${one.mode} lock on ${range(one)}`;
  });
  return {
    id,
    label: path,
    description: told.join(', '),
    details: [
      { label: 'Kind', value: `${kindNames[lock.kind]}${lock.mandatory ? ', mandatory' : ''}` },
      { label: 'File', value: `${path} (inode ${lock.inode})` },
      { label: 'Mode', value: lock.mode === 'read' ? 'read (shared)' : 'write (exclusive)' },
      { label: 'Range', value: range(lock) },
      { label: 'Held by', value: holderText(holding) },
      {
        label: 'Waiting',
        value:
          waitText.length === 0
            ? 'nobody'
            : `${count(waitText.length, 'request')}: ${waitText.join('; ')}${waiting.length > 0 && lock.waiters.some(({ pid }) => pid === 0) ? ` (${names(waiting)})` : ''}`,
      },
    ],
    removable: false,
    holders: [...holding, ...waiting],
  };
}

function holderText(holders: KernelHolder[]): string {
  if (holders.length === 0) return 'a process that is not seen';
  return holders
    .map(({ program, pid, fds }) => `${program} (${pid})${fds ? `, fd ${fds.join(', ')}` : ''}`)
    .join('; ');
}

function define(table: 'flock' | 'fcntl-lock', title: string, kinds: Lock['kind'][]) {
  return defineHeldTable({
    table,
    facility: table,
    title,
    rows(scan) {
      const { locksError } = scan.native;
      if (locksError !== 0)
        return { problem: tableProblem(title, { errno: locksError, call: 'open("/proc/locks")' }) };
      const seen = new Map<string, number>();
      return scan.locks
        .filter(({ kind }) => kinds.includes(kind))
        .map((lock) => {
          // Two read locks of one description's kind may look the same.
          const name = `${table}:${identity(lock)}`;
          const times = (seen.get(name) ?? 0) + 1;
          seen.set(name, times);
          return row(scan, lock, times === 1 ? name : `${name}#${times}`);
        });
    },
  });
}

export const flock = define('flock', 'File locks (flock)', ['flock']);
export const fcntlLock = define('fcntl-lock', 'Record locks (fcntl)', [
  'posix',
  'ofd',
  'lease',
  'delegation',
  'other',
]);
