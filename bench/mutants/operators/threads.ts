/** Slips with POSIX objects, mappings, locks and threads. */
import { argument, atCalls, onceOnly, twice, withoutCall, withoutCheck } from '../edits';
import type { Operator } from '../operator';

const timed = [
  'sem_timedwait',
  'mq_timedreceive',
  'mq_timedsend',
  'pthread_cond_timedwait',
  'pthread_mutex_timedlock',
];

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
    rules: ['lock/twice', 'lock/held-on-return'],
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
    rules: ['lock/destroyed', 'posix-sem/lifetime'],
    mutants: atCalls(['pthread_mutex_destroy', 'sem_destroy', 'pthread_cond_destroy'], twice),
  },
  {
    id: 'no-length',
    slip: 'left out ftruncate',
    rules: ['posix-shm/no-size'],
    mutants: (view) => (view.mentions(/\bmmap\s*\(/i) > 0 ? atCalls(['ftruncate'], withoutCall)(view) : []),
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
    // What is only read is the same either way, and so is memory of one process.
    mutants: atCalls(['mmap'], (view, site) => {
      const text = view.read(site.call);
      const isOwn = /MAP_ANON/.test(text) && view.mentions(/\b[fF]ork\s*\(/) === 0;
      return isOwn || !/PROT_WRITE/.test(text)
        ? []
        : argument(3, (flags) =>
            /MAP_SHARED\b/.test(flags) ? flags.replace('MAP_SHARED', 'MAP_PRIVATE') : undefined,
          )(view, site);
    }),
  },
  {
    id: 'wrong-clock',
    slip: 'took the time limit from the monotonic clock',
    rules: ['handle/wrong-clock'],
    mutants: (view) =>
      view.callsOf(timed).length > 0
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
  {
    id: 'unlocked-twice',
    slip: 'unlocked twice',
    rules: ['lock/not-held'],
    mutants: atCalls(['pthread_mutex_unlock', 'pthread_rwlock_unlock', 'pthread_spin_unlock'], twice),
  },
  {
    id: 'never-signalled',
    slip: 'left out the only signal of a condition variable',
    rules: ['condvar/never-woken'],
    mutants: (view) =>
      view.mentions(/\bpthread_cond_(?:signal|broadcast)\s*\(/) === 1 &&
      view.mentions(/\bpthread_cond_wait\s*\(/) > 0
        ? atCalls(['pthread_cond_signal', 'pthread_cond_broadcast'], withoutCall)(view)
        : [],
  },
  {
    id: 'variable-for-threads',
    slip: 'gave all threads the address of the loop variable',
    rules: ['thread/shared-argument'],
    mutants: atCalls(['pthread_create'], (view, site) => {
      const loop = site.outer.find(({ kind }) => kind === 'for');
      const counter =
        loop?.kind === 'for' && loop.update && /^(?:\+\+)?(\w+)(?:\+\+)?$/.exec(view.read(loop.update))?.[1];
      return counter
        ? argument(3, (given) =>
            new RegExp(`^(?:\\(void\\s*\\*\\)\\s*(?:\\(\\w+\\)\\s*)?${counter}|&\\w+\\[${counter}\\])$`).test(
              given,
            )
              ? `&${counter}`
              : undefined,
          )(view, site)
        : [];
    }),
  },
  {
    id: 'not-shared-at-all',
    slip: 'left out MAP_SHARED',
    rules: ['mmap-shared/private'],
    mutants: atCalls(
      ['mmap'],
      argument(3, (flags) =>
        /MAP_SHARED\s*\|/.test(flags) ? flags.replace(/MAP_SHARED\s*\|\s*/, '') : undefined,
      ),
    ),
  },
  {
    id: 'unmapped-in-part',
    slip: 'unmapped as much as a pointer takes',
    rules: ['mmap-shared/length'],
    mutants: atCalls(['munmap'], (view, site) => {
      const [address] = site.call.args;
      return address?.kind === 'name' ? argument(1, () => `sizeof(${address.name})`)(view, site) : [];
    }),
  },
  {
    id: 'queue-buffer-short',
    slip: 'received from a queue with a buffer below its message size',
    rules: ['posix-mq/buffer-too-small'],
    mutants: atCalls(
      ['mq_receive', 'mq_timedreceive'],
      argument(2, (size) => (/mq_msgsize$/.test(size) ? '64' : undefined)),
    ),
  },
  {
    id: 'notice-once',
    slip: 'did not ask for the next notice of a queue',
    rules: ['posix-mq/notify-once'],
    mutants: (view) =>
      view.mentions(/\bmq_notify\s*\(/) > 1 && view.callsOf(['mq_open']).length === 0
        ? atCalls(['mq_notify'], withoutCall)(view)
        : [],
  },
  {
    id: 'name-mistyped',
    slip: 'opened an object under a name with a slip of the pen',
    rules: ['handle/name-mismatch'],
    mutants: atCalls(['shm_open', 'sem_open', 'mq_open'], (view, site) => {
      const name = view.read(site.call.args[0] ?? site.call);
      const said = /^"\/\w+"$/.test(name) ? view.mentions(new RegExp(`_open\\s*\\(\\s*${name}`)) : 0;
      return said > 1 && !/O_CREAT/.test(view.read(site.call))
        ? argument(0, () => `${name.slice(0, -1)}s"`)(view, site)
        : [];
    }),
  },
  {
    id: 'wait-unchecked',
    slip: 'left out the check of a wait for a semaphore',
    rules: ['handle/lock-wait-unchecked', 'handle/unchecked'],
    mutants: atCalls(['sem_wait', 'sem_timedwait', 'sem_trywait', 'semop'], withoutCheck),
  },
  {
    id: 'relative-time',
    slip: 'gave a length of time instead of a point in time',
    rules: ['handle/relative-timeout', 'handle/wrong-clock', 'handle/struct-incomplete'],
    mutants: (view) =>
      view.callsOf(timed).length > 0
        ? atCalls(['clock_gettime'], (_, { call }) => {
            const time = call.args[1] ? view.read(call.args[1]) : '';
            return /^&\w+$/.test(time)
              ? [view.edit(call, `memset(${time}, 0, sizeof(${time.slice(1)}))`)]
              : [];
          })(view)
        : [],
  },
];
