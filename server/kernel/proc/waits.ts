/** What a thread that does not run is waiting in: a line of proc_pid_syscall(5), read. */
import type { NativeThread } from '../native';
import { operationsOf, polledOf, type SemaphoreOperation, selectedOf, signalMaskOf } from './arguments';

/** Names as programs call them, where the kernel's differ. */
const programNames: Record<string, string> = {
  rt_sigsuspend: 'sigsuspend',
  rt_sigtimedwait: 'sigtimedwait',
  wait4: 'waitpid',
  // glibc's select(2) makes the newer call.
  pselect6: 'select',
  epoll_pwait: 'epoll_wait',
  epoll_pwait2: 'epoll_wait',
  recvfrom: 'recv',
  sendto: 'send',
  accept4: 'accept',
  mq_timedsend: 'mq_send',
  mq_timedreceive: 'mq_receive',
  semtimedop: 'semop',
  pread64: 'pread',
  pwrite64: 'pwrite',
  openat: 'open',
  openat2: 'open',
};

/** Calls whose first argument is the descriptor they wait on. */
const onDescriptor = new Set(
  'read write readv writev pread64 pwrite64 preadv pwritev preadv2 pwritev2 recvfrom sendto recvmsg sendmsg recvmmsg sendmmsg accept accept4 connect flock fcntl ioctl mq_timedsend mq_timedreceive epoll_wait epoll_pwait epoll_pwait2 splice tee vmsplice sendfile fsync'.split(
    ' ',
  ),
);

const onIdentifier: Record<string, 'sysv-msg' | 'sysv-sem'> = {
  msgsnd: 'sysv-msg',
  msgrcv: 'sysv-msg',
  semop: 'sysv-sem',
  semtimedop: 'sysv-sem',
};

export interface Wait {
  tid: number;
  /** As a program calls it: `read`, `mq_receive`; undefined when only the place in the kernel is known. */
  call?: string;
  /** The kernel's name of the place: proc_pid_wchan(5); undefined when it tells none. */
  place?: string;
  fd?: number;
  /** Row id of a System V object. */
  identifier?: string;
  /** Of a futex. */
  address?: number;
  /** F_SETLKW and its kin: waits for a lock, not for data. */
  lock?: boolean;
  /** Of poll and select: the descriptors asked about. */
  fds?: number[];
  /** Of semop. */
  operations?: SemaphoreOperation[];
  /** Of sigwait: the signals waited for; of sigsuspend: those that do not end it. In hexadecimal. */
  signals?: string;
  /** Of waitpid: the process waited for; absent when any child will do. */
  child?: number;
  /** Of msgrcv: its `msgtyp`. */
  messageType?: number;
}

/** The lock commands of fcntl(2) that wait: F_SETLKW, F_SETLKW64 and F_OFD_SETLKW. */
const waitingLockCommands = new Set([7, 14, 38]);

/** An `int` stands in a register of 64 bits, its sign carried on or not. */
const toInt = (word: string | undefined) => Number(BigInt.asIntN(32, BigInt(word?.trim() || -1)));

export function waitOf(thread: NativeThread, names: Record<number, string>): Wait {
  const wait: Wait = { tid: thread.tid };
  if (thread.wchan !== '' && thread.wchan !== '0') wait.place = thread.wchan;
  // `-1` stands before the stack pointer of a thread that is stopped outside a call.
  const [number = '', ...args] = thread.syscall.split(' ');
  const name = /^\d+$/.test(number) ? names[Number(number)] : undefined;
  if (name === undefined) return wait;
  wait.call = programNames[name] ?? name;
  if (onDescriptor.has(name)) wait.fd = toInt(args[0]);
  if (name === 'fcntl' || name === 'flock')
    wait.lock = name === 'flock' || waitingLockCommands.has(Number(args[1]));
  const table = onIdentifier[name];
  if (table) wait.identifier = `${table}:${toInt(args[0])}`;
  // Addresses of programs fit a double: 47 bits, 56 with five page levels is never used without being asked for.
  if (name === 'futex') wait.address = Number(args[0] ?? 0);
  return Object.assign(wait, given[name]?.(args, thread.memory ?? []));
}

/** P_PID of waitid(2). */
const oneProcess = 1;

/** What else a call was given that tells what it waits for: in its registers, and in memory that they point at. */
const given: Record<string, (args: string[], memory: Buffer[]) => Partial<Wait>> = {
  semop: (_, [operations]) => (operations ? { operations: operationsOf(operations) } : {}),
  poll: (_, [polled]) => (polled ? { fds: polledOf(polled) } : {}),
  select: ([most], sets) => (sets.length > 0 ? { fds: selectedOf(sets, toInt(most)) } : {}),
  rt_sigtimedwait: (_, [mask]) => (mask ? { signals: signalMaskOf(mask) } : {}),
  wait4: ([pid]) => (toInt(pid) > 0 ? { child: toInt(pid) } : {}),
  waitid: ([kind, pid]) => (toInt(kind) === oneProcess ? { child: toInt(pid) } : {}),
  msgrcv: ([, , , type]) => ({ messageType: Number(BigInt.asIntN(64, BigInt(type ?? 0))) }),
};
given.semtimedop = given.semop!;
given.ppoll = given.poll!;
given.pselect6 = given.select!;
given.rt_sigsuspend = given.rt_sigtimedwait!;

/** `read(fd 3)`, `msgrcv`, `anon_pipe_read in the kernel`. */
export function describeWait(wait: Wait): string {
  if (wait.call === undefined)
    return wait.place ? `${wait.place} (a place in the kernel)` : 'an unknown call';
  if (wait.fd !== undefined && wait.fd >= 0) return `${wait.call}(fd ${wait.fd})`;
  return wait.call;
}
