import type { Chapter } from '../schema';

export const socketpair: Chapter = {
  facility: {
    id: 'socketpair',
    title: 'Socket pair',
    summary:
      'Two UNIX sockets that are connected to each other from the start and have no name. A parent and a child talk both ways over it, and can pass each other descriptors.',
    taxonomy: 'byte-stream',
    identifiedBy: 'no name: a pair of file descriptors, inherited over fork',
    handle: 'two file descriptors, alike: each end reads what the other writes',
    accessibility: {
      scope: 'related',
      detail:
        'Only processes that inherit the descriptors, or are sent them over a UNIX socket, can use the pair. There is no name to connect to and so no permission to check.',
    },
    persistence: {
      kind: 'process',
      detail: 'An end vanishes when its last descriptor is closed, with whatever was unread in it.',
    },
    dataModel: {
      kind: 'byte-stream',
      direction: 'two-way',
      detail:
        'With SOCK_STREAM, bytes in order without boundaries. With SOCK_SEQPACKET or SOCK_DGRAM every write is a message of its own; nothing is lost or reordered.',
    },
    flowControl:
      'A read waits while nothing is there and the other end is open; a write waits while the buffer is full. After the other end is closed, a stream or packet socket reads 0 and its writes raise SIGPIPE and fail with EPIPE.',
    limits: [
      {
        name: 'wmem_default',
        usual: '212992 bytes',
        shownAt: '/proc/sys/net/core/wmem_default',
        meaning:
          'Send buffer of each end; bookkeeping is counted too, so small writes fill it with far less data.',
      },
      {
        name: 'wmem_max',
        usual: '212992 bytes or more',
        shownAt: '/proc/sys/net/core/wmem_max',
        meaning: 'The largest SO_SNDBUF that a process without privilege may set.',
      },
      {
        name: 'RLIMIT_NOFILE',
        usual: '1024 descriptors',
        shownAt: 'getrlimit(RLIMIT_NOFILE)',
        meaning: 'Descriptors of a process; a pair takes two.',
      },
      {
        name: 'SCM_MAX_FD',
        usual: '253 descriptors',
        meaning: 'How many descriptors one message can pass.',
      },
    ],
    comparison: [
      {
        to: 'pipe',
        difference:
          'A pipe goes one way, so an exchange needs two. A socket pair goes both ways, can keep messages apart and can pass descriptors.',
      },
      {
        to: 'unix-stream',
        difference:
          'A UNIX stream socket has a name that unrelated processes connect to; a pair needs no bind, listen or connect and is private.',
      },
      {
        to: 'unix-dgram',
        difference:
          'A datagram pair has its peer fixed and needs no addresses; a bound datagram socket takes messages from anyone permitted.',
      },
      {
        to: 'fifo',
        difference: 'A FIFO has a path for unrelated processes but only one direction.',
      },
    ],
    pitfalls: [
      'A process that keeps both ends open never sees end-of-file, because it holds the other end itself.',
      'Writing to an end whose peer is closed kills the process with SIGPIPE, unless MSG_NOSIGNAL is used or the signal ignored.',
      'Reading from the end just written does not give the data back: it comes out at the other end.',
      'Two processes that both write more than the buffers hold before either reads wait for each other for ever.',
      'A SOCK_DGRAM pair has no end-of-file: a reader whose peer is gone waits for ever; SOCK_SEQPACKET has one.',
      'Only AF_UNIX (and AF_TIPC) make pairs: AF_INET fails with EOPNOTSUPP.',
      'Closing an end with unread data makes the peer fail with ECONNRESET once it has read what was left for it.',
    ],
    manPages: [
      { page: 'socketpair', section: 2 },
      { page: 'unix', section: 7 },
    ],
    uses: {
      fork: 'Gives the child both ends. Parent and child each keep one and close the other.',
      close:
        'Gives up an end. When no process holds it any more, the other end reads 0 and its writes fail with EPIPE.',
      read: 'Takes what the other end wrote, waiting while there is nothing. 0 means that the other end is closed or shut down for writing.',
      write:
        'Hands data to the other end, waiting while its buffer is full. With the other end closed it raises SIGPIPE and fails with EPIPE.',
      send: 'Like write, with flags: MSG_NOSIGNAL spares the SIGPIPE, MSG_DONTWAIT the wait.',
      recv: 'Like read, with flags: MSG_PEEK looks without taking, MSG_WAITALL waits for the full length of a stream.',
      sendmsg: 'Gathers buffers and can pass open descriptors or credentials to the other end.',
      recvmsg: 'Takes descriptors and credentials that the other end passed.',
      shutdown:
        'SHUT_WR tells the other end that nothing more comes, while answers can still be read; copies in other processes are shut down too.',
      dup2: 'Puts an end in the place of standard input and output of a child, so that it talks both ways over one socket.',
      fcntl:
        'O_NONBLOCK makes reads and writes fail with EAGAIN instead of waiting; FD_CLOEXEC keeps an end from an exec.',
      getsockopt: 'SO_PEERCRED tells who made the pair, not who uses the other end now.',
      setsockopt:
        'SO_SNDBUF changes how much an end can hold; SO_PASSCRED asks for credentials with every message.',
      poll: 'Waits for several ends. POLLHUP says that the other end is closed.',
      getsockname: 'Gives an address of the family alone: the ends have no names.',
    },
  },
  calls: [
    {
      name: 'socketpair',
      man: { page: 'socketpair', section: 2 },
      headers: ['sys/socket.h'],
      prototype: 'int socketpair(int domain, int type, int protocol, int sv[2]);',
      standard: 'POSIX',
      summary: 'Creates two sockets that are connected to each other and stores their descriptors.',
      params: [
        {
          name: 'domain',
          role: 'address family: AF_UNIX',
          literal: { kind: 'one-of', group: 'address-families' },
        },
        {
          name: 'type',
          role: 'SOCK_STREAM, SOCK_SEQPACKET or SOCK_DGRAM, optionally with SOCK_NONBLOCK and SOCK_CLOEXEC',
          literal: { kind: 'flags', group: 'socket-types' },
        },
        { name: 'protocol', role: '0' },
        { name: 'sv', role: 'array of two ints that receives the descriptors' },
      ],
      returns: { success: '0', failure: { value: '-1', reports: 'errno' } },
      errors: [
        { errno: 'EAFNOSUPPORT', when: 'This system does not know the address family.' },
        { errno: 'EMFILE', when: 'This process has too many descriptors open.' },
        { errno: 'ENFILE', when: 'The whole system has too many open files.' },
        { errno: 'EOPNOTSUPP', when: 'The family, such as AF_INET, cannot make pairs.' },
        { errno: 'EPROTONOSUPPORT', when: 'The protocol is not known.' },
      ],
      blocking: { blocks: false },
      asyncSignalSafe: true,
      threadSafe: true,
      effects: [
        { op: 'create', kind: 'socketpair', end: 'both', at: 'sv[0]', flags: 'type' },
        { op: 'create', kind: 'socketpair', end: 'both', at: 'sv[1]', flags: 'type' },
      ],
      notes: ['On failure `sv` is left as it was.'],
    },
  ],
  constants: [],
  types: [],
};
