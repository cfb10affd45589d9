import type { ConstantGroup, TypeInfo } from '../schema';

/** Constants of the socket calls. */
export const socketConstants: ConstantGroup[] = [
  {
    id: 'address-families',
    title: 'Address families',
    constants: [
      {
        name: 'AF_UNIX',
        header: 'sys/socket.h',
        value: 1,
        meaning: 'Processes of this machine, named by a path or an abstract name (`sockaddr_un`).',
      },
      { name: 'AF_LOCAL', header: 'sys/socket.h', value: 1, meaning: 'Another name of AF_UNIX.' },
      {
        name: 'AF_INET',
        header: 'sys/socket.h',
        value: 2,
        meaning: 'IPv4, with 32-bit addresses and 16-bit ports (`sockaddr_in`).',
      },
      {
        name: 'AF_INET6',
        header: 'sys/socket.h',
        value: 10,
        meaning: 'IPv6, with 128-bit addresses and 16-bit ports (`sockaddr_in6`).',
      },
      {
        name: 'AF_UNSPEC',
        header: 'sys/socket.h',
        value: 0,
        meaning: 'No family: any will do (getaddrinfo), or dissolve the association (connect).',
      },
      {
        name: 'AF_NETLINK',
        header: 'sys/socket.h',
        value: 16,
        meaning: 'Talk between user programs and the Linux kernel.',
      },
      {
        name: 'AF_PACKET',
        header: 'sys/socket.h',
        value: 17,
        meaning: 'Frames of a network device, below IP.',
      },
      {
        name: 'AF_VSOCK',
        header: 'sys/socket.h',
        value: 40,
        meaning: 'Talk between a virtual machine and its host.',
      },
      {
        name: 'AF_TIPC',
        header: 'sys/socket.h',
        value: 30,
        meaning: 'Messages between the nodes of a cluster.',
      },
      { name: 'PF_UNIX', header: 'sys/socket.h', value: 1, meaning: 'Older spelling of AF_UNIX.' },
      { name: 'PF_LOCAL', header: 'sys/socket.h', value: 1, meaning: 'Older spelling of AF_UNIX.' },
      { name: 'PF_INET', header: 'sys/socket.h', value: 2, meaning: 'Older spelling of AF_INET.' },
      { name: 'PF_INET6', header: 'sys/socket.h', value: 10, meaning: 'Older spelling of AF_INET6.' },
      { name: 'PF_UNSPEC', header: 'sys/socket.h', value: 0, meaning: 'Older spelling of AF_UNSPEC.' },
      { name: 'PF_NETLINK', header: 'sys/socket.h', value: 16, meaning: 'Older spelling of AF_NETLINK.' },
      { name: 'PF_PACKET', header: 'sys/socket.h', value: 17, meaning: 'Older spelling of AF_PACKET.' },
    ],
  },
  {
    id: 'socket-types',
    title: 'Socket types and their flags',
    constants: [
      {
        name: 'SOCK_STREAM',
        header: 'sys/socket.h',
        value: 1,
        mask: 0xf,
        meaning: 'Connected, reliable stream of bytes in order, both ways, without boundaries.',
      },
      {
        name: 'SOCK_DGRAM',
        header: 'sys/socket.h',
        value: 2,
        mask: 0xf,
        meaning: 'Separate messages without a connection; over a network they can be lost or reordered.',
      },
      {
        name: 'SOCK_RAW',
        header: 'sys/socket.h',
        value: 3,
        mask: 0xf,
        meaning: 'Direct access to a network protocol; needs CAP_NET_RAW.',
      },
      {
        name: 'SOCK_RDM',
        header: 'sys/socket.h',
        value: 4,
        mask: 0xf,
        meaning: 'Reliable messages that may change their order.',
      },
      {
        name: 'SOCK_SEQPACKET',
        header: 'sys/socket.h',
        value: 5,
        mask: 0xf,
        meaning: 'Connected and reliable like a stream, but every message keeps its boundaries.',
      },
      {
        name: 'SOCK_NONBLOCK',
        header: 'sys/socket.h',
        value: 0o4000,
        meaning: 'Set O_NONBLOCK on the new socket.',
      },
      {
        name: 'SOCK_CLOEXEC',
        header: 'sys/socket.h',
        value: 0o2000000,
        meaning: 'Close the descriptor when a new program is executed.',
      },
    ],
  },
  {
    id: 'accept4-flags',
    title: 'Flags of accept4',
    constants: [
      {
        name: 'SOCK_NONBLOCK',
        header: 'sys/socket.h',
        value: 0o4000,
        meaning: 'Set O_NONBLOCK on the accepted socket.',
      },
      {
        name: 'SOCK_CLOEXEC',
        header: 'sys/socket.h',
        value: 0o2000000,
        meaning: 'Close the accepted descriptor when a new program is executed.',
      },
    ],
  },
  {
    id: 'message-flags',
    title: 'Flags of send and receive calls',
    constants: [
      {
        name: 'MSG_OOB',
        header: 'sys/socket.h',
        value: 0x1,
        meaning: 'Send or receive urgent (out-of-band) data; in `msg_flags`, such data was received.',
      },
      {
        name: 'MSG_PEEK',
        header: 'sys/socket.h',
        value: 0x2,
        meaning: 'Receive: look at the data and leave it in place, so that the next call gets it again.',
      },
      {
        name: 'MSG_DONTROUTE',
        header: 'sys/socket.h',
        value: 0x4,
        meaning: 'Send: only to directly connected hosts, not through a gateway.',
      },
      {
        name: 'MSG_CTRUNC',
        header: 'sys/socket.h',
        value: 0x8,
        meaning:
          'In `msg_flags`: control data was cut for lack of room, and passed descriptors in it are lost.',
      },
      {
        name: 'MSG_TRUNC',
        header: 'sys/socket.h',
        value: 0x20,
        meaning:
          'Receive: return the true length of a datagram even if it was cut; in `msg_flags`, it was cut. On TCP it discards the data.',
      },
      {
        name: 'MSG_DONTWAIT',
        header: 'sys/socket.h',
        value: 0x40,
        meaning: 'Fail with EAGAIN where this one call would have to wait.',
      },
      {
        name: 'MSG_EOR',
        header: 'sys/socket.h',
        value: 0x80,
        meaning: 'End of a record, for types that have records.',
      },
      {
        name: 'MSG_WAITALL',
        header: 'sys/socket.h',
        value: 0x100,
        meaning:
          'Receive: wait until all bytes asked for are there; a signal, an error or the end still cuts it short. No effect on datagrams.',
      },
      {
        name: 'MSG_CONFIRM',
        header: 'sys/socket.h',
        value: 0x800,
        meaning: 'Send: tell the link layer that the neighbour answered, so it need not be probed.',
      },
      {
        name: 'MSG_ERRQUEUE',
        header: 'sys/socket.h',
        value: 0x2000,
        meaning: 'Receive: take an entry of the error queue instead of data.',
      },
      {
        name: 'MSG_NOSIGNAL',
        header: 'sys/socket.h',
        value: 0x4000,
        meaning: 'Send: no SIGPIPE when the peer is gone, only the error EPIPE.',
      },
      {
        name: 'MSG_MORE',
        header: 'sys/socket.h',
        value: 0x8000,
        meaning: 'Send: more data follows, so TCP waits to fill a segment and UDP to complete the datagram.',
      },
      {
        name: 'MSG_WAITFORONE',
        header: 'sys/socket.h',
        value: 0x10000,
        meaning: 'recvmmsg: wait for the first message only.',
      },
      {
        name: 'MSG_ZEROCOPY',
        header: 'sys/socket.h',
        value: 0x4000000,
        meaning: 'Send: let the kernel use the buffer without copying; a notice on the error queue frees it.',
      },
      {
        name: 'MSG_FASTOPEN',
        header: 'sys/socket.h',
        value: 0x20000000,
        meaning: 'Send: connect with TCP Fast Open and put the data into the first segment.',
      },
      {
        name: 'MSG_CMSG_CLOEXEC',
        header: 'sys/socket.h',
        value: 0x40000000,
        meaning: 'recvmsg: set close-on-exec on descriptors that come with SCM_RIGHTS.',
      },
    ],
  },
  {
    id: 'shutdown-how',
    title: 'Directions of shutdown',
    constants: [
      {
        name: 'SHUT_RD',
        header: 'sys/socket.h',
        value: 0,
        meaning: 'No more receiving: reads return 0.',
      },
      {
        name: 'SHUT_WR',
        header: 'sys/socket.h',
        value: 1,
        meaning: 'No more sending: the peer reads end-of-file once it has taken what was sent.',
      },
      { name: 'SHUT_RDWR', header: 'sys/socket.h', value: 2, meaning: 'Neither direction any more.' },
    ],
  },
  {
    id: 'listen-backlog',
    title: 'Length of the queue of listen',
    constants: [
      {
        name: 'SOMAXCONN',
        header: 'sys/socket.h',
        value: 4096,
        meaning: 'The usual upper limit of the backlog; the true one stands in /proc/sys/net/core/somaxconn.',
      },
    ],
  },
];

/** Types of the socket calls; addresses are with socket-address, `struct msghdr` with descriptor passing. */
export const socketTypes: TypeInfo[] = [
  {
    name: 'struct mmsghdr',
    header: 'sys/socket.h',
    featureTest: '_GNU_SOURCE',
    meaning: 'One message of sendmmsg or recvmmsg.',
    size: 64,
    members: [
      {
        declaration: 'struct msghdr msg_hdr',
        meaning: 'the message as sendmsg and recvmsg take it',
        mustSet: true,
      },
      { declaration: 'unsigned int msg_len', meaning: 'filled in: bytes sent or received' },
    ],
  },
];
