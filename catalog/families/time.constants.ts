import type { ConstantGroup, TypeInfo } from '../schema';

/** The constants that the calls of ./time take. */
export const timeFamilyConstants: ConstantGroup[] = [
  {
    id: 'clocks',
    title: 'Clocks',
    constants: [
      {
        name: 'CLOCK_REALTIME',
        header: 'time.h',
        value: 0,
        meaning: 'The time of day. It jumps when somebody sets it.',
      },
      {
        name: 'CLOCK_MONOTONIC',
        header: 'time.h',
        value: 1,
        meaning:
          'Time since some point in the past; it never jumps back and stops while the machine is suspended.',
      },
      {
        name: 'CLOCK_PROCESS_CPUTIME_ID',
        header: 'time.h',
        value: 2,
        meaning: 'Processor time used by all threads of the process.',
      },
      {
        name: 'CLOCK_THREAD_CPUTIME_ID',
        header: 'time.h',
        value: 3,
        meaning: 'Processor time used by the calling thread.',
      },
      {
        name: 'CLOCK_MONOTONIC_RAW',
        header: 'time.h',
        value: 4,
        meaning: 'Like CLOCK_MONOTONIC, without the corrections of time synchronisation.',
      },
      {
        name: 'CLOCK_REALTIME_COARSE',
        header: 'time.h',
        value: 5,
        meaning: 'Like CLOCK_REALTIME, faster and less exact.',
      },
      {
        name: 'CLOCK_MONOTONIC_COARSE',
        header: 'time.h',
        value: 6,
        meaning: 'Like CLOCK_MONOTONIC, faster and less exact.',
      },
      {
        name: 'CLOCK_BOOTTIME',
        header: 'time.h',
        value: 7,
        meaning: 'Like CLOCK_MONOTONIC, but it also counts while the machine is suspended.',
      },
      {
        name: 'CLOCK_REALTIME_ALARM',
        header: 'time.h',
        value: 8,
        meaning: 'Like CLOCK_REALTIME; its timers wake a suspended machine.',
      },
      {
        name: 'CLOCK_BOOTTIME_ALARM',
        header: 'time.h',
        value: 9,
        meaning: 'Like CLOCK_BOOTTIME; its timers wake a suspended machine.',
      },
      { name: 'CLOCK_TAI', header: 'time.h', value: 11, meaning: 'The time of day without leap seconds.' },
    ],
  },
  {
    id: 'timer-flags',
    title: 'Flags of timer_settime and clock_nanosleep',
    constants: [
      {
        name: 'TIMER_ABSTIME',
        header: 'time.h',
        value: 1,
        meaning: 'The time given is a point in time and no duration.',
      },
    ],
  },
  {
    id: 'timerfd-flags',
    title: 'Flags of timerfd_create',
    constants: [
      {
        name: 'TFD_CLOEXEC',
        header: 'sys/timerfd.h',
        value: 0x80000,
        meaning: 'Close the descriptor when a new program is executed.',
      },
      {
        name: 'TFD_NONBLOCK',
        header: 'sys/timerfd.h',
        value: 0x800,
        meaning: 'Fail with EAGAIN where a read would have to wait.',
      },
    ],
  },
  {
    id: 'timerfd-settime-flags',
    title: 'Flags of timerfd_settime',
    constants: [
      {
        name: 'TFD_TIMER_ABSTIME',
        header: 'sys/timerfd.h',
        value: 1,
        meaning: 'The first expiration is a point in time and no duration.',
      },
      {
        name: 'TFD_TIMER_CANCEL_ON_SET',
        header: 'sys/timerfd.h',
        value: 2,
        meaning: 'Let reads fail with ECANCELED when somebody sets the clock.',
      },
    ],
  },
  {
    id: 'itimers',
    title: 'Interval timers',
    constants: [
      { name: 'ITIMER_REAL', header: 'sys/time.h', value: 0, meaning: 'Real time; sends SIGALRM.' },
      {
        name: 'ITIMER_VIRTUAL',
        header: 'sys/time.h',
        value: 1,
        meaning: 'User time of the process; sends SIGVTALRM.',
      },
      {
        name: 'ITIMER_PROF',
        header: 'sys/time.h',
        value: 2,
        meaning: 'User and system time of the process; sends SIGPROF.',
      },
    ],
  },
];

/** The types that the calls of ./time use. */
export const timeFamilyTypes: TypeInfo[] = [
  {
    name: 'struct timespec',
    header: 'time.h',
    meaning: 'A time in seconds and nanoseconds.',
    size: 16,
    members: [
      { declaration: 'time_t tv_sec', meaning: 'seconds', mustSet: true },
      { declaration: 'long tv_nsec', meaning: 'nanoseconds, 0 to 999999999', mustSet: true },
    ],
  },
  {
    name: 'struct itimerspec',
    header: 'time.h',
    meaning: 'Setting of a timer.',
    size: 32,
    members: [
      {
        declaration: 'struct timespec it_interval',
        meaning: 'time between further expirations; 0 for a single one',
        mustSet: true,
      },
      {
        declaration: 'struct timespec it_value',
        meaning: 'time until the first expiration; 0 stops the timer',
        mustSet: true,
      },
    ],
  },
  {
    name: 'struct tm',
    header: 'time.h',
    meaning: 'A time as a calendar and a clock show it.',
    size: 56,
    members: [
      { declaration: 'int tm_sec', meaning: 'seconds, 0 to 60' },
      { declaration: 'int tm_min', meaning: 'minutes, 0 to 59' },
      { declaration: 'int tm_hour', meaning: 'hours since midnight, 0 to 23' },
      { declaration: 'int tm_mday', meaning: 'day of the month, 1 to 31' },
      { declaration: 'int tm_mon', meaning: 'month, 0 to 11' },
      { declaration: 'int tm_year', meaning: 'year since 1900' },
      { declaration: 'int tm_wday', meaning: 'day of the week, 0 for Sunday' },
      { declaration: 'int tm_yday', meaning: 'day of the year, 0 to 365' },
      { declaration: 'int tm_isdst', meaning: 'above 0 in summer time, below 0 where that is not known' },
      { declaration: 'long tm_gmtoff', meaning: 'seconds east of UTC' },
      { declaration: 'const char *tm_zone', meaning: 'abbreviation of the time zone' },
    ],
  },
  { name: 'clockid_t', header: 'time.h', meaning: 'The ID of a clock, such as CLOCK_MONOTONIC.', size: 4 },
  {
    name: 'timer_t',
    header: 'time.h',
    meaning: 'The ID of a POSIX timer, valid in the process that created it.',
    size: 8,
  },
  { name: 'time_t', header: 'time.h', meaning: 'Seconds since 1 January 1970, 00:00 UTC.', size: 8 },
  {
    name: 'struct timeval',
    header: 'sys/time.h',
    meaning: 'A time in seconds and microseconds.',
    size: 16,
    members: [
      { declaration: 'time_t tv_sec', meaning: 'seconds', mustSet: true },
      { declaration: 'suseconds_t tv_usec', meaning: 'microseconds, 0 to 999999', mustSet: true },
    ],
  },
  {
    name: 'struct itimerval',
    header: 'sys/time.h',
    meaning: 'Setting of an interval timer.',
    size: 32,
    members: [
      {
        declaration: 'struct timeval it_interval',
        meaning: 'time between further expirations; 0 for a single one',
        mustSet: true,
      },
      {
        declaration: 'struct timeval it_value',
        meaning: 'time until the first expiration; 0 stops the timer',
        mustSet: true,
      },
    ],
  },
];
