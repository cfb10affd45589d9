/** proc_locks(5): file locks and who waits for them. */
import { type FileKey, fileKeyOfText } from './numbers';

export type LockKind = 'flock' | 'posix' | 'ofd' | 'lease' | 'delegation' | 'other';

export interface Lock {
  /** Its number in this reading of /proc/locks; a waiter has the number of the lock it waits for. */
  ordinal: number;
  kind: LockKind;
  mode: 'read' | 'write';
  /** 0 where the kernel knows none for us: an open file description owns it, or a process of another PID namespace. */
  pid: number;
  file: FileKey;
  inode: number;
  /** Bytes from `start` to `end`, both included; no `end`: to the end of the file, however far it grows. */
  start: number;
  end?: number;
  mandatory: boolean;
}

export interface HeldLock extends Lock {
  waiters: Lock[];
}

const kinds: Record<string, LockKind> = {
  FLOCK: 'flock',
  POSIX: 'posix',
  OFDLCK: 'ofd',
  LEASE: 'lease',
  DELEG: 'delegation',
};

// `1: POSIX  ADVISORY  WRITE 359 00:13:11691 0 EOF`, with `->` before the kind of a waiter (once for each it is behind).
const pattern =
  /^(\d+):\s+((?:->\s*)*)(\S+)\s+(\S+)\s+(\S+)\s+(-?\d+)\s+([0-9a-f]+):([0-9a-f]+):(\d+)\s+(\d+)\s+(\d+|EOF)/;

/** One line as a lock; undefined for what is not one (a lock without a file). */
export function lockOf(line: string): (Lock & { waits: boolean }) | undefined {
  const match = pattern.exec(line.trim());
  if (!match) return undefined;
  const [, ordinal, arrows, kind, mandatory, mode, pid, major, minor, inode, start, end] = match;
  return {
    ordinal: Number(ordinal),
    kind: kinds[kind!] ?? 'other',
    mode: mode === 'WRITE' ? 'write' : 'read',
    pid: Math.max(0, Number(pid)),
    file: fileKeyOfText(major!, minor!, inode!),
    inode: Number(inode),
    start: Number(start),
    ...(end === 'EOF' ? {} : { end: Number(end) }),
    mandatory: mandatory === 'MANDATORY',
    waits: arrows !== '',
  };
}

/** Locks held, each with those that wait for it. */
export function locksOf(text: string): HeldLock[] {
  const held: HeldLock[] = [];
  for (const line of text.split('\n')) {
    const lock = lockOf(line);
    if (!lock) continue;
    const { waits, ...told } = lock;
    const last = held[held.length - 1];
    if (!waits) held.push({ ...told, waiters: [] });
    // The list is read in pieces: what a waiter waits for may be gone from it by then.
    else if (last && last.ordinal === told.ordinal) last.waiters.push(told);
  }
  return held;
}

/** Locks that an fdinfo file lists: those held through that very descriptor or, for POSIX locks, by its process. */
export function locksOfInfo(info: string | undefined): Lock[] {
  if (!info?.includes('lock:')) return [];
  const found: Lock[] = [];
  for (const line of info.split('\n')) {
    if (!line.startsWith('lock:')) continue;
    const lock = lockOf(line.slice('lock:'.length));
    if (lock && !lock.waits) found.push(lock);
  }
  return found;
}

export const sameLock = (one: Lock, other: Lock) =>
  one.kind === other.kind &&
  one.mode === other.mode &&
  one.file === other.file &&
  one.start === other.start &&
  one.end === other.end;
