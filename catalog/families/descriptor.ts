import type { Chapter } from '../schema';

export const descriptorFamily: Chapter = {
  family: { id: 'descriptor', title: 'Closing and duplicating descriptors' },
  calls: [
    {
      name: 'close',
      man: { page: 'close', section: 2 },
      headers: ['unistd.h'],
      prototype: 'int close(int fd);',
      standard: 'POSIX',
      summary:
        'Gives a descriptor back. When it was the last one for a pipe end, socket or file, the object itself is closed and its peer notices.',
      params: [{ name: 'fd', role: 'descriptor to give up', literal: { kind: 'descriptor' } }],
      returns: { success: '0', failure: { value: '-1', reports: 'errno' } },
      errors: [
        { errno: 'EBADF', when: 'The descriptor is not open: usually it was closed before.' },
        { errno: 'EINTR', when: 'A signal handler ran. On Linux the descriptor is closed all the same.' },
        {
          errno: 'EIO',
          when: 'Data written earlier could not be stored; the descriptor is closed all the same.',
        },
        {
          errno: 'ENOSPC',
          when: 'A network file system found only now that there is no room for what was written.',
        },
      ],
      blocking: { blocks: false },
      asyncSignalSafe: true,
      threadSafe: true,
      effects: [{ op: 'close', at: 'fd' }],
      notes: [
        'Never repeat a failed close on Linux: the number is free by then and another thread may have got it for a new file.',
        'Closing any descriptor of a file drops all record locks (F_SETLK) that this process has on that file.',
        'Data may still sit in the page cache after close; only fsync knows that it reached the disk.',
        'Copies of the descriptor in other processes keep the object open.',
      ],
    },
    {
      name: 'close_range',
      man: { page: 'close_range', section: 2 },
      headers: ['unistd.h'],
      prototype: 'int close_range(unsigned int first, unsigned int last, int flags);',
      featureTest: '_GNU_SOURCE',
      standard: 'Linux',
      summary:
        'Closes every open descriptor from `first` to `last`, both included, or marks them close-on-exec. A child uses it before exec to keep descriptors from the new program.',
      params: [
        { name: 'first', role: 'lowest descriptor to close' },
        { name: 'last', role: 'highest descriptor to close; `~0U` for all the rest' },
        { name: 'flags', role: '0 or flags', literal: { kind: 'flags', group: 'close-range-flags' } },
      ],
      returns: {
        success: '0, also when nothing in the range was open',
        failure: { value: '-1', reports: 'errno' },
      },
      errors: [
        { errno: 'EINVAL', when: '`first` is larger than `last`, or `flags` has an unknown bit.' },
        {
          errno: 'ENOMEM',
          when: 'CLOSE_RANGE_UNSHARE needs a new descriptor table and there is no memory for it.',
        },
        { errno: 'ENOSYS', when: 'The kernel is older than 5.9.' },
      ],
      blocking: { blocks: false },
      asyncSignalSafe: false,
      threadSafe: true,
      effects: [
        { op: 'close', at: 'first', when: '!(flags & CLOSE_RANGE_CLOEXEC)' },
        { op: 'configure', at: 'first', flags: 'flags', when: 'flags & CLOSE_RANGE_CLOEXEC' },
      ],
      notes: ['Errors of closing a single descriptor are not reported.'],
    },
    {
      name: 'closefrom',
      man: { page: 'close_range', section: 2 },
      headers: ['unistd.h'],
      prototype: 'void closefrom(int lowfd);',
      standard: 'BSD',
      summary: 'Closes every descriptor that is `lowfd` or higher.',
      params: [{ name: 'lowfd', role: 'lowest descriptor to close', literal: { kind: 'descriptor' } }],
      returns: { success: 'nothing', failure: { value: 'none', reports: 'none' } },
      errors: [],
      blocking: { blocks: false },
      asyncSignalSafe: false,
      threadSafe: true,
      effects: [{ op: 'close', at: 'lowfd' }],
      notes: ['glibc has it since 2.34, built on close_range.'],
    },
    {
      name: 'dup',
      man: { page: 'dup', section: 2 },
      headers: ['unistd.h'],
      prototype: 'int dup(int oldfd);',
      standard: 'POSIX',
      summary:
        'Makes a second descriptor for what `oldfd` refers to, with the lowest free number. Both share offset, status flags and flock locks.',
      params: [{ name: 'oldfd', role: 'open descriptor to copy', literal: { kind: 'descriptor' } }],
      returns: { success: 'the new descriptor', failure: { value: '-1', reports: 'errno' } },
      errors: [
        { errno: 'EBADF', when: '`oldfd` is not open.' },
        { errno: 'EMFILE', when: 'This process has too many descriptors open.' },
      ],
      blocking: { blocks: false },
      asyncSignalSafe: true,
      threadSafe: true,
      effects: [{ op: 'duplicate', at: 'return', from: 'oldfd' }],
      notes: ['The copy is not close-on-exec, whatever the original is; F_DUPFD_CLOEXEC makes one that is.'],
    },
    {
      name: 'dup2',
      man: { page: 'dup', section: 2 },
      headers: ['unistd.h'],
      prototype: 'int dup2(int oldfd, int newfd);',
      standard: 'POSIX',
      summary:
        'Makes the number `newfd` a copy of `oldfd`, closing what `newfd` was before in the same step. This is how standard input or output is redirected.',
      params: [
        { name: 'oldfd', role: 'open descriptor to copy', literal: { kind: 'descriptor' } },
        { name: 'newfd', role: 'number the copy gets', literal: { kind: 'descriptor' } },
      ],
      returns: { success: 'the number `newfd`', failure: { value: '-1', reports: 'errno' } },
      errors: [
        { errno: 'EBADF', when: '`oldfd` is not open, or `newfd` is negative or above RLIMIT_NOFILE.' },
        {
          errno: 'EBUSY',
          when: 'Another thread was opening a file under the number `newfd` at this moment; try again.',
        },
        { errno: 'EINTR', when: 'A signal handler ran.' },
      ],
      blocking: { blocks: false },
      asyncSignalSafe: true,
      threadSafe: true,
      effects: [
        { op: 'close', at: 'newfd', when: 'newfd != oldfd' },
        { op: 'duplicate', at: 'newfd', from: 'oldfd', when: 'newfd != oldfd' },
      ],
      notes: [
        'When both numbers are equal nothing happens: a close of the original afterwards would then close the only descriptor.',
        'The copy is not close-on-exec, so it reaches the program that exec starts.',
        'An error of the hidden close is lost.',
      ],
    },
    {
      name: 'dup3',
      man: { page: 'dup', section: 2 },
      headers: ['fcntl.h', 'unistd.h'],
      prototype: 'int dup3(int oldfd, int newfd, int flags);',
      featureTest: '_GNU_SOURCE',
      standard: 'Linux',
      summary: 'Copies like `dup2` and can mark the copy close-on-exec in the same step.',
      params: [
        { name: 'oldfd', role: 'open descriptor to copy', literal: { kind: 'descriptor' } },
        {
          name: 'newfd',
          role: 'number the copy gets; not the same as `oldfd`',
          literal: { kind: 'descriptor' },
        },
        { name: 'flags', role: '0 or O_CLOEXEC', literal: { kind: 'flags', group: 'dup3-flags' } },
      ],
      returns: { success: 'the number `newfd`', failure: { value: '-1', reports: 'errno' } },
      errors: [
        { errno: 'EINVAL', when: 'Both numbers are equal (unlike dup2), or `flags` has an unknown bit.' },
        { errno: 'EBADF', when: '`oldfd` is not open, or `newfd` is out of range.' },
        {
          errno: 'EBUSY',
          when: 'Another thread was opening a file under the number `newfd` at this moment; try again.',
        },
        { errno: 'EINTR', when: 'A signal handler ran.' },
      ],
      blocking: { blocks: false },
      asyncSignalSafe: false,
      threadSafe: true,
      effects: [
        { op: 'close', at: 'newfd' },
        { op: 'duplicate', at: 'newfd', from: 'oldfd', flags: 'flags' },
      ],
    },
  ],
  constants: [
    {
      id: 'dup3-flags',
      title: 'Flags of dup3',
      constants: [
        {
          name: 'O_CLOEXEC',
          header: 'fcntl.h',
          value: 0o2000000,
          meaning: 'Close the copy when a new program is executed.',
        },
      ],
    },
    {
      id: 'close-range-flags',
      title: 'Flags of close_range',
      constants: [
        {
          name: 'CLOSE_RANGE_UNSHARE',
          header: 'linux/close_range.h',
          value: 2,
          meaning:
            'Take a descriptor table of its own first, so that threads or processes sharing the old one keep theirs.',
        },
        {
          name: 'CLOSE_RANGE_CLOEXEC',
          header: 'linux/close_range.h',
          value: 4,
          meaning: 'Mark the descriptors close-on-exec and leave them open.',
        },
      ],
    },
    {
      id: 'standard-descriptors',
      title: 'Standard descriptors',
      constants: [
        { name: 'STDIN_FILENO', header: 'unistd.h', value: 0, meaning: 'Standard input.' },
        { name: 'STDOUT_FILENO', header: 'unistd.h', value: 1, meaning: 'Standard output.' },
        { name: 'STDERR_FILENO', header: 'unistd.h', value: 2, meaning: 'Standard error.' },
      ],
    },
  ],
  types: [],
};
