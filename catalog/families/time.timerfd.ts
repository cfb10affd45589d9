import type { Call } from '../schema';

/** The calls of timers behind a descriptor. */
export const timerfdCalls: Call[] = [
  {
    name: 'timerfd_create',
    man: { page: 'timerfd_create', section: 2 },
    headers: ['sys/timerfd.h'],
    prototype: 'int timerfd_create(int clockid, int flags);',
    standard: 'Linux',
    summary: 'Creates a timer, not yet started, that is read through a descriptor.',
    params: [
      {
        name: 'clockid',
        role: 'CLOCK_REALTIME, CLOCK_MONOTONIC, CLOCK_BOOTTIME or one of the alarm clocks',
        literal: { kind: 'one-of', group: 'clocks' },
      },
      { name: 'flags', role: '0 or flags', literal: { kind: 'flags', group: 'timerfd-flags' } },
    ],
    returns: { success: 'the descriptor', failure: { value: '-1', reports: 'errno' } },
    errors: [
      { errno: 'EINVAL', when: 'The clock or a flag is not known.' },
      { errno: 'EMFILE', when: 'This process has too many descriptors open.' },
      { errno: 'ENFILE', when: 'The whole system has too many open files.' },
      { errno: 'ENODEV', when: "The kernel's internal device for such descriptors could not be mounted." },
      { errno: 'ENOMEM', when: 'The kernel has no memory left.' },
      { errno: 'EPERM', when: 'The clock may wake the machine, and the caller lacks CAP_WAKE_ALARM.' },
    ],
    blocking: { blocks: false },
    asyncSignalSafe: false,
    threadSafe: true,
    effects: [{ op: 'create', kind: 'timerfd', at: 'return', end: 'read', flags: 'flags' }],
    notes: [
      'A read of 8 bytes returns how often the timer has run out since the last read, and waits while that is 0.',
      'The timer is inherited over fork, and kept over exec without TFD_CLOEXEC.',
    ],
  },
  {
    name: 'timerfd_settime',
    man: { page: 'timerfd_create', section: 2 },
    headers: ['sys/timerfd.h'],
    prototype:
      'int timerfd_settime(int fd, int flags, const struct itimerspec *new_value, struct itimerspec *old_value);',
    standard: 'Linux',
    summary: 'Starts or stops the timer behind a descriptor.',
    params: [
      { name: 'fd', role: 'timerfd descriptor', literal: { kind: 'descriptor' } },
      {
        name: 'flags',
        role: '0 for a duration, TFD_TIMER_ABSTIME for a point in time',
        literal: { kind: 'flags', group: 'timerfd-settime-flags' },
      },
      { name: 'new_value', role: 'first expiration and interval; a first expiration of 0 stops the timer' },
      { name: 'old_value', role: 'receives the previous setting', nullable: true },
    ],
    returns: { success: '0', failure: { value: '-1', reports: 'errno' } },
    errors: [
      { errno: 'EBADF', when: '`fd` is not an open descriptor.' },
      { errno: 'EINVAL', when: '`fd` is no timerfd, or a time or a flag is not valid.' },
      { errno: 'ECANCELED', when: 'The clock was set meanwhile, and TFD_TIMER_CANCEL_ON_SET was asked for.' },
    ],
    blocking: { blocks: false },
    asyncSignalSafe: false,
    threadSafe: true,
    effects: [{ op: 'configure', at: 'fd', kind: 'timerfd', data: 'new_value', flags: 'flags' }],
  },
  {
    name: 'timerfd_gettime',
    man: { page: 'timerfd_create', section: 2 },
    headers: ['sys/timerfd.h'],
    prototype: 'int timerfd_gettime(int fd, struct itimerspec *curr_value);',
    standard: 'Linux',
    summary: 'Reads what is left of the timer behind a descriptor.',
    params: [
      { name: 'fd', role: 'timerfd descriptor', literal: { kind: 'descriptor' } },
      { name: 'curr_value', role: 'receives time left and interval' },
    ],
    returns: { success: '0', failure: { value: '-1', reports: 'errno' } },
    errors: [
      { errno: 'EBADF', when: '`fd` is not an open descriptor.' },
      { errno: 'EINVAL', when: '`fd` is no timerfd.' },
    ],
    blocking: { blocks: false },
    asyncSignalSafe: false,
    threadSafe: true,
    effects: [{ op: 'query', at: 'fd', kind: 'timerfd', data: 'curr_value' }],
  },
];
