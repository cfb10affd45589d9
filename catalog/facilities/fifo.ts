import type { Chapter } from '../schema';

export const fifo: Chapter = {
  facility: {
    id: 'fifo',
    title: 'FIFO (named pipe)',
    summary:
      'A pipe with a path in the file system. Processes that have nothing to do with each other meet by opening the same name, one to read and one to write.',
    taxonomy: 'byte-stream',
    identifiedBy: 'a pathname of the file type FIFO',
    handle: 'one file descriptor for each open, to read or to write',
    accessibility: {
      scope: 'unrelated',
      detail:
        'The permissions of the FIFO and the search permissions of its directories, checked at open. Reading needs `r`, writing needs `w`. In a sticky directory that others may write, the sysctl protected_fifos can forbid O_CREAT on the FIFO of another user.',
    },
    persistence: {
      kind: 'process',
      detail:
        'The name stays until it is unlinked, over reboots too on a disk. The data does not: what is unread when the last descriptor is closed is lost, and an unopened FIFO holds nothing.',
    },
    dataModel: {
      kind: 'byte-stream',
      direction: 'one-way',
      detail:
        'All who open one FIFO share one pipe: bytes come out in order without boundaries, and each byte goes to one reader only. Writes of at most PIPE_BUF bytes are never mixed with those of other writers.',
    },
    flowControl:
      'open waits until the other end is opened as well. After that it is a pipe: a read waits while it is empty and has a writer, a write waits while it is full, read returns 0 once no writer is left, and a write without readers raises SIGPIPE and fails with EPIPE.',
    limits: [
      {
        name: 'capacity',
        usual: '65536 bytes (16 pages)',
        shownAt: 'fcntl(fd, F_GETPIPE_SZ)',
        meaning: 'How much a FIFO holds before a writer has to wait.',
      },
      {
        name: 'PIPE_BUF',
        usual: '4096 bytes',
        shownAt: '<limits.h>',
        meaning: 'The largest write that is guaranteed to be atomic: keep each request of a client below it.',
      },
      {
        name: 'pipe-max-size',
        usual: '1048576 bytes',
        shownAt: '/proc/sys/fs/pipe-max-size',
        meaning: 'The largest capacity that a process without CAP_SYS_RESOURCE may set with F_SETPIPE_SZ.',
      },
      {
        name: 'pipe-user-pages-soft',
        usual: '16384 pages',
        shownAt: '/proc/sys/fs/pipe-user-pages-soft',
        meaning: 'Memory of all pipes and FIFOs of a user, beyond which new ones get the smallest capacity.',
      },
      {
        name: 'PATH_MAX',
        usual: '4096 bytes',
        shownAt: '<limits.h>',
        meaning: 'The longest path, with its null byte; one part of it has at most NAME_MAX (255) bytes.',
      },
    ],
    comparison: [
      {
        to: 'pipe',
        difference:
          'A pipe has no name and is inherited; a FIFO is opened by path and checks permissions, and open waits for the other end.',
      },
      {
        to: 'unix-stream',
        difference:
          'A UNIX socket gives each client a connection of its own, two-way, and tells who it is; clients of a FIFO all write into one stream.',
      },
      {
        to: 'posix-mq',
        difference:
          'A message queue keeps messages apart and unread messages alive while nobody has it open; a FIFO does neither.',
      },
      {
        to: 'shared-file',
        difference:
          'A FIFO looks like a file but stores nothing: reading takes the bytes away, and there is no seeking.',
      },
    ],
    pitfalls: [
      'Two processes that each open one FIFO to read before they open another to write wait for each other for ever: open them in the same order on both sides.',
      'A process that opens the same FIFO first to read and then to write, both blocking, hangs in the first open.',
      'A server with a read descriptor only sees end-of-file each time its last client leaves; holding a write descriptor as well keeps the FIFO open.',
      'Opening with O_WRONLY and O_NONBLOCK fails with ENXIO while there is no reader; that is an answer, not a fault.',
      'mkfifo fails with EEXIST on the second run; going on without a check may open a regular file that someone put there.',
      'Records larger than PIPE_BUF from several writers are cut into one another.',
      'The umask takes bits from the mode of mkfifo, so that clients of another user find EACCES; chmod afterwards sets it exactly.',
    ],
    manPages: [
      { page: 'fifo', section: 7 },
      { page: 'mkfifo', section: 3 },
      { page: 'pipe', section: 7 },
    ],
    uses: {
      open: 'Opens one end and waits until some process opens the other. With O_NONBLOCK, O_RDONLY succeeds at once and O_WRONLY fails with ENXIO while there is no reader. On Linux O_RDWR never waits, and its reader never sees end-of-file.',
      read: 'Takes up to `count` bytes. It waits while the FIFO is empty and has a writer, and returns 0 once the last writer has closed it.',
      write:
        'Appends bytes, waiting while there is no room. With no reader left it raises SIGPIPE and fails with EPIPE.',
      close:
        'Gives up one end. Closing the last write descriptor gives the readers end-of-file, which goes away when a writer opens again.',
      unlink:
        'Removes the name. Processes that have the FIFO open go on with it; a later mkfifo of the same path makes another FIFO.',
      poll: 'Waits for data. Without any writer it reports POLLHUP once there has been one, so a server holds a write descriptor to avoid a busy loop.',
      stat: 'Tells with S_ISFIFO whether the path is a FIFO, which is worth knowing after EEXIST; fstat after the open leaves no gap between.',
      fstat: 'Tells with S_ISFIFO that what was opened is indeed a FIFO.',
      fcntl:
        'F_SETPIPE_SZ and F_GETPIPE_SZ set and tell the capacity. Clearing O_NONBLOCK after a non-blocking open makes later reads wait.',
      umask: 'Takes permission bits from the mode given to mkfifo.',
      chmod: 'Sets the permissions exactly, whatever the umask took.',
      mkdtemp: 'Makes a private directory, in which a FIFO cannot be replaced by strangers.',
      fdopen: 'Puts a stream on an end, to read requests line by line.',
      fopen: 'Opens an end as a stream and waits for the other end, as open does.',
      sigaction:
        'With SIG_IGN for SIGPIPE a write after the last reader has left returns EPIPE instead of ending the process.',
      ioctl: 'FIONREAD tells how many bytes are unread.',
    },
  },
  calls: [
    {
      name: 'mkfifo',
      man: { page: 'mkfifo', section: 3 },
      headers: ['sys/types.h', 'sys/stat.h'],
      prototype: 'int mkfifo(const char *pathname, mode_t mode);',
      standard: 'POSIX',
      summary: 'Makes a FIFO under a path. It opens nothing: both sides then call open.',
      params: [
        { name: 'pathname', role: 'path of the new FIFO', literal: { kind: 'path' } },
        {
          name: 'mode',
          role: 'permissions, from which the umask takes bits away',
          literal: { kind: 'mode' },
        },
      ],
      returns: { success: '0', failure: { value: '-1', reports: 'errno' } },
      errors: [
        { errno: 'EEXIST', when: 'The path is taken: by a FIFO of an earlier run, or by something else.' },
        { errno: 'ENOENT', when: 'A directory on the way is missing.' },
        { errno: 'EACCES', when: 'The directory may not be written, or one on the way not searched.' },
        { errno: 'ENOSPC', when: 'The file system has no room for a new name.' },
        { errno: 'ENOTDIR', when: 'A part on the way is no directory.' },
        { errno: 'EROFS', when: 'The file system is read-only.' },
        { errno: 'EPERM', when: 'The file system cannot hold a FIFO.' },
        { errno: 'ENAMETOOLONG', when: 'The path or a part of it is too long.' },
      ],
      blocking: { blocks: false },
      asyncSignalSafe: true,
      threadSafe: true,
      effects: [{ op: 'create', kind: 'fifo', at: 'pathname', name: 'pathname', mode: 'mode' }],
      notes: ['To reuse a FIFO accept EEXIST and check with fstat and S_ISFIFO after the open.'],
    },
    {
      name: 'mkfifoat',
      man: { page: 'mkfifo', section: 3 },
      headers: ['fcntl.h', 'sys/stat.h'],
      prototype: 'int mkfifoat(int dirfd, const char *pathname, mode_t mode);',
      standard: 'POSIX',
      summary: 'Makes a FIFO like `mkfifo`, with a relative path taken from a directory descriptor.',
      params: [
        {
          name: 'dirfd',
          role: 'descriptor of the directory a relative path starts from, or AT_FDCWD',
          literal: { kind: 'one-of', group: 'at-directory' },
        },
        { name: 'pathname', role: 'path of the new FIFO', literal: { kind: 'path' } },
        {
          name: 'mode',
          role: 'permissions, from which the umask takes bits away',
          literal: { kind: 'mode' },
        },
      ],
      returns: { success: '0', failure: { value: '-1', reports: 'errno' } },
      errors: [
        {
          errno: 'EBADF',
          when: 'The path is relative and `dirfd` is neither AT_FDCWD nor an open descriptor.',
        },
        { errno: 'EEXIST', when: 'The path is taken.' },
        { errno: 'ENOENT', when: 'A directory on the way is missing.' },
        { errno: 'EACCES', when: 'The directory may not be written.' },
        {
          errno: 'ENOTDIR',
          when: 'The path is relative and `dirfd` is no directory, or a part on the way is none.',
        },
        { errno: 'EROFS', when: 'The file system is read-only.' },
      ],
      blocking: { blocks: false },
      asyncSignalSafe: true,
      threadSafe: true,
      effects: [{ op: 'create', kind: 'fifo', at: 'pathname', name: 'pathname', mode: 'mode' }],
    },
    {
      name: 'mknod',
      man: { page: 'mknod', section: 2 },
      headers: ['sys/stat.h'],
      prototype: 'int mknod(const char *pathname, mode_t mode, dev_t dev);',
      standard: 'POSIX',
      summary:
        'Makes a FIFO, an empty file, a socket name or a device, as the file type in `mode` says. mkfifo is the portable way to a FIFO.',
      params: [
        { name: 'pathname', role: 'path of the new node', literal: { kind: 'path' } },
        {
          name: 'mode',
          role: 'file type joined with permissions, from which the umask takes bits away',
          literal: { kind: 'flags', group: 'file-types', withMode: true },
        },
        { name: 'dev', role: 'numbers of a device; 0 for everything else' },
      ],
      returns: { success: '0', failure: { value: '-1', reports: 'errno' } },
      errors: [
        { errno: 'EEXIST', when: 'The path is taken.' },
        { errno: 'ENOENT', when: 'A directory on the way is missing.' },
        { errno: 'EACCES', when: 'The directory may not be written.' },
        { errno: 'EINVAL', when: 'The file type is none that can be made.' },
        {
          errno: 'EPERM',
          when: 'A device is asked for without CAP_MKNOD, or the file system cannot hold the node.',
        },
        { errno: 'EROFS', when: 'The file system is read-only.' },
      ],
      blocking: { blocks: false },
      asyncSignalSafe: true,
      threadSafe: true,
      effects: [
        {
          op: 'create',
          kind: 'fifo',
          at: 'pathname',
          name: 'pathname',
          mode: 'mode',
          when: '(mode & S_IFMT) == S_IFIFO',
        },
        {
          op: 'create',
          kind: 'file',
          at: 'pathname',
          name: 'pathname',
          mode: 'mode',
          when: '(mode & S_IFMT) == S_IFREG || (mode & S_IFMT) == 0',
        },
      ],
    },
    {
      name: 'mknodat',
      man: { page: 'mknod', section: 2 },
      headers: ['fcntl.h', 'sys/stat.h'],
      prototype: 'int mknodat(int dirfd, const char *pathname, mode_t mode, dev_t dev);',
      standard: 'POSIX',
      summary: 'Makes a node like `mknod`, with a relative path taken from a directory descriptor.',
      params: [
        {
          name: 'dirfd',
          role: 'descriptor of the directory a relative path starts from, or AT_FDCWD',
          literal: { kind: 'one-of', group: 'at-directory' },
        },
        { name: 'pathname', role: 'path of the new node', literal: { kind: 'path' } },
        {
          name: 'mode',
          role: 'file type joined with permissions, from which the umask takes bits away',
          literal: { kind: 'flags', group: 'file-types', withMode: true },
        },
        { name: 'dev', role: 'numbers of a device; 0 for everything else' },
      ],
      returns: { success: '0', failure: { value: '-1', reports: 'errno' } },
      errors: [
        {
          errno: 'EBADF',
          when: 'The path is relative and `dirfd` is neither AT_FDCWD nor an open descriptor.',
        },
        { errno: 'EEXIST', when: 'The path is taken.' },
        { errno: 'ENOENT', when: 'A directory on the way is missing.' },
        { errno: 'EACCES', when: 'The directory may not be written.' },
        { errno: 'EPERM', when: 'A device is asked for without CAP_MKNOD.' },
      ],
      blocking: { blocks: false },
      asyncSignalSafe: true,
      threadSafe: true,
      effects: [
        {
          op: 'create',
          kind: 'fifo',
          at: 'pathname',
          name: 'pathname',
          mode: 'mode',
          when: '(mode & S_IFMT) == S_IFIFO',
        },
        {
          op: 'create',
          kind: 'file',
          at: 'pathname',
          name: 'pathname',
          mode: 'mode',
          when: '(mode & S_IFMT) == S_IFREG || (mode & S_IFMT) == 0',
        },
      ],
    },
  ],
  constants: [],
  types: [],
};
