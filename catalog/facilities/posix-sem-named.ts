import type { Chapter } from '../schema';

export const posixSemNamed: Chapter = {
  facility: {
    id: 'posix-sem-named',
    title: 'POSIX named semaphore',
    summary:
      'A counter with a name that never falls below zero. Unrelated processes open it by name to take turns or to count what is available.',
    taxonomy: 'semaphore',
    identifiedBy: 'name such as `/ready`: a slash and up to 251 bytes without another slash',
    handle: 'pointer to sem_t, as sem_open returns it',
    accessibility: {
      scope: 'unrelated',
      detail:
        'Any process that sees the same /dev/shm and knows the name. Owner, group and mode decide when it is opened, and both read and write permission are needed.',
    },
    persistence: {
      kind: 'kernel',
      detail:
        'The semaphore and its value stay until sem_unlink has removed the name and the last process has closed it, or until the system goes down.',
    },
    dataModel: {
      kind: 'counter',
      direction: 'n/a',
      detail:
        'One value from 0 to 2147483647, lowered and raised by one at a time. It has no owner: any process may raise what another has lowered.',
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
        name: 'length of a name',
        usual: '251 bytes after the slash',
        shownAt: '<limits.h>, NAME_MAX - 4',
        meaning: 'The name becomes a file `sem.name` in /dev/shm, and the prefix takes four bytes.',
      },
    ],
    comparison: [
      {
        to: 'posix-sem-unnamed',
        difference:
          'An unnamed semaphore lies in memory that the program provides and shares; a named one needs no shared memory but leaves a name behind.',
      },
      {
        to: 'sysv-sem',
        difference:
          'A System V set changes several counters at once, by any amount, and can undo for a process that died; a named semaphore is created and initialised in one step and costs no system call when nobody waits.',
      },
      {
        to: 'fcntl-lock',
        difference:
          'A record lock is released by the kernel when its owner dies; a semaphore that a dead process took stays taken.',
      },
      {
        to: 'mutex',
        difference:
          'A mutex has an owner, who alone may unlock it, and can be robust; a semaphore may be posted by anybody, a signal handler included.',
      },
    ],
    pitfalls: [
      'Failure of sem_open is SEM_FAILED: comparing with -1 misses it, and comparing with NULL works only because SEM_FAILED happens to be a null pointer here.',
      'O_CREAT without the mode and value arguments makes sem_open use whatever happens to be in two registers.',
      'An existing semaphore keeps its value: the value given to sem_open counts only when the call creates it.',
      'A process that dies while it holds the semaphore leaves the value lowered, and the next run waits for ever on the old name.',
      'Going on after sem_wait failed with EINTR enters the critical section without the semaphore.',
      'Starting a lock at 0 lets nobody in until somebody posts.',
      'Unlinking before the peers have opened the name makes them create a semaphore of their own, and the two sides never meet.',
      'sem_destroy is for unnamed semaphores: a named one is closed with sem_close and removed with sem_unlink.',
    ],
    manPages: [
      { page: 'sem_overview', section: 7 },
      { page: 'sem_open', section: 3 },
      { page: 'sem_wait', section: 3 },
      { page: 'sem_post', section: 3 },
    ],
    uses: {
      sem_wait: 'Lowers the value by one, waiting while it is 0.',
      sem_trywait: 'Lowers the value by one, or fails with EAGAIN while it is 0.',
      sem_timedwait: 'Lowers the value by one, waiting until a point in time of CLOCK_REALTIME at most.',
      sem_clockwait: 'Lowers the value by one, waiting until a point in time of a chosen clock at most.',
      sem_post: 'Raises the value by one and lets one waiter go on.',
      sem_getvalue: 'Tells the value, which may have changed when the call returns.',
      fork: 'The child can go on using the pointers of its parent, since it inherits the mapping.',
      execve: 'Closes every named semaphore; the new program has to open it again.',
      clock_gettime: 'Gives the present time, from which the timed calls count.',
      umask: 'Takes permission bits away from the mode given to sem_open.',
    },
  },
  calls: [
    {
      name: 'sem_open',
      man: { page: 'sem_open', section: 3 },
      headers: ['fcntl.h', 'sys/stat.h', 'semaphore.h'],
      prototype: 'sem_t *sem_open(const char *name, int oflag, ...);',
      standard: 'POSIX',
      summary:
        'Opens a named semaphore and, with `O_CREAT`, creates it with a first value if it is not there.',
      params: [
        {
          name: 'name',
          role: 'name of the semaphore, with a leading slash and no other',
          literal: { kind: 'object-name', max: 251 },
        },
        {
          name: 'oflag',
          role: '0 to open, or O_CREAT and O_EXCL; there is no access mode to give',
          literal: { kind: 'flags', group: 'sem-open-flags' },
        },
        {
          name: 'mode',
          role: 'permissions of a new semaphore, less the bits in the umask; users need read and write',
          literal: { kind: 'mode' },
          variadic: true,
          requiredWhen: 'when oflag has O_CREAT',
        },
        {
          name: 'value',
          role: 'first value of a new semaphore, an unsigned int up to SEM_VALUE_MAX',
          variadic: true,
          requiredWhen: 'when oflag has O_CREAT',
        },
      ],
      returns: {
        success: 'the address of the semaphore',
        failure: {
          value: 'SEM_FAILED',
          reports: 'errno',
          detail: 'Compare with SEM_FAILED, not with -1.',
        },
      },
      errors: [
        { errno: 'EACCES', when: 'The semaphore exists and does not permit both reading and writing.' },
        { errno: 'EEXIST', when: 'O_CREAT and O_EXCL were given and the semaphore is there already.' },
        {
          errno: 'EINVAL',
          when: '`value` is above SEM_VALUE_MAX, or `name` is empty, only a slash, or has another slash inside.',
        },
        { errno: 'EMFILE', when: 'This process has too many descriptors open.' },
        { errno: 'ENAMETOOLONG', when: '`name` has more than 251 bytes after the slash.' },
        { errno: 'ENFILE', when: 'The whole system has too many open files.' },
        { errno: 'ENOENT', when: 'There is no such semaphore and O_CREAT was not given.' },
        { errno: 'ENOMEM', when: 'There is not enough memory.' },
      ],
      blocking: { blocks: false },
      asyncSignalSafe: false,
      threadSafe: true,
      effects: [
        {
          op: 'create',
          kind: 'posix-sem-named',
          at: 'return',
          name: 'name',
          flags: 'oflag',
          mode: 'mode',
          when: 'oflag & O_CREAT',
        },
        {
          op: 'open',
          kind: 'posix-sem-named',
          at: 'return',
          name: 'name',
          flags: 'oflag',
          when: '!(oflag & O_CREAT)',
        },
      ],
      notes: [
        'Without O_EXCL an existing semaphore is opened and both `mode` and `value` are ignored.',
        'Opening one name twice in a process gives the same address, and each open needs its own sem_close.',
        'Creation and first value are one step: no process sees the semaphore without its value.',
        'glibc also takes a name without the leading slash; portable programs give one.',
        'No descriptor stays open behind the semaphore.',
      ],
    },
    {
      name: 'sem_close',
      man: { page: 'sem_close', section: 3 },
      headers: ['semaphore.h'],
      prototype: 'int sem_close(sem_t *sem);',
      standard: 'POSIX',
      summary: 'Gives up a named semaphore in this process. The semaphore and its value stay.',
      params: [{ name: 'sem', role: 'address that sem_open returned' }],
      returns: { success: '0', failure: { value: '-1', reports: 'errno' } },
      errors: [
        { errno: 'EINVAL', when: '`sem` is not an open named semaphore, but an unnamed one for instance.' },
      ],
      blocking: { blocks: false },
      asyncSignalSafe: false,
      threadSafe: true,
      effects: [{ op: 'close', kind: 'posix-sem-named', at: 'sem' }],
      notes: [
        'It does not post: closing a semaphore that this process has taken leaves it taken.',
        'The end of the process and exec close every named semaphore.',
      ],
    },
    {
      name: 'sem_unlink',
      man: { page: 'sem_unlink', section: 3 },
      headers: ['semaphore.h'],
      prototype: 'int sem_unlink(const char *name);',
      standard: 'POSIX',
      summary:
        'Removes the name of a semaphore at once. The semaphore itself goes when the last process has closed it.',
      params: [
        {
          name: 'name',
          role: 'name of the semaphore, with a leading slash and no other',
          literal: { kind: 'object-name', max: 251 },
        },
      ],
      returns: { success: '0', failure: { value: '-1', reports: 'errno' } },
      errors: [
        { errno: 'EACCES', when: 'This process may not remove the semaphore.' },
        { errno: 'ENAMETOOLONG', when: '`name` has more than 251 bytes after the slash.' },
        {
          errno: 'ENOENT',
          when: 'There is no semaphore of this name, which clean-up code can take for success.',
        },
      ],
      blocking: { blocks: false },
      asyncSignalSafe: false,
      threadSafe: true,
      effects: [{ op: 'remove', kind: 'posix-sem-named', at: 'name', name: 'name' }],
      notes: [
        'Processes that have it open go on using it; a new sem_open finds nothing or makes another semaphore.',
      ],
    },
  ],
  constants: [
    {
      id: 'sem-open-flags',
      title: 'Flags of sem_open',
      constants: [
        {
          name: 'O_CREAT',
          header: 'fcntl.h',
          value: 0o100,
          meaning: 'Create the semaphore if it is not there; the arguments mode and value must follow.',
        },
        {
          name: 'O_EXCL',
          header: 'fcntl.h',
          value: 0o200,
          meaning: 'With O_CREAT: fail with EEXIST if the semaphore is already there.',
        },
      ],
    },
    {
      id: 'sem-failure',
      title: 'Failure value of sem_open',
      constants: [
        {
          name: 'SEM_FAILED',
          header: 'semaphore.h',
          meaning: 'What sem_open returns on failure: a null pointer of type `sem_t *` on Linux.',
        },
      ],
    },
  ],
  types: [],
};
