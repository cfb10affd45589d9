import type { Chapter } from '../schema';

export const flock: Chapter = {
  facility: {
    id: 'flock',
    title: 'File lock (flock)',
    summary:
      'A shared or exclusive lock on a whole file, which processes agree to respect. It belongs to the open file description, so that copies of a descriptor share it.',
    taxonomy: 'file-lock',
    identifiedBy: 'the file that an open descriptor refers to',
    handle: 'file descriptor of the file',
    accessibility: {
      scope: 'unrelated',
      detail:
        'Whoever can open the file in any way can lock it: even an exclusive lock needs no write access on a local file system.',
    },
    persistence: {
      kind: 'process',
      detail:
        'The lock ends with LOCK_UN or when the last copy of the descriptor is closed, at the latest when its processes end. The file stays.',
    },
    dataModel: {
      kind: 'lock',
      direction: 'n/a',
      detail:
        'Many holders of LOCK_SH or one holder of LOCK_EX. The lock is advisory: reads and writes of those who do not ask for it are not stopped.',
    },
    flowControl:
      'A request that conflicts waits until the holders let go; LOCK_NB makes it fail with EWOULDBLOCK. Waiters are not told apart by age in any promised way, and a circle of waiters is not noticed.',
    limits: [
      {
        name: 'locks of one descriptor',
        usual: '1 (shared or exclusive)',
        meaning: 'Locking again converts the lock instead of adding one.',
      },
      {
        name: 'open files',
        usual: '1024 descriptors',
        shownAt: 'getrlimit(RLIMIT_NOFILE)',
        meaning: 'Each lock needs its own open of the file, and so a descriptor.',
      },
      {
        name: 'lock records',
        usual: 'no fixed number',
        shownAt: '/proc/locks',
        meaning:
          'ENOLCK when the kernel has no memory for another; the file lists the locks and their waiters.',
      },
    ],
    comparison: [
      {
        to: 'fcntl-lock',
        difference:
          'fcntl locks ranges of bytes, needs the matching access mode and belongs to the process (or to the description with F_OFD_); the two kinds do not see each other on local file systems.',
      },
      {
        to: 'posix-sem-named',
        difference:
          'A semaphore can count and is posted by anyone, yet stays taken when its holder dies; flock lets go by itself.',
      },
      {
        to: 'mutex',
        difference:
          'A mutex in shared memory is faster without contention but needs that memory; flock needs only a file.',
      },
      {
        to: 'sysv-sem',
        difference:
          'System V semaphores count and have no file; with SEM_UNDO they too are given back when a process ends.',
      },
    ],
    pitfalls: [
      'Turning LOCK_SH into LOCK_EX lets go in between: another process may get the lock and change the file, so read again what was read under the shared lock.',
      'A child made by fork holds the same lock, not one of its own: LOCK_UN in either unlocks both, and the lock lasts until both have closed it.',
      "Opening the file a second time and locking it through the new descriptor conflicts with one's own lock: with LOCK_EX twice the process waits for itself for ever.",
      'flock and fcntl locks on the same local file do not see each other: all programs have to use the same kind.',
      'Unlinking a lock file while others wait for it leaves them locking a file without a name: two processes then both believe that they hold the lock.',
      'A lock file opened with O_TRUNC is emptied before the lock is asked for.',
      'A descriptor that is not close-on-exec carries the lock into the programs this process starts, and it stays taken while they run.',
      'Data in a stdio buffer is written after LOCK_UN unless fflush comes first.',
      'Over NFS it is emulated by a record lock and needs write access for LOCK_EX; over SMB it becomes mandatory.',
    ],
    manPages: [
      { page: 'flock', section: 2 },
      { page: 'fcntl', section: 2 },
    ],
    uses: {
      open: 'Opens the file to lock, any access mode will do. Each open makes a description of its own, which can hold a lock of its own.',
      close:
        'Drops the lock when it closes the last copy of the descriptor, but not while a copy is open here or in a child.',
      dup: 'The copy shares the lock with the original.',
      fork: 'The child shares the lock with the parent through its inherited descriptor.',
      execve: 'The lock stays over exec, as long as the descriptor is not close-on-exec.',
      fflush: 'Writes out buffered data before the lock is released, so that the next holder reads it.',
      fileno: 'Tells the descriptor of a stream, to lock its file.',
      ftruncate: 'Empties the file after the lock is held, instead of O_TRUNC at open.',
      fstat:
        'With stat on the path it tells whether the locked file still has that name; if not, open and lock again.',
      unlink:
        'Removes the lock file. Only the holder of the exclusive lock may do so, and waiters have to check afterwards that their file still has the name.',
      sigaction:
        'A handler without SA_RESTART makes a waiting flock fail with EINTR, for example for a time limit with alarm.',
    },
  },
  calls: [
    {
      name: 'flock',
      man: { page: 'flock', section: 2 },
      headers: ['sys/file.h'],
      prototype: 'int flock(int fd, int operation);',
      standard: 'BSD',
      summary: 'Takes, converts or releases an advisory lock on a whole file.',
      params: [
        { name: 'fd', role: 'descriptor of the file, open in any way', literal: { kind: 'descriptor' } },
        {
          name: 'operation',
          role: 'LOCK_SH, LOCK_EX or LOCK_UN, with LOCK_NB in order not to wait',
          literal: { kind: 'flags', group: 'flock-operations' },
        },
      ],
      returns: { success: '0', failure: { value: '-1', reports: 'errno' } },
      errors: [
        {
          errno: 'EWOULDBLOCK',
          when: 'LOCK_NB is given and the lock is held through another open of the file. An existing lock of this descriptor may be lost by then.',
        },
        { errno: 'EINTR', when: 'A signal handler ran while the call waited: the lock is not held.' },
        { errno: 'EBADF', when: 'The descriptor is not open.' },
        { errno: 'EINVAL', when: '`operation` is none of the known ones.' },
        { errno: 'ENOLCK', when: 'The kernel has no memory for another lock.' },
      ],
      blocking: {
        blocks: true,
        until: 'no other open file description holds a conflicting lock',
        avoid: 'LOCK_NB (EWOULDBLOCK)',
        restarted: 'with SA_RESTART',
      },
      asyncSignalSafe: false,
      threadSafe: true,
      effects: [
        {
          op: 'lock',
          at: 'fd',
          kind: 'flock',
          flags: 'operation',
          when: '(operation & (LOCK_SH | LOCK_EX)) && !(operation & LOCK_NB)',
        },
        {
          op: 'try-lock',
          at: 'fd',
          kind: 'flock',
          flags: 'operation',
          when: '(operation & (LOCK_SH | LOCK_EX)) && (operation & LOCK_NB)',
        },
        { op: 'unlock', at: 'fd', kind: 'flock', flags: 'operation', when: 'operation & LOCK_UN' },
      ],
      notes: [
        'The lock belongs to the open file description: copies made by dup or fork share it, another open of the same file does not.',
        'A circle of processes that wait for each other is not noticed.',
        'Converting between shared and exclusive is not atomic.',
      ],
    },
  ],
  constants: [
    {
      id: 'flock-operations',
      title: 'Operations of flock',
      constants: [
        {
          name: 'LOCK_SH',
          header: 'sys/file.h',
          value: 1,
          meaning: 'Shared lock: many may hold it together.',
        },
        {
          name: 'LOCK_EX',
          header: 'sys/file.h',
          value: 2,
          meaning: 'Exclusive lock: one holder and no shared ones.',
        },
        {
          name: 'LOCK_NB',
          header: 'sys/file.h',
          value: 4,
          meaning: 'Fail with EWOULDBLOCK instead of waiting.',
        },
        { name: 'LOCK_UN', header: 'sys/file.h', value: 8, meaning: 'Release the lock.' },
      ],
    },
  ],
  types: [],
};
