import type { Chapter } from '../schema';

export const descriptorControlFamily: Chapter = {
  family: { id: 'descriptor-control', title: 'Controlling descriptors' },
  calls: [
    {
      name: 'fcntl',
      man: { page: 'fcntl', section: 2 },
      headers: ['fcntl.h'],
      prototype: 'int fcntl(int fd, int cmd, ...);',
      standard: 'POSIX',
      summary:
        'Does one of many things to a descriptor, as `cmd` says: read or set its flags, copy it, lock bytes of its file, size a pipe.',
      params: [
        { name: 'fd', role: 'descriptor to act on', literal: { kind: 'descriptor' } },
        { name: 'cmd', role: 'what to do', literal: { kind: 'one-of', group: 'fcntl-commands' } },
        {
          name: 'arg',
          role: 'value for the command: an int, or a pointer to struct flock or struct f_owner_ex',
          variadic: true,
          requiredWhen:
            'for every command that sets or locks; the commands F_GETFD, F_GETFL, F_GETOWN, F_GETSIG, F_GETLEASE, F_GETPIPE_SZ and F_GET_SEALS take none',
        },
      ],
      returns: {
        success:
          'what the command asks for: a new descriptor (F_DUPFD), flags (F_GETFD, F_GETFL), a size (F_GETPIPE_SZ, F_SETPIPE_SZ); otherwise 0',
        failure: { value: '-1', reports: 'errno' },
      },
      errors: [
        {
          errno: 'EACCES',
          when: 'F_SETLK met a lock of another process; Linux reports EAGAIN for the same.',
        },
        {
          errno: 'EAGAIN',
          when: 'F_SETLK or F_OFD_SETLK met a lock of someone else, or a lease cannot be had.',
        },
        {
          errno: 'EBADF',
          when: 'The descriptor is not open, or it is not open the right way: F_RDLCK needs read access and F_WRLCK write access.',
        },
        {
          errno: 'EBUSY',
          when: 'F_SETPIPE_SZ asks for less than the pipe holds now, or F_SEAL_WRITE meets a writable shared mapping.',
        },
        {
          errno: 'EDEADLK',
          when: "F_SETLKW would close a circle of processes that wait for each other's record locks.",
        },
        {
          errno: 'EINTR',
          when: 'A signal handler ran while F_SETLKW or F_OFD_SETLKW waited: the lock is not held.',
        },
        {
          errno: 'EINVAL',
          when: 'The command is unknown or does not fit the object, or `l_pid` is not 0 with an F_OFD_ command.',
        },
        { errno: 'EMFILE', when: 'F_DUPFD found no free descriptor at or above `arg`.' },
        { errno: 'ENOLCK', when: 'Too many locks are held, or a network file system cannot lock.' },
        {
          errno: 'EPERM',
          when: "A pipe would grow past pipe-max-size or the user's limit, or a seal cannot be added.",
        },
      ],
      blocking: {
        blocks: true,
        until:
          'the locks in the way are released, with F_SETLKW and F_OFD_SETLKW; every other command returns at once',
        avoid: 'F_SETLK or F_OFD_SETLK (EAGAIN or EACCES)',
        restarted: 'with SA_RESTART',
      },
      asyncSignalSafe: true,
      threadSafe: true,
      effects: [
        { op: 'duplicate', at: 'return', from: 'fd', when: 'cmd == F_DUPFD || cmd == F_DUPFD_CLOEXEC' },
        {
          op: 'query',
          at: 'fd',
          when: 'cmd == F_GETFD || cmd == F_GETFL || cmd == F_GETOWN || cmd == F_GETSIG || cmd == F_GETPIPE_SZ || cmd == F_GET_SEALS || cmd == F_GETLEASE',
        },
        {
          op: 'query',
          at: 'fd',
          data: 'arg',
          when: 'cmd == F_GETLK || cmd == F_OFD_GETLK || cmd == F_GETOWN_EX',
        },
        { op: 'configure', at: 'fd', flags: 'arg', when: 'cmd == F_SETFD || cmd == F_SETFL' },
        {
          op: 'configure',
          at: 'fd',
          when: 'cmd == F_SETPIPE_SZ || cmd == F_SETOWN || cmd == F_SETOWN_EX || cmd == F_SETSIG || cmd == F_SETLEASE || cmd == F_NOTIFY || cmd == F_ADD_SEALS',
        },
        {
          op: 'try-lock',
          at: 'fd',
          kind: 'record-lock',
          data: 'arg',
          when: 'cmd == F_SETLK && arg->l_type != F_UNLCK',
        },
        {
          op: 'lock',
          at: 'fd',
          kind: 'record-lock',
          data: 'arg',
          when: 'cmd == F_SETLKW && arg->l_type != F_UNLCK',
        },
        {
          op: 'unlock',
          at: 'fd',
          kind: 'record-lock',
          data: 'arg',
          when: '(cmd == F_SETLK || cmd == F_SETLKW) && arg->l_type == F_UNLCK',
        },
        {
          op: 'try-lock',
          at: 'fd',
          kind: 'ofd-lock',
          data: 'arg',
          when: 'cmd == F_OFD_SETLK && arg->l_type != F_UNLCK',
        },
        {
          op: 'lock',
          at: 'fd',
          kind: 'ofd-lock',
          data: 'arg',
          when: 'cmd == F_OFD_SETLKW && arg->l_type != F_UNLCK',
        },
        {
          op: 'unlock',
          at: 'fd',
          kind: 'ofd-lock',
          data: 'arg',
          when: '(cmd == F_OFD_SETLK || cmd == F_OFD_SETLKW) && arg->l_type == F_UNLCK',
        },
      ],
      notes: [
        'F_SETFL replaces all changeable flags: fetch them with F_GETFL first and add to them.',
        'FD_CLOEXEC goes through F_SETFD, O_NONBLOCK and O_APPEND through F_SETFL; the one given to the other command does nothing useful.',
        'F_SETFL changes the open file description, so every process that shares it (after fork, or over a UNIX socket) becomes non-blocking too.',
      ],
    },
  ],
  constants: [
    {
      id: 'fcntl-commands',
      title: 'Commands of fcntl',
      constants: [
        {
          name: 'F_DUPFD',
          header: 'fcntl.h',
          value: 0,
          meaning: 'Copy the descriptor to the lowest free number at or above the argument.',
        },
        {
          name: 'F_DUPFD_CLOEXEC',
          header: 'fcntl.h',
          value: 1030,
          meaning: 'The same, with the copy close-on-exec.',
        },
        {
          name: 'F_GETFD',
          header: 'fcntl.h',
          value: 1,
          meaning: "Return the descriptor's own flags (FD_CLOEXEC).",
        },
        { name: 'F_SETFD', header: 'fcntl.h', value: 2, meaning: "Set the descriptor's own flags." },
        {
          name: 'F_GETFL',
          header: 'fcntl.h',
          value: 3,
          meaning: 'Return access mode and status flags of the open file description.',
        },
        {
          name: 'F_SETFL',
          header: 'fcntl.h',
          value: 4,
          meaning:
            'Set the status flags; only O_APPEND, O_ASYNC, O_DIRECT, O_NOATIME and O_NONBLOCK can change.',
        },
        {
          name: 'F_GETLK',
          header: 'fcntl.h',
          value: 5,
          meaning: 'Ask which record lock stands in the way of the one described.',
        },
        {
          name: 'F_SETLK',
          header: 'fcntl.h',
          value: 6,
          meaning: 'Set or release a record lock and fail at once when another process is in the way.',
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
          meaning: 'Ask which lock stands in the way of an open file description lock.',
        },
        {
          name: 'F_OFD_SETLK',
          header: 'fcntl.h',
          featureTest: '_GNU_SOURCE',
          value: 37,
          meaning:
            'Set or release an open file description lock and fail at once when another is in the way.',
        },
        {
          name: 'F_OFD_SETLKW',
          header: 'fcntl.h',
          featureTest: '_GNU_SOURCE',
          value: 38,
          meaning: 'The same, waiting for others to release theirs.',
        },
        {
          name: 'F_SETOWN',
          header: 'fcntl.h',
          value: 8,
          meaning:
            'Choose the process, or with a negative number the process group, that gets SIGIO and SIGURG.',
        },
        {
          name: 'F_GETOWN',
          header: 'fcntl.h',
          value: 9,
          meaning: 'Return the process or negative process group that gets SIGIO and SIGURG.',
        },
        {
          name: 'F_SETOWN_EX',
          header: 'fcntl.h',
          featureTest: '_GNU_SOURCE',
          value: 15,
          meaning: 'Choose a thread, process or group that gets the signals.',
        },
        {
          name: 'F_GETOWN_EX',
          header: 'fcntl.h',
          featureTest: '_GNU_SOURCE',
          value: 16,
          meaning: 'Tell the thread, process or group that gets the signals.',
        },
        {
          name: 'F_SETSIG',
          header: 'fcntl.h',
          featureTest: '_GNU_SOURCE',
          value: 10,
          meaning: 'Choose the signal sent when input or output becomes possible; 0 for SIGIO.',
        },
        {
          name: 'F_GETSIG',
          header: 'fcntl.h',
          featureTest: '_GNU_SOURCE',
          value: 11,
          meaning: 'Return the signal sent when input or output becomes possible.',
        },
        {
          name: 'F_SETLEASE',
          header: 'fcntl.h',
          featureTest: '_GNU_SOURCE',
          value: 1024,
          meaning:
            'Take or give up a lease: a signal comes before another process may open or truncate the file.',
        },
        {
          name: 'F_GETLEASE',
          header: 'fcntl.h',
          featureTest: '_GNU_SOURCE',
          value: 1025,
          meaning: 'Return the kind of lease held.',
        },
        {
          name: 'F_NOTIFY',
          header: 'fcntl.h',
          featureTest: '_GNU_SOURCE',
          value: 1026,
          meaning: 'Send a signal when something in a directory changes; inotify does this better.',
        },
        {
          name: 'F_SETPIPE_SZ',
          header: 'fcntl.h',
          featureTest: '_GNU_SOURCE',
          value: 1031,
          meaning:
            'Set the capacity of a pipe, rounded up to a power-of-two number of pages; returns what it became.',
        },
        {
          name: 'F_GETPIPE_SZ',
          header: 'fcntl.h',
          featureTest: '_GNU_SOURCE',
          value: 1032,
          meaning: 'Return the capacity of a pipe.',
        },
        {
          name: 'F_ADD_SEALS',
          header: 'fcntl.h',
          featureTest: '_GNU_SOURCE',
          value: 1033,
          meaning: 'Forbid kinds of change on a memory file for good.',
        },
        {
          name: 'F_GET_SEALS',
          header: 'fcntl.h',
          featureTest: '_GNU_SOURCE',
          value: 1034,
          meaning: 'Return the seals of a memory file.',
        },
      ],
    },
    {
      id: 'descriptor-flags',
      title: 'Flags of one descriptor',
      constants: [
        {
          name: 'FD_CLOEXEC',
          header: 'fcntl.h',
          value: 1,
          meaning: 'Close this descriptor when a new program is executed.',
        },
      ],
    },
    {
      id: 'file-seals',
      title: 'Seals of a memory file',
      constants: [
        {
          name: 'F_SEAL_SEAL',
          header: 'fcntl.h',
          featureTest: '_GNU_SOURCE',
          value: 1,
          meaning: 'No more seals can be added.',
        },
        {
          name: 'F_SEAL_SHRINK',
          header: 'fcntl.h',
          featureTest: '_GNU_SOURCE',
          value: 2,
          meaning: 'The file cannot become shorter.',
        },
        {
          name: 'F_SEAL_GROW',
          header: 'fcntl.h',
          featureTest: '_GNU_SOURCE',
          value: 4,
          meaning: 'The file cannot become longer.',
        },
        {
          name: 'F_SEAL_WRITE',
          header: 'fcntl.h',
          featureTest: '_GNU_SOURCE',
          value: 8,
          meaning: 'The content cannot change.',
        },
        {
          name: 'F_SEAL_FUTURE_WRITE',
          header: 'fcntl.h',
          featureTest: '_GNU_SOURCE',
          value: 16,
          meaning: 'No new way to write can be opened; existing writable mappings go on.',
        },
      ],
    },
    {
      id: 'signal-owner-types',
      title: 'Receivers of I/O signals',
      constants: [
        {
          name: 'F_OWNER_TID',
          header: 'fcntl.h',
          featureTest: '_GNU_SOURCE',
          value: 0,
          meaning: 'One thread.',
        },
        {
          name: 'F_OWNER_PID',
          header: 'fcntl.h',
          featureTest: '_GNU_SOURCE',
          value: 1,
          meaning: 'A process.',
        },
        {
          name: 'F_OWNER_PGRP',
          header: 'fcntl.h',
          featureTest: '_GNU_SOURCE',
          value: 2,
          meaning: 'A process group.',
        },
      ],
    },
    {
      id: 'directory-notify-events',
      title: 'Events of F_NOTIFY',
      constants: [
        {
          name: 'DN_ACCESS',
          header: 'fcntl.h',
          featureTest: '_GNU_SOURCE',
          value: 1,
          meaning: 'A file was read.',
        },
        {
          name: 'DN_MODIFY',
          header: 'fcntl.h',
          featureTest: '_GNU_SOURCE',
          value: 2,
          meaning: 'A file was written or truncated.',
        },
        {
          name: 'DN_CREATE',
          header: 'fcntl.h',
          featureTest: '_GNU_SOURCE',
          value: 4,
          meaning: 'A file was created.',
        },
        {
          name: 'DN_DELETE',
          header: 'fcntl.h',
          featureTest: '_GNU_SOURCE',
          value: 8,
          meaning: 'A file was unlinked.',
        },
        {
          name: 'DN_RENAME',
          header: 'fcntl.h',
          featureTest: '_GNU_SOURCE',
          value: 16,
          meaning: 'A file was renamed inside the directory.',
        },
        {
          name: 'DN_ATTRIB',
          header: 'fcntl.h',
          featureTest: '_GNU_SOURCE',
          value: 32,
          meaning: 'Attributes of a file changed.',
        },
        {
          name: 'DN_MULTISHOT',
          header: 'fcntl.h',
          featureTest: '_GNU_SOURCE',
          value: 2147483648,
          meaning: 'Keep notifying, not only once.',
        },
      ],
    },
  ],
  types: [
    {
      name: 'struct f_owner_ex',
      header: 'fcntl.h',
      featureTest: '_GNU_SOURCE',
      meaning: 'Who gets the signals of a descriptor (F_SETOWN_EX).',
      size: 8,
      members: [
        { declaration: 'int type', meaning: 'F_OWNER_TID, F_OWNER_PID or F_OWNER_PGRP.', mustSet: true },
        { declaration: 'pid_t pid', meaning: 'The thread, process or process group.', mustSet: true },
      ],
    },
  ],
};
