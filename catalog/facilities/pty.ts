import type { Chapter } from '../schema';
import { ptyConstants } from './pty.constants';

export const pty: Chapter = {
  facility: {
    id: 'pty',
    title: 'Pseudoterminal',
    summary:
      'A pair of devices: what a program writes to the master looks like typing to the program on the slave, which believes that it runs on a terminal. Terminal windows, remote logins, recorders and test drivers use it.',
    taxonomy: 'pseudoterminal',
    identifiedBy: 'path of the slave, such as /dev/pts/3; the master has no name of its own',
    handle: 'two file descriptors: the master and the slave',
    accessibility: {
      scope: 'unrelated',
      detail:
        'Any process that may open the slave device can use it: it belongs to the user who opened the master and has mode 0620 or 0600. The master is reached only by inheriting or passing its descriptor.',
    },
    persistence: {
      kind: 'process',
      detail:
        'The pair lives until the master is closed; the slave then hangs up, its session leader gets SIGHUP and its path vanishes.',
    },
    dataModel: {
      kind: 'terminal',
      direction: 'two-way',
      detail:
        'Bytes pass through the line discipline: input comes line by line, is echoed, and keys such as Ctrl-C become signals for the foreground group; output newlines become carriage return and newline. Raw mode switches all that off.',
    },
    flowControl:
      'A read of the master waits until the slave has written something, a read of the slave until a line is complete (in raw mode, a byte). Each direction holds some 16 KiB; a writer then waits. Ctrl-S and Ctrl-Q stop and restart the output.',
    limits: [
      {
        name: 'pty/max',
        usual: '4096 pseudoterminals',
        shownAt: '/proc/sys/kernel/pty/max',
        meaning: 'How many pairs the system allows; opening a further master fails with ENOSPC.',
      },
      {
        name: 'pty/nr',
        usual: 'as many as are open',
        shownAt: '/proc/sys/kernel/pty/nr',
        meaning: 'How many pairs exist now.',
      },
      {
        name: 'canonical line',
        usual: '4095 bytes and the newline',
        meaning: 'The longest input line in canonical mode; what exceeds it is dropped.',
      },
    ],
    comparison: [
      {
        to: 'pipe',
        difference:
          'Over a pipe a program sees no terminal: it buffers its output in blocks, does not prompt and has no keys that raise signals. A pseudoterminal is two-way and shows it all of that.',
      },
      {
        to: 'socketpair',
        difference:
          'A socket pair carries bytes both ways unchanged; a pseudoterminal edits, echoes and translates them and can be a controlling terminal.',
      },
      {
        to: 'popen',
        difference:
          'popen runs a command over a pipe in one direction; forkpty runs it on a terminal in both.',
      },
      {
        to: 'unix-stream',
        difference:
          'A UNIX socket serves many clients that connect by name; a pseudoterminal serves one session that wants a terminal.',
      },
    ],
    pitfalls: [
      'Opening the slave before unlockpt fails with EIO: the order is posix_openpt, grantpt, unlockpt, ptsname, open.',
      'A read of the master that fails with EIO is no error: it is how Linux reports that the last descriptor of the slave was closed.',
      'A parent that keeps the slave open never sees that EIO, so it waits for ever after the child has ended.',
      'A child that does not call setsid first cannot take the slave as its controlling terminal, and Ctrl-C and job control do not work.',
      'ptsname returns a buffer that the next call overwrites, so the name is wrong once a second pair is opened.',
      'What the master writes comes back at the master because the slave echoes it; switch ECHO off or use raw mode.',
      'The master reads a carriage return before each newline, because output processing adds it.',
      'Closing the master sends SIGHUP to the session on the slave, which kills the program by default.',
      'A full-screen program draws for 0 rows and columns unless the window size is set with TIOCSWINSZ.',
    ],
    manPages: [
      { page: 'pty', section: 7 },
      { page: 'pts', section: 4 },
      { page: 'openpty', section: 3 },
      { page: 'termios', section: 3 },
      { page: 'ioctl_tty', section: 2 },
    ],
    uses: {
      open: 'Opens the slave by the path that ptsname gave. A session leader without a controlling terminal gets the slave as one, unless O_NOCTTY is given.',
      fork: 'Makes the process that is to run on the slave. The parent keeps the master and the child the slave.',
      setsid:
        'Makes the child the leader of a new session without a controlling terminal, so that it can take the slave as its own.',
      dup2: 'Puts the slave in the place of standard input, output and error of the child before exec.',
      ioctl:
        'TIOCSCTTY makes the slave the controlling terminal, TIOCSWINSZ sets the window size and raises SIGWINCH, TIOCGPTPEER opens the slave without its path.',
      read: 'On the master, takes what the program on the slave wrote, and fails with EIO after the slave is closed. On the slave, takes a line of input; 0 means Ctrl-D, or that the master is gone.',
      write:
        'On the master, types into the slave: byte 3 is Ctrl-C and 4 is Ctrl-D. On the slave, prints to the master.',
      close:
        'Closing the last slave descriptor makes the master read EIO; closing the master hangs the slave up and sends SIGHUP.',
      tcgetattr: 'Reads the settings of the slave; it works on the master too and speaks of the same pair.',
      tcsetattr:
        'Switches echo, line editing or keys of the slave, for example to raw mode before a recorder starts.',
      cfmakeraw: 'Prepares settings that pass every byte unchanged, for a program that only carries bytes.',
      tcsetpgrp: 'Chooses the process group that the keys of the slave reach.',
      poll: 'Waits for output of the slave and for the user at once. POLLHUP at the master means that the last slave descriptor was closed.',
      execvp:
        'Starts the program that is to believe in the terminal, once its standard descriptors are the slave.',
      waitpid: 'Collects the child after the master has reported EIO.',
      isatty: 'Answers 1 for the slave: this is what programs ask before they behave as on a terminal.',
      kill: 'Sends the signal itself, where writing Ctrl-C to the master would depend on the settings.',
    },
  },
  calls: [
    {
      name: 'posix_openpt',
      man: { page: 'posix_openpt', section: 3 },
      headers: ['stdlib.h', 'fcntl.h'],
      prototype: 'int posix_openpt(int flags);',
      featureTest: '_GNU_SOURCE',
      standard: 'POSIX',
      summary: 'Opens the master of a new pseudoterminal, which creates the slave device along with it.',
      params: [
        {
          name: 'flags',
          role: 'O_RDWR, usually with O_NOCTTY',
          literal: { kind: 'flags', group: 'openpt-flags' },
        },
      ],
      returns: { success: 'descriptor of the master', failure: { value: '-1', reports: 'errno' } },
      errors: [
        { errno: 'EMFILE', when: 'This process has too many descriptors open.' },
        { errno: 'ENFILE', when: 'The whole system has too many open files.' },
        { errno: 'ENOENT', when: '/dev/ptmx is missing, as in a bare container.' },
        { errno: 'ENOSPC', when: 'All pseudoterminals are in use.' },
      ],
      blocking: { blocks: false },
      asyncSignalSafe: false,
      threadSafe: true,
      effects: [{ op: 'create', kind: 'pty-master', end: 'master', at: 'return', flags: 'flags' }],
      notes: [
        'It is declared with _XOPEN_SOURCE of at least 600 as well.',
        'Linux also takes O_CLOEXEC and O_NONBLOCK here.',
      ],
    },
    {
      name: 'getpt',
      man: { page: 'getpt', section: 3 },
      headers: ['stdlib.h'],
      prototype: 'int getpt(void);',
      featureTest: '_GNU_SOURCE',
      standard: 'GNU',
      obsoleteFor: 'posix_openpt',
      summary: 'Opens the master of a new pseudoterminal for reading and writing.',
      params: [],
      returns: { success: 'descriptor of the master', failure: { value: '-1', reports: 'errno' } },
      errors: [
        { errno: 'EMFILE', when: 'This process has too many descriptors open.' },
        { errno: 'ENOENT', when: '/dev/ptmx is missing.' },
        { errno: 'ENOSPC', when: 'All pseudoterminals are in use.' },
      ],
      blocking: { blocks: false },
      asyncSignalSafe: false,
      threadSafe: true,
      effects: [{ op: 'create', kind: 'pty-master', end: 'master', at: 'return' }],
    },
    {
      name: 'grantpt',
      man: { page: 'grantpt', section: 3 },
      headers: ['stdlib.h'],
      prototype: 'int grantpt(int fd);',
      featureTest: '_GNU_SOURCE',
      standard: 'POSIX',
      summary: 'Gives the slave device to the user of this process, with mode 0620.',
      params: [{ name: 'fd', role: 'descriptor of the master', literal: { kind: 'descriptor' } }],
      returns: { success: '0', failure: { value: '-1', reports: 'errno' } },
      errors: [
        { errno: 'EACCES', when: 'The slave device is not accessible.' },
        { errno: 'EBADF', when: '`fd` is not an open descriptor.' },
        { errno: 'EINVAL', when: '`fd` is not the master of a pseudoterminal.' },
      ],
      blocking: { blocks: false },
      asyncSignalSafe: false,
      threadSafe: true,
      effects: [{ op: 'configure', kind: 'pty-master', at: 'fd' }],
      notes: [
        'Its behaviour is unspecified while a handler for SIGCHLD is installed, because other systems run a helper program.',
        'On Linux the kernel has done the work already, but portable programs call it.',
      ],
    },
    {
      name: 'unlockpt',
      man: { page: 'unlockpt', section: 3 },
      headers: ['stdlib.h'],
      prototype: 'int unlockpt(int fd);',
      featureTest: '_GNU_SOURCE',
      standard: 'POSIX',
      summary: 'Allows the slave to be opened.',
      params: [{ name: 'fd', role: 'descriptor of the master', literal: { kind: 'descriptor' } }],
      returns: { success: '0', failure: { value: '-1', reports: 'errno' } },
      errors: [
        { errno: 'EBADF', when: '`fd` is not a descriptor open for writing.' },
        { errno: 'EINVAL', when: '`fd` is not the master of a pseudoterminal.' },
      ],
      blocking: { blocks: false },
      asyncSignalSafe: false,
      threadSafe: true,
      effects: [{ op: 'configure', kind: 'pty-master', at: 'fd' }],
      notes: ['Opening the slave without it fails with EIO.'],
    },
    {
      name: 'ptsname',
      man: { page: 'ptsname', section: 3 },
      headers: ['stdlib.h'],
      prototype: 'char *ptsname(int fd);',
      featureTest: '_GNU_SOURCE',
      standard: 'POSIX',
      summary: 'Returns the path of the slave in a buffer of the library.',
      params: [{ name: 'fd', role: 'descriptor of the master', literal: { kind: 'descriptor' } }],
      returns: {
        success: 'a path that the next call overwrites',
        failure: { value: 'NULL', reports: 'errno' },
      },
      errors: [
        { errno: 'EBADF', when: '`fd` is not an open descriptor.' },
        { errno: 'ENOTTY', when: '`fd` is not the master of a pseudoterminal.' },
      ],
      blocking: { blocks: false },
      asyncSignalSafe: false,
      threadSafe: 'All threads share the buffer of the name; use ptsname_r.',
      effects: [{ op: 'query', kind: 'pty-master', at: 'fd', data: 'return' }],
    },
    {
      name: 'ptsname_r',
      man: { page: 'ptsname', section: 3 },
      headers: ['stdlib.h'],
      prototype: 'int ptsname_r(int fd, char *buf, size_t buflen);',
      featureTest: '_GNU_SOURCE',
      standard: 'GNU',
      summary: 'Writes the path of the slave into a buffer of the caller.',
      params: [
        { name: 'fd', role: 'descriptor of the master', literal: { kind: 'descriptor' } },
        { name: 'buf', role: 'receives the path and its null byte' },
        { name: 'buflen', role: 'room at `buf` in bytes', literal: { kind: 'size' } },
      ],
      returns: { success: '0', failure: { value: 'error-number', reports: 'return-value' } },
      errors: [
        { errno: 'EBADF', when: '`fd` is not an open descriptor.' },
        { errno: 'ENOTTY', when: '`fd` is not the master of a pseudoterminal.' },
        { errno: 'ERANGE', when: 'The path does not fit.' },
      ],
      blocking: { blocks: false },
      asyncSignalSafe: false,
      threadSafe: true,
      effects: [{ op: 'query', kind: 'pty-master', at: 'fd', data: 'buf', size: 'buflen' }],
    },
    {
      name: 'openpty',
      man: { page: 'openpty', section: 3 },
      headers: ['pty.h'],
      prototype:
        'int openpty(int *amaster, int *aslave, char *name, const struct termios *termp, const struct winsize *winp);',
      standard: 'BSD',
      summary: 'Opens both sides of a new pseudoterminal and, if wanted, sets its modes and window size.',
      params: [
        { name: 'amaster', role: 'receives the descriptor of the master' },
        { name: 'aslave', role: 'receives the descriptor of the slave' },
        {
          name: 'name',
          role: 'receives the path of the slave; its size is unknown, so pass NULL',
          nullable: true,
        },
        { name: 'termp', role: 'settings for the slave, or NULL', nullable: true },
        { name: 'winp', role: 'window size for the slave, or NULL', nullable: true },
      ],
      returns: { success: '0', failure: { value: '-1', reports: 'errno' } },
      errors: [
        { errno: 'EMFILE', when: 'This process has too many descriptors open.' },
        { errno: 'ENOENT', when: 'No pseudoterminal is available.' },
        { errno: 'ENOSPC', when: 'All pseudoterminals are in use.' },
      ],
      blocking: { blocks: false },
      asyncSignalSafe: false,
      threadSafe: true,
      effects: [
        { op: 'create', kind: 'pty-master', end: 'master', at: '*amaster' },
        { op: 'create', kind: 'pty-slave', end: 'slave', at: '*aslave' },
      ],
      notes: [
        'Link with -lutil where the C library is older than 2.34.',
        'The slave does not become the controlling terminal: login_tty or TIOCSCTTY does that.',
      ],
    },
    {
      name: 'forkpty',
      man: { page: 'openpty', section: 3 },
      headers: ['pty.h'],
      prototype:
        'pid_t forkpty(int *amaster, char *name, const struct termios *termp, const struct winsize *winp);',
      standard: 'BSD',
      summary:
        'Opens a pseudoterminal and forks: the child runs in a new session with the slave as its terminal and standard descriptors, the parent gets the master.',
      params: [
        { name: 'amaster', role: 'receives the descriptor of the master, in the parent' },
        {
          name: 'name',
          role: 'receives the path of the slave; its size is unknown, so pass NULL',
          nullable: true,
        },
        { name: 'termp', role: 'settings for the slave, or NULL', nullable: true },
        { name: 'winp', role: 'window size for the slave, or NULL', nullable: true },
      ],
      returns: {
        success: 'the process id of the child in the parent, 0 in the child',
        failure: { value: '(pid_t) -1', reports: 'errno' },
      },
      errors: [
        { errno: 'EAGAIN', when: 'The user has too many processes.' },
        { errno: 'EMFILE', when: 'This process has too many descriptors open.' },
        { errno: 'ENOENT', when: 'No pseudoterminal is available.' },
        { errno: 'ENOMEM', when: 'There is not enough memory for the child.' },
        { errno: 'ENOSPC', when: 'All pseudoterminals are in use.' },
      ],
      blocking: { blocks: false },
      asyncSignalSafe: false,
      threadSafe: true,
      effects: [
        { op: 'create', kind: 'pty-master', end: 'master', at: '*amaster', when: 'return > 0' },
        { op: 'fork', at: 'return' },
      ],
      notes: [
        'Link with -lutil where the C library is older than 2.34.',
        'The parent does not hold the slave, so EIO at the master comes when the child and its descendants are gone.',
      ],
    },
    {
      name: 'login_tty',
      man: { page: 'openpty', section: 3 },
      headers: ['utmp.h'],
      prototype: 'int login_tty(int fd);',
      standard: 'BSD',
      summary:
        'Starts a new session, makes the terminal its controlling terminal and the standard descriptors, and closes `fd`.',
      params: [
        { name: 'fd', role: 'descriptor of a terminal, usually a slave', literal: { kind: 'descriptor' } },
      ],
      returns: { success: '0', failure: { value: '-1', reports: 'errno' } },
      errors: [
        { errno: 'ENOTTY', when: '`fd` is not a terminal.' },
        {
          errno: 'EPERM',
          when: 'It is the controlling terminal of another session, or this process leads one.',
        },
      ],
      blocking: { blocks: false },
      asyncSignalSafe: false,
      threadSafe: 'Other threads must not use the name of the terminal meanwhile.',
      effects: [
        { op: 'configure', at: 'fd' },
        { op: 'close', at: 'fd', when: 'fd > 2' },
      ],
      notes: ['Call it in a child: a process that leads a process group cannot start a session.'],
    },
  ],
  constants: ptyConstants,
  types: [],
};
