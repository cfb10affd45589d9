/**
 * What native/addon gives, as types. Times are seconds since the epoch (0: never), sizes are bytes, `mode` is the
 * permission bits, a pid is 0 where the kernel knows none in our PID namespace.
 */

export interface NativeError {
  /** The number, as <errno.h> has it on this machine. */
  errno: number;
  /** The call that reported it: `semctl(GETALL)`. */
  call: string;
}

/** A request that may fail as a whole. */
export type NativeAnswer<T> = (T & { error?: undefined }) | { error: NativeError };

/** `remove` answers `{}` when the object is gone. */
export type NativeOutcome = { error?: NativeError };

/** A slot of a System V table whose object may not be looked at (only before Linux 4.17). */
export interface NativeSlot {
  slot: number;
  error: NativeError;
}

export interface NativePermissions {
  uid: number;
  gid: number;
  mode: number;
}

export interface NativeSysv extends NativePermissions {
  id: number;
  /** Unsigned; 0 is IPC_PRIVATE. */
  key: number;
  creatorUid: number;
  creatorGid: number;
  changed: number;
}

/** See msqid_ds in msgctl(2). */
export interface NativeSysvMsg extends NativeSysv {
  messages: number;
  bytes: number;
  maxBytes: number;
  lastSender: number;
  lastReceiver: number;
  sent: number;
  received: number;
}

export interface NativeSysvMsgLimits {
  queues: number;
  messages: number;
  bytes: number;
  maxQueues: number;
  maxMessageBytes: number;
  defaultQueueBytes: number;
}

/** See semid_ds in semctl(2). The lists are absent when `error` says that values may not be read. */
export interface NativeSysvSem extends NativeSysv {
  count: number;
  operated: number;
  values?: number[];
  /** One entry for each of the first semaphores of the set; a large set is not counted to its end. */
  waitingForIncrease?: number[];
  waitingForZero?: number[];
  lastPids?: number[];
  error?: NativeError;
}

export interface NativeSysvSemLimits {
  sets: number;
  semaphores: number;
  maxSets: number;
  maxSemaphores: number;
  maxPerSet: number;
  maxOperations: number;
  maxValue: number;
}

/** See shmid_ds in shmctl(2). */
export interface NativeSysvShm extends NativeSysv {
  size: number;
  attached: number;
  creator: number;
  lastUser: number;
  /** IPC_RMID was done; the segment goes when the last process detaches. */
  removalPending: boolean;
  locked: boolean;
  lastAttached: number;
  lastDetached: number;
}

export interface NativeSysvShmLimits {
  segments: number;
  bytes: number;
  residentBytes: number;
  swappedBytes: number;
  maxSegments: number;
  maxSegmentBytes: number;
  maxBytes: number;
}

/** An object that is a file of a special file system. */
export interface NativeFile extends NativePermissions {
  /** With its slash: `/jobs`. */
  name: string;
  device: number;
  inode: number;
  modified: number;
  changed: number;
}

/** The attributes are absent when `error` says why. */
export interface NativePosixMq extends NativeFile {
  messages?: number;
  maxMessages?: number;
  maxMessageBytes?: number;
  error?: NativeError;
}

/** -1 where the kernel does not say. */
export interface NativePosixMqLimits {
  maxQueues: number;
  maxMessages: number;
  maxMessageBytes: number;
}

export interface NativePosixSem extends NativeFile {
  /** False when the file does not hold what glibc's sem_open writes. Absent together with the value when `error` is there. */
  recognised?: boolean;
  value?: number;
  waiting?: number;
  error?: NativeError;
}

export interface NativePosixShm extends NativeFile {
  size: number;
  /** Memory really in use. */
  allocated: number;
}

export interface NativePosixShmLimits {
  maxBytes?: number;
  freeBytes?: number;
}

export interface NativeProcess {
  pid: number;
  /** `exited`: a zombie. `hidden`: it runs, but /proc does not show it to us. */
  state: 'running' | 'exited' | 'hidden' | 'gone';
  name?: string;
  /** When the process started. */
  started?: number;
}

export interface NativeSelf {
  /** Effective user id. */
  uid: number;
  /** CAP_SYS_ADMIN is in effect. */
  admin: boolean;
  /** CAP_FOWNER is in effect. */
  fileOwner: boolean;
  ipcNamespace?: number;
}

/** One walk through /proc: native/addon/proc_scan.cc. Error numbers are 0 where nothing went wrong. */
export interface NativeScan {
  /**
   * Without kernel threads. Those that ended and were not waited for are there, with nothing but a name. A process that is as it
   * was in an earlier walk is the same object.
   */
  processes: NativeScanProcess[];
  pipes: NativePipe[];
  unixSockets: NativeUnixSocket[];
  unixError: number;
  inetSockets: NativeInetSocket[];
  inetError: number;
  /** The text of proc_locks(5). */
  locks: string;
  locksError: number;
  /** CPU time of the walk and of telling it, all threads together. */
  milliseconds: number;
  /** The process that asked. */
  self: number;
  /** Counts the walks. */
  walk: number;
}

/** What the addon answers: a number is the pid of a process that is as it was when `since` was walked. */
export interface NativeScanAnswer extends Omit<NativeScan, 'processes'> {
  processes: (NativeScanProcess | number)[];
}

