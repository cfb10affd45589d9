/** Structures that a call reads, and the members that must hold something by then. Alternatives are joined by `|`. */
export interface Structure {
  /** Tag, or name of the type. */
  type: string;
  members: readonly string[];
}

/** Where a call takes the address of a structure that it reads. */
export interface Reading {
  index: number;
  structure: keyof typeof structures;
  /** Only with one of these constants as the second argument. */
  commands?: readonly string[];
  /** The argument with the number of elements. */
  count?: number;
}

const lockMembers = ['l_type', 'l_whence', 'l_start', 'l_len'];

export const structures = {
  sigaction: { type: 'sigaction', members: ['sa_handler|sa_sigaction', 'sa_flags', 'sa_mask'] },
  flock: { type: 'flock', members: lockMembers },
  ofdLock: { type: 'flock', members: [...lockMembers, 'l_pid'] },
  sembuf: { type: 'sembuf', members: ['sem_num', 'sem_op', 'sem_flg'] },
  mqAttr: { type: 'mq_attr', members: ['mq_maxmsg', 'mq_msgsize'] },
  mqFlags: { type: 'mq_attr', members: ['mq_flags'] },
  sigevent: { type: 'sigevent', members: ['sigev_notify'] },
  msghdr: {
    type: 'msghdr',
    // Where systems call the control part otherwise, the program is not meant for this one.
    members: [
      'msg_name',
      'msg_namelen',
      'msg_iov',
      'msg_iovlen',
      'msg_control|msg_accrights',
      'msg_controllen|msg_accrightslen',
    ],
  },
  epollEvent: { type: 'epoll_event', members: ['events'] },
  pollfd: { type: 'pollfd', members: ['fd', 'events'] },
  hints: { type: 'addrinfo', members: ['ai_flags', 'ai_family', 'ai_socktype', 'ai_protocol'] },
  timespec: { type: 'timespec', members: ['tv_sec', 'tv_nsec'] },
  itimerspec: { type: 'itimerspec', members: ['it_value', 'it_interval'] },
  itimerval: { type: 'itimerval', members: ['it_value', 'it_interval'] },
  sigset: { type: 'sigset_t', members: [] },
  fdSet: { type: 'fd_set', members: [] },
  mutexattr: { type: 'pthread_mutexattr_t', members: [] },
  condattr: { type: 'pthread_condattr_t', members: [] },
  rwlockattr: { type: 'pthread_rwlockattr_t', members: [] },
  threadAttr: { type: 'pthread_attr_t', members: [] },
} satisfies Record<string, Structure>;

/** What prepares a type that has no members to set one by one. */
export const preparedBy: Partial<Record<keyof typeof structures, string>> = {
  sigset: 'sigemptyset',
  fdSet: 'FD_ZERO',
  mutexattr: 'pthread_mutexattr_init',
  condattr: 'pthread_condattr_init',
  rwlockattr: 'pthread_rwlockattr_init',
  threadAttr: 'pthread_attr_init',
};

const set = (index: number): Reading[] => [{ index, structure: 'sigset' }];
const descriptors = (...indices: number[]): Reading[] =>
  indices.map((index) => ({ index, structure: 'fdSet' }));
const attr = (structure: Reading['structure'], index = 0): Reading[] => [{ index, structure }];
const deadline = (index: number): Reading[] => [{ index, structure: 'timespec' }];
const records = ['F_SETLK', 'F_SETLKW', 'F_GETLK'];
const descriptions = ['F_OFD_SETLK', 'F_OFD_SETLKW', 'F_OFD_GETLK'];

export const readings: Record<string, readonly Reading[]> = {
  sigaction: [{ index: 1, structure: 'sigaction' }],
  fcntl: [
    { index: 2, structure: 'flock', commands: records },
    { index: 2, structure: 'ofdLock', commands: descriptions },
  ],
  semop: [{ index: 1, structure: 'sembuf', count: 2 }],
  semtimedop: [{ index: 1, structure: 'sembuf', count: 2 }, ...deadline(3)],
  mq_open: [{ index: 3, structure: 'mqAttr' }],
  mq_setattr: [{ index: 1, structure: 'mqFlags' }],
  mq_notify: [{ index: 1, structure: 'sigevent' }],
  timer_create: [{ index: 1, structure: 'sigevent' }],
  sendmsg: [{ index: 1, structure: 'msghdr' }],
  recvmsg: [{ index: 1, structure: 'msghdr' }],
  epoll_ctl: [{ index: 3, structure: 'epollEvent', commands: ['EPOLL_CTL_ADD', 'EPOLL_CTL_MOD'] }],
  poll: [{ index: 0, structure: 'pollfd', count: 1 }],
  ppoll: [{ index: 0, structure: 'pollfd', count: 1 }, ...deadline(2), ...set(3)],
  getaddrinfo: [{ index: 2, structure: 'hints' }],
  timer_settime: [{ index: 2, structure: 'itimerspec' }],
  timerfd_settime: [{ index: 2, structure: 'itimerspec' }],
  setitimer: [{ index: 1, structure: 'itimerval' }],
  nanosleep: deadline(0),
  sem_timedwait: deadline(1),
  mq_timedsend: deadline(4),
  mq_timedreceive: deadline(4),
  pthread_mutex_timedlock: deadline(1),
  pthread_cond_timedwait: deadline(2),
  sigtimedwait: [...set(0), ...deadline(2)],
  sigprocmask: set(1),
  pthread_sigmask: set(1),
  sigsuspend: set(0),
  sigwait: set(0),
  sigwaitinfo: set(0),
  signalfd: set(1),
  sigaddset: set(0),
  sigdelset: set(0),
  sigismember: set(0),
  FD_SET: descriptors(1),
  FD_CLR: descriptors(1),
  FD_ISSET: descriptors(1),
  select: descriptors(1, 2, 3),
  pselect: [...descriptors(1, 2, 3), ...set(5)],
  pthread_mutexattr_setpshared: attr('mutexattr'),
  pthread_mutexattr_setrobust: attr('mutexattr'),
  pthread_mutexattr_settype: attr('mutexattr'),
  pthread_mutexattr_setprotocol: attr('mutexattr'),
  pthread_mutex_init: attr('mutexattr', 1),
  pthread_condattr_setpshared: attr('condattr'),
  pthread_condattr_setclock: attr('condattr'),
  pthread_cond_init: attr('condattr', 1),
  pthread_rwlockattr_setpshared: attr('rwlockattr'),
  pthread_rwlock_init: attr('rwlockattr', 1),
  pthread_attr_setdetachstate: attr('threadAttr'),
  pthread_attr_setstacksize: attr('threadAttr'),
  pthread_create: attr('threadAttr', 1),
};

/** Further members that a way of notification needs. */
export const notifications: Record<string, readonly string[]> = {
  SIGEV_SIGNAL: ['sigev_signo'],
  SIGEV_THREAD: ['sigev_notify_function', 'sigev_notify_attributes'],
};
