import type { Chapter } from '../schema';
import { signalConstants, signalTypes } from './signal.constants';
import { signalObsoleteCalls } from './signal.obsolete';

export const signal: Chapter = {
  facility: {
    id: 'signal',
    title: 'Signal',
    summary:
      'A short notification from the kernel or from another process: its number is nearly all that it says. A process lets a signal take its default action, ignores it, or runs a handler that interrupts whatever it was doing.',
    taxonomy: 'signals',
    identifiedBy: 'signal number, sent to a process ID, a process group or a thread',
    handle: 'signal number (int)',
    accessibility: {
      scope: 'unrelated',
      detail:
        'The sender needs CAP_KILL, or its real or effective user ID must equal the real or saved user ID of the target. SIGCONT may also go to any process of the same session.',
    },
    persistence: {
      kind: 'process',
      detail:
        'A pending signal vanishes with the process it is meant for. fork does not hand pending signals on, exec keeps them; exec resets handlers to the default action and leaves ignored signals ignored.',
    },
    dataModel: {
      kind: 'notification',
      direction: 'one-way',
      detail:
        'One bit per signal: while a standard signal is pending, more of the same kind are lost. Delivery order is not specified. A handler with SA_SIGINFO also learns who sent it.',
    },
    flowControl:
      'The sender never waits. A blocked signal stays pending until it is unblocked, and repetitions merge into one. A receiver without a handler may wait with `sigsuspend`, `sigwait` or a signalfd.',
    limits: [
      {
        name: 'NSIG',
        usual: '65: standard signals 1 to 31, realtime signals up to 64',
        shownAt: '<signal.h>',
        meaning: 'One more than the highest signal number.',
      },
      {
        name: 'SIGSTKSZ',
        usual: '8192 bytes, more where the processor saves much state',
        shownAt: 'sysconf(_SC_SIGSTKSZ)',
        meaning: 'A size that suits an alternate stack for handlers. With _GNU_SOURCE it is no constant.',
      },
      {
        name: 'pending standard signals',
        usual: '1 of each number for the process and 1 for each thread',
        shownAt: '/proc/PID/status (SigPnd, ShdPnd)',
        meaning: 'How many deliveries of one standard signal are remembered while it is blocked.',
      },
    ],
    comparison: [
      {
        to: 'rt-signal',
        difference:
          'Realtime signals queue, arrive in order and carry a value; of a standard signal at most one is pending and it carries none that can be relied on.',
      },
      {
        to: 'eventfd',
        difference:
          'An eventfd is waited on like any descriptor and interrupts nothing; a signal reaches a process that is busy or blocked, even one that shares nothing with the sender.',
      },
      {
        to: 'pipe',
        difference:
          'A pipe carries any amount of data and makes the writer wait when full; a signal carries a number and the sender never waits.',
      },
      {
        to: 'condvar',
        difference:
          'A condition variable wakes threads that wait for it on purpose; a signal interrupts code at any point.',
      },
    ],
    pitfalls: [
      'A handler that calls `printf`, `malloc` or any other function outside the list of signal-safety(7) can deadlock or corrupt memory when it interrupts the same function.',
      'A variable shared by a handler and the main program must be `volatile sig_atomic_t` or a lock-free atomic; otherwise the compiler may keep it in a register and the change is never seen.',
      'Testing a flag and then calling `pause` loses a signal that arrives in between, and the process sleeps for ever; block the signal and use `sigsuspend`.',
      'Several children that end close together raise SIGCHLD only once, so a handler that calls `wait` once leaves zombies; loop over `waitpid` with WNOHANG.',
      'A handler that changes `errno` spoils the error check of the code it interrupted; save it on entry and restore it on return.',
      'A `struct sigaction` whose `sa_mask` or `sa_flags` is never set blocks random signals or changes how the handler is called.',
      'Without SA_RESTART a handler makes slow calls fail with EINTR; some calls do so even with it.',
      '`kill` with -1 as the process ID, such as an unchecked result of fork, signals every process the caller may signal.',
      'SIGKILL and SIGSTOP can be neither caught, blocked nor ignored.',
    ],
    manPages: [
      { page: 'signal', section: 7 },
      { page: 'sigaction', section: 2 },
      { page: 'signal-safety', section: 7 },
    ],
    uses: {
      sigemptyset: 'Starts a set with no signal in it, for `sa_mask` or for a mask to block.',
      sigfillset: 'Makes a set of all signals, to block everything while a handler runs.',
      sigaddset: 'Puts one more signal into a set.',
      sigpending: 'Tells which blocked signals have arrived meanwhile.',
      pthread_sigmask:
        'Blocks signals in one thread. It takes the place of sigprocmask in a program with threads.',
      pthread_kill: 'Sends a signal to one thread of this process.',
      sigwaitinfo: 'Takes a pending signal without a handler. The signal must be blocked.',
      signalfd: 'Delivers blocked signals as records read from a descriptor.',
      fork: 'The child inherits handlers and mask; the set of pending signals starts empty.',
      execve:
        'Handlers fall back to the default action, since their code is gone. Ignored signals and the mask stay.',
      waitpid:
        'Called in a loop with WNOHANG in answer to SIGCHLD, because one SIGCHLD may stand for several children.',
      read: 'Fails with EINTR when a handler without SA_RESTART interrupts its wait.',
      setitimer: 'Sends SIGALRM, SIGVTALRM or SIGPROF when its time is up, once or periodically.',
      write: 'Is async-signal-safe, so a handler may write a byte to a pipe to wake the main loop.',
      _exit: 'Is async-signal-safe, so a handler may end the process with it; `exit` is not.',
    },
  },

  calls: [
    {
      name: 'signal',
      man: { page: 'signal', section: 2 },
      headers: ['signal.h'],
      prototype: 'sighandler_t signal(int signum, sighandler_t handler);',
      standard: 'C',
      obsoleteFor: 'sigaction',
      summary:
        'Sets what happens when a signal arrives: the default action, nothing, or a call of `handler`.',
      params: [
        {
          name: 'signum',
          role: 'signal whose action is set; not SIGKILL or SIGSTOP',
          literal: { kind: 'signal' },
        },
        { name: 'handler', role: 'SIG_DFL, SIG_IGN or a function that takes the signal number' },
      ],
      returns: {
        success: 'the previous action: SIG_DFL, SIG_IGN or a function',
        failure: { value: 'SIG_ERR', reports: 'errno' },
      },
      errors: [{ errno: 'EINVAL', when: '`signum` is no signal, or is SIGKILL or SIGSTOP.' }],
      blocking: { blocks: false },
      asyncSignalSafe: true,
      threadSafe: true,
      effects: [{ op: 'handle-signal', at: 'signum', kind: 'signal', data: 'handler' }],
      notes: [
        "With glibc's defaults a handler stays installed, its signal is blocked while it runs, and slow calls restart; with `-std=c17` or another strict mode it is reset to SIG_DFL at its first call.",
        'Only SIG_DFL and SIG_IGN behave alike everywhere; install handlers with `sigaction`.',
        'What it does in a program with several threads is not specified.',
      ],
    },
    {
      name: 'sigaction',
      man: { page: 'sigaction', section: 2 },
      headers: ['signal.h'],
      prototype:
        'int sigaction(int signum, const struct sigaction *restrict act, struct sigaction *restrict oldact);',
      standard: 'POSIX',
      summary:
        'Sets or reads the action of a signal, together with the signals to block while the handler runs and flags.',
      params: [
        {
          name: 'signum',
          role: 'signal whose action is set or read; not SIGKILL or SIGSTOP',
          literal: { kind: 'signal' },
        },
        { name: 'act', role: 'the new action; NULL leaves the action as it is', nullable: true },
        { name: 'oldact', role: 'receives the previous action; NULL when it is not wanted', nullable: true },
      ],
      returns: { success: '0', failure: { value: '-1', reports: 'errno' } },
      errors: [
        { errno: 'EINVAL', when: '`signum` is no signal, or a new action is given for SIGKILL or SIGSTOP.' },
        { errno: 'EFAULT', when: '`act` or `oldact` is no valid address.' },
      ],
      blocking: { blocks: false },
      asyncSignalSafe: true,
      threadSafe: true,
      effects: [
        { op: 'handle-signal', at: 'signum', kind: 'signal', data: 'act', when: 'act != NULL' },
        { op: 'query', at: 'signum', kind: 'signal', data: 'oldact', when: 'oldact != NULL' },
      ],
      notes: [
        'Set every member of `act`: zero the structure, then `sigemptyset(&act.sa_mask)`. Unset members hold whatever was on the stack.',
        'A child inherits the actions over fork; exec resets handlers to the default and keeps ignored signals ignored.',
        'Actions belong to the whole process, masks to each thread.',
      ],
    },
    {
      name: 'kill',
      man: { page: 'kill', section: 2 },
      headers: ['signal.h'],
      prototype: 'int kill(pid_t pid, int sig);',
      standard: 'POSIX',
      summary:
        'Sends a signal to a process, to a process group or to every process that the caller may signal.',
      params: [
        {
          name: 'pid',
          role: "target: greater than 0 a process, 0 the caller's own process group, -1 every process permitted, below -1 the group `-pid`",
        },
        {
          name: 'sig',
          role: 'signal to send; 0 sends nothing and only checks that the target exists and may be signalled',
          literal: { kind: 'signal' },
        },
      ],
      returns: { success: '0', failure: { value: '-1', reports: 'errno' } },
      errors: [
        { errno: 'EINVAL', when: '`sig` is no signal number.' },
        { errno: 'EPERM', when: 'No target permits a signal from this caller; the target does exist.' },
        { errno: 'ESRCH', when: 'No such process or process group. A zombie still counts as existing.' },
      ],
      blocking: { blocks: false },
      asyncSignalSafe: true,
      threadSafe: true,
      effects: [{ op: 'send-signal', at: 'sig', kind: 'signal', from: 'pid', when: 'sig != 0' }],
      notes: [
        'An unchecked -1, as fork returns on failure, means every process: check the value before sending.',
        'The process ID may have been given to another process by the time the signal is sent; a pidfd avoids that.',
      ],
    },
    {
      name: 'killpg',
      man: { page: 'killpg', section: 3 },
      headers: ['signal.h'],
      prototype: 'int killpg(int pgrp, int sig);',
      standard: 'POSIX',
      summary: 'Sends a signal to every process of a process group.',
      params: [
        { name: 'pgrp', role: "process group; 0 means the caller's own" },
        { name: 'sig', role: 'signal to send; 0 only checks', literal: { kind: 'signal' } },
      ],
      returns: { success: '0', failure: { value: '-1', reports: 'errno' } },
      errors: [
        { errno: 'EINVAL', when: '`sig` is no signal number.' },
        { errno: 'EPERM', when: 'No process of the group permits a signal from this caller.' },
        { errno: 'ESRCH', when: 'The process group does not exist.' },
      ],
      blocking: { blocks: false },
      asyncSignalSafe: false,
      threadSafe: true,
      effects: [{ op: 'send-signal', at: 'sig', kind: 'signal', from: 'pgrp', when: 'sig != 0' }],
    },
    {
      name: 'raise',
      man: { page: 'raise', section: 3 },
      headers: ['signal.h'],
      prototype: 'int raise(int sig);',
      standard: 'C',
      summary: 'Sends a signal to the calling thread. A handler has run by the time it returns.',
      params: [{ name: 'sig', role: 'signal to send', literal: { kind: 'signal' } }],
      returns: { success: '0', failure: { value: 'nonzero', reports: 'errno' } },
      errors: [{ errno: 'EINVAL', when: '`sig` is no signal number.' }],
      blocking: { blocks: false },
      asyncSignalSafe: true,
      threadSafe: true,
      effects: [{ op: 'send-signal', at: 'sig', kind: 'signal' }],
    },
    {
      name: 'tgkill',
      man: { page: 'tkill', section: 2 },
      headers: ['signal.h'],
      prototype: 'int tgkill(pid_t tgid, pid_t tid, int sig);',
      featureTest: '_GNU_SOURCE',
      standard: 'Linux',
      summary: 'Sends a signal to one thread, named by the IDs of its process and of the thread itself.',
      params: [
        { name: 'tgid', role: 'thread group, which is the process ID' },
        { name: 'tid', role: 'thread, as `gettid` tells it' },
        { name: 'sig', role: 'signal to send; 0 only checks', literal: { kind: 'signal' } },
      ],
      returns: { success: '0', failure: { value: '-1', reports: 'errno' } },
      errors: [
        { errno: 'EAGAIN', when: '`sig` is a realtime signal and the limit of queued signals is reached.' },
        { errno: 'EINVAL', when: 'An ID or the signal number is not valid.' },
        { errno: 'EPERM', when: 'The target does not permit a signal from this caller.' },
        { errno: 'ESRCH', when: 'No such thread in that process.' },
      ],
      blocking: { blocks: false },
      asyncSignalSafe: false,
      threadSafe: true,
      effects: [{ op: 'send-signal', at: 'sig', kind: 'signal', from: 'tid', when: 'sig != 0' }],
      notes: ['Programs with pthreads use `pthread_kill`, which needs no kernel thread ID.'],
    },
    {
      name: 'pause',
      man: { page: 'pause', section: 2 },
      headers: ['unistd.h'],
      prototype: 'int pause(void);',
      standard: 'POSIX',
      summary: 'Sleeps until a signal ends the process or a handler has run.',
      params: [],
      returns: {
        success: 'it never returns 0: -1 with EINTR is the only way out',
        failure: { value: '-1', reports: 'errno' },
      },
      errors: [{ errno: 'EINTR', when: 'A handler ran: the normal way for pause to return.' }],
      blocking: { blocks: true, until: 'a signal handler has run', restarted: 'never' },
      asyncSignalSafe: true,
      threadSafe: true,
      effects: [],
      notes: [
        'A signal that arrives between the test of a flag and the call of pause is missed; `sigsuspend` closes that gap.',
      ],
    },
    {
      name: 'sigsuspend',
      man: { page: 'sigsuspend', section: 2 },
      headers: ['signal.h'],
      prototype: 'int sigsuspend(const sigset_t *mask);',
      standard: 'POSIX',
      summary:
        'Replaces the signal mask and sleeps in one step, then puts the old mask back after a handler has run.',
      params: [{ name: 'mask', role: 'mask during the wait: signals in it stay blocked' }],
      returns: {
        success: 'it never returns 0: -1 with EINTR is the only normal result',
        failure: { value: '-1', reports: 'errno' },
      },
      errors: [
        { errno: 'EINTR', when: 'A handler ran: the normal way for sigsuspend to return.' },
        { errno: 'EFAULT', when: '`mask` is no valid address.' },
      ],
      blocking: { blocks: true, until: 'a handler for a signal outside `mask` has run', restarted: 'never' },
      asyncSignalSafe: true,
      threadSafe: true,
      effects: [
        { op: 'block-signals', at: '*mask', kind: 'signal-set' },
        { op: 'wait', at: '*mask', kind: 'signal-set' },
      ],
      notes: [
        'Block the signal with `sigprocmask` first, test the flag, then call sigsuspend with the mask from before: no signal can slip in between.',
      ],
    },
    {
      name: 'sigprocmask',
      man: { page: 'sigprocmask', section: 2 },
      headers: ['signal.h'],
      prototype: 'int sigprocmask(int how, const sigset_t *restrict set, sigset_t *restrict oldset);',
      standard: 'POSIX',
      summary:
        'Changes or reads the set of signals that are blocked: they stay pending until they are unblocked.',
      params: [
        {
          name: 'how',
          role: 'what to do with `set`; not looked at when `set` is NULL',
          literal: { kind: 'one-of', group: 'sigprocmask-how' },
        },
        { name: 'set', role: 'signals to block or unblock; NULL leaves the mask as it is', nullable: true },
        { name: 'oldset', role: 'receives the previous mask; NULL when it is not wanted', nullable: true },
      ],
      returns: { success: '0', failure: { value: '-1', reports: 'errno' } },
      errors: [
        { errno: 'EINVAL', when: '`how` is none of the three operations.' },
        { errno: 'EFAULT', when: '`set` or `oldset` is no valid address.' },
      ],
      blocking: { blocks: false },
      asyncSignalSafe: true,
      threadSafe:
        'In a process with several threads POSIX leaves the result open; `pthread_sigmask` is the call for them.',
      effects: [
        { op: 'block-signals', at: '*set', kind: 'signal-set', flags: 'how', when: 'set != NULL' },
        { op: 'query', at: '*oldset', kind: 'signal-set', when: 'oldset != NULL' },
      ],
      notes: [
        'Blocking SIGKILL or SIGSTOP is ignored without an error.',
        'The mask is inherited over fork and kept over exec.',
        'If an unblocked signal is pending, at least one is delivered before the call returns.',
      ],
    },
    {
      name: 'alarm',
      man: { page: 'alarm', section: 2 },
      headers: ['unistd.h'],
      prototype: 'unsigned int alarm(unsigned int seconds);',
      standard: 'POSIX',
      summary:
        'Arranges for SIGALRM to be sent to the process after so many seconds, and replaces an earlier alarm.',
      params: [{ name: 'seconds', role: 'seconds until SIGALRM; 0 cancels the alarm' }],
      returns: {
        success: 'the seconds that were left of an earlier alarm, or 0 when there was none',
        failure: { value: 'none', reports: 'none' },
      },
      errors: [],
      blocking: { blocks: false },
      asyncSignalSafe: true,
      threadSafe: true,
      effects: [],
      notes: [
        'It shares one timer with `setitimer(ITIMER_REAL)`, and `sleep` may use it too.',
        'The alarm survives exec; a child of fork starts without one.',
        'Without a handler SIGALRM ends the process.',
      ],
    },
    {
      name: 'siginterrupt',
      man: { page: 'siginterrupt', section: 3 },
      headers: ['signal.h'],
      prototype: 'int siginterrupt(int sig, int flag);',
      standard: 'POSIX',
      obsoleteFor: 'sigaction',
      summary: 'Decides whether slow calls restart or fail with EINTR after the handler of a signal.',
      params: [
        { name: 'sig', role: 'signal concerned', literal: { kind: 'signal' } },
        { name: 'flag', role: '0: restart; otherwise fail with EINTR' },
      ],
      returns: { success: '0', failure: { value: '-1', reports: 'errno' } },
      errors: [{ errno: 'EINVAL', when: '`sig` is no signal number.' }],
      blocking: { blocks: false },
      asyncSignalSafe: false,
      threadSafe: 'It changes a process-wide table without a lock.',
      effects: [{ op: 'handle-signal', at: 'sig', kind: 'signal' }],
      notes: ['The same choice is made with SA_RESTART in `sigaction`.'],
    },
    {
      name: 'sigaltstack',
      man: { page: 'sigaltstack', section: 2 },
      headers: ['signal.h'],
      prototype: 'int sigaltstack(const stack_t *restrict ss, stack_t *restrict old_ss);',
      standard: 'POSIX',
      summary:
        'Sets or reads the separate stack on which this thread runs handlers installed with SA_ONSTACK.',
      params: [
        { name: 'ss', role: 'the new stack; NULL leaves it as it is', nullable: true },
        { name: 'old_ss', role: 'receives the previous stack; NULL when it is not wanted', nullable: true },
      ],
      returns: { success: '0', failure: { value: '-1', reports: 'errno' } },
      errors: [
        { errno: 'EINVAL', when: '`ss_flags` has a bit that is not known.' },
        { errno: 'ENOMEM', when: 'The stack is smaller than MINSIGSTKSZ.' },
        { errno: 'EPERM', when: 'The thread is running on the alternate stack at this moment.' },
      ],
      blocking: { blocks: false },
      asyncSignalSafe: false,
      threadSafe: true,
      effects: [],
      notes: [
        'A handler of SIGSEGV after a stack overflow needs it: the normal stack has no room left.',
        'New threads start without an alternate stack; exec removes it.',
      ],
    },
    ...signalObsoleteCalls,
  ],
  constants: signalConstants,
  types: signalTypes,
};
