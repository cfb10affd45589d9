import { readFileSync, statSync } from 'node:fs';
import type { CallEvent, Descriptor, LiveObject, LiveProcess, ObjectKind, World } from '../kit';
import { linkOf } from '../procfs';
import type { ObjectSpec } from '../scenario';
import type { FileLock, FileView, KernelTableRow } from '../view';
import { holdersOf, idsOf } from './handle';
import { counted, escapeText } from './text';

const shownBytes = 64;

/** `1: POSIX  ADVISORY  WRITE 359 00:13:11691 0 EOF`; an arrow stands before the kind of one that waits. */
const pattern =
  /^\d+:\s+((?:->\s*)*)(FLOCK|POSIX|OFDLCK)\s+\S+\s+(READ|WRITE)\s+(-?\d+)\s+\S+:(\d+)\s+(\d+)\s+(\d+|EOF)/;

interface Told {
  lock: Omit<FileLock, 'processes'>;
  pid: number;
  inode: number;
}

const styles: Record<string, FileLock['style']> = { FLOCK: 'flock', POSIX: 'record', OFDLCK: 'description' };

function lockOf(line: string): Told | undefined {
  const [, arrows, kind, mode, pid, inode, from, to] = pattern.exec(line.trim()) ?? [];
  if (kind === undefined) return undefined;
  const lock: Told['lock'] = {
    style: styles[kind]!,
    mode: mode === 'WRITE' ? 'write' : 'read',
    from: Number(from),
    waits: arrows !== '',
  };
  if (to !== 'EOF') lock.to = Number(to);
  return { lock, pid: Number(pid), inode: Number(inode) };
}

function read(path: string): string {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return '';
  }
}

type Fits = (descriptor: Descriptor) => boolean;

/** A plain file that processes share: `handle` is its name. */
class FileObject implements LiveObject {
  readonly identities: Set<string>;

  private readonly fits: Fits = ({ target }) => this.identities.has(target);

  constructor(readonly spec: ObjectSpec) {
    this.identities = new Set([`file "${spec.handle}"`]);
  }

  notice({ step, process, result }: CallEvent): void {
    if (step.call !== 'open' || step.args[0] !== `"${this.spec.handle}"` || result < 0) return;
    const link = linkOf(process.pid, result);
    if (link) this.identities.add(link);
  }

  async read(world: World): Promise<{ view: FileView; row?: KernelTableRow }> {
    const { id, title, handle } = this.spec;
    const path = `${world.stage.directory}/files/${handle}`;
    const facts = statSync(path, { throwIfNoEntry: false });
    const view: FileView = {
      kind: 'file',
      id,
      title,
      exists: facts !== undefined,
      name: handle,
      size: facts?.size ?? 0,
      content: escapeText(read(path).slice(0, shownBytes), 4 * shownBytes),
      holders: idsOf(holdersOf(world, this.fits)),
      locks: facts ? locksOn(facts.ino, this.fits, world) : [],
    };
    if (!view.exists) return { view };
    const locks = view.locks.filter((lock) => !lock.waits).length;
    return {
      view,
      row: {
        handle: title,
        refersTo: `file ${handle}`,
        state: `${counted(view.size, 'byte')}, ${locks === 0 ? 'not locked' : counted(locks, 'lock')}`,
      },
    };
  }
}

const sameLock = (one: Told['lock'], other: Told['lock']) =>
  one.style === other.style && one.mode === other.mode && one.from === other.from && one.to === other.to;

/**
 * Who holds: a descriptor's fdinfo lists the locks of its open file, however many processes share that, and the record locks of
 * its process. Who waits: /proc/locks tells the process, except for a lock that an open file shall own.
 */
function locksOn(inode: number, fits: Fits, world: World): FileLock[] {
  const found: FileLock[] = [];
  for (const process of [...world.processes, ...world.others])
    for (const lock of held(process, inode, fits)) add(found, lock, process.id);
  for (const line of read('/proc/locks').split('\n')) {
    const told = lockOf(line);
    if (!told?.lock.waits || told.inode !== inode) continue;
    const waiter = world.processes.find((process) => process.pid === told.pid);
    if (waiter) found.push({ ...told.lock, processes: [waiter.id] });
  }
  return found.sort((one, other) => Number(one.waits) - Number(other.waits) || one.from - other.from);
}

function held(process: LiveProcess, inode: number, fits: Fits): Told['lock'][] {
  return process.descriptors
    .filter(fits)
    .flatMap(({ fd }) => read(`/proc/${process.pid}/fdinfo/${fd}`).split('\n'))
    .filter((line) => line.startsWith('lock:'))
    .map((line) => lockOf(line.slice('lock:'.length)))
    .filter((told) => told !== undefined && told.inode === inode && !told.lock.waits)
    .map((told) => told!.lock);
}

/** A lock that an open file has belongs to all who share the file; each process has its own record locks. */
function add(found: FileLock[], lock: Told['lock'], process: string): void {
  const known = found.find(
    (other) => sameLock(other, lock) && (lock.style !== 'record' || other.processes[0] === process),
  );
  if (!known) found.push({ ...lock, processes: [process] });
  else if (!known.processes.includes(process)) known.processes.push(process);
}

export const fileObject: ObjectKind = { kind: 'file', create: (spec) => new FileObject(spec) };
