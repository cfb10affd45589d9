import type { Chapter } from '../schema';

export const fcntlLock: Chapter = {
  facility: {
    id: 'fcntl-lock',
    title: 'Record lock (fcntl)',
    summary:
      'Shared and exclusive locks on ranges of bytes of a file. Traditional ones belong to the process; open file description locks, a Linux addition, belong to the open file.',
    taxonomy: 'file-lock',
    identifiedBy: 'a file and a range of its bytes',
    handle: 'file descriptor of the file, with a struct flock for the range',
    accessibility: {
      scope: 'unrelated',
      detail:
        'Whoever can open the file: F_RDLCK needs a descriptor open to read and F_WRLCK one open to write.',
    },
    persistence: {
      kind: 'process',
      detail:
        'Traditional locks end when the process unlocks, closes any descriptor of the file or ends; exec keeps them. F_OFD_ locks end with the last copy of their descriptor.',
    },
    dataModel: {
      kind: 'lock',
      direction: 'n/a',
      detail:
        'Each byte has many read locks or one write lock. Ranges of one owner merge, split and convert as asked. Bytes past the end of the file can be locked, and length 0 means up to the end however far it moves. Locks are advisory: reads and writes that do not ask go through.',
    },
    flowControl:
      'F_SETLK and F_OFD_SETLK fail at once when someone else is in the way; F_SETLKW and F_OFD_SETLKW wait. When traditional locks would wait in a circle, one request fails with EDEADLK.',
    limits: [
      {
        name: 'lock records',
        usual: 'no fixed number',
        shownAt: '/proc/locks',
        meaning:
          'ENOLCK when the kernel has no memory for another; the file lists the locks and their waiters.',
      },
      {
        name: 'deadlock search',
        usual: '10 steps',
        meaning: 'Longer circles of waiting processes are not noticed.',
      },
      {
        name: 'largest offset',
        usual: '9223372036854775807',
        meaning: 'Ranges beyond it fail with EOVERFLOW or EINVAL.',
      },
    ],
    comparison: [
      {
        to: 'flock',
        difference:
          'flock locks the whole file, whatever the access mode, and belongs to the open file description; the two kinds do not see each other on local file systems.',
      },
      {
        to: 'sysv-sem',
        difference:
          'A semaphore guards what the programs agree on; a record lock guards bytes of a file and is released when its process ends, with no undo needed.',
      },
      {
        to: 'posix-sem-named',
        difference:
          'A semaphore stays taken when its holder dies, and it does not tell who holds it; F_GETLK does.',
      },
      {
        to: 'mutex',
        difference:
          'A mutex in shared memory does without a system call when it is free, and separates threads, which traditional record locks do not.',
      },
    ],
    pitfalls: [
      "Closing any descriptor of the file drops all traditional locks of the process on it, even when a library opened and closed the file behind one's back. F_OFD_ locks do not have this fault.",
      'A child made by fork has none of the traditional locks of its parent; it shares the F_OFD_ ones.',
      'F_WRLCK through a descriptor opened with O_RDONLY fails with EBADF, and so does F_RDLCK through O_WRONLY.',
      'Members of struct flock that were never set lock some other range: set `l_type`, `l_whence`, `l_start` and `l_len`, and set `l_pid` to 0 for F_OFD_ commands (EINVAL otherwise).',
      'Threads of one process never exclude each other with traditional locks: each request just converts the lock they share.',
      'F_SETLK may fail with EACCES or EAGAIN; both mean that someone else has the lock, and neither is a fault.',
      'The answer of F_GETLK may be wrong before it is read: only F_SETLK takes the lock.',
      'Turning a read lock into a write lock while another does the same ends with EDEADLK for one of them, who then has to let go.',
      'Data in a stdio buffer is written after the unlock unless fflush comes first.',
      'F_OFD_ locks are not searched for deadlocks: a circle waits for ever.',
      'A network file system may lose locks when the server is out of reach; reads and writes can then fail with EIO.',
    ],
    manPages: [
      { page: 'fcntl', section: 2 },
      { page: 'lockf', section: 3 },
    ],
    uses: {
      fcntl:
        'F_SETLK, F_SETLKW and F_GETLK work on traditional locks, F_OFD_SETLK, F_OFD_SETLKW and F_OFD_GETLK on those of the open file description. The third argument points to a struct flock.',
      open: 'Opens the file in the mode the lock needs: to read for F_RDLCK, to write for F_WRLCK.',
      close:
        'Drops every traditional lock of this process on the file, whichever descriptor it was set through.',
      fork: "The child starts without the parent's traditional locks and shares its F_OFD_ locks.",
      execve: 'Locks stay over exec, as long as the descriptors are not close-on-exec.',
      dup2: 'Closes what the target was before, which drops the traditional locks when that was the same file.',
      lseek: 'Moves the offset that `l_whence` SEEK_CUR and lockf count from.',
      pread: 'Reads a locked record without moving the shared file offset.',
      pwrite: 'Writes a locked record without moving the shared file offset.',
      fflush: 'Writes out buffered data before the unlock; better use read and write on locked files.',
      sigaction:
        'A handler without SA_RESTART makes a waiting F_SETLKW fail with EINTR, for example for a time limit with alarm.',
    },
  },
  calls: [
    {
      name: 'lockf',
      man: { page: 'lockf', section: 3 },
      headers: ['unistd.h'],
      prototype: 'int lockf(int fd, int cmd, off_t len);',
      standard: 'POSIX',
      summary:
        'Locks, tests or unlocks bytes from the present file offset on. On Linux these are exclusive record locks, set through fcntl.',
      params: [
        { name: 'fd', role: 'descriptor open to write', literal: { kind: 'descriptor' } },
        { name: 'cmd', role: 'what to do', literal: { kind: 'one-of', group: 'lockf-commands' } },
        {
          name: 'len',
          role: 'bytes from the file offset on; negative for those before it, 0 up to the end of the file',
        },
      ],
      returns: { success: '0', failure: { value: '-1', reports: 'errno' } },
      errors: [
        { errno: 'EAGAIN', when: 'F_TLOCK met a lock of another process.' },
        {
          errno: 'EACCES',
          when: 'F_TEST met a lock of another process; other systems may report this for F_TLOCK too.',
        },
        { errno: 'EBADF', when: 'The descriptor is not open, or not open to write.' },
        { errno: 'EDEADLK', when: 'F_LOCK would close a circle of processes that wait for each other.' },
        { errno: 'EINTR', when: 'A signal handler ran while F_LOCK waited: the lock is not held.' },
        { errno: 'EINVAL', when: '`cmd` is none of the known ones.' },
        { errno: 'ENOLCK', when: 'Too many locks are held.' },
      ],
      blocking: {
        blocks: true,
        until: 'other processes release the bytes, with F_LOCK',
        avoid: 'F_TLOCK (EAGAIN or EACCES)',
        restarted: 'with SA_RESTART',
      },
      asyncSignalSafe: false,
      threadSafe: true,
      effects: [
        { op: 'lock', at: 'fd', kind: 'record-lock', size: 'len', when: 'cmd == F_LOCK' },
        { op: 'try-lock', at: 'fd', kind: 'record-lock', size: 'len', when: 'cmd == F_TLOCK' },
        { op: 'unlock', at: 'fd', kind: 'record-lock', size: 'len', when: 'cmd == F_ULOCK' },
        { op: 'query', at: 'fd', size: 'len', when: 'cmd == F_TEST' },
      ],
      notes: [
        'The range depends on the file offset at the moment: read and write move it, so that unlocking needs an lseek back first.',
        'As with every traditional record lock, any close of the file in this process drops it, and a child does not inherit it.',
      ],
    },
  ],
  constants: [
    {
      id: 'record-lock-types',
      title: 'Kinds of record lock',
      constants: [
        { name: 'F_RDLCK', header: 'fcntl.h', value: 0, meaning: 'Read lock: many may hold it together.' },
        { name: 'F_WRLCK', header: 'fcntl.h', value: 1, meaning: 'Write lock: one holder.' },
        {
          name: 'F_UNLCK',
          header: 'fcntl.h',
          value: 2,
          meaning: 'No lock: releases the range, or tells that nothing is in the way.',
        },
      ],
    },
    {
      id: 'record-lock-commands',
      title: 'Commands of fcntl for record locks',
      constants: [
        {
          name: 'F_GETLK',
          header: 'fcntl.h',
          value: 5,
          meaning: 'Ask which lock stands in the way of the one described.',
        },
        {
          name: 'F_SETLK',
          header: 'fcntl.h',
          value: 6,
          meaning: 'Set or release a lock of the process and fail at once when another is in the way.',
        },
        {
          name: 'F_SETLKW',
          header: 'fcntl.h',
          value: 7,
          meaning: 'The same, waiting for others to release theirs.',
        },
        {
          name: 'F_OFD_GETLK',
          header: 'fcntl.h',
          featureTest: '_GNU_SOURCE',
          value: 36,
          meaning: 'Ask which lock stands in the way of a lock of the open file description.',
        },
        {
          name: 'F_OFD_SETLK',
          header: 'fcntl.h',
          featureTest: '_GNU_SOURCE',
          value: 37,
          meaning:
            'Set or release a lock of the open file description and fail at once when another is in the way.',
        },
        {
          name: 'F_OFD_SETLKW',
          header: 'fcntl.h',
          featureTest: '_GNU_SOURCE',
          value: 38,
          meaning: 'The same, waiting for others to release theirs.',
        },
      ],
    },
    {
      id: 'lockf-commands',
      title: 'Commands of lockf',
      constants: [
        { name: 'F_ULOCK', header: 'unistd.h', value: 0, meaning: 'Release the bytes.' },
        { name: 'F_LOCK', header: 'unistd.h', value: 1, meaning: 'Lock the bytes, waiting for others.' },
        { name: 'F_TLOCK', header: 'unistd.h', value: 2, meaning: 'Lock the bytes or fail at once.' },
        {
          name: 'F_TEST',
          header: 'unistd.h',
          value: 3,
          meaning: 'Ask whether another process has a lock on the bytes.',
        },
      ],
    },
  ],
  types: [
    {
      name: 'struct flock',
      header: 'fcntl.h',
      meaning:
        'A range of a file and the lock asked for or found on it. Set every member: what is left unset locks some other range.',
      size: 32,
      members: [
        { declaration: 'short l_type', meaning: 'F_RDLCK, F_WRLCK or F_UNLCK.', mustSet: true },
        {
          declaration: 'short l_whence',
          meaning: 'Where `l_start` counts from: SEEK_SET, SEEK_CUR or SEEK_END.',
          mustSet: true,
        },
        {
          declaration: 'off_t l_start',
          meaning: 'The first byte of the range; may be negative.',
          mustSet: true,
        },
        {
          declaration: 'off_t l_len',
          meaning: 'The length of the range in bytes; 0 reaches to the end of the file, however it grows.',
          mustSet: true,
        },
        {
          declaration: 'pid_t l_pid',
          meaning:
            'F_GETLK stores who holds the lock in the way, or -1 for an open file description lock. Must be 0 for the F_OFD_ commands.',
        },
      ],
    },
  ],
};
