import type { Chapter } from '../schema';
import { conditionAttributeCalls } from './condvar.attributes';

export const condvar: Chapter = {
  facility: {
    id: 'condvar',
    title: 'Condition variable',
    summary:
      'Lets a thread sleep, with a mutex given up, until another thread says that something may have changed. In shared memory with the process-shared attribute it works between processes.',
    taxonomy: 'thread-synchronization',
    identifiedBy: 'address of a pthread_cond_t; between processes, its place in shared memory',
    handle: 'pointer to pthread_cond_t',
    accessibility: {
      scope: 'unrelated',
      detail:
        'Whoever can write to the memory that holds the condition variable and its mutex can use them. Between processes both need PTHREAD_PROCESS_SHARED.',
    },
    persistence: {
      kind: 'process',
      detail:
        'It lives as long as its memory: with the process, or with the shared memory object it was placed in.',
    },
    dataModel: {
      kind: 'condition',
      direction: 'n/a',
      detail:
        'It holds no data and no count: the condition itself is a predicate on data that the mutex guards. A signal while nobody waits is lost.',
    },
    flowControl:
      'A waiter sleeps until it is signalled. Signalling never waits; with no waiter it does nothing.',
    limits: [
      {
        name: 'size',
        usual: '48 bytes',
        shownAt: 'sizeof(pthread_cond_t)',
        meaning: 'Room that a condition variable takes in shared memory.',
      },
      {
        name: 'clock',
        usual: 'CLOCK_REALTIME',
        shownAt: 'pthread_condattr_getclock',
        meaning: 'The clock of timed waits unless the attributes name CLOCK_MONOTONIC.',
      },
      {
        name: 'mutexes at a time',
        usual: '1',
        meaning: 'All threads that wait on one condition variable at the same time must use the same mutex.',
      },
    ],
    comparison: [
      {
        to: 'mutex',
        difference:
          'A mutex keeps others out of data; a condition variable waits until the data has a certain state.',
      },
      {
        to: 'posix-sem-unnamed',
        difference:
          'A semaphore remembers posts that nobody waited for; a condition variable forgets such signals.',
      },
      {
        to: 'eventfd',
        difference:
          'An eventfd keeps its count and can be waited on with poll beside other descriptors; a condition variable needs no system call when nobody waits.',
      },
      {
        to: 'posix-mq',
        difference:
          'A message queue brings its own data and waiting; a condition variable only wakes, and the data is wherever the program keeps it.',
      },
    ],
    pitfalls: [
      'Waiting outside a loop that tests the predicate again fails on spurious wake-ups and when another thread was faster.',
      'Waiting without owning the mutex is undefined, and a signal can slip through between test and wait.',
      'Changing the predicate without the mutex lets a waiter test it, miss the signal and sleep for ever.',
      '`pthread_cond_signal` when several kinds of waiters share one condition variable may wake the wrong one; use `pthread_cond_broadcast`.',
      'The limit of a timed wait is an absolute time of the clock in the attributes; a relative time ends the wait at once.',
      'Reading CLOCK_MONOTONIC for a condition variable that uses CLOCK_REALTIME, or the reverse, gives waits far too short or endless.',
      'Threads that wait at the same time with two different mutexes get undefined behaviour.',
      'In shared memory without PTHREAD_PROCESS_SHARED the signal never reaches a waiter of another process.',
      'If a process dies while it waits or signals, the condition variable may be left damaged: unlike a mutex it has no robust form.',
    ],
    manPages: [
      { page: 'pthreads', section: 7 },
      { page: 'pthread_cond_init', section: 3 },
      { page: 'pthread_condattr_init', section: 3 },
    ],
    uses: {
      pthread_mutex_lock: 'Taken before the predicate is tested, and before it is changed.',
      pthread_mutex_unlock:
        'Given back after the wait, or after the predicate was changed and the waiters were signalled.',
      clock_gettime:
        'Tells the present time of the clock that a timed wait goes by, to which the timeout is added.',
      mmap: 'With MAP_SHARED provides memory for a condition variable between processes.',
      shm_open: 'Opens the shared memory object that holds the condition variable, its mutex and the data.',
      pthread_cancel:
        'May end a thread in its wait: the mutex is locked again before the clean-up handlers run.',
      pthread_cleanup_push: 'Registers a handler that unlocks the mutex if the waiting thread is cancelled.',
      fork: 'Parent and child can use a process-shared condition variable in memory mapped before the fork.',
    },
  },

  calls: [
    {
      name: 'pthread_cond_init',
      man: { page: 'pthread_cond_init', section: 3 },
      headers: ['pthread.h'],
      prototype:
        'int pthread_cond_init(pthread_cond_t *restrict cond, const pthread_condattr_t *restrict attr);',
      standard: 'POSIX',
      summary: 'Makes memory into a condition variable with the given attributes.',
      params: [
        { name: 'cond', role: 'memory for the condition variable' },
        {
          name: 'attr',
          role: 'attributes; NULL for one of this process alone that goes by CLOCK_REALTIME',
          nullable: true,
        },
      ],
      returns: { success: '0', failure: { value: 'error-number', reports: 'return-value' } },
      errors: [],
      blocking: { blocks: false },
      asyncSignalSafe: false,
      threadSafe: true,
      effects: [{ op: 'initialise', at: '*cond', kind: 'condvar', from: '*attr' }],
      notes: [
        'On Linux it cannot fail; portable programs check for EAGAIN and ENOMEM.',
        'A condition variable of static storage may be set to PTHREAD_COND_INITIALIZER instead.',
      ],
    },
    {
      name: 'pthread_cond_destroy',
      man: { page: 'pthread_cond_init', section: 3 },
      headers: ['pthread.h'],
      prototype: 'int pthread_cond_destroy(pthread_cond_t *cond);',
      standard: 'POSIX',
      summary: 'Ends the life of a condition variable.',
      params: [{ name: 'cond', role: 'condition variable on which nobody waits' }],
      returns: { success: '0', failure: { value: 'error-number', reports: 'return-value' } },
      errors: [
        {
          errno: 'EBUSY',
          when: 'Threads are waiting; glibc does not report this but waits until the signalled ones have left.',
        },
      ],
      blocking: { blocks: false },
      asyncSignalSafe: false,
      threadSafe: true,
      effects: [{ op: 'destroy', at: '*cond', kind: 'condvar' }],
    },
    {
      name: 'pthread_cond_wait',
      man: { page: 'pthread_cond_init', section: 3 },
      headers: ['pthread.h'],
      prototype: 'int pthread_cond_wait(pthread_cond_t *restrict cond, pthread_mutex_t *restrict mutex);',
      standard: 'POSIX',
      summary:
        'Unlocks the mutex and sleeps in one step until the condition variable is signalled, then locks the mutex again.',
      params: [
        { name: 'cond', role: 'condition variable' },
        { name: 'mutex', role: 'mutex that the caller owns and that guards the predicate' },
      ],
      returns: {
        success: '0; the caller owns the mutex again',
        failure: { value: 'error-number', reports: 'return-value' },
      },
      errors: [
        { errno: 'EPERM', when: 'The caller does not own the mutex (error-checking or robust types).' },
        {
          errno: 'EOWNERDEAD',
          when: 'The mutex is robust and its owner died meanwhile; the caller owns it now.',
        },
        { errno: 'ENOTRECOVERABLE', when: 'The robust mutex was given up meanwhile.' },
      ],
      blocking: {
        blocks: true,
        until: 'another thread signals the condition variable and the mutex is free',
        avoid: 'pthread_cond_timedwait with a limit',
        restarted: 'always',
      },
      asyncSignalSafe: false,
      threadSafe: true,
      effects: [{ op: 'wait', at: '*cond', kind: 'condvar', from: '*mutex' }],
      notes: [
        'It may return without a signal: call it in a loop that tests the predicate.',
        'It is a cancellation point; the mutex is locked again before clean-up handlers run.',
      ],
    },
    {
      name: 'pthread_cond_timedwait',
      man: { page: 'pthread_cond_init', section: 3 },
      headers: ['pthread.h'],
      prototype:
        'int pthread_cond_timedwait(pthread_cond_t *restrict cond, pthread_mutex_t *restrict mutex, const struct timespec *restrict abstime);',
      standard: 'POSIX',
      summary: 'Waits like pthread_cond_wait, but at most until a point in time.',
      params: [
        { name: 'cond', role: 'condition variable' },
        { name: 'mutex', role: 'mutex that the caller owns and that guards the predicate' },
        {
          name: 'abstime',
          role: 'end of the wait as an absolute time of the clock in the attributes, by default CLOCK_REALTIME',
        },
      ],
      returns: {
        success: '0; the caller owns the mutex again',
        failure: {
          value: 'error-number',
          reports: 'return-value',
          detail: 'The mutex is owned after ETIMEDOUT as well.',
        },
      },
      errors: [
        {
          errno: 'ETIMEDOUT',
          when: 'The time came. Test the predicate once more: it may have become true meanwhile.',
        },
        { errno: 'EINVAL', when: '`tv_nsec` is not between 0 and 999999999.' },
        { errno: 'EPERM', when: 'The caller does not own the mutex (error-checking or robust types).' },
        {
          errno: 'EOWNERDEAD',
          when: 'The mutex is robust and its owner died meanwhile; the caller owns it now.',
        },
      ],
      blocking: {
        blocks: true,
        until: 'another thread signals the condition variable or the time comes, and the mutex is free',
        restarted: 'always',
      },
      asyncSignalSafe: false,
      threadSafe: true,
      effects: [{ op: 'wait', at: '*cond', kind: 'condvar', from: '*mutex' }],
      notes: [
        'The wait for the mutex afterwards is not limited by the time.',
        'An old manual page tells of EINTR; POSIX forbids it and glibc does not return it.',
      ],
    },
    {
      name: 'pthread_cond_clockwait',
      man: { page: 'pthread_cond_clockwait', section: 3 },
      headers: ['pthread.h', 'time.h'],
      prototype:
        'int pthread_cond_clockwait(pthread_cond_t *restrict cond, pthread_mutex_t *restrict mutex, clockid_t clock_id, const struct timespec *restrict abstime);',
      featureTest: '_GNU_SOURCE',
      standard: 'GNU',
      summary: "Waits like pthread_cond_timedwait, by a clock of the caller's choice.",
      params: [
        { name: 'cond', role: 'condition variable' },
        { name: 'mutex', role: 'mutex that the caller owns and that guards the predicate' },
        {
          name: 'clock_id',
          role: 'CLOCK_REALTIME or CLOCK_MONOTONIC',
          literal: { kind: 'one-of', group: 'clocks' },
        },
        { name: 'abstime', role: 'end of the wait as an absolute time of that clock' },
      ],
      returns: {
        success: '0; the caller owns the mutex again',
        failure: {
          value: 'error-number',
          reports: 'return-value',
          detail: 'The mutex is owned after ETIMEDOUT as well.',
        },
      },
      errors: [
        { errno: 'ETIMEDOUT', when: 'The time came. Test the predicate once more.' },
        {
          errno: 'EINVAL',
          when: 'The clock is not one of the two, or `tv_nsec` is not between 0 and 999999999.',
        },
        { errno: 'EPERM', when: 'The caller does not own the mutex (error-checking or robust types).' },
      ],
      blocking: {
        blocks: true,
        until: 'another thread signals the condition variable or the time comes, and the mutex is free',
        restarted: 'always',
      },
      asyncSignalSafe: false,
      threadSafe: true,
      effects: [{ op: 'wait', at: '*cond', kind: 'condvar', from: '*mutex' }],
      notes: ['POSIX.1-2024 has this call too; older systems lack it.'],
    },
    {
      name: 'pthread_cond_signal',
      man: { page: 'pthread_cond_init', section: 3 },
      headers: ['pthread.h'],
      prototype: 'int pthread_cond_signal(pthread_cond_t *cond);',
      standard: 'POSIX',
      summary:
        'Wakes at least one of the threads that wait. With no waiter nothing happens and nothing is remembered.',
      params: [{ name: 'cond', role: 'condition variable' }],
      returns: { success: '0', failure: { value: 'error-number', reports: 'return-value' } },
      errors: [],
      blocking: { blocks: false },
      asyncSignalSafe: false,
      threadSafe: true,
      effects: [{ op: 'post', at: '*cond', kind: 'condvar' }],
      notes: [
        'Change the predicate with the mutex locked; the signal itself may come before or after the unlock.',
        'It must not be called from a signal handler: sem_post may.',
      ],
    },
    {
      name: 'pthread_cond_broadcast',
      man: { page: 'pthread_cond_init', section: 3 },
      headers: ['pthread.h'],
      prototype: 'int pthread_cond_broadcast(pthread_cond_t *cond);',
      standard: 'POSIX',
      summary: 'Wakes all threads that wait. With no waiter nothing happens and nothing is remembered.',
      params: [{ name: 'cond', role: 'condition variable' }],
      returns: { success: '0', failure: { value: 'error-number', reports: 'return-value' } },
      errors: [],
      blocking: { blocks: false },
      asyncSignalSafe: false,
      threadSafe: true,
      effects: [{ op: 'broadcast', at: '*cond', kind: 'condvar' }],
      notes: ['The threads then take the mutex one after the other.'],
    },
    ...conditionAttributeCalls,
  ],
  constants: [
    {
      id: 'cond-initializers',
      title: 'Initial value of a static condition variable',
      constants: [
        {
          name: 'PTHREAD_COND_INITIALIZER',
          header: 'pthread.h',
          meaning: 'A condition variable with default attributes, private to the process.',
        },
      ],
    },
  ],
  types: [
    {
      name: 'pthread_cond_t',
      header: 'pthread.h',
      meaning: 'A condition variable. Use it only through its address.',
      size: 48,
    },
    {
      name: 'pthread_condattr_t',
      header: 'pthread.h',
      meaning: 'Attributes for pthread_cond_init.',
      size: 4,
    },
  ],
};
