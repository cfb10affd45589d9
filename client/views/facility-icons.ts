import type { FacilityId, TopicId } from '../../server/protocol';

/** A codicon for each facility and topic. The type makes a forgotten one a compile error. */
export const facilityIcons: Record<FacilityId | TopicId, string> = {
  pipe: 'arrow-right',
  fifo: 'file-symlink-file',
  popen: 'debug-console',
  socketpair: 'arrow-swap',
  'unix-stream': 'plug',
  'unix-dgram': 'mail',
  'inet-stream': 'globe',
  'inet-dgram': 'radio-tower',
  pty: 'terminal',
  'sysv-msg': 'inbox',
  'posix-mq': 'list-ordered',
  'sysv-shm': 'layers',
  'posix-shm': 'layers-dot',
  'mmap-shared': 'map',
  'sysv-sem': 'symbol-array',
  'posix-sem-named': 'tag',
  'posix-sem-unnamed': 'symbol-numeric',
  flock: 'lock',
  'fcntl-lock': 'lock-small',
  mutex: 'key',
  condvar: 'bell',
  eventfd: 'dashboard',
  signal: 'zap',
  'rt-signal': 'pulse',
  'shared-file': 'file',
  multiplexing: 'git-merge',
  'descriptor-passing': 'export',
  peeking: 'eye',
  nonblocking: 'debug-step-over',
  'broadcast-multicast': 'broadcast',
  'ftok-keys': 'symbol-key',
  inheritance: 'repo-forked',
};

const icons: Record<string, string> = facilityIcons;

/** A server newer than this client may know more facilities. */
export function iconOf(id: string): string {
  return icons[id] ?? 'symbol-interface';
}
