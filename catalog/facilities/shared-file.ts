import type { Chapter } from '../schema';

export const sharedFile: Chapter = {
  facility: {
    id: 'shared-file',
    title: 'Shared file',
    summary:
      'A file that several processes read and write. It is the simplest way to share data that outlives them, and everything about order and waiting has to be added.',
    taxonomy: 'shared-storage',
    identifiedBy: 'a pathname',
    handle: 'file descriptor',
    accessibility: {
      scope: 'unrelated',
      detail:
        'The permissions of the file and of its directories, checked at open. On a network file system other machines reach it too.',
    },
    persistence: {
      kind: 'file-system',
      detail:
        'Content and name stay until the file is unlinked, over reboots as well unless the file system is in memory.',
    },
    dataModel: {
      kind: 'file',
      direction: 'two-way',
      detail:
        'Bytes at offsets, read as often as one likes. What one process has written the next read of another sees, through the common page cache. Writes with O_APPEND each go to the end in one piece; others overwrite what is at their offset.',
    },
    flowControl:
      'None: a read at the end returns 0 at once and never waits for more. Waiting takes a lock, inotify, a signal or another facility beside the file.',
    limits: [
      {
        name: 'RLIMIT_FSIZE',
        usual: 'unlimited',
        shownAt: 'getrlimit(RLIMIT_FSIZE)',
        meaning: 'The largest file this process may write; SIGXFSZ and EFBIG come beyond.',
      },
      {
        name: 'RLIMIT_NOFILE',
        usual: '1024 descriptors',
        shownAt: 'getrlimit(RLIMIT_NOFILE)',
        meaning: 'Descriptors a process may have open.',
      },
      {
        name: 'largest transfer',
        usual: '2147479552 bytes',
        meaning: 'What one read or write moves at most.',
      },
      {
        name: 'max_user_watches',
        usual: 'depends on memory',
        shownAt: '/proc/sys/fs/inotify/max_user_watches',
        meaning: 'Files and directories a user may watch with inotify; ENOSPC comes beyond.',
      },
      {
        name: 'max_user_instances',
        usual: '128',
        shownAt: '/proc/sys/fs/inotify/max_user_instances',
        meaning: 'Inotify descriptors a user may have; EMFILE comes beyond.',
      },
      {
        name: 'max_queued_events',
        usual: '16384',
        shownAt: '/proc/sys/fs/inotify/max_queued_events',
        meaning: 'Events that wait in one inotify descriptor; IN_Q_OVERFLOW tells that more were lost.',
      },
    ],
    comparison: [
      {
        to: 'mmap-shared',
        difference:
          'A shared mapping of the same file needs no system call for each access, and it needs synchronisation just as much.',
      },
      {
        to: 'posix-shm',
        difference:
          'A shared memory object is a file in memory: it does not survive a reboot and never waits for a disk.',
      },
      {
        to: 'fifo',
        difference: 'A FIFO makes a reader wait for a writer and forgets what was read; a file does neither.',
      },
      {
        to: 'posix-mq',
        difference: 'A message queue keeps messages apart, lets a reader wait and can tell it of arrivals.',
      },
    ],
    pitfalls: [
      'Two processes that read a number, add one and write it back lose updates: hold a lock over all three steps.',
      'Moving with lseek to the end and then writing overwrites what another process appended in between; O_APPEND does both in one step.',
      'Processes that inherited one descriptor share its offset, so that reads of one make the others skip; pread and pwrite leave it alone.',
      'A reader that opens while the writer is at work sees half of the content: write to another name and rename it when it is finished.',
      'Testing with access or stat and opening afterwards leaves a gap in which the file changes: open with O_EXCL, or open and use fstat.',
      'Data in a stdio buffer is invisible to other processes until fflush.',
      'On NFS other machines see writes late, and O_APPEND of several clients can overwrite one another.',
      'A lock on the file has to be asked for by everyone: read and write ignore it.',
    ],
    manPages: [
      { page: 'open', section: 2 },
      { page: 'write', section: 2 },
      { page: 'inotify', section: 7 },
      { page: 'inode', section: 7 },
    ],
    uses: {
      open: 'Opens the file. O_CREAT with O_EXCL lets exactly one process make it, and O_APPEND lets several add records.',
      read: 'Reads from the offset on. 0 means the present end of the file, not that no more will come.',
      write:
        'Writes at the offset, or at the end with O_APPEND. Other processes see it with their next read.',
      pread: 'Reads a record at its place, without the shared offset.',
      pwrite: 'Writes a record at its place, without the shared offset.',
      lseek: 'Moves the offset, which copies of the descriptor in other processes share.',
      flock: 'Locks the whole file for those who ask as well.',
      fcntl: 'Locks ranges of bytes, or takes a lease to be told before another process opens the file.',
      ftruncate: 'Sets the size, to empty the file under a lock for example.',
      fsync: 'Brings the content to the disk. Other processes see it without that.',
      rename:
        'Replaces the file by a finished one in one step; who has the old one open keeps the old content.',
      unlink: 'Removes the name; the content stays for those who have it open.',
      fstat:
        'Tells size, time of change and identity of the open file: a changed `st_ino` of the path means that it was replaced.',
      mkstemp: 'Makes the new file that rename then puts in place.',
      mmap: 'Maps the file, so that several processes work on the same pages.',
      fflush: 'Gives what stdio has buffered to the kernel, and so to the others.',
      poll: 'Always reports a regular file ready; it waits on an inotify descriptor instead.',
    },
  },
  calls: [
    {
      name: 'inotify_init',
      man: { page: 'inotify_init', section: 2 },
      headers: ['sys/inotify.h'],
      prototype: 'int inotify_init(void);',
      standard: 'Linux',
      obsoleteFor: 'inotify_init1',
      summary: 'Opens a descriptor from which changes of files and directories can be read.',
      params: [],
      returns: { success: 'a new file descriptor', failure: { value: '-1', reports: 'errno' } },
      errors: [
        {
          errno: 'EMFILE',
          when: 'The user has too many inotify descriptors, or this process too many descriptors.',
        },
        { errno: 'ENFILE', when: 'The whole system has too many open files.' },
        { errno: 'ENOMEM', when: 'There is not enough memory.' },
      ],
      blocking: { blocks: false },
      asyncSignalSafe: false,
      threadSafe: true,
      effects: [{ op: 'create', kind: 'inotify', at: 'return' }],
    },
    {
      name: 'inotify_init1',
      man: { page: 'inotify_init', section: 2 },
      headers: ['sys/inotify.h'],
      prototype: 'int inotify_init1(int flags);',
      standard: 'Linux',
      summary:
        'Opens a descriptor from which changes of files and directories can be read, and sets flags on it in the same step.',
      params: [
        { name: 'flags', role: '0 or flags', literal: { kind: 'flags', group: 'inotify-init-flags' } },
      ],
      returns: { success: 'a new file descriptor', failure: { value: '-1', reports: 'errno' } },
      errors: [
        { errno: 'EINVAL', when: '`flags` has an unknown bit.' },
        {
          errno: 'EMFILE',
          when: 'The user has too many inotify descriptors, or this process too many descriptors.',
        },
        { errno: 'ENFILE', when: 'The whole system has too many open files.' },
        { errno: 'ENOMEM', when: 'There is not enough memory.' },
      ],
      blocking: { blocks: false },
      asyncSignalSafe: false,
      threadSafe: true,
      effects: [{ op: 'create', kind: 'inotify', at: 'return', flags: 'flags' }],
      notes: [
        'read on it waits for events and gives as many struct inotify_event, each with its name, as fit in the buffer.',
      ],
    },
    {
      name: 'inotify_add_watch',
      man: { page: 'inotify_add_watch', section: 2 },
      headers: ['sys/inotify.h'],
      prototype: 'int inotify_add_watch(int fd, const char *pathname, uint32_t mask);',
      standard: 'Linux',
      summary:
        'Watches a file, or a directory with its entries, for the changes in `mask`. For one that is watched already it sets the mask anew.',
      params: [
        { name: 'fd', role: 'inotify descriptor', literal: { kind: 'descriptor' } },
        { name: 'pathname', role: 'file or directory', literal: { kind: 'path' } },
        {
          name: 'mask',
          role: 'changes to report, with flags',
          literal: { kind: 'flags', group: 'inotify-events' },
        },
      ],
      returns: {
        success: 'a watch descriptor, which events repeat',
        failure: { value: '-1', reports: 'errno' },
      },
      errors: [
        { errno: 'ENOSPC', when: 'The user watches too many files.' },
        { errno: 'ENOENT', when: 'The path does not exist.' },
        { errno: 'EACCES', when: 'The file may not be read.' },
        { errno: 'EEXIST', when: 'IN_MASK_CREATE is given and the file is watched already.' },
        { errno: 'EINVAL', when: '`mask` has no event, or `fd` is no inotify descriptor.' },
        { errno: 'ENOTDIR', when: 'IN_ONLYDIR is given and the path is no directory.' },
        { errno: 'EBADF', when: 'The descriptor is not open.' },
      ],
      blocking: { blocks: false },
      asyncSignalSafe: false,
      threadSafe: true,
      effects: [{ op: 'configure', at: 'fd', kind: 'inotify', name: 'pathname', flags: 'mask' }],
      notes: [
        'The watch follows the file and not the name: a file replaced by rename is no longer watched, so watch its directory.',
        'Changes made through a shared mapping, or on another machine of a network file system, are not reported.',
      ],
    },
    {
      name: 'inotify_rm_watch',
      man: { page: 'inotify_rm_watch', section: 2 },
      headers: ['sys/inotify.h'],
      prototype: 'int inotify_rm_watch(int fd, int wd);',
      standard: 'Linux',
      summary: 'Ends a watch. An IN_IGNORED event follows.',
      params: [
        { name: 'fd', role: 'inotify descriptor', literal: { kind: 'descriptor' } },
        { name: 'wd', role: 'watch descriptor' },
      ],
      returns: { success: '0', failure: { value: '-1', reports: 'errno' } },
      errors: [
        { errno: 'EBADF', when: 'The descriptor is not open.' },
        { errno: 'EINVAL', when: 'There is no such watch, or `fd` is no inotify descriptor.' },
      ],
      blocking: { blocks: false },
      asyncSignalSafe: false,
      threadSafe: true,
      effects: [{ op: 'configure', at: 'fd', kind: 'inotify' }],
    },
  ],
  constants: [
    {
      id: 'inotify-init-flags',
      title: 'Flags of inotify_init1',
      constants: [
        {
          name: 'IN_NONBLOCK',
          header: 'sys/inotify.h',
          value: 0o4000,
          meaning: 'read fails with EAGAIN while there is no event.',
        },
        {
          name: 'IN_CLOEXEC',
          header: 'sys/inotify.h',
          value: 0o2000000,
          meaning: 'Close the descriptor when a new program is executed.',
        },
      ],
    },
    {
      id: 'inotify-events',
      title: 'Events of inotify and flags of a watch',
      constants: [
        { name: 'IN_ACCESS', header: 'sys/inotify.h', value: 1, meaning: 'The file was read or executed.' },
        {
          name: 'IN_MODIFY',
          header: 'sys/inotify.h',
          value: 2,
          meaning: 'The file was written or truncated.',
        },
        {
          name: 'IN_ATTRIB',
          header: 'sys/inotify.h',
          value: 4,
          meaning: 'Permissions, times, owner or number of names changed.',
        },
        {
          name: 'IN_CLOSE_WRITE',
          header: 'sys/inotify.h',
          value: 8,
          meaning: 'A descriptor open to write was closed: the sign that a file is finished.',
        },
        {
          name: 'IN_CLOSE_NOWRITE',
          header: 'sys/inotify.h',
          value: 0x10,
          meaning: 'A descriptor open only to read was closed.',
        },
        { name: 'IN_CLOSE', header: 'sys/inotify.h', value: 0x18, meaning: 'Either kind of close.' },
        { name: 'IN_OPEN', header: 'sys/inotify.h', value: 0x20, meaning: 'The file was opened.' },
        {
          name: 'IN_MOVED_FROM',
          header: 'sys/inotify.h',
          value: 0x40,
          meaning: 'An entry was renamed away from the directory.',
        },
        {
          name: 'IN_MOVED_TO',
          header: 'sys/inotify.h',
          value: 0x80,
          meaning: 'An entry was renamed into the directory.',
        },
        { name: 'IN_MOVE', header: 'sys/inotify.h', value: 0xc0, meaning: 'Either kind of rename.' },
        {
          name: 'IN_CREATE',
          header: 'sys/inotify.h',
          value: 0x100,
          meaning: 'An entry was made in the directory.',
        },
        {
          name: 'IN_DELETE',
          header: 'sys/inotify.h',
          value: 0x200,
          meaning: 'An entry was removed from the directory.',
        },
        {
          name: 'IN_DELETE_SELF',
          header: 'sys/inotify.h',
          value: 0x400,
          meaning: 'The watched file itself was removed.',
        },
        {
          name: 'IN_MOVE_SELF',
          header: 'sys/inotify.h',
          value: 0x800,
          meaning: 'The watched file itself was renamed.',
        },
        { name: 'IN_ALL_EVENTS', header: 'sys/inotify.h', value: 0xfff, meaning: 'All of these events.' },
        {
          name: 'IN_UNMOUNT',
          header: 'sys/inotify.h',
          value: 0x2000,
          meaning: 'Only reported: the file system was unmounted.',
        },
        {
          name: 'IN_Q_OVERFLOW',
          header: 'sys/inotify.h',
          value: 0x4000,
          meaning: 'Only reported: events were lost, since too many waited.',
        },
        {
          name: 'IN_IGNORED',
          header: 'sys/inotify.h',
          value: 0x8000,
          meaning: 'Only reported: the watch has ended.',
        },
        {
          name: 'IN_ONLYDIR',
          header: 'sys/inotify.h',
          value: 0x1000000,
          meaning: 'Fail when the path is no directory.',
        },
        {
          name: 'IN_DONT_FOLLOW',
          header: 'sys/inotify.h',
          value: 0x2000000,
          meaning: 'Watch a symbolic link itself.',
        },
        {
          name: 'IN_EXCL_UNLINK',
          header: 'sys/inotify.h',
          value: 0x4000000,
          meaning: 'Do not report on entries that are unlinked and still open.',
        },
        {
          name: 'IN_MASK_CREATE',
          header: 'sys/inotify.h',
          value: 0x10000000,
          meaning: 'Fail with EEXIST when the file is watched already.',
        },
        {
          name: 'IN_MASK_ADD',
          header: 'sys/inotify.h',
          value: 0x20000000,
          meaning: 'Add to the mask of an existing watch.',
        },
        {
          name: 'IN_ISDIR',
          header: 'sys/inotify.h',
          value: 0x40000000,
          meaning: 'Only reported: the event is about a directory.',
        },
        {
          name: 'IN_ONESHOT',
          header: 'sys/inotify.h',
          value: 0x80000000,
          meaning: 'End the watch after one event.',
        },
      ],
    },
  ],
  types: [
    {
      name: 'struct inotify_event',
      header: 'sys/inotify.h',
      meaning: 'One change, as read from an inotify descriptor; the name follows it directly.',
      size: 16,
      members: [
        { declaration: 'int wd', meaning: 'The watch it belongs to.' },
        { declaration: 'uint32_t mask', meaning: 'What happened.' },
        { declaration: 'uint32_t cookie', meaning: 'Joins the two events of one rename.' },
        { declaration: 'uint32_t len', meaning: 'Bytes of the name with its padding; 0 when there is none.' },
        { declaration: 'char name[]', meaning: 'Name of the entry, when a directory is watched.' },
      ],
    },
  ],
};
