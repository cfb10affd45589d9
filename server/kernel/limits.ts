/** Limits with how much is used: proc_sys_kernel(5), proc_sys_fs(5), mq_overview(7). */
import { readFileSync } from 'node:fs';
import { endless, limit } from './limit';
import { resourceLimits } from './rlimits';
import type { Context } from './table';
import type { KernelLimit } from './view';

function messageQueues({ addon }: Context): KernelLimit[] {
  const msg = addon.sysvMsg.read();
  return msg.error
    ? []
    : [
        object({
          id: 'kernel.msgmni',
          meaning: 'System V message queues',
          used: msg.limits.queues,
          most: msg.limits.maxQueues,
        }),
        limit({
          id: 'kernel.msgmax',
          meaning: 'bytes in one System V message',
          source: '/proc/sys/kernel/msgmax',
          most: msg.limits.maxMessageBytes,
          unit: 'bytes',
        }),
        limit({
          id: 'kernel.msgmnb',
          meaning: 'bytes in a System V queue when it is made',
          source: '/proc/sys/kernel/msgmnb',
          most: msg.limits.defaultQueueBytes,
          unit: 'bytes',
        }),
      ];
}

function semaphoreSets({ addon }: Context): KernelLimit[] {
  const sem = addon.sysvSem.read();
  return sem.error
    ? []
    : [
        object({
          id: 'kernel.sem SEMMNI',
          meaning: 'System V semaphore sets',
          used: sem.limits.sets,
          most: sem.limits.maxSets,
          source: '/proc/sys/kernel/sem',
        }),
        object({
          id: 'kernel.sem SEMMNS',
          meaning: 'System V semaphores in all sets',
          used: sem.limits.semaphores,
          most: sem.limits.maxSemaphores,
          source: '/proc/sys/kernel/sem',
        }),
      ];
}

function segments({ addon }: Context): KernelLimit[] {
  const shm = addon.sysvShm.read();
  return shm.error
    ? []
    : [
        object({
          id: 'kernel.shmmni',
          meaning: 'System V shared memory segments',
          used: shm.limits.segments,
          most: shm.limits.maxSegments,
        }),
        limit({
          id: 'kernel.shmall',
          meaning: 'System V shared memory in all',
          source: '/proc/sys/kernel/shmall',
          used: shm.limits.bytes,
          most: shm.limits.maxBytes,
          unit: 'bytes',
        }),
      ];
}

function object(told: {
  id: string;
  meaning: string;
  used: number;
  most: number;
  source?: string;
}): KernelLimit {
  const source = told.source ?? `/proc/sys/${told.id.replace('.', '/')}`;
  return limit({ ...told, source, unit: 'objects' });
}

function posix({ addon }: Context): KernelLimit[] {
  const limits: KernelLimit[] = [];
  const queues = addon.posixMq.read();
  if (!queues.error)
    limits.push(
      limit({
        id: 'fs.mqueue.queues_max',
        meaning: 'POSIX message queues',
        source: '/proc/sys/fs/mqueue/queues_max',
        ...(queues.objects ? { used: queues.objects.length } : {}),
        most: queues.limits.maxQueues,
        unit: 'objects',
      }),
    );
  const memory = addon.posixShm.read();
  if (!memory.error && memory.limits.maxBytes !== undefined) {
    const { maxBytes, freeBytes = 0 } = memory.limits;
    limits.push(
      limit({
        id: '/dev/shm',
        name: 'size of /dev/shm',
        meaning: 'POSIX shared memory and named semaphores in all',
        source: 'df /dev/shm',
        used: maxBytes - freeBytes,
        most: maxBytes,
        unit: 'bytes',
      }),
    );
  }
  return limits;
}

/**
 * `2048 0 2439441`: in use, free, most (proc_sys_fs(5)). Every program that opens a file changes what is in use, so it is
 * told in steps of a hundredth of the limit, and not below the first: nobody has to hear of single files.
 */
function files(): KernelLimit[] {
  const [used, , most] = numbers('/proc/sys/fs/file-nr');
  if (used === undefined || most === undefined || most >= endless) return [];
  const step = Math.max(1, Math.floor(most / 100));
  const told = Math.floor(used / step) * step;
  return [
    limit({
      id: 'fs.file-max',
      meaning: 'open files of all processes',
      source: '/proc/sys/fs/file-nr',
      ...(told > 0 ? { used: told } : {}),
      most,
      unit: 'objects',
    }),
  ];
}

function numbers(path: string): number[] {
  try {
    return readFileSync(path, 'utf8').trim().split(/\s+/).map(Number);
  } catch {
    return []; // A sandbox may hide it; then this limit is not told.
  }
}

/** Bounds of single objects and calls: nothing adds up to them. */
const plain: [path: string, meaning: string, unit: KernelLimit['unit']][] = [
  ['kernel/shmmax', 'bytes in one System V segment', 'bytes'],
  ['fs/mqueue/msg_max', 'messages in one POSIX queue, for who has no privilege', 'messages'],
  ['fs/mqueue/msgsize_max', 'bytes in one POSIX message, for who has no privilege', 'bytes'],
  ['fs/pipe-max-size', 'capacity of one pipe, for who has no privilege', 'bytes'],
  ['net/core/somaxconn', 'connections that wait to be accepted, of one socket', 'objects'],
  ['net/unix/max_dgram_qlen', 'datagrams that wait to be received, of one UNIX socket', 'messages'],
];

function single(): KernelLimit[] {
  return plain.flatMap(([path, meaning, unit]) => {
    const [most] = numbers(`/proc/sys/${path}`);
    const name = path.replaceAll('/', '.');
    return most === undefined ? [] : limit({ id: name, meaning, source: `/proc/sys/${path}`, most, unit });
  });
}

/** `250 32000 32 128`: SEMMSL, SEMMNS, SEMOPM, SEMMNI. */
function semaphores(): KernelLimit[] {
  const [perSet, , operations] = numbers('/proc/sys/kernel/sem');
  const source = '/proc/sys/kernel/sem';
  const told = (name: string, meaning: string, most: number | undefined) =>
    most === undefined
      ? []
      : [
          limit({
            id: `kernel.sem ${name}`,
            meaning,
            source,
            most,
            unit: 'objects',
          }),
        ];
  return [
    ...told('SEMMSL', 'semaphores in one System V set', perSet),
    ...told('SEMOPM', 'operations in one semop', operations),
  ];
}

function terminals(): KernelLimit[] {
  const [used] = numbers('/proc/sys/kernel/pty/nr');
  const [most] = numbers('/proc/sys/kernel/pty/max');
  if (used === undefined || most === undefined) return [];
  return [
    limit({
      id: 'kernel.pty.max',
      meaning: 'pseudoterminals',
      source: '/proc/sys/kernel/pty/max',
      used,
      most,
      unit: 'objects',
    }),
  ];
}

/** A table that cannot be read says so itself; its limits are left out. */
export function limitsOf(context: Context): KernelLimit[] {
  return [
    ...readable(() => messageQueues(context)),
    ...readable(() => semaphoreSets(context)),
    ...readable(() => segments(context)),
    ...readable(() => posix(context)),
    ...readable(() => resourceLimits(context)),
    ...semaphores(),
    ...single(),
    ...terminals(),
    ...files(),
  ];
}

function readable(read: () => KernelLimit[]): KernelLimit[] {
  try {
    return read();
  } catch {
    return [];
  }
}
