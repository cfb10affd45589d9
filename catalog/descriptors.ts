import type { ResourceKind } from './schema';

/** What a process knows by a number in its table of open files: see open(2), "open file description". */
export const descriptorKinds: ReadonlySet<ResourceKind> = new Set<ResourceKind>([
  'pipe',
  'file',
  'descriptor',
  'socket',
  'socketpair',
  'eventfd',
  'signalfd',
  'timerfd',
  'epoll',
  'memfd',
  'posix-shm',
  'pty-master',
  'pty-slave',
  'pidfd',
  'inotify',
]);
