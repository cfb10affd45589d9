import type { Chapter } from '../schema';

export const posixSemUnnamed: Chapter = {
  facility: {
    id: 'posix-sem-unnamed',
    title: 'POSIX unnamed semaphore',
    summary:
      'A counter that never falls below zero, kept in memory the program provides. Threads, or processes that share the memory, use it to take turns or to count what is available.',
    taxonomy: 'semaphore',
    identifiedBy: 'no name: the place of a sem_t in memory',
    handle: 'pointer to a sem_t of the program',
    accessibility: {
      scope: 'unrelated',
      detail:
        'Whoever can write to the memory it lies in: the threads of a process, or with a nonzero `pshared` every process that has mapped the same shared memory. Nothing else is checked.',
    },
    persistence: {
      kind: 'process',
      detail:
        'It lives as long as its memory: with the process for a variable or an anonymous mapping, until removal for a System V segment or a POSIX shared memory object.',
    },
    dataModel: {
      kind: 'counter',
      direction: 'n/a',
      detail:
        'One value from 0 to 2147483647, lowered and raised by one at a time. It has no owner: any thread or process may raise what another has lowered.',
    },
    flowControl:
      'sem_wait waits while the value is 0; sem_post raises it and lets one waiter go on. sem_trywait never waits, and the timed calls give up at a point in time.',
    limits: [
      {
        name: 'SEM_VALUE_MAX',
        usual: '2147483647',
        shownAt: '<limits.h>',
        meaning: 'The highest value of a semaphore.',
      },
      {
        name: 'sizeof(sem_t)',
        usual: '32 bytes',
        shownAt: '<semaphore.h>',
        meaning: 'The memory that one semaphore takes; there is no limit on their number.',
      },
    ],
    comparison: [
      {
        to: 'posix-sem-named',
        difference:
          'A named semaphore is found by its name and needs no shared memory; an unnamed one leaves nothing behind in /dev/shm.',
      },
      {
        to: 'mutex',
        difference:
          'A mutex has an owner, who alone may unlock it, and can be robust; a semaphore counts and may be posted by anybody, a signal handler included.',
      },
      {
        to: 'sysv-sem',
        difference:
          'A System V set changes several counters at once and can undo for a process that died, at the price of a system call for every operation.',
      },
      {
        to: 'eventfd',
        difference:
          'An eventfd with EFD_SEMAPHORE counts behind a file descriptor, so it can be waited for together with others by poll.',
      },
    ],
    pitfalls: [
      'A nonzero `pshared` does not make memory shared: in an ordinary variable parent and child each have a semaphore of their own after fork.',
      'With `pshared` 0 in shared memory a post in one process does not wake a waiter in another.',
      'Going on after sem_wait failed with EINTR enters the critical section without the semaphore.',
      'Copying a sem_t, or passing it by value, makes something that is not a semaphore; use only its address.',
      'Initialising it in both processes, or twice in one, destroys its state while the other is using it.',
      'Destroying it, or freeing its memory, while somebody waits on it is undefined behaviour.',
      'A process that dies while it holds the semaphore leaves the value lowered for ever.',
      'The timed calls take a point in time; a span of seconds lies in the past and they fail with ETIMEDOUT at once.',
      'Starting a lock at 0 lets nobody in until somebody posts.',
    ],
    manPages: [
      { page: 'sem_overview', section: 7 },
      { page: 'sem_init', section: 3 },
      { page: 'sem_wait', section: 3 },
      { page: 'sem_post', section: 3 },
    ],
    uses: {
      mmap: 'Gives the shared memory to put it in: MAP_SHARED, with MAP_ANONYMOUS for parent and child.',
      shm_open: 'Opens a named memory object to put it in, for unrelated processes.',
      shmat: 'Attaches a System V segment to put it in.',
      fork: 'The child shares the semaphore only if it lies in shared memory.',
      pthread_create: 'Starts a thread, which can use every semaphore of the process it can reach.',
      clock_gettime: 'Gives the present time, from which the timed calls count.',
    },
  },
  calls: [
    {
      name: 'sem_init',
      man: { page: 'sem_init', section: 3 },
      headers: ['semaphore.h'],
      prototype: 'int sem_init(sem_t *sem, int pshared, unsigned int value);',
      standard: 'POSIX',
      summary: 'Makes a semaphore out of a sem_t and gives it its first value.',
      params: [
        { name: 'sem', role: 'address of the sem_t, in shared memory if processes are to share it' },
        { name: 'pshared', role: '0 for the threads of this process, nonzero for several processes' },
        { name: 'value', role: 'first value, up to SEM_VALUE_MAX: 1 for a lock, 0 to wait for an event' },
      ],
      returns: { success: '0', failure: { value: '-1', reports: 'errno' } },
      errors: [
        { errno: 'EINVAL', when: '`value` is above SEM_VALUE_MAX.' },
        { errno: 'ENOSYS', when: 'The system has no semaphores shared between processes; Linux has.' },
      ],
      blocking: { blocks: false },
      asyncSignalSafe: false,
      threadSafe: true,
      effects: [{ op: 'initialise', kind: 'posix-sem-unnamed', at: '*sem' }],
      notes: [
        'It has to be called exactly once for a semaphore, before anybody else can reach it.',
        'There is no static initialiser for a sem_t.',
      ],
    },
    {
      name: 'sem_destroy',
      man: { page: 'sem_destroy', section: 3 },
      headers: ['semaphore.h'],
      prototype: 'int sem_destroy(sem_t *sem);',
      standard: 'POSIX',
      summary: 'Ends an unnamed semaphore, before its memory is freed or unmapped.',
      params: [{ name: 'sem', role: 'address given to sem_init' }],
      returns: { success: '0', failure: { value: '-1', reports: 'errno' } },
      errors: [{ errno: 'EINVAL', when: '`sem` is not a semaphore; glibc does not check this.' }],
      blocking: { blocks: false },
      asyncSignalSafe: false,
      threadSafe: true,
      effects: [{ op: 'destroy', kind: 'posix-sem-unnamed', at: '*sem' }],
      notes: [
        'Only a semaphore from sem_init may be destroyed; a named one is closed with sem_close.',
        'Nobody may be waiting on it, and nobody may use it afterwards.',
      ],
    },
    {
      name: 'sem_wait',
      man: { page: 'sem_wait', section: 3 },
      headers: ['semaphore.h'],
      prototype: 'int sem_wait(sem_t *sem);',
      standard: 'POSIX',
      summary: 'Lowers a semaphore by one, waiting while its value is 0.',
      params: [{ name: 'sem', role: 'address of the semaphore, named or unnamed' }],
      returns: {
        success: '0, with the semaphore taken',
        failure: {
          value: '-1',
          reports: 'errno',
          detail: 'The value is unchanged: the semaphore is not taken.',
        },
      },
      errors: [
        {
          errno: 'EINTR',
          when: 'A signal handler without SA_RESTART ran while the call waited: call it again.',
        },
        { errno: 'EINVAL', when: '`sem` is not a semaphore; glibc does not check this.' },
      ],
      blocking: {
        blocks: true,
        until: 'the value is above 0',
        avoid: 'sem_trywait (EAGAIN), or sem_timedwait',
        restarted: 'with SA_RESTART',
      },
      asyncSignalSafe: false,
      threadSafe: true,
      effects: [{ op: 'wait', at: '*sem' }],
    },
    {
      name: 'sem_trywait',
      man: { page: 'sem_wait', section: 3 },
      headers: ['semaphore.h'],
      prototype: 'int sem_trywait(sem_t *sem);',
      standard: 'POSIX',
      summary: 'Lowers a semaphore by one if its value is above 0, and fails at once if it is not.',
      params: [{ name: 'sem', role: 'address of the semaphore, named or unnamed' }],
      returns: {
        success: '0, with the semaphore taken',
        failure: {
          value: '-1',
          reports: 'errno',
          detail: 'The value is unchanged: the semaphore is not taken.',
        },
      },
      errors: [
        { errno: 'EAGAIN', when: 'The value is 0.' },
        { errno: 'EINTR', when: 'The standard permits it; glibc never reports it here.' },
        { errno: 'EINVAL', when: '`sem` is not a semaphore; glibc does not check this.' },
      ],
      blocking: { blocks: false },
      asyncSignalSafe: false,
      threadSafe: true,
      effects: [{ op: 'try-lock', at: '*sem' }],
    },
    {
      name: 'sem_timedwait',
      man: { page: 'sem_wait', section: 3 },
      headers: ['time.h', 'semaphore.h'],
      prototype: 'int sem_timedwait(sem_t *restrict sem, const struct timespec *restrict abs_timeout);',
      standard: 'POSIX',
      summary: 'Lowers a semaphore by one, waiting while its value is 0, but only up to a point in time.',
      params: [
        { name: 'sem', role: 'address of the semaphore, named or unnamed' },
        { name: 'abs_timeout', role: 'point in time on CLOCK_REALTIME at which to give up, not a span' },
      ],
      returns: {
        success: '0, with the semaphore taken',
        failure: {
          value: '-1',
          reports: 'errno',
          detail: 'The value is unchanged: the semaphore is not taken.',
        },
      },
      errors: [
        {
          errno: 'EINTR',
          when: 'A signal handler ran while the call waited: call it again with the same time.',
        },
        {
          errno: 'EINVAL',
          when: 'The nanoseconds in `abs_timeout` are outside 0 to 999999999, or `sem` is not a semaphore.',
        },
        { errno: 'ETIMEDOUT', when: 'The time came before the semaphore could be taken.' },
      ],
      blocking: {
        blocks: true,
        until: 'the value is above 0, or the time has come',
        avoid: 'sem_trywait (EAGAIN)',
        restarted: 'never',
      },
      asyncSignalSafe: false,
      threadSafe: true,
      effects: [{ op: 'wait', at: '*sem' }],
      notes: [
        'signal(7) counts it among the calls that SA_RESTART restarts, but on current Linux it fails with EINTR all the same.',
        'The time can be in the past: a semaphore that is free is taken even then.',
        'Get the time with clock_gettime(CLOCK_REALTIME) and add the span to it.',
      ],
    },
    {
      name: 'sem_clockwait',
      man: { page: 'sem_wait', section: 3 },
      headers: ['time.h', 'semaphore.h'],
      prototype:
        'int sem_clockwait(sem_t *restrict sem, clockid_t clock, const struct timespec *restrict abs_timeout);',
      featureTest: '_GNU_SOURCE',
      standard: 'POSIX',
      summary: 'Works like `sem_timedwait` with the clock that the time is taken from as an argument.',
      params: [
        { name: 'sem', role: 'address of the semaphore, named or unnamed' },
        { name: 'clock', role: 'CLOCK_MONOTONIC or CLOCK_REALTIME' },
        { name: 'abs_timeout', role: 'point in time on that clock at which to give up, not a span' },
      ],
      returns: {
        success: '0, with the semaphore taken',
        failure: {
          value: '-1',
          reports: 'errno',
          detail: 'The value is unchanged: the semaphore is not taken.',
        },
      },
      errors: [
        {
          errno: 'EINTR',
          when: 'A signal handler ran while the call waited: call it again with the same time.',
        },
        {
          errno: 'EINVAL',
          when: '`clock` is another clock, or the nanoseconds in `abs_timeout` are outside 0 to 999999999.',
        },
        { errno: 'ETIMEDOUT', when: 'The time came before the semaphore could be taken.' },
      ],
      blocking: {
        blocks: true,
        until: 'the value is above 0, or the time has come',
        avoid: 'sem_trywait (EAGAIN)',
        restarted: 'never',
      },
      asyncSignalSafe: false,
      threadSafe: true,
      effects: [{ op: 'wait', at: '*sem' }],
      notes: [
        'With CLOCK_MONOTONIC the wait does not change when somebody sets the clock.',
        'It is in glibc since 2.30 and in the standard since POSIX.1-2024.',
      ],
    },
    {
      name: 'sem_post',
      man: { page: 'sem_post', section: 3 },
      headers: ['semaphore.h'],
      prototype: 'int sem_post(sem_t *sem);',
      standard: 'POSIX',
      summary: 'Raises a semaphore by one and, if somebody waits, lets one waiter go on.',
      params: [{ name: 'sem', role: 'address of the semaphore, named or unnamed' }],
      returns: { success: '0', failure: { value: '-1', reports: 'errno' } },
      errors: [
        { errno: 'EINVAL', when: '`sem` is not a semaphore; glibc does not check this.' },
        { errno: 'EOVERFLOW', when: 'The value is SEM_VALUE_MAX already.' },
      ],
      blocking: { blocks: false },
      asyncSignalSafe: true,
      threadSafe: true,
      effects: [{ op: 'post', at: '*sem' }],
      notes: [
        'A signal handler may call it, which is true of no other semaphore call.',
        'Nothing checks that the caller had taken the semaphore: a post too many lets two into the critical section.',
      ],
    },
    {
      name: 'sem_getvalue',
      man: { page: 'sem_getvalue', section: 3 },
      headers: ['semaphore.h'],
      prototype: 'int sem_getvalue(sem_t *restrict sem, int *restrict sval);',
      standard: 'POSIX',
      summary: 'Tells the value of a semaphore at the moment.',
      params: [
        { name: 'sem', role: 'address of the semaphore, named or unnamed' },
        { name: 'sval', role: 'address that receives the value' },
      ],
      returns: { success: '0', failure: { value: '-1', reports: 'errno' } },
      errors: [{ errno: 'EINVAL', when: '`sem` is not a semaphore; glibc does not check this.' }],
      blocking: { blocks: false },
      asyncSignalSafe: false,
      threadSafe: true,
      effects: [{ op: 'query', at: '*sem', data: 'sval' }],
      notes: [
        'The value may have changed by the time the call returns, so decide nothing by it: use sem_trywait.',
        'While others wait Linux reports 0; other systems may report minus the number of waiters.',
      ],
    },
  ],
  constants: [
    {
      id: 'sem-limits',
      title: 'Limits of POSIX semaphores',
      constants: [
        {
          name: 'SEM_VALUE_MAX',
          header: 'limits.h',
          value: 2147483647,
          meaning: 'The highest value of a semaphore.',
        },
        {
          name: '_POSIX_SEM_VALUE_MAX',
          header: 'limits.h',
          value: 32767,
          meaning: 'The highest value that every POSIX system permits.',
        },
        {
          name: '_POSIX_SEM_NSEMS_MAX',
          header: 'limits.h',
          value: 256,
          meaning: 'The number of semaphores that every POSIX system lets a process have.',
        },
      ],
    },
  ],
  types: [
    {
      name: 'sem_t',
      header: 'semaphore.h',
      meaning:
        'A POSIX semaphore. Only its address is used: a copy is no semaphore, and only the sem_ calls may touch what is inside.',
      size: 32,
    },
  ],
};