export interface NativeScanProcess {
  pid: number;
  parent: number;
  realUid: number;
  /** Effective ids. */
  uid: number;
  gid: number;
  /** At most 15 bytes: proc_pid_comm(5). */
  name: string;
  /** A letter of proc_pid_stat(5): `S` sleeps, `Z` is a zombie, `T` is stopped. */
  state: string;
  threads: number;
  started: number;
  /** The number of ipc_namespaces(7); 0 where it may not be seen. */
  ipcNamespace: number;
  /** Bytes of address space, and of memory locked in it; -1 where not told. */
  addressBytes: number;
  lockedBytes: number;
  /** Soft limits of getrlimit(2); -1 unlimited, absent where not told. */
  limits: Partial<Record<'nofile' | 'msgqueue' | 'memlock' | 'nproc' | 'fsize' | 'as', number>>;
  /** 0: nothing of its semop calls is undone when it ends (SEM_UNDO). 1: perhaps something. -1: not told. */
  undo: number;
  /** The walk that read it. */
  walk: number;
  /** Sets in hexadecimal, and `used/limit` of queued signals; empty where not told. */
  signals: Record<'pending' | 'pendingShared' | 'blocked' | 'ignored' | 'caught' | 'queued', string>;
  /** Why something of it could not be read; ETIMEDOUT where the read blocks. `memory`: what arguments of calls point at. */
  refused: { descriptors: number; shared: number; syscall: number; memory?: number };
  descriptors: NativeDescriptor[];
  /** Lines of proc_pid_maps(5) with shared mappings. */
  shared: string;
  /** Threads that do not run. The place in the kernel is told where the call is not. */
  waiting: NativeThread[];
}

export interface NativeThread {
  tid: number;
  /** proc_pid_syscall(5): the number of the call and its arguments. */
  syscall: string;
  wchan: string;
  /** What arguments of the call point at: native/addon/proc_threads.cc. Empty for a null pointer. */
  memory?: Buffer[];
}

export interface NativeDescriptor {
  fd: number;
  /** What /proc/PID/fd/N points at: `pipe:[4711]`, `/dev/pts/2`. */
  link: string;
  /** 1 readable, 2 writable, 3 both. */
  access: number;
  /** Of the file; absent where it has no path. */
  mode?: number;
  device?: number;
  inode?: number;
  /** proc_pid_fdinfo(5), for kinds that say something there. */
  info?: string;
}

/** `device` is 0 for a pipe without a name. */
export interface NativePipe {
  device: number;
  inode: number;
  unread?: number;
  capacity?: number;
  /** The other end of the descriptor that was asked is gone, by the kernel's own count. */
  noReaders?: boolean;
  noWriters?: boolean;
  error?: NativeError;
}

/** See native/addon/sock_diag.h. */
export interface NativeUnixSocket {
  inode: number;
  type: number;
  state: number;
  name: string;
  abstract: boolean;
  peer: number;
  pending?: number[];
  receiveQueue: number;
  sendQueue: number;
  shutdown: number;
  uid: number;
}

export interface NativeInetSocket {
  inode: number;
  tcp: boolean;
  v6: boolean;
  state: number;
  address: string;
  port: number;
  peerAddress: string;
  peerPort: number;
  receiveQueue: number;
  sendQueue: number;
  uid: number;
}

/** A table: `A` has its records as `objects`. */
export interface NativeTable<A extends { objects?: unknown[] }> {
  read(): NativeAnswer<A>;
  /** `since`: the number of the answer whose records the caller still has, 0 for none. */
  read(request: { since: number }): NativeAnswer<NativeChanges<A>>;
}

/**
 * A number in place of a record is the place of that record in answer `since`; without `objects` all are as they were there.
 * `answer` is the number of this one; absent where records cannot be listed.
 */
export type NativeChanges<A extends { objects?: unknown[] }> = Omit<A, 'objects'> & {
  objects?: (NonNullable<A['objects']>[number] | number)[];
  answer?: number;
};

type SysvTable<T, L> = NativeTable<{ objects: (T | NativeSlot)[]; limits: L }> & {
  remove(request: { id: number }): NativeOutcome;
};

type NamedTable<A extends { objects?: unknown[] }> = NativeTable<A> & {
  remove(request: { name: string }): NativeOutcome;
};

export interface NativeAddon {
  sysvMsg: SysvTable<NativeSysvMsg, NativeSysvMsgLimits>;
  sysvSem: SysvTable<NativeSysvSem, NativeSysvSemLimits>;
  sysvShm: SysvTable<NativeSysvShm, NativeSysvShmLimits>;
  posixMq: NamedTable<{
    limits: NativePosixMqLimits;
    objects?: NativePosixMq[];
    /** Where the names were listed; empty for a mount of our own that appears nowhere. */
    mount?: string;
    /** Why names cannot be listed; then `objects` is absent. */
    unlisted?: 'not-mounted' | 'foreign';
  }>;
  posixSem: NamedTable<{ objects: NativePosixSem[] }>;
  posixShm: NamedTable<{ objects: NativePosixShm[]; limits: NativePosixShmLimits }>;
  processes(request: { pids: number[] }): NativeAnswer<{ objects: NativeProcess[] }>;
  self(): NativeSelf;
  /** Walks through /proc on a thread of the pool. `since`: the walk whose processes the caller still knows. */
  scan(request: { since: number }): Promise<NativeAnswer<NativeScanAnswer>>;
  /** At most `bytes` bytes of each of the first `most` messages, which stay in the queue. */
  peekMessages(request: {
    id: number;
    most: number;
    bytes: number;
  }): NativeAnswer<{ messages: { type: number; size: number; bytes: Buffer }[] }>;
  /** What only the file of a POSIX queue tells; it moves the file's times. `pid`: who is to be notified, 0 for nobody. */
  queueStatus(request: {
    name: string;
  }): NativeAnswer<{ bytes: number; notify: number; signal: number; pid: number }>;
  /** Bytes of a regular file, leaving its access time alone; fails where that is not possible. */
  peekFile(request: {
    path: string;
    offset: number;
    length: number;
  }): NativeAnswer<{ size: number; bytes: Buffer }>;
  /** Calls that may block, by number. */
  syscalls(): Record<number, string>;
}
