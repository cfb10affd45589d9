import type { Chapter } from '../schema';

export const eventfd: Chapter = {
  facility: {
    id: 'eventfd',
    title: 'Event counter (eventfd)',
    summary:
      'A 64-bit counter in the kernel behind a file descriptor: a write adds to it, a read takes it and waits while it is zero. It wakes another process or thread that sits in poll or epoll.',
    taxonomy: 'event-counter',
    identifiedBy: 'no name: a file descriptor, inherited over fork',
    handle: 'file descriptor',
    accessibility: {
      scope: 'related',
      detail:
        'Only processes that inherit the descriptor, or are sent it over a UNIX socket, can use the counter. There is no name to open and no permission to check.',
    },
    persistence: {
      kind: 'process',
      detail: 'The counter vanishes when the last descriptor for it is closed.',
    },
    dataModel: {
      kind: 'counter',
      direction: 'n/a',
      detail:
        'An unsigned 64-bit number in the byte order of the machine, moved in 8 bytes. A read returns the whole count and sets it to zero; with EFD_SEMAPHORE it returns 1 and takes 1 off.',
    },
    flowControl:
      'A read waits while the count is zero; a write waits while the sum would pass 0xfffffffffffffffe. With O_NONBLOCK both fail with EAGAIN.',
    limits: [
      {
        name: 'largest count',
        usual: '18446744073709551614 (0xfffffffffffffffe)',
        meaning: 'A write that would lead beyond it waits, or fails with EAGAIN when non-blocking.',
      },
      {
        name: 'transfer size',
        usual: '8 bytes',
        meaning: 'A read or write of fewer bytes fails with EINVAL.',
      },
      {
        name: 'present count',
        usual: 'the sum of what was written and not yet read',
        shownAt: '/proc/PID/fdinfo/FD (eventfd-count)',
        meaning: 'The kernel shows the count of every open eventfd.',
      },
    ],
    comparison: [
      {
        to: 'pipe',
        difference:
          'A pipe needs two descriptors and 64 KiB of room to wake someone; an eventfd needs one descriptor and counts, but carries no data.',
      },
      {
        to: 'posix-sem-unnamed',
        difference:
          'A semaphore is cheaper and portable, but cannot be waited on together with sockets and timers.',
      },
      {
        to: 'condvar',
        difference:
          'A condition variable forgets signals that nobody waits for and needs a mutex; an eventfd keeps the count.',
      },
      {
        to: 'signal',
        difference:
          'A signal interrupts the receiver wherever it is; an eventfd is read when the receiver is ready.',
      },
    ],
    pitfalls: [
      'Reading or writing with a buffer of fewer than 8 bytes, such as an int, fails with EINVAL.',
      'Adding 0xffffffffffffffff fails with EINVAL, since it is above the largest count.',
      'Without EFD_SEMAPHORE one read takes the whole count: several workers that each expect one unit find nothing left.',
      'The number moves in the byte order of the machine, not as text: writing `"1"` is no way to add one.',
      'Without EFD_CLOEXEC a new program started with exec keeps the descriptor.',
      'Waiting with a blocking read after poll can still wait when another process was faster; use EFD_NONBLOCK.',
      'It exists on Linux only (and lately on FreeBSD): portable programs use a pipe.',
    ],
    manPages: [{ page: 'eventfd', section: 2 }],
    uses: {
      read: 'Takes the count into an 8-byte integer. It waits while the count is 0, and fails with EINVAL for a smaller buffer.',
      write:
        'Adds an 8-byte integer to the count. It waits, or fails with EAGAIN, if the sum would be too large.',
      close: 'Gives up the descriptor. The counter is gone once the last copy is closed.',
      fork: 'The child inherits the descriptor and shares the same counter.',
      poll: 'Reports POLLIN while the count is above 0, and POLLOUT while at least 1 can be added.',
      select: 'Reports the descriptor readable while the count is above 0.',
      epoll_ctl:
        'Adds the descriptor to an epoll set, the usual way to wake an event loop from another thread.',
      fcntl: 'Sets O_NONBLOCK later on, so that read and write fail with EAGAIN instead of waiting.',
      dup: 'Gives a second descriptor for the same counter.',
      sendmsg: 'Hands the descriptor to an unrelated process over a UNIX socket.',
    },
  },

  calls: [
    {
      name: 'eventfd',
      man: { page: 'eventfd', section: 2 },
      headers: ['sys/eventfd.h'],
      prototype: 'int eventfd(unsigned int initval, int flags);',
      standard: 'Linux',
      summary: 'Creates a counter in the kernel and returns a descriptor for it.',
      params: [
        { name: 'initval', role: 'first value of the counter' },
        { name: 'flags', role: '0 or flags', literal: { kind: 'flags', group: 'eventfd-flags' } },
      ],
      returns: { success: 'the descriptor', failure: { value: '-1', reports: 'errno' } },
      errors: [
        { errno: 'EINVAL', when: '`flags` has a bit that is not known.' },
        { errno: 'EMFILE', when: 'This process has too many descriptors open.' },
        { errno: 'ENFILE', when: 'The whole system has too many open files.' },
        { errno: 'ENODEV', when: "The kernel's internal device for such descriptors could not be mounted." },
        { errno: 'ENOMEM', when: 'The kernel has no memory left.' },
      ],
      blocking: { blocks: false },
      asyncSignalSafe: false,
      threadSafe: true,
      effects: [{ op: 'create', kind: 'eventfd', at: 'return', end: 'both', flags: 'flags' }],
      notes: ['The first value has 32 bits only; the counter itself has 64.'],
    },
    {
      name: 'eventfd_read',
      man: { page: 'eventfd', section: 2 },
      headers: ['sys/eventfd.h'],
      prototype: 'int eventfd_read(int fd, eventfd_t *value);',
      standard: 'GNU',
      summary: 'Reads an event counter: the same as a read of 8 bytes.',
      params: [
        { name: 'fd', role: 'eventfd descriptor', literal: { kind: 'descriptor' } },
        { name: 'value', role: 'receives the count, or 1 with EFD_SEMAPHORE' },
      ],
      returns: { success: '0', failure: { value: '-1', reports: 'errno' } },
      errors: [
        { errno: 'EAGAIN', when: 'The count is 0 and the descriptor is non-blocking.' },
        { errno: 'EINTR', when: 'A handler ran during the wait.' },
        { errno: 'EINVAL', when: 'The descriptor does not deliver 8 bytes.' },
      ],
      blocking: {
        blocks: true,
        until: 'the count is above 0',
        avoid: 'EFD_NONBLOCK (EAGAIN)',
        restarted: 'with SA_RESTART',
      },
      asyncSignalSafe: false,
      threadSafe: true,
      effects: [{ op: 'read', at: 'fd', kind: 'eventfd', data: 'value' }],
      notes: ['It returns -1 also when fewer than 8 bytes were read, without setting errno.'],
    },
    {
      name: 'eventfd_write',
      man: { page: 'eventfd', section: 2 },
      headers: ['sys/eventfd.h'],
      prototype: 'int eventfd_write(int fd, eventfd_t value);',
      standard: 'GNU',
      summary: 'Adds to an event counter: the same as a write of 8 bytes.',
      params: [
        { name: 'fd', role: 'eventfd descriptor', literal: { kind: 'descriptor' } },
        { name: 'value', role: 'amount to add, at most 0xfffffffffffffffe' },
      ],
      returns: { success: '0', failure: { value: '-1', reports: 'errno' } },
      errors: [
        { errno: 'EAGAIN', when: 'The sum would be too large and the descriptor is non-blocking.' },
        { errno: 'EINTR', when: 'A handler ran during the wait.' },
        { errno: 'EINVAL', when: '`value` is 0xffffffffffffffff.' },
      ],
      blocking: {
        blocks: true,
        until: 'the sum fits into the counter',
        avoid: 'EFD_NONBLOCK (EAGAIN)',
        restarted: 'with SA_RESTART',
      },
      asyncSignalSafe: false,
      threadSafe: true,
      effects: [{ op: 'write', at: 'fd', kind: 'eventfd', data: 'value' }],
    },
  ],
  constants: [
    {
      id: 'eventfd-flags',
      title: 'Flags of eventfd',
      constants: [
        {
          name: 'EFD_CLOEXEC',
          header: 'sys/eventfd.h',
          value: 0x80000,
          meaning: 'Close the descriptor when a new program is executed.',
        },
        {
          name: 'EFD_NONBLOCK',
          header: 'sys/eventfd.h',
          value: 0x800,
          meaning: 'Fail with EAGAIN where a read or write would have to wait.',
        },
        {
          name: 'EFD_SEMAPHORE',
          header: 'sys/eventfd.h',
          value: 1,
          meaning: 'A read takes 1 off the count and returns 1 instead of taking the whole count.',
        },
      ],
    },
  ],
  types: [
    {
      name: 'eventfd_t',
      header: 'sys/eventfd.h',
      meaning: 'The unsigned 64-bit integer that an eventfd counts with.',
      size: 8,
    },
  ],
};
