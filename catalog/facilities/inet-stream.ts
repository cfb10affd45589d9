import type { Chapter } from '../schema';

export const inetStream: Chapter = {
  facility: {
    id: 'inet-stream',
    title: 'Internet stream socket (TCP)',
    summary:
      'A server listens at a port and clients on any machine connect to it. Each connection is a reliable two-way byte stream.',
    taxonomy: 'byte-stream',
    identifiedBy: 'IP address and port number',
    handle: 'file descriptors: one that listens, and one for each connection',
    accessibility: {
      scope: 'network',
      detail:
        'Any process that can reach the address may connect: there are no permissions, only firewalls and what the program checks itself. Binding a port below 1024 needs CAP_NET_BIND_SERVICE.',
    },
    persistence: {
      kind: 'process',
      detail:
        'The listener vanishes with its last descriptor. After a close the kernel still delivers what was sent, and the side that closed first keeps the port pair in TIME_WAIT for a minute.',
    },
    dataModel: {
      kind: 'byte-stream',
      direction: 'two-way',
      detail:
        'Bytes arrive once and in order, or the connection fails. Nothing marks where one write ended: pieces are joined and split on the way. One byte at a time can be marked urgent.',
    },
    flowControl:
      'A receive waits while nothing has come and the peer has not ended the stream; a send waits while the send buffer is full, which a slow reader at the far end causes by closing its window. After the peer ended, receives return 0; sending to a connection that is gone raises SIGPIPE and fails with EPIPE.',
    limits: [
      {
        name: 'somaxconn',
        usual: '4096 connections',
        shownAt: '/proc/sys/net/core/somaxconn',
        meaning: 'The longest queue of finished connections that listen grants.',
      },
      {
        name: 'tcp_max_syn_backlog',
        usual: '128 to 4096, by memory',
        shownAt: '/proc/sys/net/ipv4/tcp_max_syn_backlog',
        meaning: 'How many half-open connections a listener holds.',
      },
      {
        name: 'tcp_rmem, tcp_wmem',
        usual: '4096 to 6291456 and 4096 to 4194304 bytes',
        shownAt: '/proc/sys/net/ipv4/tcp_rmem',
        meaning: 'Smallest, first and largest receive and send buffers; the kernel adapts them.',
      },
      {
        name: 'ip_local_port_range',
        usual: '32768 to 60999',
        shownAt: '/proc/sys/net/ipv4/ip_local_port_range',
        meaning: 'Ports that the kernel gives to clients; when used up, connect fails with EADDRNOTAVAIL.',
      },
      {
        name: 'RLIMIT_NOFILE',
        usual: '1024 descriptors',
        shownAt: 'getrlimit(RLIMIT_NOFILE)',
        meaning: 'Descriptors of a process, and with it how many clients it can hold.',
      },
    ],
    comparison: [
      {
        to: 'unix-stream',
        difference:
          'Same calls, but a UNIX socket stays within the machine, is guarded by file permissions, is faster and can pass descriptors.',
      },
      {
        to: 'inet-dgram',
        difference:
          'TCP resends, orders and slows the sender down, and has connections; UDP sends single messages that may be lost, and can broadcast.',
      },
      {
        to: 'fifo',
        difference: 'A FIFO joins processes of one machine in one direction by a path.',
      },
      {
        to: 'pipe',
        difference: 'A pipe is one-way, for related processes; both are byte streams with end-of-file.',
      },
    ],
    pitfalls: [
      'A port without htons, or INADDR_LOOPBACK without htonl, is another port or address on x86, and nothing fails at once.',
      'One recv is not one message: a request can arrive in pieces or joined with the next, so lengths or delimiters are needed.',
      'A server that is started again fails to bind with EADDRINUSE for a minute, unless it sets SO_REUSEADDR before bind.',
      'Sending to a peer that has gone kills the process with SIGPIPE, unless MSG_NOSIGNAL is used or the signal ignored.',
      'A recv that returns 0 is the end of the stream; a loop that goes on spins for ever.',
      'A non-blocking connect fails with EINPROGRESS: wait until the socket is writable and read SO_ERROR, since writable alone does not mean connected.',
      'A server that does not close the accepted descriptor, in the parent after fork too, leaks it and its client never sees end-of-file.',
      'A peer that vanishes without a word is not noticed by a reader: use SO_KEEPALIVE, SO_RCVTIMEO or TCP_USER_TIMEOUT.',
      'A successful send says only that the kernel holds the data; the peer may never read it.',
      'Closing with unread data sends a reset, and the peer may lose what was sent to it last: shut down, read to the end, then close.',
      '`addrlen` must be set before accept; an unset one gives a cut or missing address, or EINVAL.',
    ],
    manPages: [
      { page: 'tcp', section: 7 },
      { page: 'ip', section: 7 },
      { page: 'ipv6', section: 7 },
      { page: 'socket', section: 7 },
    ],
    uses: {
      socket: 'Creates the socket with AF_INET or AF_INET6 and SOCK_STREAM.',
      bind: 'Gives the server its port, on one address or with INADDR_ANY on all. Clients leave it out and get a free port at connect.',
      listen: 'Lets clients connect and queue up. Without bind it succeeds at a random port.',
      accept:
        'Takes the next finished connection and returns a descriptor for it, with the address and port of the client.',
      accept4: 'Accepts and sets close-on-exec or non-blocking mode on the connection at once.',
      connect:
        'Performs the handshake. ECONNREFUSED: nobody listens at the port; ETIMEDOUT: no answer; EINPROGRESS: non-blocking, it goes on in the background.',
      read: 'Takes up to `count` bytes of what has arrived, often less than the peer wrote at once. 0 is the end of the stream.',
      write:
        'Puts bytes into the send buffer, waiting while it is full. With the connection gone it raises SIGPIPE and fails with EPIPE, or with ECONNRESET first.',
      send: 'Like write, with flags: MSG_NOSIGNAL turns the SIGPIPE into EPIPE alone, MSG_MORE collects small pieces.',
      recv: 'Like read, with flags: MSG_PEEK looks without taking, MSG_WAITALL waits for the full length.',
      sendmsg: 'Sends from several buffers, such as a header and a body, in one go.',
      recvmsg: 'Receives into several buffers.',
      shutdown:
        'SHUT_WR sends the end of the stream while answers can still be read; copies of the descriptor in other processes do not hold it back.',
      close:
        'Gives the descriptor up. The last one ends the connection; what was sent is still delivered in the background, unless SO_LINGER says otherwise.',
      getaddrinfo:
        'Turns host and service into addresses for connect, IPv6 and IPv4; with AI_PASSIVE, into addresses for bind.',
      htons: 'Puts the port into network byte order for `sin_port`.',
      htonl: 'Puts INADDR_ constants into network byte order for `s_addr`.',
      inet_pton: 'Turns a numeric address into `sin_addr`.',
      inet_ntop: 'Turns the address of a client into text.',
      setsockopt:
        'SO_REUSEADDR before bind lets a server restart; TCP_NODELAY sends small pieces at once; SO_KEEPALIVE notices dead peers; SO_RCVTIMEO limits waits.',
      getsockopt: 'SO_ERROR tells how a non-blocking connect ended; TCP_INFO the state of the connection.',
      getsockname: 'Tells the own address and port, such as one that the kernel picked.',
      getpeername: 'Tells the address and port of the other side.',
      sockatmark: 'Tells whether the urgent byte is next.',
      fork: 'Serves a client in a child. The parent then closes the accepted descriptor, the child the listening one.',
      poll: 'Waits for the listener and all connections at once; POLLOUT tells that a non-blocking connect has ended.',
      fcntl: 'O_NONBLOCK makes calls fail with EAGAIN (connect: EINPROGRESS) instead of waiting.',
      sendfile: 'Sends a file without copying it through the process.',
    },
  },
  calls: [],
  constants: [],
  types: [],
};
