import type { ConstantGroup, TypeInfo } from '../schema';

/** The constants that the calls of ./rt-signal take. */
export const rtSignalConstants: ConstantGroup[] = [
  {
    id: 'signalfd-flags',
    title: 'Flags of signalfd',
    constants: [
      {
        name: 'SFD_CLOEXEC',
        header: 'sys/signalfd.h',
        value: 0x80000,
        meaning: 'Close the descriptor when a new program is executed.',
      },
      {
        name: 'SFD_NONBLOCK',
        header: 'sys/signalfd.h',
        value: 0x800,
        meaning: 'Fail with EAGAIN where a read would have to wait.',
      },
    ],
  },
  {
    id: 'pidfd-flags',
    title: 'Flags of pidfd_open',
    constants: [
      {
        name: 'PIDFD_NONBLOCK',
        header: 'sys/pidfd.h',
        value: 0x800,
        meaning: 'waitid on the descriptor fails with EAGAIN instead of waiting.',
      },
    ],
  },
  {
    id: 'sigevent-notify',
    title: 'How a notification is delivered (sigev_notify)',
    constants: [
      {
        name: 'SIGEV_SIGNAL',
        header: 'signal.h',
        value: 0,
        meaning: 'Send the signal `sigev_signo` with `sigev_value`.',
      },
      { name: 'SIGEV_NONE', header: 'signal.h', value: 1, meaning: 'Do nothing.' },
      {
        name: 'SIGEV_THREAD',
        header: 'signal.h',
        value: 2,
        meaning: 'Run `sigev_notify_function` as if in a new thread.',
      },
      {
        name: 'SIGEV_THREAD_ID',
        header: 'signal.h',
        value: 4,
        meaning: 'Send the signal to one thread of this process. Linux only.',
      },
    ],
  },
];

/** The types that the calls of ./rt-signal use. */
export const rtSignalTypes: TypeInfo[] = [
  {
    name: 'union sigval',
    header: 'signal.h',
    meaning: 'The value that goes along with a queued signal.',
    size: 8,
    members: [
      { declaration: 'int sival_int', meaning: 'an integer' },
      { declaration: 'void *sival_ptr', meaning: 'a pointer, of use only within one process' },
    ],
  },
  {
    name: 'struct sigevent',
    header: 'signal.h',
    meaning: 'How a timer, a message queue or asynchronous I/O reports an event.',
    size: 64,
    members: [
      { declaration: 'int sigev_notify', meaning: 'SIGEV_NONE, SIGEV_SIGNAL or SIGEV_THREAD', mustSet: true },
      { declaration: 'int sigev_signo', meaning: 'signal to send with SIGEV_SIGNAL' },
      { declaration: 'union sigval sigev_value', meaning: 'value handed to the handler or to the function' },
      {
        declaration: 'void (*sigev_notify_function)(union sigval)',
        meaning: 'function to run with SIGEV_THREAD',
      },
      {
        declaration: 'pthread_attr_t *sigev_notify_attributes',
        meaning: 'attributes of that thread, or NULL',
      },
    ],
  },
  {
    name: 'struct signalfd_siginfo',
    header: 'sys/signalfd.h',
    meaning: 'One signal as read from a signalfd: always 128 bytes.',
    size: 128,
    members: [
      { declaration: 'uint32_t ssi_signo', meaning: 'signal number' },
      { declaration: 'int32_t ssi_errno', meaning: 'unused' },
      { declaration: 'int32_t ssi_code', meaning: 'origin, as `si_code`' },
      { declaration: 'uint32_t ssi_pid', meaning: 'sender, or for SIGCHLD the child' },
      { declaration: 'uint32_t ssi_uid', meaning: 'real user ID of the sender' },
      { declaration: 'int32_t ssi_fd', meaning: 'for SIGIO: the descriptor' },
      { declaration: 'uint32_t ssi_tid', meaning: 'for timers: number of the timer' },
      { declaration: 'uint32_t ssi_band', meaning: 'for SIGIO: the events' },
      { declaration: 'uint32_t ssi_overrun', meaning: 'for timers: expirations missed' },
      { declaration: 'uint32_t ssi_trapno', meaning: 'trap number of a hardware fault' },
      { declaration: 'int32_t ssi_status', meaning: 'for SIGCHLD: exit status or signal' },
      { declaration: 'int32_t ssi_int', meaning: 'integer sent with sigqueue' },
      { declaration: 'uint64_t ssi_ptr', meaning: 'pointer sent with sigqueue' },
      { declaration: 'uint64_t ssi_utime', meaning: 'for SIGCHLD: user time' },
      { declaration: 'uint64_t ssi_stime', meaning: 'for SIGCHLD: system time' },
      { declaration: 'uint64_t ssi_addr', meaning: 'for hardware faults: the address' },
    ],
  },
];
