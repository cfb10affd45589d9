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

const stdio = 'It fails as write(2) does when it empties the buffer; the page does not repeat those errors.';
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
  read: { why: 'A socket gives what recv gives; tcp(7) is two steps away.', errors: ['ECONNRESET'] },
  sendmmsg: {
    why: 'It fails like send, whose errors of a connected datagram socket are in udp(7).',
    errors: ['ECONNREFUSED'],
  },
  close_range: {
    why: 'glibc declares the flags as int, in <unistd.h>; kernels before 5.9 lack the call.',
    prototype: true,
    errors: ['ENOSYS'],
  },
  setsockopt: { why: 'POSIX: a timeout outside the range; socket(7) does not list it.', errors: ['EDOM'] },
  prlimit: {
    why: 'glibc declares an enumeration in place of the int when _GNU_SOURCE is defined.',
    prototype: true,
  },
  msync: { why: 'POSIX: writing the pages back failed.', errors: ['EIO'] },
  printf: { why: stdio, errors: ['EPIPE'] },
  fprintf: { why: stdio, errors: ['EPIPE', 'ENOSPC'] },
  vprintf: { why: stdio, errors: ['EPIPE'] },
  vfprintf: { why: stdio, errors: ['EPIPE'] },
  dprintf: { why: stdio, errors: ['EPIPE'] },
  vdprintf: { why: stdio, errors: ['EPIPE'] },
  assert: { why: 'The page writes `scalar` for a type that C cannot name.', prototype: true },
  gettimeofday: { why: 'glibc declares the obsolete second argument as void *.', prototype: true },
  pidfd_send_signal: { why: pidfd, headers: true },
  pidfd_getfd: { why: pidfd, headers: true },
  pidfd_open: { why: pidfd, headers: true },
};
