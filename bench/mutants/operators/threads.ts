/** Slips with POSIX objects, mappings, locks and threads. */
import { argument, atCalls, onceOnly, twice, withoutCall } from '../edits';
import type { Operator } from '../operator';

export const threadOperators: readonly Operator[] = [
  {
    id: 'condition-once',
    slip: 'tested the condition of a wait once',
    rules: ['condvar/no-loop'],
    mutants: atCalls(['pthread_cond_wait', 'pthread_cond_timedwait'], onceOnly),
  },
  {
    id: 'not-unlocked',
    slip: 'left out an unlock',
    rules: ['lock/held-on-return', 'lock/twice', 'lock/not-held', 'condvar/without-mutex'],
    mutants: atCalls(['pthread_mutex_unlock', 'pthread_rwlock_unlock', 'pthread_spin_unlock'], withoutCall),
  },
  {
    id: 'not-locked',
    slip: 'left out a lock',
    rules: ['lock/not-held', 'condvar/without-mutex'],
    mutants: atCalls(['pthread_mutex_lock', 'pthread_rwlock_rdlock', 'pthread_rwlock_wrlock'], withoutCall),
  },
  {
    id: 'locked-twice',
    slip: 'locked again instead of unlocking',
    rules: ['lock/twice'],
    mutants: atCalls(['pthread_mutex_unlock'], (view, { call }) => [
      view.edit(call.callee, 'pthread_mutex_lock'),
    ]),
  },
  {
    id: 'not-posted',
    slip: 'left out a post',
    rules: ['posix-sem/never-posted', 'posix-sem/held-on-return', 'lock/held-on-return'],
    mutants: atCalls(['sem_post'], withoutCall),
  },
  {
    id: 'one-process-only',
    slip: 'made a semaphore in shared memory for one process',
    rules: ['posix-sem/pshared-zero', 'posix-sem/pshared-private'],
    mutants: atCalls(
      ['sem_init'],
      argument(1, (shared) => (shared === '1' ? '0' : undefined)),
    ),
  },
  {
    id: 'mutex-one-process-only',
    slip: 'left out PTHREAD_PROCESS_SHARED',
    rules: ['mutex/not-process-shared'],
    mutants: atCalls(['pthread_mutexattr_setpshared', 'pthread_condattr_setpshared'], withoutCall),
  },
  {
    id: 'starts-at-zero',
    slip: 'started a lock at zero',
    rules: ['posix-sem/value', 'posix-sem/never-posted'],
    mutants: atCalls(
      ['sem_init', 'sem_open'],
      argument(-1, (value) => (value === '1' ? '0' : undefined)),
    ),
  },
  {
    id: 'destroyed-early',
    slip: 'destroyed a lock twice',
    rules: ['posix-sem/lifetime'],
    mutants: atCalls(['pthread_mutex_destroy', 'sem_destroy', 'pthread_cond_destroy'], twice),
  },
  {
    id: 'no-length',
    slip: 'left out ftruncate',
    rules: ['posix-shm/no-size'],
    mutants: atCalls(['ftruncate'], withoutCall),
  },
  {
    id: 'private-mapping',
    slip: 'mapped privately what is shared',
    rules: [
      'mmap-shared/private',
      'fork/private-memory',
      'posix-sem/pshared-private',
      'mutex/not-process-shared',
    ],
    mutants: atCalls(
      ['mmap'],
      argument(3, (flags) =>
        /MAP_SHARED\b/.test(flags) ? flags.replace('MAP_SHARED', 'MAP_PRIVATE') : undefined,
      ),
    ),
  },
  {
    id: 'wrong-clock',
    slip: 'took the time limit from the monotonic clock',
    rules: ['handle/wrong-clock'],
    mutants: (view) =>
      view.callsOf([
        'sem_timedwait',
        'mq_timedreceive',
        'mq_timedsend',
        'pthread_cond_timedwait',
        'pthread_mutex_timedlock',
      ]).length > 0
        ? atCalls(
            ['clock_gettime'],
            argument(0, (clock) => (clock === 'CLOCK_REALTIME' ? 'CLOCK_MONOTONIC' : undefined)),
          )(view)
        : [],
  },
  {
    id: 'eventfd-short',
    slip: 'read an eventfd into fewer bytes',
    rules: ['eventfd/width'],
    mutants: atCalls(
      ['read', 'write'],
      argument(2, (size) => (/^sizeof\s*\(?\s*(?:uint64_t|u)\s*\)?$/.test(size) ? 'sizeof(int)' : undefined)),
    ),
  },
];
