import type { ConstantGroup, TypeInfo } from '../schema';

/** The constants that the calls of ./signal take. */
export const signalConstants: ConstantGroup[] = [
  {
    id: 'signals',
    title: 'Signals',
    constants: [
      {
        name: 'SIGHUP',
        header: 'signal.h',
        value: 1,
        meaning:
          "The terminal hung up, or the session's leader ended. Daemons often read their settings again. Default: ends the process.",
      },
      {
        name: 'SIGINT',
        header: 'signal.h',
        value: 2,
        meaning: 'The interrupt key (Ctrl-C) was pressed. Default: ends the process.',
      },
      {
        name: 'SIGQUIT',
        header: 'signal.h',
        value: 3,
        meaning: 'The quit key (Ctrl-\\) was pressed. Default: ends the process with a core file.',
      },
      {
        name: 'SIGILL',
        header: 'signal.h',
        value: 4,
        meaning: 'An illegal instruction was executed. Default: ends the process with a core file.',
      },
      {
        name: 'SIGTRAP',
        header: 'signal.h',
        value: 5,
        meaning: 'A breakpoint or trace trap was reached. Default: ends the process with a core file.',
      },
      {
        name: 'SIGABRT',
        header: 'signal.h',
        value: 6,
        meaning: '`abort` was called. Default: ends the process with a core file.',
      },
      { name: 'SIGIOT', header: 'signal.h', value: 6, meaning: 'Another name of SIGABRT.' },
      {
        name: 'SIGBUS',
        header: 'signal.h',
        value: 7,
        meaning:
          'Memory was touched that has no backing, such as a mapping beyond the end of its file. Default: ends the process with a core file.',
      },
      {
        name: 'SIGFPE',
        header: 'signal.h',
        value: 8,
        meaning:
          'An arithmetic fault such as an integer division by zero. Default: ends the process with a core file.',
      },
      {
        name: 'SIGKILL',
        header: 'signal.h',
        value: 9,
        meaning: 'Ends the process at once. It cannot be caught, blocked or ignored.',
      },
      {
        name: 'SIGUSR1',
        header: 'signal.h',
        value: 10,
        meaning: 'Free for programs to give a meaning. Default: ends the process.',
      },
      {
        name: 'SIGSEGV',
        header: 'signal.h',
        value: 11,
        meaning: 'A memory reference that is not permitted. Default: ends the process with a core file.',
      },
      {
        name: 'SIGUSR2',
        header: 'signal.h',
        value: 12,
        meaning: 'Free for programs to give a meaning. Default: ends the process.',
      },
      {
        name: 'SIGPIPE',
        header: 'signal.h',
        value: 13,
        meaning: 'A write to a pipe or socket that nobody reads any more. Default: ends the process.',
      },
      {
        name: 'SIGALRM',
        header: 'signal.h',
        value: 14,
        meaning: 'The timer of `alarm` or ITIMER_REAL ran out. Default: ends the process.',
      },
      {
        name: 'SIGTERM',
        header: 'signal.h',
        value: 15,
        meaning: 'The polite request to end, which `kill` sends by default. Default: ends the process.',
      },
      {
        name: 'SIGSTKFLT',
        header: 'signal.h',
        value: 16,
        meaning: 'A stack fault of a coprocessor; Linux never sends it. Default: ends the process.',
      },
      {
        name: 'SIGCHLD',
        header: 'signal.h',
        value: 17,
        meaning: 'A child ended, stopped or continued. Default: nothing.',
      },
      { name: 'SIGCLD', header: 'signal.h', value: 17, meaning: 'Another name of SIGCHLD.' },
      {
        name: 'SIGCONT',
        header: 'signal.h',
        value: 18,
        meaning: 'Continues a stopped process, whatever its action and mask say. Default: continues.',
      },
      {
        name: 'SIGSTOP',
        header: 'signal.h',
        value: 19,
        meaning: 'Stops the process. It cannot be caught, blocked or ignored.',
      },
      {
        name: 'SIGTSTP',
        header: 'signal.h',
        value: 20,
        meaning: 'The suspend key (Ctrl-Z) was pressed. Default: stops the process.',
      },
      {
        name: 'SIGTTIN',
        header: 'signal.h',
        value: 21,
        meaning: 'A background process tried to read from its terminal. Default: stops the process.',
      },
      {
        name: 'SIGTTOU',
        header: 'signal.h',
        value: 22,
        meaning:
          'A background process tried to write to its terminal while that is forbidden. Default: stops the process.',
      },
      {
        name: 'SIGURG',
        header: 'signal.h',
        value: 23,
        meaning: 'Urgent data arrived on a socket. Default: nothing.',
      },
      {
        name: 'SIGXCPU',
        header: 'signal.h',
        value: 24,
        meaning: 'The limit of processor time was passed. Default: ends the process with a core file.',
      },
      {
        name: 'SIGXFSZ',
        header: 'signal.h',
        value: 25,
        meaning: 'The limit of file size was passed. Default: ends the process with a core file.',
      },
      {
        name: 'SIGVTALRM',
        header: 'signal.h',
        value: 26,
        meaning: 'The timer ITIMER_VIRTUAL ran out. Default: ends the process.',
      },
      {
        name: 'SIGPROF',
        header: 'signal.h',
        value: 27,
        meaning: 'The timer ITIMER_PROF ran out. Default: ends the process.',
      },
      {
        name: 'SIGWINCH',
        header: 'signal.h',
        value: 28,
        meaning: 'The window of the terminal changed its size. Default: nothing.',
      },
      {
        name: 'SIGIO',
        header: 'signal.h',
        value: 29,
        meaning: 'A descriptor with O_ASYNC is ready. Default: ends the process.',
      },
      { name: 'SIGPOLL', header: 'signal.h', value: 29, meaning: 'Another name of SIGIO.' },
      {
        name: 'SIGPWR',
        header: 'signal.h',
        value: 30,
        meaning: 'The power supply is about to fail. Default: ends the process.',
      },
      {
        name: 'SIGSYS',
        header: 'signal.h',
        value: 31,
        meaning:
          'A system call that is not permitted or does not exist. Default: ends the process with a core file.',
      },
      {
        name: 'SIGRTMIN',
        header: 'signal.h',
        meaning:
          'The first realtime signal free for programs; a call and no constant, 34 with glibc because two are kept for its threads.',
      },
      {
        name: 'SIGRTMAX',
        header: 'signal.h',
        meaning: 'The last realtime signal, 64; a call and no constant.',
      },
    ],
  },
  {
    id: 'sigaction-flags',
    title: 'Flags of sigaction (sa_flags)',
    constants: [
      {
        name: 'SA_NOCLDSTOP',
        header: 'signal.h',
        value: 1,
        meaning: 'For SIGCHLD: no signal when a child stops or continues.',
      },
      {
        name: 'SA_NOCLDWAIT',
        header: 'signal.h',
        value: 2,
        meaning: 'For SIGCHLD: children leave no zombie behind, and `wait` cannot collect their status.',
      },
      {
        name: 'SA_SIGINFO',
        header: 'signal.h',
        value: 4,
        meaning: 'The handler is `sa_sigaction` with three arguments and receives a `siginfo_t`.',
      },
      {
        name: 'SA_ONSTACK',
        header: 'signal.h',
        value: 0x8000000,
        meaning: 'Run the handler on the stack set with `sigaltstack`.',
      },
      {
        name: 'SA_RESTART',
        header: 'signal.h',
        value: 0x10000000,
        meaning: 'Slow calls start again after the handler instead of failing with EINTR.',
      },
      {
        name: 'SA_NODEFER',
        header: 'signal.h',
        value: 0x40000000,
        meaning: 'Do not block the signal while its own handler runs.',
      },
      { name: 'SA_NOMASK', header: 'signal.h', value: 0x40000000, meaning: 'Another name of SA_NODEFER.' },
      {
        name: 'SA_RESETHAND',
        header: 'signal.h',
        value: 0x80000000,
        meaning: 'Go back to the default action when the handler is entered.',
      },
      { name: 'SA_ONESHOT', header: 'signal.h', value: 0x80000000, meaning: 'Another name of SA_RESETHAND.' },
    ],
  },
  {
    id: 'signal-dispositions',
    title: 'Actions in place of a handler',
    constants: [
      { name: 'SIG_DFL', header: 'signal.h', value: 0, meaning: 'The default action of the signal.' },
      { name: 'SIG_IGN', header: 'signal.h', value: 1, meaning: 'Ignore the signal.' },
      {
        name: 'SIG_HOLD',
        header: 'signal.h',
        featureTest: '_GNU_SOURCE',
        value: 2,
        meaning: 'For `sigset`: block the signal.',
      },
      { name: 'SIG_ERR', header: 'signal.h', value: -1, meaning: 'What `signal` returns on failure.' },
    ],
  },
  {
    id: 'sigprocmask-how',
    title: 'What sigprocmask does with the set',
    constants: [
      {
        name: 'SIG_BLOCK',
        header: 'signal.h',
        value: 0,
        meaning: 'Block the signals of the set as well as those already blocked.',
      },
      { name: 'SIG_UNBLOCK', header: 'signal.h', value: 1, meaning: 'Unblock the signals of the set.' },
      { name: 'SIG_SETMASK', header: 'signal.h', value: 2, meaning: 'Block exactly the signals of the set.' },
    ],
  },
  {
    id: 'sigaltstack-flags',
    title: 'Flags of sigaltstack (ss_flags)',
    constants: [
      {
        name: 'SS_ONSTACK',
        header: 'signal.h',
        value: 1,
        meaning: 'Reported: the thread is running on the alternate stack.',
      },
      {
        name: 'SS_DISABLE',
        header: 'signal.h',
        value: 2,
        meaning: 'There is no alternate stack, or remove it.',
      },
    ],
  },
  {
    id: 'si-codes',
    title: 'Origin of a signal (si_code)',
    constants: [
      { name: 'SI_USER', header: 'signal.h', value: 0, meaning: 'Sent with `kill`.' },
      { name: 'SI_KERNEL', header: 'signal.h', value: 128, meaning: 'Sent by the kernel.' },
      {
        name: 'SI_QUEUE',
        header: 'signal.h',
        value: -1,
        meaning: 'Sent with `sigqueue`; `si_value` holds the value.',
      },
      { name: 'SI_TIMER', header: 'signal.h', value: -2, meaning: 'A POSIX timer ran out.' },
      {
        name: 'SI_MESGQ',
        header: 'signal.h',
        value: -3,
        meaning: 'A message arrived on an empty POSIX queue.',
      },
      {
        name: 'SI_ASYNCIO',
        header: 'signal.h',
        value: -4,
        meaning: 'Asynchronous input or output was completed.',
      },
      { name: 'SI_SIGIO', header: 'signal.h', value: -5, meaning: 'Readiness of a descriptor with O_ASYNC.' },
      {
        name: 'SI_TKILL',
        header: 'signal.h',
        value: -6,
        meaning: 'Sent with `tgkill`, `pthread_kill` or `raise`.',
      },
      { name: 'CLD_EXITED', header: 'signal.h', value: 1, meaning: 'SIGCHLD: the child ended by itself.' },
      { name: 'CLD_KILLED', header: 'signal.h', value: 2, meaning: 'SIGCHLD: a signal ended the child.' },
      {
        name: 'CLD_DUMPED',
        header: 'signal.h',
        value: 3,
        meaning: 'SIGCHLD: a signal ended the child and a core file was written.',
      },
      { name: 'CLD_TRAPPED', header: 'signal.h', value: 4, meaning: 'SIGCHLD: a traced child has a trap.' },
      { name: 'CLD_STOPPED', header: 'signal.h', value: 5, meaning: 'SIGCHLD: the child stopped.' },
      { name: 'CLD_CONTINUED', header: 'signal.h', value: 6, meaning: 'SIGCHLD: a stopped child continues.' },
      {
        name: 'SEGV_MAPERR',
        header: 'signal.h',
        value: 1,
        meaning: 'SIGSEGV: nothing is mapped at the address.',
      },
      {
        name: 'SEGV_ACCERR',
        header: 'signal.h',
        value: 2,
        meaning: 'SIGSEGV: the mapping forbids this access.',
      },
      { name: 'BUS_ADRALN', header: 'signal.h', value: 1, meaning: 'SIGBUS: the address is not aligned.' },
      {
        name: 'BUS_ADRERR',
        header: 'signal.h',
        value: 2,
        meaning: 'SIGBUS: no memory stands behind the address, as beyond the end of a mapped file.',
      },
      {
        name: 'BUS_OBJERR',
        header: 'signal.h',
        value: 3,
        meaning: 'SIGBUS: the hardware or the device reports an error.',
      },
      {
        name: 'FPE_INTDIV',
        header: 'signal.h',
        value: 1,
        meaning: 'SIGFPE: an integer was divided by zero.',
      },
      { name: 'FPE_INTOVF', header: 'signal.h', value: 2, meaning: 'SIGFPE: integer overflow.' },
      {
        name: 'ILL_ILLOPC',
        header: 'signal.h',
        value: 1,
        meaning: 'SIGILL: the instruction does not exist.',
      },
      { name: 'POLL_IN', header: 'signal.h', value: 1, meaning: 'SIGIO: data can be read.' },
      { name: 'POLL_OUT', header: 'signal.h', value: 2, meaning: 'SIGIO: data can be written.' },
      { name: 'POLL_HUP', header: 'signal.h', value: 6, meaning: 'SIGIO: the other side is gone.' },
    ],
  },
];

