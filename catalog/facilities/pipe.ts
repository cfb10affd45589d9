import type { Chapter } from '../schema';

export const pipe: Chapter = {
  facility: {
    id: 'pipe',
    title: 'Pipe',
    summary:
      'A one-way byte stream kept in kernel memory and reached through two inherited file descriptors. It carries data from a process to a relative of it, as a shell does between the commands of a pipeline.',
    taxonomy: 'byte-stream',
    identifiedBy: 'no name: a pair of file descriptors, inherited over fork',
    handle: 'two file descriptors: [0] to read, [1] to write',
    accessibility: {
      scope: 'related',
      detail:
        'Only processes that inherit the descriptors, or are sent them over a UNIX socket, can use the pipe. There is no name to open and so no permission to check.',
    },
    persistence: {
      kind: 'process',
      detail: 'The pipe and whatever is unread in it vanish when the last descriptor for it is closed.',
    },
    dataModel: {
      kind: 'byte-stream',
      direction: 'one-way',
      detail:
        'Bytes come out in the order they went in, and nothing marks where one write ended and the next began. Writes of at most PIPE_BUF bytes are never mixed with those of other writers; longer ones may be.',
    },
    flowControl:
      'A read waits while the pipe is empty and some process holds the write end; a write waits while the pipe is full. With no writer left, read returns 0; with no reader left, write raises SIGPIPE and fails with EPIPE.',
    limits: [
      {
        name: 'capacity',
        usual: '65536 bytes (16 pages)',
        shownAt: 'fcntl(fd, F_GETPIPE_SZ)',
        meaning: 'How much a pipe holds before a writer has to wait.',
      },
      {
        name: 'PIPE_BUF',
        usual: '4096 bytes',
        shownAt: '<limits.h>',
        meaning: 'The largest write that is guaranteed to be atomic.',
      },
      {
        name: 'pipe-max-size',
        usual: '1048576 bytes',
        shownAt: '/proc/sys/fs/pipe-max-size',
        meaning: 'The largest capacity that a process without CAP_SYS_RESOURCE may set with F_SETPIPE_SZ.',
      },
    ],
    comparison: [
      {
        to: 'fifo',
        difference: 'A FIFO behaves the same but has a path, so unrelated processes can open it.',
      },
      {
        to: 'socketpair',
        difference:
          'A socket pair carries data both ways and can pass descriptors; a pipe has one direction.',
      },
      {
        to: 'popen',
        difference:
          'popen makes the pipe, the fork and the exec of a shell in one call and hides the descriptors behind a stdio stream.',
      },
    ],
    pitfalls: [
      'A process that keeps a write end open, the reader included, prevents end-of-file: the reader waits for ever.',
      'Writing after the last reader has closed kills the process with SIGPIPE unless the signal is ignored or handled.',
      'Waiting for a child before reading its output deadlocks as soon as the output is larger than the capacity.',
      'Using one pipe in both directions lets a process read back its own data; two-way traffic needs two pipes.',
    ],
    manPages: [
      { page: 'pipe', section: 2 },
      { page: 'pipe', section: 7 },
    ],
    uses: {
      fork: 'Gives the child copies of both descriptors. Each process then closes the end that it does not use.',
      read: 'Takes up to `count` bytes from the read end. It waits while the pipe is empty and returns 0 once it is empty and no process holds a write end.',
      write:
        'Appends to the pipe at the write end, waiting while there is no room. With no reader left it raises SIGPIPE and fails with EPIPE.',
      close: 'Gives up one end. Closing the last write end is what makes the reader see end-of-file.',
      dup2: 'Puts an end in the place of standard input or output before exec, as a shell does for a pipeline. Close the original afterwards.',
      fcntl:
        'F_SETPIPE_SZ and F_GETPIPE_SZ set and tell the capacity; O_NONBLOCK makes read and write fail with EAGAIN instead of waiting.',
      waitpid:
        'Takes the status of the child at the other end. Read its output to the end first: a child that waits in a full pipe never ends.',
      poll: 'Waits for several pipes at once: POLLIN means data, POLLHUP that no writer is left, POLLERR at the write end that no reader is.',
      ioctl: 'FIONREAD tells how many bytes are unread.',
      fdopen: 'Puts a stdio stream on an end. Its buffer holds written data back until fflush or fclose.',
      writev: 'Writes several buffers in one piece, atomically while their sum is at most PIPE_BUF.',
      splice: 'Moves bytes between the pipe and a file or socket without copying them through the program.',
      tee: 'Copies what waits in this pipe into another and leaves it here.',
      fstat:
        'Tells with S_ISFIFO that a descriptor is a pipe or FIFO; two descriptors with the same `st_ino` are ends of one pipe.',
      sigaction:
        'With SIG_IGN for SIGPIPE, a write without a reader fails with EPIPE instead of ending the process.',
      posix_spawn:
        'Starts a program with an end as its standard input or output, by file actions in place of dup2 and close.',
    },
  },
  calls: [
    {
      name: 'pipe',
      man: { page: 'pipe', section: 2 },
      headers: ['unistd.h'],
      prototype: 'int pipe(int pipefd[2]);',
      standard: 'POSIX',
      summary:
        'Creates a pipe and stores its two descriptors: `pipefd[0]` is the read end, `pipefd[1]` the write end.',
      params: [{ name: 'pipefd', role: 'array of two ints that receives the descriptors' }],
      returns: { success: '0', failure: { value: '-1', reports: 'errno' } },
      errors: [
        { errno: 'EMFILE', when: 'This process has too many descriptors open.' },
        {
          errno: 'ENFILE',
          when: 'The whole system has too many open files, or the user has used up the memory allowed for pipes.',
        },
      ],
      blocking: { blocks: false },
      asyncSignalSafe: true,
      threadSafe: true,
      effects: [
        { op: 'create', kind: 'pipe', end: 'read', at: 'pipefd[0]' },
        { op: 'create', kind: 'pipe', end: 'write', at: 'pipefd[1]' },
      ],
      notes: ['On failure `pipefd` is left as it was.'],
    },
    {
      name: 'pipe2',
      man: { page: 'pipe', section: 2 },
      headers: ['fcntl.h', 'unistd.h'],
      prototype: 'int pipe2(int pipefd[2], int flags);',
      featureTest: '_GNU_SOURCE',
      standard: 'Linux',
      summary: 'Creates a pipe like `pipe` and sets flags on both ends in the same step.',
      params: [
        { name: 'pipefd', role: 'array of two ints that receives the descriptors' },
        {
          name: 'flags',
          role: '0 or flags that take effect on both descriptors',
          literal: { kind: 'flags', group: 'pipe2-flags' },
        },
      ],
      returns: { success: '0', failure: { value: '-1', reports: 'errno' } },
      errors: [
        { errno: 'EINVAL', when: '`flags` has a bit that pipe2 does not know.' },
        { errno: 'EMFILE', when: 'This process has too many descriptors open.' },
        { errno: 'ENFILE', when: 'The whole system has too many open files.' },
      ],
      blocking: { blocks: false },
      asyncSignalSafe: false,
      threadSafe: true,
      effects: [
        { op: 'create', kind: 'pipe', end: 'read', at: 'pipefd[0]', flags: 'flags' },
        { op: 'create', kind: 'pipe', end: 'write', at: 'pipefd[1]', flags: 'flags' },
      ],
    },
  ],
  constants: [
    {
      id: 'pipe2-flags',
      title: 'Flags of pipe2',
      constants: [
        {
          name: 'O_CLOEXEC',
          header: 'fcntl.h',
          value: 0o2000000,
          meaning: 'Close the descriptor when a new program is executed.',
        },
        {
          name: 'O_NONBLOCK',
          header: 'fcntl.h',
          value: 0o4000,
          meaning: 'Fail with EAGAIN where the call would have to wait.',
        },
        {
          name: 'O_DIRECT',
          header: 'fcntl.h',
          featureTest: '_GNU_SOURCE',
          value: 0o40000,
          meaning: 'Packet mode: every write is a packet of its own and every read takes one packet.',
        },
      ],
    },
  ],
  types: [],
};
