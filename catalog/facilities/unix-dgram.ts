import type { Chapter } from '../schema';

export const unixDgram: Chapter = {
  facility: {
    id: 'unix-dgram',
    title: 'UNIX datagram socket',
    summary:
      'A process binds a path and takes whole messages from any process of the machine that may write to it, without connections. System logging works like this.',
    taxonomy: 'message',
    identifiedBy: 'pathname of at most 107 bytes, or an abstract name (Linux)',
    handle: 'file descriptor',
    accessibility: {
      scope: 'unrelated',
      detail:
        'Sending needs write permission on the socket file and search permission on its directories; the file gets mode 0777 less the umask. An abstract name has no permissions: every process of the network namespace may send.',
    },
    persistence: {
      kind: 'process',
      detail:
        'The socket and the messages waiting in it vanish when its last descriptor is closed. The socket file stays until somebody unlinks it; sending to such a leftover fails with ECONNREFUSED.',
    },
    dataModel: {
      kind: 'message',
      direction: 'two-way',
      detail:
        'Every send is one message and every receive takes one whole message, in the order sent. Within the machine none is lost, doubled or reordered. A message longer than the buffer of the receiver is cut and the rest dropped.',
    },
    flowControl:
      'A receive waits while no message is there; nothing tells it that all senders are gone. A send waits while the queue of the receiver is full, or the buffer of the sender.',
    limits: [
      {
        name: 'max_dgram_qlen',
        usual: '10 messages (systemd raises it to 512)',
        shownAt: '/proc/sys/net/unix/max_dgram_qlen',
        meaning:
          'How many messages wait in a receiver before senders that it is not connected to have to wait.',
      },
      {
        name: 'SO_SNDBUF',
        usual: '212992 bytes',
        shownAt: '/proc/sys/net/core/wmem_default',
        meaning: 'The largest message, less 32 bytes; more fails with EMSGSIZE.',
      },
      {
        name: 'sun_path',
        usual: '108 bytes with the null byte',
        shownAt: '<sys/un.h>',
        meaning: 'The longest path of a socket; some systems allow only 92.',
      },
      {
        name: 'SCM_MAX_FD',
        usual: '253 descriptors',
        meaning: 'How many descriptors one message can pass.',
      },
    ],
    comparison: [
      {
        to: 'unix-stream',
        difference:
          'A stream has a connection for each client and tells when it ends; datagrams keep their boundaries, and one socket serves everybody.',
      },
      {
        to: 'inet-dgram',
        difference:
          'UDP reaches other machines but may lose, double or reorder; a UNIX datagram arrives, or the sender waits or gets an error.',
      },
      {
        to: 'posix-mq',
        difference:
          'A message queue keeps messages while no process has it open, and has priorities; a datagram needs a receiver now, but tells who sent it.',
      },
      {
        to: 'sysv-msg',
        difference:
          'A System V queue lets readers choose messages by type and survives its processes; a datagram socket works with poll and can pass descriptors.',
      },
    ],
    pitfalls: [
      'A client that does not bind has no address, so the server cannot answer it; bind a path of its own or use the automatic abstract name.',
      'The part of a message that does not fit the buffer is lost without an error; MSG_TRUNC shows it.',
      'A return of 0 is an empty message and not the end: datagram sockets have no end-of-file.',
      'bind fails with EADDRINUSE when the socket file of an earlier run is still there: unlink it before bind and at the end.',
      'A sender waits when the receiver is slow; two processes that send to each other without reading can block each other.',
      'A message above the send buffer fails with EMSGSIZE: the limit is the buffer, not 64 KiB as for UDP.',
      'A path longer than 107 bytes overruns `sun_path`, or is cut and binds another name.',
      'Without connect anyone may send: check the address or ask for credentials with SO_PASSCRED.',
    ],
    manPages: [
      { page: 'unix', section: 7 },
      { page: 'socket', section: 7 },
      { page: 'send', section: 2 },
      { page: 'recv', section: 2 },
    ],
    uses: {
      socket: 'Creates the socket with AF_UNIX and SOCK_DGRAM.',
      bind: 'Creates the socket file at `sun_path`, so that messages can be sent to it. A client that wants answers needs it too; with only the family given, the kernel picks an abstract name.',
      sendto:
        'Sends one message to the path given. ENOENT: no such path; ECONNREFUSED: nobody has it open; EPROTOTYPE: it is a stream socket.',
      recvfrom:
        'Takes the next message and the address of its sender, to answer to. `*addrlen` comes back as 0 for a sender without a name.',
      connect:
        'Records the peer: send and write go there, and only its messages are taken. The peer notices nothing, and it can be done again.',
      send: 'Sends one message to the recorded peer; without one it fails with ENOTCONN.',
      recv: 'Takes the next message without its sender. 0 is an empty message.',
      sendmsg: 'Sends a message gathered from several buffers, with descriptors or credentials.',
      recvmsg: 'Receives a message with its control data; MSG_TRUNC in `msg_flags` says that it was cut.',
      sendmmsg: 'Sends several messages with one call.',
      recvmmsg: 'Receives several messages with one call.',
      read: 'Takes one message, cut to `count` bytes, and cannot tell that it was cut. 0 is an empty message.',
      write: 'Sends one message to the recorded peer.',
      close: 'Gives the socket up and drops the messages waiting in it. The socket file stays.',
      unlink: 'Removes the socket file: before bind, to clear a leftover, and at the end.',
      chmod: 'Sets who may send, by write permission on the socket file.',
      umask: 'Decides the mode of the socket file that bind creates.',
      setsockopt:
        'SO_PASSCRED asks for the credentials of every sender, SO_SNDBUF sets the largest message, SO_RCVTIMEO limits the wait.',
      poll: 'Waits for a message; POLLOUT can show room although the queue of an unconnected receiver is full.',
      fcntl: 'O_NONBLOCK makes calls fail with EAGAIN instead of waiting.',
      ioctl: 'FIONREAD tells the length of the next message.',
      getsockname: 'Tells the own address, such as the abstract name that the kernel picked.',
    },
  },
  calls: [],
  constants: [],
  types: [],
};
