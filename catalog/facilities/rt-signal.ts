import type { Chapter } from '../schema';
import { rtSignalConstants, rtSignalTypes } from './rt-signal.constants';

export const rtSignal: Chapter = {
  facility: {
    id: 'rt-signal',
    title: 'Realtime signal',
    summary:
      'The signals SIGRTMIN to SIGRTMAX: unlike standard ones they queue, arrive in order and carry an integer or a pointer. They are a small message facility between processes that know each other by process ID.',
    taxonomy: 'signals',
    identifiedBy: 'signal number between SIGRTMIN and SIGRTMAX, sent to a process ID or a thread',
    handle: 'signal number (int), or a signalfd descriptor',
    accessibility: {
      scope: 'unrelated',
      detail:
        'As for other signals: the sender needs CAP_KILL, or its real or effective user ID must equal the real or saved user ID of the target.',
    },
    persistence: {
      kind: 'process',
      detail:
        'Queued signals belong to the receiver and vanish when it ends. A child of fork starts with none.',
    },
    dataModel: {
      kind: 'notification',
      direction: 'one-way',
      detail:
        'Each signal is queued with its own `union sigval`. Signals of one number arrive in the order sent; of several pending numbers, Linux delivers the lowest first.',
    },
    flowControl:
      'Sending never waits: when the limit of queued signals is reached, `sigqueue` fails with EAGAIN. A receiver that blocks the signal waits for it with `sigwaitinfo` or reads a signalfd.',
    limits: [
      {
        name: 'RLIMIT_SIGPENDING',
        usual: 'some thousands to tens of thousands, by the size of memory',
        shownAt: 'getrlimit(RLIMIT_SIGPENDING), SigQ in /proc/PID/status',
        meaning: 'How many signals may be queued for all processes of one real user ID.',
      },
      {
        name: 'SIGRTMIN to SIGRTMAX',
        usual: '34 to 64: 31 signals',
        shownAt: 'SIGRTMIN and SIGRTMAX',
        meaning: 'The numbers free for programs. The kernel begins at 32, but glibc keeps two for itself.',
      },
      {
        name: '_POSIX_SIGQUEUE_MAX',
        usual: '32',
        shownAt: '<limits.h>',
        meaning: 'How many queued signals every POSIX system must allow a process.',
      },
    ],
    comparison: [
      {
        to: 'signal',
        difference:
          'Standard signals merge while pending and carry no value; realtime signals queue each one with its value.',
      },
      {
        to: 'posix-mq',
        difference:
          'A message queue has a name, holds messages of any size and can make the sender wait; a realtime signal goes to a process ID, carries one word and is refused when too many are queued.',
      },
      {
        to: 'eventfd',
        difference:
          'An eventfd adds counts up and needs a shared descriptor; each realtime signal stays apart and only needs the process ID.',
      },
      {
        to: 'unix-dgram',
        difference:
          'A UNIX datagram carries kilobytes and descriptors; a signal carries one integer or pointer.',
      },
    ],
    pitfalls: [
      '`sigqueue` fails with EAGAIN when too many signals are queued; ignoring that loses a message without a trace.',
      'A handler installed without SA_SIGINFO never sees the value that was sent along.',
      'A pointer sent to another process is meaningless there: it names an address of the sender.',
      '`sigwaitinfo`, `sigwait` and signalfd work only on blocked signals; otherwise the default action ends the process before the call sees the signal.',
      'SIGRTMIN is a call and no constant, so it cannot be a `case` label or an array size, and a plain 34 is not portable.',
      'Relying on queueing or order with a standard signal such as SIGUSR1 loses signals, even when they are sent with `sigqueue`.',
      'The default action of an unhandled realtime signal ends the process.',
      'Block the signals before threads are created, since a new thread inherits the mask and any thread with the signal unblocked may receive it.',
    ],
    manPages: [
      { page: 'signal', section: 7 },
      { page: 'sigqueue', section: 3 },
      { page: 'sigwaitinfo', section: 2 },
      { page: 'signalfd', section: 2 },
    ],
    uses: {
      sigaction:
        'Installs the handler. With SA_SIGINFO it receives the value in `si_value` and the sender in `si_pid`.',
      sigprocmask:
        'Blocks the signals first, so that they queue until `sigwaitinfo` or a signalfd takes them.',
      pthread_sigmask:
        'Blocks the signals in every thread of a program, best before the first pthread_create.',
      sigemptyset: 'Starts the set of signals to wait for.',
      sigaddset: 'Puts a realtime signal such as `SIGRTMIN + 1` into the set.',
      kill: 'Can send a realtime signal too, without a value. Linux queues it as well.',
      read: 'Takes one or more `struct signalfd_siginfo` records from a signalfd; each read consumes the signals.',
      poll: 'Waits for a signalfd together with other descriptors.',
      timer_create: 'Makes a timer that sends a realtime signal with a value when it runs out.',
      mq_notify: 'Sends a realtime signal with a value when a message arrives on an empty queue.',
      sigpending: 'Tells which of the blocked signals are queued, but not how many of each.',
      close: 'Gives up a signalfd. The signals stay blocked and pending.',
    },
  },

  calls: [
    {
      name: 'sigqueue',
      man: { page: 'sigqueue', section: 3 },
      headers: ['signal.h'],
      prototype: 'int sigqueue(pid_t pid, int sig, const union sigval value);',
      standard: 'POSIX',
      summary: 'Queues a signal for a process together with an integer or a pointer.',
      params: [
        { name: 'pid', role: 'target process; unlike kill it cannot name a group' },
        {
          name: 'sig',
          role: 'signal to send; 0 only checks that the process exists and may be signalled',
          literal: { kind: 'signal' },
        },
        {
          name: 'value',
          role: 'integer (`sival_int`) or pointer (`sival_ptr`) that a handler with SA_SIGINFO finds in `si_value`',
        },
      ],
      returns: { success: '0', failure: { value: '-1', reports: 'errno' } },
      errors: [
        {
          errno: 'EAGAIN',
          when: 'The limit of queued signals (RLIMIT_SIGPENDING) is reached: the signal was not sent.',
        },
        { errno: 'EINVAL', when: '`sig` is no signal number.' },
        { errno: 'EPERM', when: 'The target does not permit a signal from this caller.' },
        { errno: 'ESRCH', when: 'No such process.' },
      ],
      blocking: { blocks: false },
      asyncSignalSafe: true,
      threadSafe: true,
      effects: [
        { op: 'send-signal', at: 'sig', kind: 'signal', from: 'pid', data: 'value', when: 'sig != 0' },
      ],
      notes: [
        'Only realtime signals are sure to queue; a standard signal that is pending already swallows the new one and its value.',
      ],
    },
    {
      name: 'pthread_sigqueue',
      man: { page: 'pthread_sigqueue', section: 3 },
      headers: ['signal.h', 'pthread.h'],
      prototype: 'int pthread_sigqueue(pthread_t thread, int sig, const union sigval value);',
      featureTest: '_GNU_SOURCE',
      standard: 'GNU',
      summary: 'Queues a signal with a value for one thread of this process.',
      params: [
        { name: 'thread', role: 'target thread' },
        { name: 'sig', role: 'signal to send; 0 only checks', literal: { kind: 'signal' } },
        { name: 'value', role: 'integer or pointer to send along' },
      ],
      returns: { success: '0', failure: { value: 'error-number', reports: 'return-value' } },
      errors: [
        { errno: 'EAGAIN', when: 'The limit of queued signals is reached.' },
        { errno: 'EINVAL', when: '`sig` is no signal number.' },
        { errno: 'ENOSYS', when: 'The system does not have the call.' },
        { errno: 'ESRCH', when: 'There is no such thread.' },
      ],
      blocking: { blocks: false },
      asyncSignalSafe: false,
      threadSafe: true,
      effects: [
        { op: 'send-signal', at: 'sig', kind: 'signal', from: 'thread', data: 'value', when: 'sig != 0' },
      ],
    },
    {
      name: 'sigwaitinfo',
      man: { page: 'sigwaitinfo', section: 2 },
      headers: ['signal.h'],
      prototype: 'int sigwaitinfo(const sigset_t *restrict set, siginfo_t *restrict info);',
      standard: 'POSIX',
      summary:
        'Takes one pending signal of a set, waiting for it if need be, and tells its sender and value. No handler runs.',
      params: [
        { name: 'set', role: 'signals to wait for; all of them must be blocked' },
        {
          name: 'info',
          role: 'receives what is known of the signal; NULL when it is not wanted',
          nullable: true,
        },
      ],
      returns: { success: 'the number of the signal taken', failure: { value: '-1', reports: 'errno' } },
      errors: [{ errno: 'EINTR', when: 'A handler for a signal outside `set` ran.' }],
      blocking: {
        blocks: true,
        until: 'a signal of `set` is pending',
        avoid: 'sigtimedwait with a time of zero (EAGAIN)',
        restarted: 'never',
      },
      asyncSignalSafe: false,
      threadSafe: true,
      effects: [{ op: 'wait', at: '*set', kind: 'signal-set', data: 'info' }],
      notes: [
        'If the signals are not blocked, their action runs instead and the call misses them.',
        'Of several pending realtime signals the lowest number comes first.',
      ],
    },
    {
      name: 'sigtimedwait',
      man: { page: 'sigwaitinfo', section: 2 },
      headers: ['signal.h'],
      prototype:
        'int sigtimedwait(const sigset_t *restrict set, siginfo_t *restrict info, const struct timespec *restrict timeout);',
      standard: 'POSIX',
      summary: 'Takes one pending signal of a set like sigwaitinfo, but gives up after some time.',
      params: [
        { name: 'set', role: 'signals to wait for; all of them must be blocked' },
        {
          name: 'info',
          role: 'receives what is known of the signal; NULL when it is not wanted',
          nullable: true,
        },
        { name: 'timeout', role: 'how long to wait, as a duration; zero only looks' },
      ],
      returns: { success: 'the number of the signal taken', failure: { value: '-1', reports: 'errno' } },
      errors: [
        { errno: 'EAGAIN', when: 'The time ran out and no signal of `set` was pending.' },
        { errno: 'EINTR', when: 'A handler for a signal outside `set` ran.' },
        { errno: 'EINVAL', when: '`timeout` is not a valid time.' },
      ],
      blocking: {
        blocks: true,
        until: 'a signal of `set` is pending or the time runs out',
        avoid: 'a `timeout` of zero (EAGAIN)',
        restarted: 'never',
      },
      asyncSignalSafe: false,
      threadSafe: true,
      effects: [{ op: 'wait', at: '*set', kind: 'signal-set', data: 'info' }],
    },
    {
      name: 'sigwait',
      man: { page: 'sigwait', section: 3 },
      headers: ['signal.h'],
      prototype: 'int sigwait(const sigset_t *restrict set, int *restrict sig);',
      standard: 'POSIX',
      summary: 'Takes one pending signal of a set, waiting for it if need be. No handler runs.',
      params: [
        { name: 'set', role: 'signals to wait for; all of them must be blocked' },
        { name: 'sig', role: 'receives the number of the signal taken' },
      ],
      returns: { success: '0', failure: { value: 'error-number', reports: 'return-value' } },
      errors: [{ errno: 'EINVAL', when: '`set` holds a number that is no signal.' }],
      blocking: {
        blocks: true,
        until: 'a signal of `set` is pending',
        avoid: 'sigtimedwait with a time of zero',
        restarted: 'always',
      },
      asyncSignalSafe: false,
      threadSafe: true,
      effects: [{ op: 'wait', at: '*set', kind: 'signal-set', data: 'sig' }],
      notes: [
        'A thread that loops over sigwait, with the signals blocked in all threads, handles signals as ordinary code.',
      ],
    },
    {
      name: 'signalfd',
      man: { page: 'signalfd', section: 2 },
      headers: ['sys/signalfd.h'],
      prototype: 'int signalfd(int fd, const sigset_t *mask, int flags);',
      standard: 'Linux',
      summary:
        'Creates a descriptor from which pending signals of a set are read as records, or changes the set of such a descriptor.',
      params: [
        {
          name: 'fd',
          role: '-1 for a new descriptor, or a signalfd whose set is to be replaced',
          literal: { kind: 'descriptor' },
        },
        { name: 'mask', role: 'signals to receive; block them with sigprocmask as well' },
        {
          name: 'flags',
          role: '0 or flags for the new descriptor',
          literal: { kind: 'flags', group: 'signalfd-flags' },
        },
      ],
      returns: { success: 'the descriptor', failure: { value: '-1', reports: 'errno' } },
      errors: [
        { errno: 'EBADF', when: '`fd` is not an open descriptor.' },
        { errno: 'EINVAL', when: '`fd` is no signalfd, or `flags` has a bit that is not known.' },
        { errno: 'EMFILE', when: 'This process has too many descriptors open.' },
        { errno: 'ENFILE', when: 'The whole system has too many open files.' },
        { errno: 'ENODEV', when: "The kernel's internal device for such descriptors could not be mounted." },
        { errno: 'ENOMEM', when: 'The kernel has no memory left.' },
      ],
      blocking: { blocks: false },
      asyncSignalSafe: false,
      threadSafe: true,
      effects: [
        {
          op: 'create',
          kind: 'signalfd',
          at: 'return',
          end: 'read',
          flags: 'flags',
          from: '*mask',
          when: 'fd == -1',
        },
        { op: 'configure', kind: 'signalfd', at: 'fd', from: '*mask', when: 'fd != -1' },
      ],
      notes: [
        'A read takes 128-byte records (`struct signalfd_siginfo`); a smaller buffer fails with EINVAL.',
        'Signals that are not blocked take their normal action and never show up in the descriptor.',
        "After fork, a read in the child returns the child's own signals.",
      ],
    },
    {
      name: 'pidfd_open',
      man: { page: 'pidfd_open', section: 2 },
      headers: ['sys/pidfd.h'],
      prototype: 'int pidfd_open(pid_t pid, unsigned int flags);',
      standard: 'Linux',
      summary: 'Opens a descriptor that stands for one process and can never come to mean another one.',
      params: [
        { name: 'pid', role: 'process ID' },
        { name: 'flags', role: '0 or PIDFD_NONBLOCK', literal: { kind: 'flags', group: 'pidfd-flags' } },
      ],
      returns: {
        success: 'the descriptor, with close-on-exec set',
        failure: { value: '-1', reports: 'errno' },
      },
      errors: [
        { errno: 'EINVAL', when: '`flags` or `pid` is not valid.' },
        { errno: 'EMFILE', when: 'This process has too many descriptors open.' },
        { errno: 'ENFILE', when: 'The whole system has too many open files.' },
        { errno: 'ENODEV', when: "The kernel's internal device for such descriptors is missing." },
        { errno: 'ENOMEM', when: 'The kernel has no memory left.' },
        { errno: 'ESRCH', when: 'No such process.' },
      ],
      blocking: { blocks: false },
      asyncSignalSafe: false,
      threadSafe: true,
      effects: [{ op: 'open', kind: 'pidfd', at: 'return', from: 'pid', flags: 'flags' }],
      notes: [
        'poll reports the descriptor readable once the process has ended.',
        'The header needs glibc 2.36; older programs use `syscall(SYS_pidfd_open, ...)`.',
      ],
    },
    {
      name: 'pidfd_send_signal',
      man: { page: 'pidfd_send_signal', section: 2 },
      headers: ['sys/pidfd.h'],
      prototype: 'int pidfd_send_signal(int pidfd, int sig, siginfo_t *info, unsigned int flags);',
      standard: 'Linux',
      summary:
        'Sends a signal to the process behind a descriptor, which cannot hit another process by mistake.',
      params: [
        { name: 'pidfd', role: 'descriptor of the process', literal: { kind: 'descriptor' } },
        { name: 'sig', role: 'signal to send; 0 only checks', literal: { kind: 'signal' } },
        { name: 'info', role: 'what the receiver is told; NULL fills it in as kill does', nullable: true },
        { name: 'flags', role: 'must be 0' },
      ],
      returns: { success: '0', failure: { value: '-1', reports: 'errno' } },
      errors: [
        { errno: 'EBADF', when: '`pidfd` is no descriptor of a process.' },
        {
          errno: 'EINVAL',
          when: 'The signal number or `flags` is not valid, or the process is in a PID namespace out of reach.',
        },
        {
          errno: 'EPERM',
          when: 'The target does not permit a signal from this caller, or `info` claims an origin that is not allowed.',
        },
        { errno: 'ESRCH', when: 'The process has ended and was waited for.' },
      ],
      blocking: { blocks: false },
      asyncSignalSafe: false,
      threadSafe: true,
      effects: [
        { op: 'send-signal', at: 'sig', kind: 'signal', from: 'pidfd', data: 'info', when: 'sig != 0' },
      ],
    },
  ],
  constants: rtSignalConstants,
  types: rtSignalTypes,
};
