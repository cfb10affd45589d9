/** One walk through /proc, sorted by what tables ask: who holds this, who maps it, who waits on it. */

import { isLate } from '../errors';
import type { NativeDescriptor, NativeScan, NativeScanProcess } from '../native';
import { names } from '../words';
import { editorProcesses } from './editor';
import { type HeldLock, locksOf } from './locks';
import { type Mapping, mappingsOf } from './maps';
import { bracketed, type FileKey, fileKey } from './numbers';
import { type Wait, waitOf } from './waits';

export interface Holding {
  process: NativeScanProcess;
  descriptor: NativeDescriptor;
}

export interface Mapped {
  process: NativeScanProcess;
  mapping: Mapping;
}

const fileTypeMask = 0o170000;
const fifoType = 0o010000;

export const isFifo = (descriptor: NativeDescriptor) =>
  descriptor.mode !== undefined && (descriptor.mode & fileTypeMask) === fifoType;

export class ProcScan {
  readonly #byPid = new Map<number, NativeScanProcess>();
  /** By number. */
  readonly pipes = new Map<number, Holding[]>();
  readonly sockets = new Map<number, Holding[]>();
  /** By kind: `eventfd`, `eventpoll`, `signalfd`, `timerfd`. */
  readonly anonymous = new Map<string, Holding[]>();
  /** Descriptors of everything that has a path or once had one. */
  readonly files = new Map<FileKey, Holding[]>();
  readonly mapped = new Map<FileKey, Mapped[]>();
  /** Attached System V segments, by identifier. */
  readonly segments = new Map<number, Mapped[]>();
  readonly #waits = new Map<number, Wait[]>();
  /** Processes whose descriptors or mappings could not be read: what they hold is not seen. */
  readonly hidden: readonly NativeScanProcess[];
  /** CPU time of all that it took to get here. */
  milliseconds: number;
  #locks: HeldLock[] | undefined;
  #editor: ReadonlySet<number> | undefined;
  #identified: Map<string, { process: NativeScanProcess; wait: Wait }[]> | undefined;

  constructor(
    readonly native: NativeScan,
    private readonly syscalls: Record<number, string>,
  ) {
    this.milliseconds = native.milliseconds;
    for (const process of native.processes) {
      this.#byPid.set(process.pid, process);
      for (const descriptor of process.descriptors) this.#sort({ process, descriptor });
      for (const mapping of mappingsOf(process.shared)) {
        add(this.mapped, mapping.file, { process, mapping });
        if (mapping.path.startsWith('/SYSV')) add(this.segments, mapping.inode, { process, mapping });
      }
    }
    this.hidden = native.processes.filter(
      ({ refused }) => refused.descriptors !== 0 || isLate(refused.shared),
    );
  }

  #sort(holding: Holding): void {
    const { link, mode, device = 0, inode = 0 } = holding.descriptor;
    if (mode !== undefined) add(this.files, fileKey(device, inode), holding);
    else if (link.startsWith('pipe:[')) add(this.pipes, bracketed(link), holding);
    else if (link.startsWith('socket:[')) add(this.sockets, bracketed(link), holding);
    else if (link.startsWith('anon_inode:[')) add(this.anonymous, link.slice(12, -1), holding);
  }

  get processes(): readonly NativeScanProcess[] {
    return this.native.processes;
  }

  process(pid: number): NativeScanProcess | undefined {
    return this.#byPid.get(pid);
  }

  /** `cat`; `?` for a process that came after the walk. */
  program(pid: number): string {
    return this.#byPid.get(pid)?.name ?? '?';
  }

  /** The editor that IPC Lens runs in, and IPC Lens itself. */
  get editor(): ReadonlySet<number> {
    this.#editor ??= editorProcesses(this.native.processes, this.native.self);
    return this.#editor;
  }

  get locks(): HeldLock[] {
    this.#locks ??= locksOf(this.native.locks);
    return this.#locks;
  }

  /** What the threads of a process wait in. Of the process that asks, nothing: it was busy asking. */
  waits(pid: number): Wait[] {
    let waits = this.#waits.get(pid);
    if (!waits) {
      const threads = pid === this.native.self ? [] : (this.#byPid.get(pid)?.waiting ?? []);
      waits = threads.map((thread) => waitOf(thread, this.syscalls));
      this.#waits.set(pid, waits);
    }
    return waits;
  }

  /** The call in which a thread of `pid` waits on descriptor `fd`. */
  waitingOn(pid: number, fds: readonly number[]): Wait | undefined {
    return this.waits(pid).find(
      ({ fd, fds: polled }) =>
        (fd !== undefined && fds.includes(fd)) || polled?.some((one) => fds.includes(one)),
    );
  }

  /** Processes that wait on a System V object, by its row id. */
  waitingFor(identifier: string): readonly { process: NativeScanProcess; wait: Wait }[] {
    if (!this.#identified) {
      this.#identified = new Map();
      for (const process of this.processes)
        for (const wait of this.waits(process.pid))
          if (wait.identifier !== undefined) add(this.#identified, wait.identifier, { process, wait });
    }
    return this.#identified.get(identifier) ?? [];
  }

  /**
   * Whether a process that is not seen may well hold a file: one of the file's owner, or one whom the permissions let in.
   * Root's may open anything and hold hardly anything of others, so they count for root's own files only.
   */
  mayHideHolder({ uid, mode }: { uid: number; mode: number }): boolean {
    return this.hidden.some((process) => process.uid === uid || (process.uid !== 0 && (mode & 0o066) !== 0));
  }

  /** Sentences on what is missing: others' processes may not be looked into, and a read of a process may block. */
  get gaps(): string[] {
    const gaps: string[] = [];
    const denied = this.hidden.filter(
      ({ refused }) => refused.descriptors !== 0 && !isLate(refused.descriptors),
    ).length;
    if (denied > 0)
      gaps.push(
        `The descriptors of ${denied === 1 ? '1 process' : `${denied} processes`} may not be read (permission denied): what only ${denied === 1 ? 'it holds' : 'they hold'} is not shown.`,
      );
    const late = this.processes.filter(({ refused }) => Object.values(refused).some(isLate));
    if (late.length > 0)
      gaps.push(
        `Of ${names(
          late.map(({ pid, name: program }) => ({ pid, program })),
          3,
        )} something could not be read in time, because the kernel makes whoever asks wait: its memory is not there yet, or in the middle of a change. The rest is shown.`,
      );
    return gaps;
  }
}

function add<K, V>(map: Map<K, V[]>, key: K, value: V): void {
  const list = map.get(key);
  if (list) list.push(value);
  else map.set(key, [value]);
}
