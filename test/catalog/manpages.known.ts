/**
 * Where the catalog differs from the installed pages on purpose. Every entry says why. The compiled test holds the
 * prototypes and headers of these calls against the real headers.
 */
export interface Difference {
  why: string;
  prototype?: true;
  headers?: true;
  failure?: true;
  threads?: true;
  handler?: true;
  restart?: true;
  errors?: readonly string[];
}

const glibcDoc = 'The page describes LinuxThreads and knows no robust mutexes.';

const pidfd = 'The page is older than <sys/pidfd.h> of glibc 2.36.';

export const differences: Record<string, Difference> = {
  pthread_mutex_lock: { why: glibcDoc, errors: ['EOWNERDEAD', 'ENOTRECOVERABLE', 'EAGAIN'] },
  pthread_mutex_trylock: { why: glibcDoc, errors: ['EOWNERDEAD', 'ENOTRECOVERABLE', 'EAGAIN'] },
  pthread_cond_wait: { why: glibcDoc, errors: ['EOWNERDEAD', 'ENOTRECOVERABLE', 'EPERM'] },
  pthread_cond_timedwait: { why: glibcDoc, errors: ['EOWNERDEAD', 'EPERM', 'EINVAL'] },
  pthread_cond_init: { why: 'The page lacks the const that POSIX and the header have.', prototype: true },
  sem_timedwait: {
    why: 'Tried: with SA_RESTART it fails with EINTR all the same, since the kernel does not restart a futex wait that has a limit.',
    restart: true,
  },
  mq_timedreceive: { why: 'The page marks msg_ptr as an array of pointers by mistake.', prototype: true },
  close_range: {
    why: 'glibc declares the flags as int, in <unistd.h>; kernels before 5.9 lack the call.',
    prototype: true,
    errors: ['ENOSYS'],
  },
  raise: { why: 'glibc makes it of tgkill(2).', errors: ['EINVAL'] },
  epoll_pwait2: { why: 'The call came with Linux 5.11.', errors: ['ENOSYS'] },
  mktemp: { why: 'The page tells of no error number; glibc sets this one.', errors: ['EEXIST'] },
  setsockopt: {
    why: 'POSIX: a timeout outside the range. The kernel: no interface for a multicast group.',
    errors: ['EDOM', 'ENODEV'],
  },
  read: { why: 'POSIX: the peer of a socket broke the connection off.', errors: ['ECONNRESET'] },
  ioctl: { why: 'POSIX: the device failed, or the terminal is gone.', errors: ['EIO'] },
  bind: { why: 'POSIX: the family of the address is not that of the socket.', errors: ['EAFNOSUPPORT'] },
  prlimit: {
    why: 'glibc declares an enumeration in place of the int when _GNU_SOURCE is defined.',
    prototype: true,
  },
  msync: { why: 'POSIX: writing the pages back failed.', errors: ['EIO'] },
  assert: { why: 'The page writes `scalar` for a type that C cannot name.', prototype: true },
  gettimeofday: { why: 'glibc declares the obsolete second argument as void *.', prototype: true },
  pidfd_send_signal: { why: pidfd, headers: true },
  pidfd_getfd: { why: pidfd, headers: true },
  pidfd_open: { why: pidfd, headers: true },
};

/** Calls of which the manual pages of Linux tell nothing; the compiled test holds them against the headers. */
export const withoutPage: ReadonlySet<string> = new Set(
  'mtx_init mtx_destroy mtx_lock mtx_trylock mtx_timedlock mtx_unlock cnd_init cnd_destroy cnd_wait cnd_timedwait cnd_signal cnd_broadcast thrd_create thrd_join'.split(
    ' ',
  ),
);

/** Pages, by the name of a page or of a call, that hold errors which its own page leaves out. */
export const errorSources: Record<string, readonly [page: string, section: number][]> = {
  ioctl: [
    ['ioctl_tty', 2],
    ['termios', 3],
  ],
  splice: [['write', 2]],
  sendfile: [['write', 2]],
  vfork: [['fork', 2]],
  execveat: [['openat', 2]],
  posix_spawn: [
    ['execve', 2],
    ['close', 2],
    ['dup', 2],
  ],
  fgetc: [['read', 2]],
  gets: [['read', 2]],
  getline: [['read', 2]],
  puts: [['write', 2]],
  printf: [['write', 2]],
  dprintf: [['write', 2]],
  vprintf: [['write', 2]],
  send: [
    ['connect', 2],
    ['ip', 7],
    ['unix', 7],
    ['udp', 7],
  ],
  sendmmsg: [['udp', 7]],
  recv: [
    ['tcp', 7],
    ['send', 2],
  ],
  setsockopt: [['ip', 7]],
  mkfifo: [['mknod', 2]],
  openpty: [['open', 2]],
  login_tty: [['ioctl_tty', 2]],
  eventfd_read: [['read', 2]],
  eventfd_write: [['write', 2]],
};

/** Pages without a section on errors: what POSIX lists for their calls. */
export const posixErrors: Record<string, readonly string[]> = {
  termios: ['EBADF', 'EINTR', 'EINVAL', 'EIO', 'ENOTTY'],
  ptsname: ['EBADF', 'ENOTTY'],
};
