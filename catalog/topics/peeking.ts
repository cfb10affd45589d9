import type { Chapter } from '../schema';

export const peeking: Chapter = {
  topic: {
    id: 'peeking',
    title: 'Looking without taking (MSG_PEEK)',
    summary:
      'A read normally consumes the data. On a socket, MSG_PEEK receives it and leaves it in place, so that the next receive gets it again.',
    explanation: [
      'Data in a pipe, a queue or a socket is there once: whoever reads it takes it away from all other readers. Sockets alone can show what comes next and keep it: `recv`, `recvfrom` and `recvmsg` with MSG_PEEK.',
      'It is used to find out the kind of a request before choosing who handles it, to learn the length of a datagram before making room for it, and to notice that a peer has closed without taking data from another part of the program.',
      'On a datagram socket MSG_PEEK with MSG_TRUNC returns the true length of the next datagram, whatever the size of the buffer. On a TCP socket MSG_TRUNC means something else: it throws data away.',
      'On a stream a peek shows what has arrived so far, which may be less than the request. Peeking again in a loop until there is enough keeps the processor busy, because the descriptor stays readable; read into a buffer of your own, or on TCP set SO_RCVLOWAT to be told only when enough is there.',
      'On UNIX sockets SO_PEEK_OFF gives peeks a position that moves on by itself, so that successive peeks show successive parts.',
      'Other facilities tell only how much there is: FIONREAD on pipes, sockets and terminals, `msgctl` and `mq_getattr` on message queues. For pipes, `tee` copies data to a second pipe without taking it.',
    ],
    facilities: ['socketpair', 'unix-stream', 'unix-dgram', 'inet-stream', 'inet-dgram'],
    pitfalls: [
      'A loop of poll and MSG_PEEK that waits for more data spins, because the data already there keeps the descriptor readable.',
      'Data that was peeked is still there: forgetting to receive it handles the same request again.',
      'A peek of a stream may show part of a message only, as any receive.',
      'MSG_PEEK reaches only calls with flags: read has none, and pipes, FIFOs and message queues cannot be peeked.',
      'Between the peek and the receive another process or thread that shares the socket can take the data.',
      'Peeking control data on a UNIX socket makes new descriptors at every peek, and each must be closed.',
    ],
    manPages: [
      { page: 'recv', section: 2 },
      { page: 'socket', section: 7 },
      { page: 'tee', section: 2 },
    ],
    uses: {
      recv: 'With MSG_PEEK returns the next data and leaves it; 0 means that the stream has ended.',
      recvfrom: 'With MSG_PEEK also shows who sent the next datagram.',
      recvmsg: 'With MSG_PEEK shows control data too; every peek of SCM_RIGHTS makes new descriptors.',
      setsockopt:
        'SO_PEEK_OFF sets where the next peek begins (UNIX sockets); SO_RCVLOWAT how much must be there.',
      ioctl: 'FIONREAD tells how many bytes of a stream, or of the next datagram, can be read.',
      read: 'Takes the data that was peeked.',
      poll: 'Reports the descriptor as readable as long as peeked data is not taken.',
      tee: 'Copies the content of a pipe to another pipe and leaves it in the first.',
      msgctl: 'IPC_STAT tells how many messages and bytes a System V queue holds.',
      mq_getattr: 'Tells how many messages a POSIX queue holds.',
    },
  },
  calls: [],
  constants: [],
  types: [],
};
