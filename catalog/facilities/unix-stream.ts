import type { Chapter } from '../schema';

export const unixStream: Chapter = {
  facility: {
    id: 'unix-stream',
    title: 'UNIX stream socket',
    summary:
      'A server listens at a path, and any process of the machine that may write to that path connects to it. Each client gets a two-way byte stream of its own, over which descriptors and credentials can be passed too.',
    taxonomy: 'byte-stream',
    identifiedBy: 'pathname of at most 107 bytes, or an abstract name (Linux)',
    handle: 'file descriptors: one that listens, and one for each connection',
    accessibility: {
      scope: 'unrelated',
      detail:
        'Connecting needs write permission on the socket file and search permission on its directories; the file gets mode 0777 less the umask. An abstract name has no permissions: every process of the network namespace may connect.',
    },
    persistence: {
      kind: 'process',
      detail:
        'Connections and the listener vanish when their descriptors are closed. The socket file stays until somebody unlinks it; connecting to such a leftover fails with ECONNREFUSED.',
    },
    dataModel: {
      kind: 'byte-stream',
      direction: 'two-way',
      detail:
        'Bytes arrive once and in order, and nothing marks where one write ended. SOCK_SEQPACKET has the same calls but keeps every message whole.',
    },
    flowControl:
      'A read waits while nothing is there and the peer has not ended the stream; a write waits while the buffer of the connection is full; connect waits while the queue of the listener is full. After the peer closed, reads return 0 and writes raise SIGPIPE and fail with EPIPE.',
    limits: [
      {
        name: 'sun_path',
        usual: '108 bytes with the null byte',
        shownAt: '<sys/un.h>',
        meaning: 'The longest path of a socket; some systems allow only 92.',
      },
      {
        name: 'somaxconn',
        usual: '4096 connections',
        shownAt: '/proc/sys/net/core/somaxconn',
        meaning: 'The longest queue that listen grants, whatever backlog is asked for.',
      },
      {
        name: 'wmem_default',
        usual: '212992 bytes',
        shownAt: '/proc/sys/net/core/wmem_default',
        meaning: 'Send buffer of each end, with bookkeeping; SO_RCVBUF has no effect on UNIX sockets.',
      },
      {
        name: 'RLIMIT_NOFILE',
        usual: '1024 descriptors',
        shownAt: 'getrlimit(RLIMIT_NOFILE)',
        meaning: 'Descriptors of a process, and with it how many clients it can hold.',
      },
      {
        name: 'SCM_MAX_FD',
        usual: '253 descriptors',
        meaning: 'How many descriptors one message can pass.',
      },
    ],
    comparison: [
      {
        to: 'inet-stream',
        difference:
          'Same calls, but only within the machine: no ports or network, permissions of files instead, faster, and it can pass descriptors and credentials.',
      },
      {
        to: 'unix-dgram',
        difference:
          'A stream has connections, end-of-file and no message boundaries; a datagram socket takes whole messages from anyone without connecting.',
      },
      {
        to: 'fifo',
        difference:
          'A FIFO also has a path, but one direction, and all writers share one stream. Here each client has its own connection both ways.',
      },
      {
        to: 'socketpair',
        difference: 'A socket pair is made connected and has no name, for related processes.',
      },
      {
        to: 'posix-mq',
        difference:
          'A message queue keeps messages apart, with priorities, and lives on without processes; a stream is bound to its two ends.',
      },
    ],
    pitfalls: [
      'bind fails with EADDRINUSE when the socket file of an earlier run is still there: unlink it before bind and at the end.',
      'Unlinking the path without care takes the name away from a server that is still running; a lock file decides who may.',
      'A path longer than 107 bytes overruns `sun_path`, or is cut and binds another name.',
      'One recv is not one message: a request can arrive in pieces or together with the next, so lengths or delimiters are needed.',
      'Writing to a client that has gone kills the server with SIGPIPE, unless MSG_NOSIGNAL is used or the signal ignored.',
      'A server that does not close the accepted descriptor, in the parent after fork too, runs out of descriptors and its clients never see end-of-file.',
      'An abstract name needs the exact length at bind and connect: with sizeof the structure, its trailing null bytes belong to the name.',
      '`addrlen` must be set before accept; an unset one gives a cut or missing address, or EINVAL.',
      'Closing with unread data makes the peer fail with ECONNRESET instead of reading end-of-file.',
    ],
    manPages: [
      { page: 'unix', section: 7 },
      { page: 'socket', section: 7 },
      { page: 'socket', section: 2 },
      { page: 'accept', section: 2 },
    ],
    uses: {
      socket:
        'Creates the socket with AF_UNIX and SOCK_STREAM: one to listen at the server, one to connect at each client.',
      bind: 'Creates the socket file at `sun_path`, with mode 0777 less the umask. It fails with EADDRINUSE if anything exists there.',
      listen: 'Lets clients queue up. Without bind before it, it fails with EINVAL.',
      accept:
        'Takes the next client and returns a descriptor for that connection alone. The address of a client is usually empty, because clients do not bind.',
      accept4: 'Accepts and sets close-on-exec or non-blocking mode on the connection at once.',
      connect:
        'Queues a connection at the listener; it succeeds before accept is called. ENOENT: no such path; ECONNREFUSED: nobody listens there; EAGAIN: non-blocking and the queue is full.',
      read: 'Takes up to `count` bytes of the stream. 0 means that the peer has closed or shut down its side.',
      write:
        'Puts bytes into the stream, waiting while the buffer is full. With the peer gone it raises SIGPIPE and fails with EPIPE.',
      send: 'Like write, with flags: MSG_NOSIGNAL turns the SIGPIPE into EPIPE alone.',
      recv: 'Like read, with flags: MSG_PEEK looks without taking, MSG_WAITALL waits for the full length.',
      sendmsg:
        'Sends data with descriptors (SCM_RIGHTS) or credentials; at least one byte of data must go along.',
      recvmsg:
        'Receives data with the descriptors and credentials sent along; data of a later sendmsg with control data is not joined to it.',
      shutdown:
        'SHUT_WR ends the own side: the peer reads end-of-file and can still answer. It works on the connection, whoever else holds it.',
      close: 'Gives the descriptor up. The last close of a connection ends it; the socket file stays.',
      unlink:
        'Removes the socket file: before bind, to clear a leftover, and at the end of the server. Open sockets go on working.',
      chmod: 'Sets who may connect, by write permission on the socket file; umask before bind leaves no gap.',
      umask: 'Decides the mode of the socket file that bind creates.',
      getsockopt:
        'SO_PEERCRED tells process, user and group id of the client when it connected; SO_ERROR the pending error.',
      setsockopt:
        'SO_RCVTIMEO and SO_SNDTIMEO limit waits, SO_PASSCRED asks for credentials, SO_SNDBUF sets the buffer.',
      getsockname: 'Tells the own path; useful when the listener was inherited.',
      getpeername: 'At a client, tells the path of the server.',
      fork: 'Serves a client in a child. The parent then closes the accepted descriptor, the child the listening one.',
      poll: 'Waits for the listener (POLLIN: accept will find a client) and all connections at once.',
      fcntl: 'O_NONBLOCK makes accept, connect, reads and writes fail with EAGAIN instead of waiting.',
      ioctl: 'FIONREAD tells how many bytes can be read.',
    },
  },
  calls: [],
  constants: [],
  types: [],
};
