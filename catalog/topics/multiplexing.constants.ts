import type { ConstantGroup, TypeInfo } from '../schema';

/** Constants of select, poll and epoll. */
export const multiplexingConstants: ConstantGroup[] = [
  {
    id: 'select-limits',
    title: 'Limits of select',
    constants: [
      {
        name: 'FD_SETSIZE',
        header: 'sys/select.h',
        value: 1024,
        meaning: 'One more than the highest descriptor a set can hold.',
      },
    ],
  },
  {
    id: 'poll-events',
    title: 'Events of poll',
    constants: [
      {
        name: 'POLLIN',
        header: 'poll.h',
        value: 1,
        meaning: 'Something can be read, a client can be accepted, or the end was reached.',
      },
      {
        name: 'POLLPRI',
        header: 'poll.h',
        value: 2,
        meaning:
          'Exceptional: urgent data on TCP, or a packet-mode change at the master of a pseudoterminal.',
      },
      {
        name: 'POLLOUT',
        header: 'poll.h',
        value: 4,
        meaning: 'Something can be written; a large write may still wait.',
      },
      {
        name: 'POLLRDHUP',
        header: 'poll.h',
        featureTest: '_GNU_SOURCE',
        value: 8192,
        meaning: 'The peer of a stream socket closed or shut down its sending side.',
      },
      {
        name: 'POLLERR',
        header: 'poll.h',
        value: 8,
        meaning: 'An error is pending, or a pipe has no reader; reported without being asked for.',
      },
      {
        name: 'POLLHUP',
        header: 'poll.h',
        value: 16,
        meaning:
          'The other side is closed; data may still be there to be read. Reported without being asked for.',
      },
      {
        name: 'POLLNVAL',
        header: 'poll.h',
        value: 32,
        meaning: 'The descriptor is not open; reported without being asked for.',
      },
      { name: 'POLLRDNORM', header: 'poll.h', value: 64, meaning: 'Same as POLLIN.' },
      {
        name: 'POLLRDBAND',
        header: 'poll.h',
        value: 128,
        meaning: 'Priority data can be read; hardly used on Linux.',
      },
      { name: 'POLLWRNORM', header: 'poll.h', value: 256, meaning: 'Same as POLLOUT.' },
      { name: 'POLLWRBAND', header: 'poll.h', value: 512, meaning: 'Priority data can be written.' },
    ],
  },
  {
    id: 'epoll-events',
    title: 'Events and flags of epoll',
    constants: [
      {
        name: 'EPOLLIN',
        header: 'sys/epoll.h',
        value: 1,
        meaning: 'Something can be read, a client can be accepted, or the end was reached.',
      },
      {
        name: 'EPOLLPRI',
        header: 'sys/epoll.h',
        value: 2,
        meaning: 'Exceptional, such as urgent data on TCP.',
      },
      {
        name: 'EPOLLOUT',
        header: 'sys/epoll.h',
        value: 4,
        meaning: 'Something can be written; a large write may still wait.',
      },
      {
        name: 'EPOLLERR',
        header: 'sys/epoll.h',
        value: 8,
        meaning: 'An error is pending, or a pipe has no reader; always reported.',
      },
      {
        name: 'EPOLLHUP',
        header: 'sys/epoll.h',
        value: 16,
        meaning: 'The other side is closed; data may still be there to be read. Always reported.',
      },
      {
        name: 'EPOLLRDHUP',
        header: 'sys/epoll.h',
        value: 8192,
        meaning: 'The peer of a stream socket closed or shut down its sending side.',
      },
      { name: 'EPOLLRDNORM', header: 'sys/epoll.h', value: 64, meaning: 'Same as EPOLLIN.' },
      { name: 'EPOLLRDBAND', header: 'sys/epoll.h', value: 128, meaning: 'Priority data can be read.' },
      { name: 'EPOLLWRNORM', header: 'sys/epoll.h', value: 256, meaning: 'Same as EPOLLOUT.' },
      { name: 'EPOLLWRBAND', header: 'sys/epoll.h', value: 512, meaning: 'Priority data can be written.' },
      {
        name: 'EPOLLEXCLUSIVE',
        header: 'sys/epoll.h',
        value: 268435456,
        meaning: 'Flag: of several lists that wait for one descriptor, do not wake all.',
      },
      {
        name: 'EPOLLWAKEUP',
        header: 'sys/epoll.h',
        value: 536870912,
        meaning: 'Flag: keep the system from suspending while the event is handled.',
      },
      {
        name: 'EPOLLONESHOT',
        header: 'sys/epoll.h',
        value: 1073741824,
        meaning: 'Flag: after one event say no more until EPOLL_CTL_MOD.',
      },
      {
        name: 'EPOLLET',
        header: 'sys/epoll.h',
        value: 2147483648,
        meaning: 'Flag: edge-triggered, one report for each change; read until EAGAIN.',
      },
    ],
  },
  {
    id: 'epoll-operations',
    title: 'Operations of epoll_ctl',
    constants: [
      { name: 'EPOLL_CTL_ADD', header: 'sys/epoll.h', value: 1, meaning: 'Add the descriptor.' },
      {
        name: 'EPOLL_CTL_DEL',
        header: 'sys/epoll.h',
        value: 2,
        meaning: 'Take the descriptor out; the event is ignored.',
      },
      {
        name: 'EPOLL_CTL_MOD',
        header: 'sys/epoll.h',
        value: 3,
        meaning: 'Replace the events and the value of the descriptor; also arms EPOLLONESHOT again.',
      },
    ],
  },
  {
    id: 'epoll-create-flags',
    title: 'Flags of epoll_create1',
    constants: [
      {
        name: 'EPOLL_CLOEXEC',
        header: 'sys/epoll.h',
        value: 524288,
        meaning: 'Close the descriptor when a new program is executed.',
      },
    ],
  },
];

/** Types of select, poll and epoll; times and signal sets are with their families. */
export const multiplexingTypes: TypeInfo[] = [
  {
    name: 'fd_set',
    header: 'sys/select.h',
    meaning: 'Set of descriptors below 1024, handled with FD_ZERO, FD_SET, FD_CLR and FD_ISSET.',
    size: 128,
  },
  {
    name: 'struct pollfd',
    header: 'poll.h',
    meaning: 'One descriptor for poll.',
    size: 8,
    members: [
      { declaration: 'int fd', meaning: 'the descriptor; a negative one is skipped', mustSet: true },
      { declaration: 'short events', meaning: 'events to wait for', mustSet: true },
      { declaration: 'short revents', meaning: 'filled in: events that are there' },
    ],
  },
  { name: 'nfds_t', header: 'poll.h', meaning: 'Number of entries given to poll.', size: 8 },
  {
    name: 'struct epoll_event',
    header: 'sys/epoll.h',
    meaning: 'Events of one descriptor of an epoll list, and the value the program gave with it.',
    size: 12,
    members: [
      { declaration: 'uint32_t events', meaning: 'events and flags', mustSet: true },
      { declaration: 'epoll_data_t data', meaning: 'value that comes back with each event', mustSet: true },
    ],
  },
  {
    name: 'epoll_data_t',
    header: 'sys/epoll.h',
    meaning: 'Value of the program in an epoll entry: set one member, and use the same one afterwards.',
    size: 8,
    members: [
      { declaration: 'void *ptr', meaning: 'a pointer' },
      { declaration: 'int fd', meaning: 'a descriptor, usually the one watched' },
      { declaration: 'uint32_t u32', meaning: 'a number' },
      { declaration: 'uint64_t u64', meaning: 'a number' },
    ],
  },
];