/** The types that the calls of ./signal use. */
export const signalTypes: TypeInfo[] = [
  {
    name: 'sigset_t',
    header: 'signal.h',
    meaning: 'A set of signals. Make it with sigemptyset or sigfillset before any other use.',
    size: 128,
  },
  {
    name: 'struct sigaction',
    header: 'signal.h',
    meaning: 'The action of a signal, for sigaction.',
    size: 152,
    members: [
      {
        declaration: 'void (*sa_handler)(int)',
        meaning: 'SIG_DFL, SIG_IGN or the handler. It shares its place with `sa_sigaction`.',
      },
      {
        declaration: 'void (*sa_sigaction)(int, siginfo_t *, void *)',
        meaning: 'the handler when `sa_flags` has SA_SIGINFO; set one of the two',
      },
      {
        declaration: 'sigset_t sa_mask',
        meaning: 'signals to block while the handler runs, besides the signal itself',
        mustSet: true,
      },
      { declaration: 'int sa_flags', meaning: '0 or SA_ flags', mustSet: true },
      { declaration: 'void (*sa_restorer)(void)', meaning: 'for the C library alone' },
    ],
  },
  {
    name: 'siginfo_t',
    header: 'signal.h',
    meaning:
      'What a handler with SA_SIGINFO, sigwaitinfo and waitid learn. Only the members that fit the origin are filled.',
    size: 128,
    members: [
      { declaration: 'int si_signo', meaning: 'signal number' },
      { declaration: 'int si_errno', meaning: 'mostly unused on Linux' },
      { declaration: 'int si_code', meaning: 'origin: SI_USER, SI_QUEUE, CLD_EXITED, SEGV_MAPERR and so on' },
      { declaration: 'pid_t si_pid', meaning: 'sender, or for SIGCHLD the child' },
      { declaration: 'uid_t si_uid', meaning: 'real user ID of the sender' },
      { declaration: 'int si_status', meaning: 'for SIGCHLD: exit status or signal' },
      { declaration: 'clock_t si_utime', meaning: 'for SIGCHLD: user time of the child' },
      { declaration: 'clock_t si_stime', meaning: 'for SIGCHLD: system time of the child' },
      { declaration: 'union sigval si_value', meaning: 'the value of sigqueue, of a timer or of mq_notify' },
      {
        declaration: 'void *si_addr',
        meaning: 'for SIGSEGV, SIGBUS, SIGFPE and SIGILL: the address of the fault',
      },
      { declaration: 'long si_band', meaning: 'for SIGIO: the events' },
      { declaration: 'int si_fd', meaning: 'for SIGIO: the descriptor' },
      { declaration: 'int si_overrun', meaning: 'for POSIX timers: expirations missed' },
      { declaration: 'int si_timerid', meaning: "for POSIX timers: the kernel's number of the timer" },
      { declaration: 'int si_syscall', meaning: 'for SIGSYS: number of the system call' },
    ],
  },
  {
    name: 'stack_t',
    header: 'signal.h',
    meaning: 'A stack for signal handlers.',
    size: 24,
    members: [
      { declaration: 'void *ss_sp', meaning: 'lowest address', mustSet: true },
      { declaration: 'int ss_flags', meaning: '0, or SS_DISABLE to remove the stack', mustSet: true },
      { declaration: 'size_t ss_size', meaning: 'size in bytes', mustSet: true },
    ],
  },
  {
    name: 'sighandler_t',
    header: 'signal.h',
    featureTest: '_GNU_SOURCE',
    meaning: 'Pointer to a handler: `void (*)(int)`. A name of the GNU C library.',
    size: 8,
  },
  {
    name: 'sig_atomic_t',
    header: 'signal.h',
    meaning:
      'An integer that is read and written in one step even when a signal comes in between. Use it with `volatile`.',
    size: 4,
  },
];
