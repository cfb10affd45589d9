import type { Chapter } from '../schema';
import { mutexAttributeCalls } from './mutex.attributes';
import { mutexConstants, mutexTypes } from './mutex.constants';

export const mutex: Chapter = {
  facility: {
    id: 'mutex',
    title: 'Mutex',
    summary:
      'A lock that one thread at a time can own, kept in ordinary memory. Placed in shared memory with the process-shared attribute it works between processes; with the robust attribute it survives the death of its owner.',
    taxonomy: 'thread-synchronization',
    identifiedBy: 'address of a pthread_mutex_t; between processes, its place in shared memory',
    handle: 'pointer to pthread_mutex_t',
    accessibility: {
      scope: 'unrelated',
      detail:
        'Whoever can write to the memory that holds the mutex can use it. Between processes that means System V, POSIX or mapped shared memory and PTHREAD_PROCESS_SHARED.',
    },
    persistence: {
      kind: 'process',
      detail:
        'The mutex lives exactly as long as its memory: with the process, or with the shared memory object it was placed in. There it keeps its state, locked included, when processes end.',
    },
    dataModel: {
      kind: 'lock',
      direction: 'n/a',
      detail:
        'Unlocked, or owned by one thread. Only the owner may unlock it. By default it can be locked once; a recursive mutex counts.',
    },
    flowControl:
      'A thread that wants a locked mutex sleeps until the owner unlocks it. Who comes next is not specified. Without contention no system call is made.',
    limits: [
      {
        name: 'size',
        usual: '40 bytes',
        shownAt: 'sizeof(pthread_mutex_t)',
        meaning: 'Room that a mutex takes in shared memory. It differs between 32-bit and 64-bit programs.',
      },
      {
        name: 'recursion',
        usual: '4294967295 locks of one recursive mutex',
        meaning: 'Beyond it `pthread_mutex_lock` fails with EAGAIN.',
      },
      {
        name: 'robust list',
        usual: '2048 robust mutexes cleaned up for one dying thread',
        meaning: 'The kernel stops walking the list of held robust mutexes there.',
      },
    ],
    comparison: [
      {
        to: 'posix-sem-unnamed',
        difference:
          'A semaphore has no owner: any thread may post it, also from a signal handler. A mutex must be unlocked by the thread that locked it.',
      },
      {
        to: 'fcntl-lock',
        difference:
          'The kernel drops a record lock when its process ends; a mutex stays locked for ever unless it is robust.',
      },
      {
        to: 'flock',
        difference:
          'flock needs a file and a system call for every lock; a free mutex is taken without entering the kernel.',
      },
      {
        to: 'condvar',
        difference:
          'A mutex keeps others out; a condition variable lets a thread wait, with the mutex given up, until something becomes true.',
      },
      {
        to: 'sysv-sem',
        difference:
          'System V semaphores live in the kernel, can be undone at the end of a process and always cost a system call.',
      },
    ],
    pitfalls: [
      'A mutex in shared memory without PTHREAD_PROCESS_SHARED seems to work until two processes meet: then one may sleep for ever, since the wake-up never crosses to the other process.',
      'When the owner dies, a mutex without PTHREAD_MUTEX_ROBUST stays locked and every other process waits for ever.',
      'Ignoring EOWNERDEAD from a robust mutex treats half-changed data as good; unlocking without `pthread_mutex_consistent` makes the mutex unusable for all.',
      'These calls return the error number: comparing with -1 or reading `errno` misses every failure.',
      'Locking a default mutex twice in one thread deadlocks it; an error-checking mutex reports EDEADLK instead.',
      'Two threads that take two mutexes in opposite orders deadlock sooner or later.',
      'A mutex must not be copied, nor initialised again while it is in use: the copy is another lock in an undefined state.',
      'A path that returns early without unlocking leaves the mutex locked for everyone.',
      'A mutex in a signal handler can deadlock with the code that the signal interrupted.',
      'The C11 type `mtx_t` has neither a process-shared nor a robust form: it serves the threads of one process only.',
      'After fork a child of a program with threads finds mutexes that other threads held locked for ever; let it call exec soon, or prepare with `pthread_atfork`.',
    ],
    manPages: [
      { page: 'pthreads', section: 7 },
      { page: 'pthread_mutex_init', section: 3 },
      { page: 'pthread_mutexattr_setpshared', section: 3 },
      { page: 'pthread_mutexattr_setrobust', section: 3 },
    ],
    uses: {
      mmap: 'With MAP_SHARED provides the memory that processes share; the mutex is placed inside.',
      shm_open:
        'Opens the shared memory object that holds the mutex, so that unrelated processes find it by name.',
      shmat: 'Attaches a System V segment that may hold the mutex.',
      ftruncate: 'Gives a new shared memory object its size before the mutex is placed in it.',
      fork: 'The child sees a mutex in shared memory as the same lock; a mutex in ordinary memory becomes a separate copy.',
      pthread_cond_wait: 'Gives the mutex up while it waits and owns it again when it returns.',
      pthread_create: 'Starts the threads that the mutex keeps apart.',
      pthread_atfork: 'Can lock mutexes before fork and unlock them after it in both processes.',
      clock_gettime:
        'Tells the time from which the absolute limit of `pthread_mutex_timedlock` is reckoned: CLOCK_REALTIME.',
    },
  },

  calls: [
    {
      name: 'pthread_mutex_init',
      man: { page: 'pthread_mutex_init', section: 3 },
      headers: ['pthread.h'],
      prototype:
        'int pthread_mutex_init(pthread_mutex_t *restrict mutex, const pthread_mutexattr_t *restrict attr);',
      standard: 'POSIX',
      summary: 'Makes memory into an unlocked mutex with the given attributes.',
      params: [
        { name: 'mutex', role: 'memory for the mutex' },
        {
          name: 'attr',
          role: 'attributes; NULL for a mutex of this process alone, neither recursive nor robust',
          nullable: true,
        },
      ],
      returns: { success: '0', failure: { value: 'error-number', reports: 'return-value' } },
      errors: [],
      blocking: { blocks: false },
      asyncSignalSafe: false,
      threadSafe: true,
      effects: [{ op: 'initialise', at: '*mutex', kind: 'mutex', from: '*attr' }],
      notes: [
        'glibc refuses only attributes it cannot combine; portable programs check for EAGAIN, ENOMEM and EBUSY too.',
        'For a mutex in shared memory exactly one process must do this, before any other uses it.',
        'A mutex of static storage may be set to PTHREAD_MUTEX_INITIALIZER instead.',
      ],
    },
    {
      name: 'pthread_mutex_destroy',
      man: { page: 'pthread_mutex_init', section: 3 },
      headers: ['pthread.h'],
      prototype: 'int pthread_mutex_destroy(pthread_mutex_t *mutex);',
      standard: 'POSIX',
      summary: 'Ends the life of a mutex. Its memory may then be used for something else.',
      params: [{ name: 'mutex', role: 'mutex to destroy; nobody may hold it or wait for it' }],
      returns: { success: '0', failure: { value: 'error-number', reports: 'return-value' } },
      errors: [{ errno: 'EBUSY', when: 'The mutex is locked.' }],
      blocking: { blocks: false },
      asyncSignalSafe: false,
      threadSafe: true,
      effects: [{ op: 'destroy', at: '*mutex', kind: 'mutex' }],
    },
    {
      name: 'pthread_mutex_lock',
      man: { page: 'pthread_mutex_init', section: 3 },
      headers: ['pthread.h'],
      prototype: 'int pthread_mutex_lock(pthread_mutex_t *mutex);',
      standard: 'POSIX',
      summary: 'Locks a mutex, waiting as long as another thread owns it.',
      params: [{ name: 'mutex', role: 'mutex to lock' }],
      returns: {
        success: '0; the caller owns the mutex',
        failure: {
          value: 'error-number',
          reports: 'return-value',
          detail: 'EOWNERDEAD is no failure: the caller owns the mutex.',
        },
      },
      errors: [
        {
          errno: 'EOWNERDEAD',
          when: 'The previous owner of this robust mutex died. The caller owns it now: repair the data and call `pthread_mutex_consistent`.',
        },
        {
          errno: 'ENOTRECOVERABLE',
          when: 'The robust mutex was given up after its owner died; it can only be destroyed.',
        },
        {
          errno: 'EDEADLK',
          when: 'The caller owns the mutex already (error-checking type, and robust or priority-inheriting ones in part).',
        },
        { errno: 'EAGAIN', when: 'A recursive mutex was locked too often.' },
        {
          errno: 'EINVAL',
          when: 'The mutex is not initialised, or its priority ceiling is below the priority of the caller.',
        },
      ],
      blocking: {
        blocks: true,
        until: 'the owner unlocks the mutex',
        avoid: 'pthread_mutex_trylock (EBUSY) or pthread_mutex_timedlock',
        restarted: 'always',
      },
      asyncSignalSafe: false,
      threadSafe: true,
      effects: [{ op: 'lock', at: '*mutex', kind: 'mutex' }],
      notes: [
        'A handler may run during the wait; the call then goes on waiting and never returns EINTR.',
        'It is no cancellation point.',
      ],
    },
    {
      name: 'pthread_mutex_trylock',
      man: { page: 'pthread_mutex_init', section: 3 },
      headers: ['pthread.h'],
      prototype: 'int pthread_mutex_trylock(pthread_mutex_t *mutex);',
      standard: 'POSIX',
      summary: 'Locks a mutex if it is free, and fails at once if not.',
      params: [{ name: 'mutex', role: 'mutex to lock' }],
      returns: {
        success: '0; the caller owns the mutex',
        failure: {
          value: 'error-number',
          reports: 'return-value',
          detail: 'EOWNERDEAD is no failure: the caller owns the mutex.',
        },
      },
      errors: [
        {
          errno: 'EBUSY',
          when: 'The mutex is locked; of a default mutex also when the caller itself owns it.',
        },
        {
          errno: 'EOWNERDEAD',
          when: 'The previous owner of this robust mutex died, and the caller owns it now.',
        },
        { errno: 'ENOTRECOVERABLE', when: 'The robust mutex was given up after its owner died.' },
        { errno: 'EAGAIN', when: 'A recursive mutex was locked too often.' },
        { errno: 'EINVAL', when: 'The mutex is not initialised.' },
      ],
      blocking: { blocks: false },
      asyncSignalSafe: false,
      threadSafe: true,
      effects: [{ op: 'try-lock', at: '*mutex', kind: 'mutex' }],
    },
    {
      name: 'pthread_mutex_timedlock',
      man: { page: 'pthread_mutex_timedlock', section: 3 },
      headers: ['pthread.h', 'time.h'],
      prototype:
        'int pthread_mutex_timedlock(pthread_mutex_t *restrict mutex, const struct timespec *restrict abstime);',
      standard: 'POSIX',
      summary: 'Locks a mutex, waiting at most until a point in time.',
      params: [
        { name: 'mutex', role: 'mutex to lock' },
        { name: 'abstime', role: 'end of the wait as an absolute time of CLOCK_REALTIME' },
      ],
      returns: {
        success: '0; the caller owns the mutex',
        failure: {
          value: 'error-number',
          reports: 'return-value',
          detail: 'EOWNERDEAD is no failure: the caller owns the mutex.',
        },
      },
      errors: [
        { errno: 'ETIMEDOUT', when: 'The time came and the mutex was still locked.' },
        {
          errno: 'EOWNERDEAD',
          when: 'The previous owner of this robust mutex died, and the caller owns it now.',
        },
        { errno: 'ENOTRECOVERABLE', when: 'The robust mutex was given up after its owner died.' },
        { errno: 'EDEADLK', when: 'The caller owns the mutex already.' },
        { errno: 'EAGAIN', when: 'A recursive mutex was locked too often.' },
        {
          errno: 'EINVAL',
          when: '`tv_nsec` is not between 0 and 999999999, or the mutex is not initialised.',
        },
      ],
      blocking: {
        blocks: true,
        until: 'the owner unlocks the mutex or the time comes',
        avoid: 'pthread_mutex_trylock (EBUSY)',
        restarted: 'always',
      },
      asyncSignalSafe: false,
      threadSafe: true,
      effects: [{ op: 'lock', at: '*mutex', kind: 'mutex' }],
      notes: [
        'A relative time such as 5 seconds lies in 1970 and fails at once; add it to the present time of `clock_gettime`.',
      ],
    },
    {
      name: 'pthread_mutex_clocklock',
      man: { page: 'pthread_mutex_clocklock', section: 3 },
      headers: ['pthread.h', 'time.h'],
      prototype:
        'int pthread_mutex_clocklock(pthread_mutex_t *restrict mutex, clockid_t clockid, const struct timespec *restrict abstime);',
      featureTest: '_GNU_SOURCE',
      standard: 'GNU',
      summary: "Locks a mutex like pthread_mutex_timedlock, by a clock of the caller's choice.",
      params: [
        { name: 'mutex', role: 'mutex to lock' },
        {
          name: 'clockid',
          role: 'CLOCK_REALTIME or CLOCK_MONOTONIC',
          literal: { kind: 'one-of', group: 'clocks' },
        },
        { name: 'abstime', role: 'end of the wait as an absolute time of that clock' },
      ],
      returns: {
        success: '0; the caller owns the mutex',
        failure: {
          value: 'error-number',
          reports: 'return-value',
          detail: 'EOWNERDEAD is no failure: the caller owns the mutex.',
        },
      },
      errors: [
        { errno: 'ETIMEDOUT', when: 'The time came and the mutex was still locked.' },
        {
          errno: 'EOWNERDEAD',
          when: 'The previous owner of this robust mutex died, and the caller owns it now.',
        },
        { errno: 'ENOTRECOVERABLE', when: 'The robust mutex was given up after its owner died.' },
        { errno: 'EDEADLK', when: 'The caller owns the mutex already.' },
        {
          errno: 'EINVAL',
          when: 'The clock is not one of the two, or `tv_nsec` is not between 0 and 999999999.',
        },
      ],
      blocking: {
        blocks: true,
        until: 'the owner unlocks the mutex or the time comes',
        avoid: 'pthread_mutex_trylock (EBUSY)',
        restarted: 'always',
      },
      asyncSignalSafe: false,
      threadSafe: true,
      effects: [{ op: 'lock', at: '*mutex', kind: 'mutex' }],
      notes: ['POSIX.1-2024 has this call too; older systems lack it.'],
    },
    {
      name: 'pthread_mutex_unlock',
      man: { page: 'pthread_mutex_init', section: 3 },
      headers: ['pthread.h'],
      prototype: 'int pthread_mutex_unlock(pthread_mutex_t *mutex);',
      standard: 'POSIX',
      summary: 'Unlocks a mutex that the caller owns, and wakes a thread that waits for it.',
      params: [{ name: 'mutex', role: 'mutex to unlock' }],
      returns: { success: '0', failure: { value: 'error-number', reports: 'return-value' } },
      errors: [
        {
          errno: 'EPERM',
          when: 'The caller does not own the mutex (error-checking, recursive and robust types).',
        },
        { errno: 'EINVAL', when: 'The mutex is not initialised.' },
      ],
      blocking: { blocks: false },
      asyncSignalSafe: false,
      threadSafe: true,
      effects: [{ op: 'unlock', at: '*mutex', kind: 'mutex' }],
      notes: [
        'A default mutex does not check the owner: unlocking what another thread holds is undefined.',
        'A robust mutex that is unlocked after EOWNERDEAD without pthread_mutex_consistent becomes unusable.',
      ],
    },
    {
      name: 'pthread_mutex_consistent',
      man: { page: 'pthread_mutex_consistent', section: 3 },
      headers: ['pthread.h'],
      prototype: 'int pthread_mutex_consistent(pthread_mutex_t *mutex);',
      standard: 'POSIX',
      summary: 'Declares the data under a robust mutex repaired, after a lock call returned EOWNERDEAD.',
      params: [{ name: 'mutex', role: 'robust mutex that the caller owns' }],
      returns: { success: '0', failure: { value: 'error-number', reports: 'return-value' } },
      errors: [{ errno: 'EINVAL', when: 'The mutex is not robust, or nobody died holding it.' }],
      blocking: { blocks: false },
      asyncSignalSafe: false,
      threadSafe: true,
      effects: [{ op: 'configure', at: '*mutex', kind: 'mutex' }],
    },
    ...mutexAttributeCalls,
  ],
  constants: mutexConstants,
  types: mutexTypes,
};
