/** Limits with how much is used: proc_sys_kernel(5), proc_sys_fs(5), mq_overview(7), getrlimit(2). */
import { readFileSync } from 'node:fs';
import type { NativeScanProcess } from './native';
import type { Context } from './table';
import type { KernelLimit } from './view';

/** Said to be near from this part on. */
const nearFrom = 0.8;

/** No limit, as the kernel says it for the sizes of System V memory: ULONG_MAX - 2^24. */
const endless = 2 ** 53;

function limit(told: Omit<KernelLimit, 'near' | 'most'> & { most?: number }): KernelLimit {
  const { most, used } = told;
  const bounded = most !== undefined && most >= 0 && most < endless;
  const { most: _, ...rest } = told;
  return {
    ...rest,
    ...(bounded ? { most } : {}),
    near: bounded && used !== undefined && used >= most * nearFrom && used > 0,
  };
}

function systemV({ addon }: Context): KernelLimit[] {
  const limits: KernelLimit[] = [];
  const msg = addon.sysvMsg.read();
  if (!msg.error)
    limits.push(
      ...[
        {
          id: 'kernel.msgmni',
          meaning: 'System V message queues',
          used: msg.limits.queues,
          most: msg.limits.maxQueues,
        },
      ].map(object),
      limit({
        id: 'kernel.msgmax',
        name: 'kernel.msgmax',
        meaning: 'bytes in one System V message',
        source: '/proc/sys/kernel/msgmax',
        most: msg.limits.maxMessageBytes,
        unit: 'bytes',
      }),
      limit({
        id: 'kernel.msgmnb',
        name: 'kernel.msgmnb',
        meaning: 'bytes in a System V queue when it is made',
        source: '/proc/sys/kernel/msgmnb',
        most: msg.limits.defaultQueueBytes,
        unit: 'bytes',
      }),
    );
  const sem = addon.sysvSem.read();
  if (!sem.error)
    limits.push(
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
    );
  const shm = addon.sysvShm.read();
  if (!shm.error)
    limits.push(
      object({
        id: 'kernel.shmmni',
        meaning: 'System V shared memory segments',
        used: shm.limits.segments,
        most: shm.limits.maxSegments,
      }),
      limit({
        id: 'kernel.shmall',
        name: 'kernel.shmall',
        meaning: 'System V shared memory in all',
        source: '/proc/sys/kernel/shmall',
        used: shm.limits.bytes,
        most: shm.limits.maxBytes,
        unit: 'bytes',
      }),
    );
  return limits;
}

function object(told: {
  id: string;
  meaning: string;
  used: number;
  most: number;
  source?: string;
}): KernelLimit {
  const source = told.source ?? `/proc/sys/${told.id.replace('.', '/')}`;
  return limit({ ...told, name: told.id, source, unit: 'objects' });
}

function posix({ addon }: Context): KernelLimit[] {
  const limits: KernelLimit[] = [];
  const queues = addon.posixMq.read();
  if (!queues.error)
    limits.push(
      limit({
        id: 'fs.mqueue.queues_max',
        name: 'fs.mqueue.queues_max',
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
 * told in steps of a hundredth of the limit: nobody has to hear of single files.
 */
function files(): KernelLimit[] {
  const [used, , most] = numbers('/proc/sys/fs/file-nr');
  if (used === undefined || most === undefined || most >= endless) return [];
  const step = Math.max(1, Math.floor(most / 100));
  return [
    limit({
      id: 'fs.file-max',
      name: 'fs.file-max',
      meaning: 'open files of all processes',
      source: '/proc/sys/fs/file-nr',
      used: Math.floor(used / step) * step,
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

/** Of all processes, only those near their own limit: there are too many to list. */
function ofProcess(process: NativeScanProcess): KernelLimit[] {
  const limits: KernelLimit[] = [];
  const { pid, name, descriptors, mostDescriptors, refused, signals } = process;
  if (refused.descriptors === 0 && mostDescriptors >= 0)
    limits.push(
      limit({
        id: `RLIMIT_NOFILE:${pid}`,
        name: `RLIMIT_NOFILE of ${name} (${pid})`,
        meaning: 'descriptors of the process',
        source: `/proc/${pid}/limits`,
        used: descriptors.length,
        most: mostDescriptors,
        unit: 'descriptors',
      }),
    );
  const [queued, most] = signals.queued.split('/').map(Number);
  if (queued !== undefined && most !== undefined)
    limits.push(
      limit({
        id: `RLIMIT_SIGPENDING:${pid}`,
        name: `RLIMIT_SIGPENDING of ${name} (${pid})`,
        meaning: "signals queued for all processes of the process's user",
        source: `/proc/${pid}/status, SigQ`,
        used: queued,
        most,
        unit: 'signals',
      }),
    );
  return limits.filter(({ near }) => near);
}

/** A table that cannot be read says so itself; its limits are left out. */
export function limitsOf(context: Context): KernelLimit[] {
  const processes = context.scan?.processes ?? [];
  return [
    ...readable(() => systemV(context)),
    ...readable(() => posix(context)),
    ...files(),
    ...processes.flatMap(ofProcess),
  ];
}

function readable(read: () => KernelLimit[]): KernelLimit[] {
  try {
    return read();
  } catch {
    return [];
  }
}
