/**
 * Limits of getrlimit(2) that IPC meets. Some count what one process has, some what all processes of a user have together,
 * while each process has its own idea of how much that may be.
 */
import { isNear, limit } from './limit';
import type { NativePosixMq, NativeScanProcess } from './native';
import type { Context } from './table';
import type { KernelLimit } from './view';
import { bytes, list } from './words';

type Resource = keyof NativeScanProcess['limits'];

/** What one process has; root's locked memory is not limited (CAP_IPC_LOCK). */
const ofOne: { resource: Resource; meaning: string; unit: KernelLimit['unit']; used: Used }[] = [
  {
    resource: 'nofile',
    meaning: 'descriptors of the process',
    unit: 'descriptors',
    used: ({ descriptors, refused }) => (refused.descriptors === 0 ? descriptors.length : undefined),
  },
  {
    resource: 'memlock',
    meaning: 'memory that the process locks (mlock, SHM_LOCK)',
    unit: 'bytes',
    used: ({ uid, lockedBytes }) => (uid === 0 || lockedBytes < 0 ? undefined : lockedBytes),
  },
  {
    resource: 'as',
    meaning: 'address space of the process, with all that it maps and attaches',
    unit: 'bytes',
    used: ({ addressBytes }) => (addressBytes < 0 ? undefined : addressBytes),
  },
];

type Used = (process: NativeScanProcess) => number | undefined;

const nameOf = (resource: string) => `RLIMIT_${resource.toUpperCase()}`;

/** Of all processes, only those near their own limit: there are too many to list. */
function near(process: NativeScanProcess): KernelLimit[] {
  const { pid, name, limits } = process;
  return ofOne.flatMap(({ resource, meaning, unit, used }) => {
    const told = used(process);
    const most = limits[resource];
    if (told === undefined || most === undefined || !isNear(told, most)) return [];
    const id = nameOf(resource);
    return limit({
      ...{ id: `${id}:${pid}`, name: `${id} of ${name} (${pid})`, meaning, unit },
      ...{ source: `/proc/${pid}/limits`, used: told, most },
    });
  });
}

interface User {
  uid: number;
  processes: NativeScanProcess[];
}

/** By real id: the kernel counts for who started a program, not for whom a set-user-ID program turned into. */
function usersOf(processes: readonly NativeScanProcess[]): User[] {
  const users = new Map<number, User>();
  for (const process of processes) {
    if (process.state === 'Z') continue;
    const user = users.get(process.realUid) ?? { uid: process.realUid, processes: [] };
    user.processes.push(process);
    users.set(user.uid, user);
  }
  return [...users.values()];
}

/** The lowest of the user's processes: the first to meet it. */
const lowest = ({ processes }: User, told: (process: NativeScanProcess) => number | undefined) =>
  Math.min(...processes.map((process) => told(process) ?? -1).map((most) => (most < 0 ? Infinity : most)));

/** `12/94000`: in use by the user, most of this process. The count is as old as the walk that read the process. */
const queued = ({ signals }: NativeScanProcess) => signals.queued.split('/').map(Number);

/**
 * What the kernel charges for a queue, by getrlimit(2): its messages at their largest and, for each, a struct msg_msg and a
 * node of the tree of priorities, of 48 bytes each on machines of 64 bits.
 */
export function chargedBytes({ maxMessages = 0, maxMessageBytes = 0 }: NativePosixMq): number {
  const overhead = 48 * maxMessages + 48 * Math.min(maxMessages, 32_768);
  return overhead + maxMessages * maxMessageBytes;
}

function queueBytes({ addon }: Context, uid: number): number | undefined {
  const answer = addon.posixMq.read();
  const own = answer.error ? undefined : answer.objects?.filter((queue) => queue.uid === uid);
  if (!own || own.some(({ error }) => error !== undefined)) return undefined;
  return own.reduce((sum, queue) => sum + chargedBytes(queue), 0);
}

function ofUser(user: User, context: Context): KernelLimit[] {
  const name = context.people.user(user.uid);
  const latest = user.processes.reduce((one, other) => (other.walk > one.walk ? other : one));
  const told = (
    resource: string,
    meaning: string,
    unit: KernelLimit['unit'],
    used: number | undefined,
    most: number,
  ) =>
    limit({
      ...{
        id: `${nameOf(resource)}:user:${user.uid}`,
        name: `${nameOf(resource)} of ${name}`,
        meaning,
        unit,
      },
      source: 'getrlimit(2)',
      ...(used === undefined || Number.isNaN(used) ? {} : { used }),
      most: Number.isFinite(most) ? most : -1,
    });
  const threads = user.processes.reduce((sum, process) => sum + process.threads, 0);
  return [
    told(
      ...([
        'msgqueue',
        'POSIX message queues of the user in this namespace, at their largest',
        'bytes',
      ] as const),
      queueBytes(context, user.uid),
      lowest(user, ({ limits }) => limits.msgqueue),
    ),
    told(
      ...(['sigpending', "signals queued for all of the user's processes", 'signals'] as const),
      queued(latest)[0],
      lowest(user, (process) => queued(process)[1]),
    ),
    // Root may always start one more.
    ...(user.uid === 0
      ? []
      : [
          told(
            ...(['nproc', 'processes and threads of the user', 'processes'] as const),
            threads,
            lowest(user, ({ limits }) => limits.nproc),
          ),
        ]),
  ];
}

/** One's own users's limits, and whoever else is near one. */
export function resourceLimits(context: Context): KernelLimit[] {
  const processes = context.scan?.processes ?? [];
  const users = usersOf(processes).flatMap((user) => {
    const limits = ofUser(user, context);
    return user.uid === context.self.uid ? limits : limits.filter((one) => one.near);
  });
  return [...users, ...processes.flatMap(near)];
}

const bounds: { resource: Resource; text(most: number): string }[] = [
  { resource: 'nofile', text: (most) => `${most} descriptors` },
  { resource: 'nproc', text: (most) => `${most} processes of the user` },
  { resource: 'msgqueue', text: (most) => `${bytes(most)} of POSIX queues of the user` },
  { resource: 'memlock', text: (most) => `${bytes(most)} of locked memory` },
  { resource: 'fsize', text: (most) => `files and shared memory objects of ${bytes(most)}` },
  { resource: 'as', text: (most) => `${bytes(most)} of address space` },
];

/** `at most 1024 descriptors and ...`; undefined where the limits may not be seen. */
export function boundsText({ limits }: NativeScanProcess): string | undefined {
  if (Object.keys(limits).length === 0) return undefined;
  const told = bounds.flatMap(({ resource, text }) => {
    const most = limits[resource] ?? -1;
    return most < 0 ? [] : text(most);
  });
  return told.length === 0 ? 'none' : `at most ${list(told)}`;
}
