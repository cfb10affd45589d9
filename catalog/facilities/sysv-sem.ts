import type { Chapter } from '../schema';
import { sysvSemConstants, sysvSemTypes } from './sysv-sem.constants';

export const sysvSem: Chapter = {
  facility: {
    id: 'sysv-sem',
    title: 'System V semaphore set',
    summary:
      'A set of counters in the kernel that never fall below zero. One call can change several of them in a single step, by any amount, and the kernel can undo the changes of a process that dies.',
    taxonomy: 'semaphore',
    identifiedBy:
      'integer key (key_t), which semget turns into an identifier; the semaphores of a set are numbered from 0',
    handle: 'identifier (int) of the set, valid in every process that knows it',
    accessibility: {
      scope: 'unrelated',
      detail:
        'Any process of the same IPC namespace. Reading values and waiting for zero need read permission, changing values needs write permission, checked at every call against the owner, group and mode of the set.',
    },
    persistence: {
      kind: 'kernel',
      detail:
        'The set and its values stay until semctl removes them with IPC_RMID or the system goes down, whether or not any process still uses them.',
    },
    dataModel: {
      kind: 'counter',
      direction: 'n/a',
      detail:
        'Each semaphore is a value from 0 to 32767. An operation adds to it, subtracts from it or waits until it is zero; an array of operations on the set happens completely or not at all.',
    },
    flowControl:
      'A subtraction waits while the value is smaller than what is to be taken; an operation of 0 waits until the value is zero. IPC_NOWAIT makes either fail with EAGAIN. Removing the set wakes every waiter with EIDRM.',
    limits: [
      {
        name: 'SEMMSL',
        usual: '32000 semaphores',
        shownAt: '/proc/sys/kernel/sem (first number)',
        meaning: 'The most semaphores in one set.',
      },
      {
        name: 'SEMMNS',
        usual: '1024000000 semaphores',
        shownAt: '/proc/sys/kernel/sem (second number)',
        meaning: 'The most semaphores in all sets together.',
      },
      {
        name: 'SEMOPM',
        usual: '500 operations',
        shownAt: '/proc/sys/kernel/sem (third number)',
        meaning: 'The most operations in one semop call.',
      },
      {
        name: 'SEMMNI',
        usual: '32000 sets',
        shownAt: '/proc/sys/kernel/sem (fourth number)',
        meaning: 'How many sets an IPC namespace can have.',
      },
      {
        name: 'SEMVMX',
        usual: '32767',
        shownAt: 'semctl(0, 0, IPC_INFO, arg), member semvmx',
        meaning: 'The highest value of a semaphore.',
      },
    ],
    comparison: [
      {
        to: 'posix-sem-named',
        difference:
          'A named POSIX semaphore is a single counter moved by one at a time and needs no separate initialisation; it has neither sets, nor waiting for zero, nor undo.',
      },
      {
        to: 'posix-sem-unnamed',
        difference:
          'An unnamed POSIX semaphore lives in memory that the program provides and usually needs no system call when nobody waits; every semop enters the kernel.',
      },
      {
        to: 'fcntl-lock',
        difference:
          'A record lock is given back by the kernel when its owner dies and only the owner can release it; a semaphore needs SEM_UNDO for the first and has no owner.',
      },
      {
        to: 'mutex',
        difference:
          'A process-shared robust mutex tells the next owner that the last one died; SEM_UNDO only puts the count right and says nothing about the data.',
      },
    ],
    pitfalls: [
      'Creating a set and giving it its values are two steps: a peer that gets in between works with values that are not set yet.',
      'A semget with IPC_CREAT and no IPC_EXCL, followed by SETVAL in every process, resets a semaphore that others are using.',
      'Calling semctl with SETVAL, SETALL, IPC_STAT or another command that needs a fourth argument without one passes whatever happens to be in a register.',
      '`union semun` is not in the headers: each program has to define it.',
      'A process that dies between taking and giving back leaves the semaphore taken for ever unless the operations had SEM_UNDO.',
      'SEM_UNDO on only one of the two operations, take or give back, makes the undo at exit move the value the wrong way.',
      'semop is never restarted after a signal handler, not even with SA_RESTART; going on after EINTR enters the critical section without the semaphore.',
      'A `sem_flg` that was never set may hold IPC_NOWAIT or SEM_UNDO by accident.',
      'A set that nobody removes stays after its programs have ended and keeps its last values, so the next run may wait for ever.',
    ],
    manPages: [
      { page: 'sysvipc', section: 7 },
      { page: 'semget', section: 2 },
      { page: 'semop', section: 2 },
      { page: 'semctl', section: 2 },
    ],
    uses: {
      ftok: 'Makes a key that unrelated programs can agree on from a file and a number.',
      fork: 'The child can use the identifier of its parent as it is. It starts without undo values of its own.',
      execve: 'The process keeps its undo values for what the old program did with SEM_UNDO.',
      shmget: 'Makes the shared memory that a set usually guards.',
    },
  },
  calls: [
    {
      name: 'semget',
      man: { page: 'semget', section: 2 },
      headers: ['sys/sem.h'],
      prototype: 'int semget(key_t key, int nsems, int semflg);',
      standard: 'POSIX',
      summary:
        'Finds the semaphore set of a key, or creates it, and returns its identifier. The values of a new set still have to be given.',
      params: [
        {
          name: 'key',
          role: 'key of the set, or IPC_PRIVATE for a new one without key',
          literal: { kind: 'one-of', group: 'ipc-keys' },
        },
        {
          name: 'nsems',
          role: 'number of semaphores, above 0 when creating; else at most that of the set, and 0 will do',
        },
        {
          name: 'semflg',
          role: 'IPC_CREAT and IPC_EXCL, joined with the permission bits of a new set (write means change)',
          literal: { kind: 'flags', group: 'ipc-get-flags', withMode: true },
        },
      ],
      returns: {
        success: 'the identifier of the set, zero or positive',
        failure: { value: '-1', reports: 'errno' },
      },
      errors: [
        {
          errno: 'EACCES',
          when: 'The set exists, and its mode does not give this process the permissions asked for in `semflg`.',
        },
        {
          errno: 'EEXIST',
          when: 'IPC_CREAT and IPC_EXCL were given and the key has a set already: another process was first and initialises it.',
        },
        {
          errno: 'EINVAL',
          when: '`nsems` is 0 for a new set, below 0, above SEMMSL, or more than the existing set has.',
        },
        { errno: 'ENOENT', when: 'The key has no set and IPC_CREAT was not given.' },
        { errno: 'ENOMEM', when: 'There is no memory for a new set.' },
        {
          errno: 'ENOSPC',
          when: 'There are as many sets (SEMMNI) or semaphores (SEMMNS) as the system permits, often left over from programs that ended.',
        },
      ],
      blocking: { blocks: false },
      asyncSignalSafe: false,
      threadSafe: true,
      effects: [
        {
          op: 'create',
          kind: 'sysv-sem',
          at: 'return',
          name: 'key',
          flags: 'semflg',
          mode: 'semflg',
          when: 'key == IPC_PRIVATE || (semflg & IPC_CREAT)',
        },
        {
          op: 'open',
          kind: 'sysv-sem',
          at: 'return',
          name: 'key',
          flags: 'semflg',
          when: 'key != IPC_PRIVATE && !(semflg & IPC_CREAT)',
        },
      ],
      notes: [
        '0 is a valid identifier, so test for -1 and not for zero.',
        'Linux starts every value at 0, but the standard leaves new values open: set them with SETVAL or SETALL.',
        'The race between creating and initialising has a known way out: create with IPC_EXCL, set the values, then do one semop; the others wait until `sem_otime` from IPC_STAT is no longer 0.',
        'The umask plays no part: the set gets exactly the permission bits in `semflg`.',
      ],
    },
    {
      name: 'semop',
      man: { page: 'semop', section: 2 },
      headers: ['sys/sem.h'],
      prototype: 'int semop(int semid, struct sembuf *sops, size_t nsops);',
      standard: 'POSIX',
      summary:
        'Performs an array of operations on the semaphores of a set, all in one step: add, subtract or wait for zero.',
      params: [
        { name: 'semid', role: 'identifier of the set' },
        {
          name: 'sops',
          role: 'array of operations, each with semaphore number, amount and flags all set',
        },
        { name: 'nsops', role: 'number of elements in the array, from 1 to SEMOPM' },
      ],
      returns: { success: '0', failure: { value: '-1', reports: 'errno' } },
      errors: [
        { errno: 'E2BIG', when: '`nsops` is more than SEMOPM.' },
        {
          errno: 'EACCES',
          when: 'This process may not change the values, or may not read them where it waits for zero.',
        },
        { errno: 'EAGAIN', when: 'An operation with IPC_NOWAIT would have to wait; none was performed.' },
        { errno: 'EFAULT', when: '`sops` does not point to readable memory.' },
        { errno: 'EFBIG', when: 'A `sem_num` is not below the number of semaphores in the set.' },
        { errno: 'EIDRM', when: 'The set was removed while the call waited.' },
        {
          errno: 'EINTR',
          when: 'A signal handler ran while the call waited; no operation was performed, so the semaphore is not held.',
        },
        { errno: 'EINVAL', when: 'There is no such set (any more), or `nsops` is 0.' },
        { errno: 'ENOMEM', when: 'SEM_UNDO was given and there is no memory to note the undo value.' },
        { errno: 'ERANGE', when: 'A value would rise above 32767 (SEMVMX).' },
      ],
      blocking: {
        blocks: true,
        until: 'every operation in the array can be performed',
        avoid: 'IPC_NOWAIT in sem_flg (EAGAIN), or semtimedop',
        restarted: 'never',
      },
      asyncSignalSafe: false,
      threadSafe: true,
      effects: [
        { op: 'wait', kind: 'sysv-sem', at: 'semid', data: 'sops', when: 'sops->sem_op < 0' },
        { op: 'wait', kind: 'sysv-sem', at: 'semid', data: 'sops', when: 'sops->sem_op == 0' },
        { op: 'post', kind: 'sysv-sem', at: 'semid', data: 'sops', when: 'sops->sem_op > 0' },
      ],
      notes: [
        'The operations happen in array order and together: if one has to wait, none has been done yet.',
        'Undo values are not inherited over fork, but stay over exec.',
        'If undoing would take a value below zero, Linux stops at zero.',
        'On Linux a stop signal followed by SIGCONT also ends the wait with EINTR, even without a handler.',
      ],
    },
    {
      name: 'semtimedop',
      man: { page: 'semop', section: 2 },
      headers: ['sys/sem.h'],
      prototype:
        'int semtimedop(int semid, struct sembuf *sops, size_t nsops, const struct timespec *timeout);',
      featureTest: '_GNU_SOURCE',
      standard: 'Linux',
      summary: 'Works like `semop`, but waits no longer than a given span of time.',
      params: [
        { name: 'semid', role: 'identifier of the set' },
        {
          name: 'sops',
          role: 'array of operations, each with semaphore number, amount and flags all set',
        },
        { name: 'nsops', role: 'number of elements in the array, from 1 to SEMOPM' },
        {
          name: 'timeout',
          role: 'longest wait, counted from the call (not a point in time); NULL waits without limit',
          nullable: true,
        },
      ],
      returns: { success: '0', failure: { value: '-1', reports: 'errno' } },
      errors: [
        { errno: 'E2BIG', when: '`nsops` is more than SEMOPM.' },
        {
          errno: 'EACCES',
          when: 'This process may not change the values, or may not read them where it waits for zero.',
        },
        {
          errno: 'EAGAIN',
          when: 'The time ran out, or an operation with IPC_NOWAIT would have to wait; none was performed.',
        },
        { errno: 'EFAULT', when: '`sops` or `timeout` does not point to readable memory.' },
        { errno: 'EFBIG', when: 'A `sem_num` is not below the number of semaphores in the set.' },
        { errno: 'EIDRM', when: 'The set was removed while the call waited.' },
        {
          errno: 'EINTR',
          when: 'A signal handler ran while the call waited; no operation was performed, so the semaphore is not held.',
        },
        {
          errno: 'EINVAL',
          when: 'There is no such set (any more), `nsops` is 0, or `timeout` is not a valid span.',
        },
        { errno: 'ENOMEM', when: 'SEM_UNDO was given and there is no memory to note the undo value.' },
        { errno: 'ERANGE', when: 'A value would rise above 32767 (SEMVMX).' },
      ],
      blocking: {
        blocks: true,
        until: 'every operation in the array can be performed, or the time has run out',
        avoid: 'IPC_NOWAIT in sem_flg (EAGAIN), or a short timeout',
        restarted: 'never',
      },
      asyncSignalSafe: false,
      threadSafe: true,
      effects: [
        { op: 'wait', kind: 'sysv-sem', at: 'semid', data: 'sops', when: 'sops->sem_op < 0' },
        { op: 'wait', kind: 'sysv-sem', at: 'semid', data: 'sops', when: 'sops->sem_op == 0' },
        { op: 'post', kind: 'sysv-sem', at: 'semid', data: 'sops', when: 'sops->sem_op > 0' },
      ],
      notes: [
        'After EINTR `timeout` still holds the whole span: a loop has to work out what is left of it.',
        'A timeout is reported as EAGAIN, not as ETIMEDOUT.',
      ],
    },
    {
      name: 'semctl',
      man: { page: 'semctl', section: 2 },
      headers: ['sys/sem.h'],
      prototype: 'int semctl(int semid, int semnum, int cmd, ...);',
      standard: 'POSIX',
      summary: 'Reads or sets values, reads or changes the settings of a semaphore set, or removes it.',
      params: [
        {
          name: 'semid',
          role: 'identifier of the set; an index into a kernel table for SEM_STAT and SEM_STAT_ANY',
        },
        {
          name: 'semnum',
          role: 'number of the semaphore, from 0, for commands on a single one; else ignored',
        },
        { name: 'cmd', role: 'what to do', literal: { kind: 'one-of', group: 'semctl-commands' } },
        {
          name: 'arg',
          role: 'a `union semun` whose member depends on the command: val, buf, array or __buf',
          variadic: true,
          requiredWhen:
            'when cmd is SETVAL, SETALL, GETALL, IPC_STAT, IPC_SET, IPC_INFO, SEM_INFO, SEM_STAT or SEM_STAT_ANY',
        },
      ],
      returns: {
        success:
          'the value, count or process id asked for by GETVAL, GETNCNT, GETZCNT and GETPID; the highest used index for IPC_INFO and SEM_INFO; the identifier for SEM_STAT and SEM_STAT_ANY; else 0',
        failure: { value: '-1', reports: 'errno' },
      },
      errors: [
        {
          errno: 'EACCES',
          when: 'The command needs read permission (to look) or write permission (SETVAL, SETALL), which this process lacks.',
        },
        { errno: 'EFAULT', when: 'The pointer in `arg` cannot be used, as when the argument was left out.' },
        { errno: 'EIDRM', when: 'The set was removed.' },
        {
          errno: 'EINVAL',
          when: 'The command is unknown, there is no such set, `semnum` is too high, or the slot that SEM_STAT asks for is empty.',
        },
        {
          errno: 'EPERM',
          when: 'IPC_SET or IPC_RMID by a user who neither owns nor created the set and has no privilege for it.',
        },
        { errno: 'ERANGE', when: 'SETVAL or SETALL with a value below 0 or above 32767 (SEMVMX).' },
      ],
      blocking: { blocks: false },
      asyncSignalSafe: false,
      threadSafe: true,
      effects: [
        { op: 'remove', kind: 'sysv-sem', at: 'semid', when: 'cmd == IPC_RMID' },
        {
          op: 'initialise',
          kind: 'sysv-sem',
          at: 'semid',
          data: 'arg',
          when: 'cmd == SETVAL || cmd == SETALL',
        },
        { op: 'configure', kind: 'sysv-sem', at: 'semid', data: 'arg', when: 'cmd == IPC_SET' },
        {
          op: 'query',
          kind: 'sysv-sem',
          at: 'semid',
          data: 'arg',
          when: 'cmd == IPC_STAT || cmd == GETALL',
        },
        {
          op: 'query',
          kind: 'sysv-sem',
          at: 'semid',
          when: 'cmd == GETVAL || cmd == GETPID || cmd == GETNCNT || cmd == GETZCNT',
        },
        {
          op: 'query',
          at: 'semid',
          data: 'arg',
          when: 'cmd == IPC_INFO || cmd == SEM_INFO || cmd == SEM_STAT || cmd == SEM_STAT_ANY',
        },
      ],
      notes: [
        'Passing a fourth argument always is the portable habit; commands that need none ignore it.',
        'SETVAL and SETALL wake waiters whose operation has become possible and clear the undo values of the semaphores they set.',
        'IPC_RMID acts at once and wakes every waiting process with EIDRM.',
        'Fill the structure with IPC_STAT before IPC_SET, which takes over only the owner, group and mode in sem_perm.',
      ],
    },
  ],
  constants: sysvSemConstants,
  types: sysvSemTypes,
};
