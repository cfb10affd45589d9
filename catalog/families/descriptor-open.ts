import type { Chapter } from '../schema';

export const descriptorOpenFamily: Chapter = {
  family: { id: 'descriptor-open', title: 'Opening files' },
  calls: [
    {
      name: 'open',
      man: { page: 'open', section: 2 },
      headers: ['fcntl.h'],
      prototype: 'int open(const char *pathname, int flags, ...);',
      standard: 'POSIX',
      summary:
        'Opens the file, FIFO or device at a path and returns the lowest free descriptor for it. With O_CREAT it makes the file when there is none.',
      params: [
        { name: 'pathname', role: 'path of what to open', literal: { kind: 'path' } },
        {
          name: 'flags',
          role: 'one access mode (O_RDONLY, O_WRONLY or O_RDWR) joined with any other flags',
          literal: { kind: 'flags', group: 'open-flags' },
        },
        {
          name: 'mode',
          role: 'permissions of a new file, from which the umask takes bits away',
          literal: { kind: 'mode' },
          variadic: true,
          requiredWhen: 'when `flags` has O_CREAT or O_TMPFILE',
        },
      ],
      returns: { success: 'a new file descriptor', failure: { value: '-1', reports: 'errno' } },
      errors: [
        {
          errno: 'EACCES',
          when: 'The permissions of the file or of a directory on the way forbid this access.',
        },
        { errno: 'EEXIST', when: 'O_CREAT and O_EXCL are both given and something has this path already.' },
        {
          errno: 'ENOENT',
          when: 'The file is missing and O_CREAT is not given, or a directory on the way is missing.',
        },
        {
          errno: 'ENXIO',
          when: 'The path is a FIFO without a reader opened with O_WRONLY and O_NONBLOCK, or it is a UNIX socket, which needs connect instead.',
        },
        {
          errno: 'EINTR',
          when: 'A signal handler ran while the call waited, for the other end of a FIFO for example.',
        },
        { errno: 'EISDIR', when: 'The path is a directory and the access mode asks to write.' },
        { errno: 'ELOOP', when: 'Too many symbolic links, or the last part is one and O_NOFOLLOW is given.' },
        { errno: 'EMFILE', when: 'This process has too many descriptors open.' },
        { errno: 'ENFILE', when: 'The whole system has too many open files.' },
        { errno: 'ENOSPC', when: 'The file system has no room for a new file.' },
        { errno: 'EROFS', when: 'The file system is mounted read-only and the access mode asks to write.' },
        {
          errno: 'EWOULDBLOCK',
          when: 'O_NONBLOCK is given and another process holds a lease that this open would break.',
        },
      ],
      blocking: {
        blocks: true,
        until:
          'the other end of a FIFO is opened, or a lease held on the file is given up; other files open at once',
        avoid:
          'O_NONBLOCK (ENXIO for a FIFO without a reader) or O_RDWR, which on Linux opens a FIFO at once',
        restarted: 'with SA_RESTART',
      },
      asyncSignalSafe: true,
      threadSafe: true,
      effects: [
        {
          op: 'create',
          kind: 'file',
          at: 'return',
          name: 'pathname',
          flags: 'flags',
          mode: 'mode',
          when: 'flags & O_CREAT',
        },
        {
          op: 'open',
          kind: 'descriptor',
          at: 'return',
          name: 'pathname',
          flags: 'flags',
          when: '!(flags & O_CREAT)',
        },
      ],
      notes: [
        'Without the third argument, O_CREAT gives the new file whatever bits happen to lie there.',
        'Each open makes a new open file description with an offset and status flags of its own; dup and fork share one instead.',
        'The mode limits later opens only: the descriptor returned here may write even to a file created with mode 0400.',
      ],
    },
    {
      name: 'openat',
      man: { page: 'open', section: 2 },
      headers: ['fcntl.h'],
      prototype: 'int openat(int dirfd, const char *pathname, int flags, ...);',
      standard: 'POSIX',
      summary:
        'Opens like `open`, with a relative path taken from the directory `dirfd` refers to. A directory renamed meanwhile does not mislead it.',
      params: [
        {
          name: 'dirfd',
          role: 'descriptor of the directory a relative path starts from, or AT_FDCWD',
          literal: { kind: 'one-of', group: 'at-directory' },
        },
        {
          name: 'pathname',
          role: 'path of what to open; an absolute one ignores `dirfd`',
          literal: { kind: 'path' },
        },
        {
          name: 'flags',
          role: 'access mode and flags as for open',
          literal: { kind: 'flags', group: 'open-flags' },
        },
        {
          name: 'mode',
          role: 'permissions of a new file, from which the umask takes bits away',
          literal: { kind: 'mode' },
          variadic: true,
          requiredWhen: 'when `flags` has O_CREAT or O_TMPFILE',
        },
      ],
      returns: { success: 'a new file descriptor', failure: { value: '-1', reports: 'errno' } },
      errors: [
        {
          errno: 'EBADF',
          when: 'The path is relative and `dirfd` is neither AT_FDCWD nor an open descriptor.',
        },
        {
          errno: 'ENOTDIR',
          when: 'The path is relative and `dirfd` does not refer to a directory, or a part on the way is no directory.',
        },
        { errno: 'EACCES', when: 'Permissions forbid this access.' },
        { errno: 'EEXIST', when: 'O_CREAT and O_EXCL are both given and something has this path already.' },
        {
          errno: 'ENOENT',
          when: 'The file is missing and O_CREAT is not given, or a directory on the way is missing.',
        },
        {
          errno: 'ENXIO',
          when: 'A FIFO without a reader is opened with O_WRONLY and O_NONBLOCK, or the path is a UNIX socket.',
        },
        { errno: 'EINTR', when: 'A signal handler ran while the call waited.' },
        { errno: 'EMFILE', when: 'This process has too many descriptors open.' },
      ],
      blocking: {
        blocks: true,
        until:
          'the other end of a FIFO is opened, or a lease held on the file is given up; other files open at once',
        avoid: 'O_NONBLOCK',
        restarted: 'with SA_RESTART',
      },
      asyncSignalSafe: true,
      threadSafe: true,
      effects: [
        {
          op: 'create',
          kind: 'file',
          at: 'return',
          name: 'pathname',
          flags: 'flags',
          mode: 'mode',
          when: 'flags & O_CREAT',
        },
        {
          op: 'open',
          kind: 'descriptor',
          at: 'return',
          name: 'pathname',
          flags: 'flags',
          when: '!(flags & O_CREAT)',
        },
      ],
    },
    {
      name: 'creat',
      man: { page: 'creat', section: 2 },
      headers: ['fcntl.h'],
      prototype: 'int creat(const char *pathname, mode_t mode);',
      standard: 'POSIX',
      obsoleteFor: 'open',
      summary:
        'Opens a file to write, making it when it is missing and emptying it when it is there. The same as `open` with O_CREAT, O_WRONLY and O_TRUNC.',
      params: [
        { name: 'pathname', role: 'path of the file', literal: { kind: 'path' } },
        {
          name: 'mode',
          role: 'permissions of a new file, from which the umask takes bits away',
          literal: { kind: 'mode' },
        },
      ],
      returns: {
        success: 'a new file descriptor, open to write only',
        failure: { value: '-1', reports: 'errno' },
      },
      errors: [
        { errno: 'EACCES', when: 'Permissions forbid writing the file or adding it to its directory.' },
        { errno: 'ENOENT', when: 'A directory on the way is missing.' },
        { errno: 'EISDIR', when: 'The path is a directory.' },
        {
          errno: 'EINTR',
          when: 'The path is a FIFO and a signal handler ran while the call waited for a reader.',
        },
        { errno: 'EMFILE', when: 'This process has too many descriptors open.' },
        { errno: 'ENOSPC', when: 'The file system has no room for a new file.' },
      ],
      blocking: {
        blocks: true,
        until: 'a reader opens the FIFO, when the path is one; other files open at once',
        avoid: 'open with O_NONBLOCK',
        restarted: 'with SA_RESTART',
      },
      asyncSignalSafe: true,
      threadSafe: true,
      effects: [{ op: 'create', kind: 'file', at: 'return', name: 'pathname', mode: 'mode' }],
      notes: ['The descriptor cannot read: a file created this way has to be opened again to read it.'],
    },
  ],
  constants: [
    {
      id: 'open-flags',
      title: 'Flags of open',
      constants: [
        { name: 'O_RDONLY', header: 'fcntl.h', value: 0, mask: 3, meaning: 'Read only.' },
        { name: 'O_WRONLY', header: 'fcntl.h', value: 1, mask: 3, meaning: 'Write only.' },
        { name: 'O_RDWR', header: 'fcntl.h', value: 2, mask: 3, meaning: 'Read and write.' },
        {
          name: 'O_CREAT',
          header: 'fcntl.h',
          value: 0o100,
          meaning: 'Make the file when there is none; needs a mode.',
        },
        {
          name: 'O_EXCL',
          header: 'fcntl.h',
          value: 0o200,
          meaning: 'With O_CREAT: fail with EEXIST when the path is taken, in one atomic step.',
        },
        {
          name: 'O_NOCTTY',
          header: 'fcntl.h',
          value: 0o400,
          meaning: 'A terminal opened here does not become the controlling terminal.',
        },
        {
          name: 'O_TRUNC',
          header: 'fcntl.h',
          value: 0o1000,
          meaning: 'Empty a regular file that is opened to write.',
        },
        {
          name: 'O_APPEND',
          header: 'fcntl.h',
          value: 0o2000,
          meaning: 'Every write goes to the end of the file; moving there and writing are one step.',
        },
        {
          name: 'O_NONBLOCK',
          header: 'fcntl.h',
          value: 0o4000,
          meaning:
            'Do not wait, neither in open nor in later reads and writes (EAGAIN). No effect on regular files.',
        },
        { name: 'O_NDELAY', header: 'fcntl.h', value: 0o4000, meaning: 'Older name of O_NONBLOCK.' },
        {
          name: 'O_DSYNC',
          header: 'fcntl.h',
          value: 0o10000,
          meaning: 'Each write returns when the data is on the disk.',
        },
        {
          name: 'O_ASYNC',
          header: 'fcntl.h',
          value: 0o20000,
          meaning:
            'Send a signal (SIGIO) when input or output becomes possible. open ignores it; set it with F_SETFL.',
        },
        {
          name: 'O_DIRECT',
          header: 'fcntl.h',
          featureTest: '_GNU_SOURCE',
          value: 0o40000,
          meaning: 'Move data around the page cache; addresses and sizes must be aligned.',
        },
        {
          name: 'O_LARGEFILE',
          header: 'fcntl.h',
          featureTest: '_GNU_SOURCE',
          value: 0,
          meaning: 'Allow sizes beyond 31 bits; nothing to set on 64-bit systems.',
        },
        {
          name: 'O_DIRECTORY',
          header: 'fcntl.h',
          value: 0o200000,
          meaning: 'Fail with ENOTDIR when the path is no directory.',
        },
        {
          name: 'O_NOFOLLOW',
          header: 'fcntl.h',
          value: 0o400000,
          meaning: 'Fail with ELOOP when the last part of the path is a symbolic link.',
        },
        {
          name: 'O_NOATIME',
          header: 'fcntl.h',
          featureTest: '_GNU_SOURCE',
          value: 0o1000000,
          meaning: 'Reading leaves the time of last access as it is.',
        },
        {
          name: 'O_CLOEXEC',
          header: 'fcntl.h',
          value: 0o2000000,
          meaning: 'Close the descriptor when a new program is executed.',
        },
        {
          name: 'O_SYNC',
          header: 'fcntl.h',
          value: 0o4010000,
          meaning: 'Each write returns when data and all metadata are on the disk.',
        },
        { name: 'O_RSYNC', header: 'fcntl.h', value: 0o4010000, meaning: 'The same as O_SYNC on Linux.' },
        {
          name: 'O_PATH',
          header: 'fcntl.h',
          featureTest: '_GNU_SOURCE',
          value: 0o10000000,
          meaning: 'A descriptor that only stands for the place in the tree: it cannot read or write.',
        },
        {
          name: 'O_TMPFILE',
          header: 'fcntl.h',
          featureTest: '_GNU_SOURCE',
          value: 0o20200000,
          meaning:
            'Make a file without a name in the directory given as the path; needs a mode and write access.',
        },
      ],
    },
    {
      id: 'access-mode-mask',
      title: 'Mask of the access mode',
      constants: [
        {
          name: 'O_ACCMODE',
          header: 'fcntl.h',
          value: 3,
          meaning:
            'Cuts the access mode out of the flags that F_GETFL returns; compare the result with O_RDONLY, O_WRONLY or O_RDWR.',
        },
      ],
    },
    {
      id: 'at-directory',
      title: 'Starting point of relative paths',
      constants: [
        { name: 'AT_FDCWD', header: 'fcntl.h', value: -100, meaning: 'The current working directory.' },
      ],
    },
  ],
  types: [],
};
