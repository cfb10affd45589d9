import type { Call } from '../schema';

/** Calls that move data over sockets. */
export const transferCalls: Call[] = [
  {
    name: 'send',
    man: { page: 'send', section: 2 },
    headers: ['sys/socket.h'],
    prototype: 'ssize_t send(int sockfd, const void *buf, size_t len, int flags);',
    standard: 'POSIX',
    summary:
      'Sends data on a connected socket. With no flags it does what `write` does; MSG_NOSIGNAL spares the sender SIGPIPE.',
    params: [
      { name: 'sockfd', role: 'connected socket', literal: { kind: 'descriptor' } },
      { name: 'buf', role: 'the data' },
      { name: 'len', role: 'number of bytes', literal: { kind: 'size' } },
      { name: 'flags', role: '0 or message flags', literal: { kind: 'flags', group: 'message-flags' } },
    ],
    returns: {
      success:
        'the number of bytes the kernel took: all or, on a non-blocking or interrupted stream, fewer; a datagram goes whole',
      failure: { value: '-1', reports: 'errno' },
    },
    errors: [
      {
        errno: 'EAGAIN',
        when: 'The call would have to wait and the socket (or MSG_DONTWAIT) forbids it, or SO_SNDTIMEO ran out.',
      },
      { errno: 'EBADF', when: '`sockfd` is not an open descriptor.' },
      {
        errno: 'ECONNREFUSED',
        when: 'Nobody receives at the address of a connected datagram socket; over UDP the report comes from an earlier datagram.',
      },
      { errno: 'ECONNRESET', when: 'The peer broke the connection off.' },
      { errno: 'EDESTADDRREQ', when: 'A datagram socket has no peer set.' },
      { errno: 'EINTR', when: 'A signal handler ran before anything was sent.' },
      { errno: 'EMSGSIZE', when: 'The datagram is too large to go in one piece; nothing was sent.' },
      { errno: 'ENOBUFS', when: 'The queue of the network interface is full.' },
      { errno: 'ENOTCONN', when: 'The socket has no peer.' },
      { errno: 'ENOTSOCK', when: '`sockfd` is not a socket: use `write`.' },
      {
        errno: 'EOPNOTSUPP',
        when: 'A flag does not suit this type of socket, such as MSG_OOB on a datagram socket.',
      },
      {
        errno: 'EPIPE',
        when: 'The peer is gone or this end is shut down for writing; SIGPIPE comes too, unless MSG_NOSIGNAL is given.',
      },
    ],
    blocking: {
      blocks: true,
      until: 'the send buffer, or the queue of a UNIX datagram receiver, has room',
      avoid: 'MSG_DONTWAIT or O_NONBLOCK (EAGAIN)',
      restarted: 'with SA_RESTART',
    },
    asyncSignalSafe: true,
    threadSafe: true,
    effects: [{ op: 'write', at: 'sockfd', data: 'buf', size: 'len', flags: 'flags' }],
    notes: [
      'Success means that the kernel holds the data, not that the peer has it.',
      'If SO_SNDTIMEO is set, a signal handler always ends the wait with EINTR.',
    ],
  },
  {
    name: 'sendto',
    man: { page: 'send', section: 2 },
    headers: ['sys/socket.h'],
    prototype:
      'ssize_t sendto(int sockfd, const void *buf, size_t len, int flags, const struct sockaddr *dest_addr, socklen_t addrlen);',
    standard: 'POSIX',
    summary: 'Sends one datagram to the address given. With a NULL address it does what `send` does.',
    params: [
      { name: 'sockfd', role: 'socket, usually a datagram socket', literal: { kind: 'descriptor' } },
      { name: 'buf', role: 'the data' },
      { name: 'len', role: 'number of bytes; 0 sends an empty datagram', literal: { kind: 'size' } },
      { name: 'flags', role: '0 or message flags', literal: { kind: 'flags', group: 'message-flags' } },
      { name: 'dest_addr', role: 'address of the receiver, or NULL on a connected socket', nullable: true },
      {
        name: 'addrlen',
        role: 'size of the address structure in bytes, 0 with a NULL address',
        literal: { kind: 'size' },
      },
    ],
    returns: { success: 'the number of bytes sent', failure: { value: '-1', reports: 'errno' } },
    errors: [
      {
        errno: 'EACCES',
        when: 'The socket file of the receiver may not be written, or a broadcast address was used without SO_BROADCAST.',
      },
      {
        errno: 'EAGAIN',
        when: 'The call would have to wait and the socket (or MSG_DONTWAIT) forbids it, or no free local port is left.',
      },
      { errno: 'EBADF', when: '`sockfd` is not an open descriptor.' },
      {
        errno: 'ECONNREFUSED',
        when: 'No process has the UNIX socket open any more, or an earlier UDP datagram of this socket found no receiver.',
      },
      { errno: 'ECONNRESET', when: 'The peer broke the connection off.' },
      { errno: 'EDESTADDRREQ', when: 'An Internet datagram socket has no peer and no address was given.' },
      { errno: 'EINTR', when: 'A signal handler ran before anything was sent.' },
      { errno: 'EINVAL', when: 'The address has the wrong length or family.' },
      { errno: 'EISCONN', when: 'An address was given for a stream socket that is connected.' },
      { errno: 'EMSGSIZE', when: 'The datagram is too large to go in one piece; nothing was sent.' },
      { errno: 'ENETUNREACH', when: 'There is no route to that network.' },
      { errno: 'ENOBUFS', when: 'The queue of the network interface is full.' },
      { errno: 'ENOENT', when: 'The path of the UNIX receiver does not exist.' },
      { errno: 'ENOTCONN', when: 'The socket has no peer and no address was given.' },
      { errno: 'ENOTSOCK', when: '`sockfd` is not a socket.' },
      { errno: 'EOPNOTSUPP', when: 'A flag does not suit this type of socket.' },
      {
        errno: 'EPIPE',
        when: 'The connection is gone or shut down for writing; SIGPIPE comes too, unless MSG_NOSIGNAL is given.',
      },
      { errno: 'EPROTOTYPE', when: 'The UNIX socket at that path is not a datagram socket.' },
    ],
    blocking: {
      blocks: true,
      until: 'the send buffer, or the queue of a UNIX datagram receiver, has room',
      avoid: 'MSG_DONTWAIT or O_NONBLOCK (EAGAIN)',
      restarted: 'with SA_RESTART',
    },
    asyncSignalSafe: true,
    threadSafe: true,
    effects: [{ op: 'write', at: 'sockfd', data: 'buf', size: 'len', flags: 'flags', name: 'dest_addr' }],
    notes: [
      'An Internet datagram socket without an address gets a free port at its first sendto; a UNIX datagram socket stays nameless, so nobody can answer it.',
      'If SO_SNDTIMEO is set, a signal handler always ends the wait with EINTR.',
    ],
  },
  {
    name: 'sendmsg',
    man: { page: 'send', section: 2 },
    headers: ['sys/socket.h'],
    prototype: 'ssize_t sendmsg(int sockfd, const struct msghdr *msg, int flags);',
    standard: 'POSIX',
    summary:
      'Sends data gathered from several buffers, optionally to an address and with control data such as descriptors.',
    params: [
      { name: 'sockfd', role: 'socket', literal: { kind: 'descriptor' } },
      { name: 'msg', role: 'buffers, address and control data of the message' },
      { name: 'flags', role: '0 or message flags', literal: { kind: 'flags', group: 'message-flags' } },
    ],
    returns: {
      success: 'the number of data bytes sent, control data not counted',
      failure: { value: '-1', reports: 'errno' },
    },
    errors: [
      {
        errno: 'EACCES',
        when: 'The socket file of the receiver may not be written, or broadcast is not enabled.',
      },
      { errno: 'EAGAIN', when: 'The call would have to wait and the socket (or MSG_DONTWAIT) forbids it.' },
      { errno: 'EBADF', when: '`sockfd`, or a descriptor to be passed with SCM_RIGHTS, is not open.' },
      { errno: 'ECONNREFUSED', when: 'Nobody receives at the address of the datagram.' },
      { errno: 'ECONNRESET', when: 'The peer broke the connection off.' },
      {
        errno: 'EDESTADDRREQ',
        when: 'An Internet datagram socket has no peer and the message has no address.',
      },
      { errno: 'EINTR', when: 'A signal handler ran before anything was sent.' },
      {
        errno: 'EINVAL',
        when: 'The control data is malformed, or has more than 253 descriptors in one SCM_RIGHTS message.',
      },
      { errno: 'EISCONN', when: 'An address was given for a stream socket that is connected.' },
      { errno: 'EMSGSIZE', when: 'The datagram is too large, or there are more than 1024 buffers.' },
      {
        errno: 'ENOBUFS',
        when: 'The control data is longer than optmem_max, or an interface queue is full.',
      },
      { errno: 'ENOMEM', when: 'There is not enough memory.' },
      { errno: 'ENOTCONN', when: 'The socket has no peer and the message has no address.' },
      { errno: 'ENOTSOCK', when: '`sockfd` is not a socket: use `writev`.' },
      { errno: 'EOPNOTSUPP', when: 'A flag does not suit this type of socket.' },
      { errno: 'EPERM', when: 'The credentials given with SCM_CREDENTIALS are not those of the sender.' },
      {
        errno: 'EPIPE',
        when: 'The connection is gone or shut down for writing; SIGPIPE comes too, unless MSG_NOSIGNAL is given.',
      },
      { errno: 'ETOOMANYREFS', when: 'Too many passed descriptors are on their way and not received yet.' },
    ],
    blocking: {
      blocks: true,
      until: 'the send buffer, or the queue of a UNIX datagram receiver, has room',
      avoid: 'MSG_DONTWAIT or O_NONBLOCK (EAGAIN)',
      restarted: 'with SA_RESTART',
    },
    asyncSignalSafe: true,
    threadSafe: true,
    effects: [{ op: 'write', at: 'sockfd', data: 'msg', size: 'return', flags: 'flags' }],
    notes: [
      'On a UNIX stream socket, control data travels only with at least one byte of real data.',
      'If SO_SNDTIMEO is set, a signal handler always ends the wait with EINTR.',
    ],
  },
  {
    name: 'sendmmsg',
    man: { page: 'sendmmsg', section: 2 },
    headers: ['sys/socket.h'],
    prototype: 'int sendmmsg(int sockfd, struct mmsghdr *msgvec, unsigned int vlen, int flags);',
    featureTest: '_GNU_SOURCE',
    standard: 'Linux',
    summary: 'Sends several messages with one system call and stores in each how much of it went out.',
    params: [
      { name: 'sockfd', role: 'socket', literal: { kind: 'descriptor' } },
      { name: 'msgvec', role: 'array of messages; `msg_len` of each is filled in' },
      { name: 'vlen', role: 'number of messages, at most 1024 are taken' },
      { name: 'flags', role: '0 or message flags', literal: { kind: 'flags', group: 'message-flags' } },
    ],
    returns: {
      success: 'the number of messages sent, which may be fewer than `vlen`',
      failure: {
        value: '-1',
        reports: 'errno',
        detail: 'Only when not even the first message went; an error after it is lost.',
      },
    },
    errors: [
      { errno: 'EAGAIN', when: 'The call would have to wait and the socket (or MSG_DONTWAIT) forbids it.' },
      { errno: 'EBADF', when: '`sockfd` is not an open descriptor.' },
      { errno: 'ECONNREFUSED', when: 'Nobody receives at the address of the datagram.' },
      { errno: 'EINTR', when: 'A signal handler ran before anything was sent.' },
      { errno: 'EMSGSIZE', when: 'The first datagram is too large.' },
      { errno: 'ENOTCONN', when: 'The socket has no peer and the first message has no address.' },
      { errno: 'ENOTSOCK', when: '`sockfd` is not a socket.' },
      {
        errno: 'EPIPE',
        when: 'The connection is gone or shut down for writing; SIGPIPE comes too, unless MSG_NOSIGNAL is given.',
      },
    ],
    blocking: {
      blocks: true,
      until: 'all messages are handed over',
      avoid: 'MSG_DONTWAIT or O_NONBLOCK (fewer messages, or EAGAIN)',
      restarted: 'with SA_RESTART',
    },
    asyncSignalSafe: false,
    threadSafe: true,
    effects: [{ op: 'write', at: 'sockfd', data: 'msgvec', flags: 'flags' }],
  },
  {
    name: 'recv',
    man: { page: 'recv', section: 2 },
    headers: ['sys/socket.h'],
    prototype: 'ssize_t recv(int sockfd, void *buf, size_t len, int flags);',
    standard: 'POSIX',
    summary:
      'Receives what has arrived on a socket: up to `len` bytes of a stream, or one datagram. MSG_PEEK leaves the data in place.',
    params: [
      {
        name: 'sockfd',
        role: 'socket, connected unless it is a datagram socket',
        literal: { kind: 'descriptor' },
      },
      { name: 'buf', role: 'receives the data, without a terminating null byte' },
      { name: 'len', role: 'room at `buf` in bytes', literal: { kind: 'size' } },
      { name: 'flags', role: '0 or message flags', literal: { kind: 'flags', group: 'message-flags' } },
    ],
    returns: {
      success:
        'the number of bytes received; 0 means that a stream has ended, but on a datagram socket that an empty datagram came',
      failure: { value: '-1', reports: 'errno' },
    },
    errors: [
      {
        errno: 'EAGAIN',
        when: 'Nothing is there and the socket (or MSG_DONTWAIT) forbids waiting, or SO_RCVTIMEO ran out.',
      },
      { errno: 'EBADF', when: '`sockfd` is not an open descriptor.' },
      {
        errno: 'ECONNREFUSED',
        when: 'A datagram sent earlier on this connected UDP socket found no receiver.',
      },
      {
        errno: 'ECONNRESET',
        when: 'The peer broke the connection off, or closed its end with data of ours unread.',
      },
      { errno: 'EINTR', when: 'A signal handler ran before data came.' },
      {
        errno: 'EINVAL',
        when: 'A UNIX stream socket is not connected, or a flag does not suit the socket.',
      },
      { errno: 'ENOTCONN', when: 'The socket is of a connection-based type and has no peer.' },
      { errno: 'ENOTSOCK', when: '`sockfd` is not a socket: use `read`.' },
      { errno: 'ETIMEDOUT', when: 'TCP gave the peer up after repeated sending or keep-alive probes.' },
    ],
    blocking: {
      blocks: true,
      until: 'data arrives or the stream ends; with MSG_WAITALL, until `len` bytes are there',
      avoid: 'MSG_DONTWAIT or O_NONBLOCK (EAGAIN)',
      restarted: 'with SA_RESTART',
    },
    asyncSignalSafe: true,
    threadSafe: true,
    effects: [{ op: 'read', at: 'sockfd', data: 'buf', size: 'len', flags: 'flags' }],
    notes: [
      'The part of a datagram that does not fit is lost; MSG_TRUNC makes the call return the true length.',
      'If SO_RCVTIMEO is set, a signal handler always ends the wait with EINTR.',
    ],
  },
  {
    name: 'recvfrom',
    man: { page: 'recv', section: 2 },
    headers: ['sys/socket.h'],
    prototype:
      'ssize_t recvfrom(int sockfd, void *buf, size_t len, int flags, struct sockaddr *src_addr, socklen_t *addrlen);',
    standard: 'POSIX',
    summary: 'Receives like `recv` and also tells who sent the datagram, so that an answer can go back.',
    params: [
      { name: 'sockfd', role: 'socket, usually a datagram socket', literal: { kind: 'descriptor' } },
      { name: 'buf', role: 'receives the data, without a terminating null byte' },
      { name: 'len', role: 'room at `buf` in bytes', literal: { kind: 'size' } },
      { name: 'flags', role: '0 or message flags', literal: { kind: 'flags', group: 'message-flags' } },
      { name: 'src_addr', role: 'receives the address of the sender, or NULL', nullable: true },
      {
        name: 'addrlen',
        role: 'holds the room at `src_addr` before the call and the true length of the address after it; NULL with a NULL `src_addr`',
        nullable: true,
      },
    ],
    returns: {
      success:
        'the number of bytes received; 0 is an empty datagram, or on a stream socket the end of the stream',
      failure: { value: '-1', reports: 'errno' },
    },
    errors: [
      {
        errno: 'EAGAIN',
        when: 'Nothing is there and the socket (or MSG_DONTWAIT) forbids waiting, or SO_RCVTIMEO ran out.',
      },
      { errno: 'EBADF', when: '`sockfd` is not an open descriptor.' },
      {
        errno: 'ECONNREFUSED',
        when: 'A datagram sent earlier on this connected UDP socket found no receiver.',
      },
      { errno: 'ECONNRESET', when: 'The peer of a stream broke the connection off.' },
      { errno: 'EINTR', when: 'A signal handler ran before data came.' },
      { errno: 'EINVAL', when: '`*addrlen` is negative, or a flag does not suit the socket.' },
      { errno: 'ENOTCONN', when: 'The socket is of a connection-based type and has no peer.' },
      { errno: 'ENOTSOCK', when: '`sockfd` is not a socket.' },
    ],
    blocking: {
      blocks: true,
      until: 'a datagram arrives',
      avoid: 'MSG_DONTWAIT or O_NONBLOCK (EAGAIN)',
      restarted: 'with SA_RESTART',
    },
    asyncSignalSafe: true,
    threadSafe: true,
    effects: [
      { op: 'read', at: 'sockfd', data: 'buf', size: 'len', flags: 'flags' },
      { op: 'query', at: 'sockfd', data: 'src_addr', size: '*addrlen', when: 'src_addr != NULL' },
    ],
    notes: [
      'A UNIX datagram sender that is not bound has no address: `*addrlen` comes back as 0 and no answer is possible.',
      'A connected stream socket gives no address here; getpeername does.',
      'If SO_RCVTIMEO is set, a signal handler always ends the wait with EINTR.',
    ],
  },
  {
    name: 'recvmsg',
    man: { page: 'recv', section: 2 },
    headers: ['sys/socket.h'],
    prototype: 'ssize_t recvmsg(int sockfd, struct msghdr *msg, int flags);',
    standard: 'POSIX',
    summary:
      'Receives into several buffers and also takes the sender, control data such as passed descriptors, and flags that tell what was cut off.',
    params: [
      { name: 'sockfd', role: 'socket', literal: { kind: 'descriptor' } },
      {
        name: 'msg',
        role: 'buffers for data, address and control data; lengths and `msg_flags` are updated',
      },
      { name: 'flags', role: '0 or message flags', literal: { kind: 'flags', group: 'message-flags' } },
    ],
    returns: {
      success:
        'the number of data bytes received; 0 means that a stream has ended, but on a datagram socket that an empty datagram came',
      failure: { value: '-1', reports: 'errno' },
    },
    errors: [
      {
        errno: 'EAGAIN',
        when: 'Nothing is there and the socket (or MSG_DONTWAIT) forbids waiting, or SO_RCVTIMEO ran out.',
      },
      { errno: 'EBADF', when: '`sockfd` is not an open descriptor.' },
      {
        errno: 'ECONNREFUSED',
        when: 'A datagram sent earlier on this connected UDP socket found no receiver.',
      },
      {
        errno: 'ECONNRESET',
        when: 'The peer broke the connection off, or closed its end with data of ours unread.',
      },
      { errno: 'EINTR', when: 'A signal handler ran before data came.' },
      { errno: 'EINVAL', when: 'A length in `msg` is out of range, or a flag does not suit the socket.' },
      { errno: 'EMSGSIZE', when: 'There are more than 1024 buffers.' },
      { errno: 'ENOMEM', when: 'There is not enough memory.' },
      { errno: 'ENOTCONN', when: 'The socket is of a connection-based type and has no peer.' },
      { errno: 'ENOTSOCK', when: '`sockfd` is not a socket: use `readv`.' },
    ],
    blocking: {
      blocks: true,
      until: 'data arrives or the stream ends',
      avoid: 'MSG_DONTWAIT or O_NONBLOCK (EAGAIN)',
      restarted: 'with SA_RESTART',
    },
    asyncSignalSafe: true,
    threadSafe: true,
    effects: [{ op: 'read', at: 'sockfd', data: 'msg', size: 'return', flags: 'flags' }],
    notes: [
      'MSG_TRUNC in `msg_flags` says that a datagram was cut, MSG_CTRUNC that control data was cut and passed descriptors are lost.',
      '`msg_controllen` and `msg_namelen` must be set again before every call, because the call overwrites them.',
      'If SO_RCVTIMEO is set, a signal handler always ends the wait with EINTR.',
    ],
  },
  {
    name: 'recvmmsg',
    man: { page: 'recvmmsg', section: 2 },
    headers: ['sys/socket.h'],
    prototype:
      'int recvmmsg(int sockfd, struct mmsghdr *msgvec, unsigned int vlen, int flags, struct timespec *timeout);',
    featureTest: '_GNU_SOURCE',
    standard: 'Linux',
    summary: 'Receives up to `vlen` messages with one system call and stores the length of each.',
    params: [
      { name: 'sockfd', role: 'socket', literal: { kind: 'descriptor' } },
      { name: 'msgvec', role: 'array of messages; `msg_len` and the header of each are filled in' },
      { name: 'vlen', role: 'number of messages there is room for' },
      { name: 'flags', role: '0 or message flags', literal: { kind: 'flags', group: 'message-flags' } },
      {
        name: 'timeout',
        role: 'longest time to go on, looked at only after each message, or NULL',
        nullable: true,
      },
    ],
    returns: {
      success: 'the number of messages received',
      failure: {
        value: '-1',
        reports: 'errno',
        detail: 'Only when no message came; an error after the first is kept for the next call.',
      },
    },
    errors: [
      { errno: 'EAGAIN', when: 'Nothing is there and the socket (or MSG_DONTWAIT) forbids waiting.' },
      { errno: 'EBADF', when: '`sockfd` is not an open descriptor.' },
      {
        errno: 'ECONNREFUSED',
        when: 'A datagram sent earlier on this connected UDP socket found no receiver.',
      },
      { errno: 'EINTR', when: 'A signal handler ran before a message came.' },
      { errno: 'EINVAL', when: '`timeout` is not a valid time.' },
      { errno: 'ENOTCONN', when: 'The socket is of a connection-based type and has no peer.' },
      { errno: 'ENOTSOCK', when: '`sockfd` is not a socket.' },
    ],
    blocking: {
      blocks: true,
      until: '`vlen` messages have come, or the time was found to be over after one of them',
      avoid: 'MSG_WAITFORONE (wait for the first only), MSG_DONTWAIT or O_NONBLOCK (EAGAIN)',
      restarted: 'with SA_RESTART',
    },
    asyncSignalSafe: false,
    threadSafe: true,
    effects: [{ op: 'read', at: 'sockfd', data: 'msgvec', flags: 'flags' }],
    notes: [
      'The timeout does not end a wait in which nothing more arrives, so it is no protection against blocking for ever.',
      'With a timeout, or with SO_RCVTIMEO, a signal handler always ends the wait with EINTR.',
    ],
  },
];
