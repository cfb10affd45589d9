import type { ConstantGroup, TypeInfo } from '../schema';

/** Levels and names of socket options; the multicast ones are with their topic. */
export const optionConstants: ConstantGroup[] = [
  {
    id: 'socket-option-levels',
    title: 'Levels of socket options',
    constants: [
      {
        name: 'SOL_SOCKET',
        header: 'sys/socket.h',
        value: 1,
        meaning: 'Options of every socket: SO_ names.',
      },
      {
        name: 'IPPROTO_IP',
        header: 'netinet/in.h',
        value: 0,
        meaning: 'Options of IPv4: IP_ names, multicast among them.',
      },
      { name: 'IPPROTO_IPV6', header: 'netinet/in.h', value: 41, meaning: 'Options of IPv6: IPV6_ names.' },
      { name: 'IPPROTO_TCP', header: 'netinet/in.h', value: 6, meaning: 'Options of TCP: TCP_ names.' },
      { name: 'IPPROTO_UDP', header: 'netinet/in.h', value: 17, meaning: 'Options of UDP: UDP_ names.' },
      { name: 'SOL_IP', header: 'netinet/in.h', value: 0, meaning: 'Linux spelling of IPPROTO_IP.' },
      { name: 'SOL_IPV6', header: 'netinet/in.h', value: 41, meaning: 'Linux spelling of IPPROTO_IPV6.' },
      { name: 'SOL_TCP', header: 'netinet/tcp.h', value: 6, meaning: 'Linux spelling of IPPROTO_TCP.' },
      { name: 'SOL_UDP', header: 'netinet/udp.h', value: 17, meaning: 'Linux spelling of IPPROTO_UDP.' },
    ],
  },
  {
    id: 'socket-options',
    title: 'Options of every socket (SOL_SOCKET)',
    constants: [
      {
        name: 'SO_DEBUG',
        header: 'sys/socket.h',
        value: 1,
        meaning: 'Record debugging information; needs CAP_NET_ADMIN (int).',
      },
      {
        name: 'SO_REUSEADDR',
        header: 'sys/socket.h',
        value: 2,
        meaning:
          'Allow bind to a port whose earlier connections linger, so that a server can be started again at once (int). Set it before bind; on Linux it must also have been set on the sockets that had the port before.',
      },
      {
        name: 'SO_TYPE',
        header: 'sys/socket.h',
        value: 3,
        meaning: 'Read only: the type, such as SOCK_STREAM (int).',
      },
      {
        name: 'SO_ERROR',
        header: 'sys/socket.h',
        value: 4,
        meaning:
          'Read only: the pending error as an errno number, 0 for none; reading clears it (int). Tells how a non-blocking connect ended.',
      },
      {
        name: 'SO_DONTROUTE',
        header: 'sys/socket.h',
        value: 5,
        meaning: 'Send only to directly connected hosts (int).',
      },
      {
        name: 'SO_BROADCAST',
        header: 'sys/socket.h',
        value: 6,
        meaning: 'Allow datagrams to a broadcast address, which otherwise fail with EACCES (int).',
      },
      {
        name: 'SO_SNDBUF',
        header: 'sys/socket.h',
        value: 7,
        meaning:
          'Size of the send buffer; the kernel doubles what is set and tells the doubled value (int). For a UNIX datagram it limits the size.',
      },
      {
        name: 'SO_RCVBUF',
        header: 'sys/socket.h',
        value: 8,
        meaning:
          'Size of the receive buffer; the kernel doubles what is set and tells the doubled value (int). It has no effect on UNIX sockets.',
      },
      {
        name: 'SO_KEEPALIVE',
        header: 'sys/socket.h',
        value: 9,
        meaning: 'Probe a connection that is idle, to notice a peer that vanished (int).',
      },
      {
        name: 'SO_OOBINLINE',
        header: 'sys/socket.h',
        value: 10,
        meaning: 'Leave urgent data in the normal stream (int).',
      },
      {
        name: 'SO_PRIORITY',
        header: 'sys/socket.h',
        value: 12,
        meaning: 'Priority of the packets sent, 0 to 6 without privilege (int).',
      },
      {
        name: 'SO_LINGER',
        header: 'sys/socket.h',
        value: 13,
        meaning:
          'Let close wait until the data is delivered or a time is over; a time of 0 breaks a TCP connection off (`struct linger`).',
      },
      {
        name: 'SO_REUSEPORT',
        header: 'sys/socket.h',
        value: 15,
        meaning:
          'Allow several sockets of one user to bind the same address, and share connections or datagrams among them (int). Set it on each before bind.',
      },
      {
        name: 'SO_PASSCRED',
        header: 'sys/socket.h',
        value: 16,
        meaning: 'UNIX: receive the credentials of the sender with every message, as SCM_CREDENTIALS (int).',
      },
      {
        name: 'SO_PEERCRED',
        header: 'sys/socket.h',
        value: 17,
        meaning:
          'UNIX, read only: process, user and group id of the peer when it connected or made the pair (`struct ucred`).',
      },
      {
        name: 'SO_RCVLOWAT',
        header: 'sys/socket.h',
        value: 18,
        meaning: 'Bytes that must be there before a read returns or poll reports readable (int).',
      },
      {
        name: 'SO_SNDLOWAT',
        header: 'sys/socket.h',
        value: 19,
        meaning: 'Free bytes before writing is possible; fixed at 1 on Linux (int).',
      },
      {
        name: 'SO_RCVTIMEO',
        header: 'sys/socket.h',
        value: 20,
        meaning:
          'Longest wait of a receiving call, which then fails with EAGAIN; 0 waits for ever (`struct timeval`).',
      },
      {
        name: 'SO_SNDTIMEO',
        header: 'sys/socket.h',
        value: 21,
        meaning:
          'Longest wait of a sending call, which then fails with EAGAIN, or of connect, which fails with EINPROGRESS (`struct timeval`).',
      },
      {
        name: 'SO_BINDTODEVICE',
        header: 'sys/socket.h',
        value: 25,
        meaning: 'Use one network interface only (name as a string).',
      },
      {
        name: 'SO_TIMESTAMP',
        header: 'sys/socket.h',
        value: 29,
        meaning: 'Receive the time of arrival with each datagram, as control data (int).',
      },
      {
        name: 'SO_ACCEPTCONN',
        header: 'sys/socket.h',
        value: 30,
        meaning: 'Read only: 1 when the socket is listening (int).',
      },
      {
        name: 'SO_PEERSEC',
        header: 'sys/socket.h',
        value: 31,
        meaning: 'Read only: security label of the peer (string).',
      },
      {
        name: 'SO_SNDBUFFORCE',
        header: 'sys/socket.h',
        value: 32,
        meaning: 'SO_SNDBUF beyond wmem_max; needs CAP_NET_ADMIN (int).',
      },
      {
        name: 'SO_RCVBUFFORCE',
        header: 'sys/socket.h',
        value: 33,
        meaning: 'SO_RCVBUF beyond rmem_max; needs CAP_NET_ADMIN (int).',
      },
      {
        name: 'SO_PASSSEC',
        header: 'sys/socket.h',
        value: 34,
        meaning: 'UNIX: receive the security label of the sender, as SCM_SECURITY (int).',
      },
      {
        name: 'SO_MARK',
        header: 'sys/socket.h',
        value: 36,
        meaning: 'Mark of the packets sent, for routing and firewall rules; needs CAP_NET_ADMIN (int).',
      },
      {
        name: 'SO_PROTOCOL',
        header: 'sys/socket.h',
        value: 38,
        meaning: 'Read only: the protocol, such as IPPROTO_TCP (int).',
      },
      {
        name: 'SO_DOMAIN',
        header: 'sys/socket.h',
        value: 39,
        meaning: 'Read only: the family, such as AF_UNIX (int).',
      },
      {
        name: 'SO_PEEK_OFF',
        header: 'sys/socket.h',
        value: 42,
        meaning: 'UNIX: where the next MSG_PEEK begins; each peek moves it on, -1 switches it off (int).',
      },
      {
        name: 'SO_BUSY_POLL',
        header: 'sys/socket.h',
        value: 46,
        meaning: 'Microseconds to spin on the network device before sleeping (int).',
      },
      {
        name: 'SO_INCOMING_CPU',
        header: 'sys/socket.h',
        value: 49,
        meaning: 'Processor that handles the packets of the socket (int).',
      },
      { name: 'SO_ZEROCOPY', header: 'sys/socket.h', value: 60, meaning: 'Allow MSG_ZEROCOPY (int).' },
      {
        name: 'SO_PEERGROUPS',
        header: 'sys/socket.h',
        value: 59,
        meaning: 'UNIX, read only: supplementary groups of the peer (array of gid_t).',
      },
    ],
  },
  {
    id: 'tcp-options',
    title: 'Options of TCP (IPPROTO_TCP)',
    constants: [
      {
        name: 'TCP_NODELAY',
        header: 'netinet/tcp.h',
        value: 1,
        meaning: 'Send small pieces at once instead of collecting them (int).',
      },
      { name: 'TCP_MAXSEG', header: 'netinet/tcp.h', value: 2, meaning: 'Largest segment (int).' },
      {
        name: 'TCP_CORK',
        header: 'netinet/tcp.h',
        value: 3,
        meaning: 'Hold partial segments back until it is cleared, at most 200 ms (int).',
      },
      {
        name: 'TCP_KEEPIDLE',
        header: 'netinet/tcp.h',
        value: 4,
        meaning: 'Idle seconds before the first keep-alive probe (int).',
      },
      {
        name: 'TCP_KEEPINTVL',
        header: 'netinet/tcp.h',
        value: 5,
        meaning: 'Seconds between keep-alive probes (int).',
      },
      {
        name: 'TCP_KEEPCNT',
        header: 'netinet/tcp.h',
        value: 6,
        meaning: 'Unanswered probes before the connection is given up (int).',
      },
      {
        name: 'TCP_SYNCNT',
        header: 'netinet/tcp.h',
        value: 7,
        meaning: 'Attempts of connect before it gives up (int).',
      },
      {
        name: 'TCP_LINGER2',
        header: 'netinet/tcp.h',
        value: 8,
        meaning: 'How long a closed socket waits for the peer to close too (int).',
      },
      {
        name: 'TCP_DEFER_ACCEPT',
        header: 'netinet/tcp.h',
        value: 9,
        meaning: 'Let accept wake only when the client has sent data (int, seconds).',
      },
      {
        name: 'TCP_WINDOW_CLAMP',
        header: 'netinet/tcp.h',
        value: 10,
        meaning: 'Upper limit of the receive window (int).',
      },
      {
        name: 'TCP_INFO',
        header: 'netinet/tcp.h',
        value: 11,
        meaning: 'Read only: state and measurements of the connection (`struct tcp_info`).',
      },
      {
        name: 'TCP_QUICKACK',
        header: 'netinet/tcp.h',
        value: 12,
        meaning: 'Acknowledge at once, for the moment (int).',
      },
      {
        name: 'TCP_CONGESTION',
        header: 'netinet/tcp.h',
        value: 13,
        meaning: 'Congestion control algorithm (name as a string).',
      },
      {
        name: 'TCP_USER_TIMEOUT',
        header: 'netinet/tcp.h',
        value: 18,
        meaning:
          'Milliseconds that sent data may stay unacknowledged before the connection fails with ETIMEDOUT (unsigned int).',
      },
      {
        name: 'TCP_FASTOPEN',
        header: 'netinet/tcp.h',
        value: 23,
        meaning: 'Listening socket: take data in the first segment; the value limits pending ones (int).',
      },
      {
        name: 'TCP_FASTOPEN_CONNECT',
        header: 'netinet/tcp.h',
        value: 30,
        meaning: 'Client: let connect wait for the first write and send both in one (int).',
      },
    ],
  },
  {
    id: 'udp-options',
    title: 'Options of UDP (IPPROTO_UDP)',
    constants: [
      {
        name: 'UDP_CORK',
        header: 'netinet/udp.h',
        value: 1,
        meaning: 'Collect everything written into one datagram until it is cleared (int).',
      },
      {
        name: 'UDP_SEGMENT',
        header: 'netinet/udp.h',
        value: 103,
        meaning: 'Split one large write into datagrams of this size (int).',
      },
      {
        name: 'UDP_GRO',
        header: 'netinet/udp.h',
        value: 104,
        meaning: 'Receive several datagrams of one sender joined (int).',
      },
    ],
  },
  {
    id: 'ip-options',
    title: 'Options of IPv4 (IPPROTO_IP)',
    constants: [
      {
        name: 'IP_TOS',
        header: 'netinet/in.h',
        value: 1,
        meaning: 'Type-of-service byte of the packets sent (int).',
      },
      {
        name: 'IP_TTL',
        header: 'netinet/in.h',
        value: 2,
        meaning: 'Time to live of the packets sent (int).',
      },
      {
        name: 'IP_HDRINCL',
        header: 'netinet/in.h',
        value: 3,
        meaning: 'Raw sockets: the program writes the IP header itself (int).',
      },
      {
        name: 'IP_PKTINFO',
        header: 'netinet/in.h',
        value: 8,
        meaning: 'Receive the interface and destination address of each datagram as control data (int).',
      },
      {
        name: 'IP_RECVERR',
        header: 'netinet/in.h',
        value: 11,
        meaning: 'Keep errors on a queue to be read with MSG_ERRQUEUE (int).',
      },
      {
        name: 'IP_RECVTTL',
        header: 'netinet/in.h',
        value: 12,
        meaning: 'Receive the time to live of each datagram as control data (int).',
      },
      {
        name: 'IP_RECVTOS',
        header: 'netinet/in.h',
        value: 13,
        meaning: 'Receive the type-of-service byte of each datagram as control data (int).',
      },
      {
        name: 'IP_MTU_DISCOVER',
        header: 'netinet/in.h',
        value: 10,
        meaning: 'How to deal with packets larger than the path allows: IP_PMTUDISC_ values (int).',
      },
      {
        name: 'IP_MTU',
        header: 'netinet/in.h',
        value: 14,
        meaning: 'Read only, connected: largest packet the path takes (int).',
      },
      {
        name: 'IP_FREEBIND',
        header: 'netinet/in.h',
        value: 15,
        meaning: 'Allow bind to an address that does not exist yet (int).',
      },
      {
        name: 'IP_TRANSPARENT',
        header: 'netinet/in.h',
        value: 19,
        meaning: 'Allow bind to foreign addresses, for a proxy; needs CAP_NET_ADMIN (int).',
      },
      {
        name: 'IP_BIND_ADDRESS_NO_PORT',
        header: 'netinet/in.h',
        value: 24,
        meaning: 'With port 0, choose the port only at connect (int).',
      },
      {
        name: 'IP_PMTUDISC_DONT',
        header: 'netinet/in.h',
        value: 0,
        meaning: 'Value of IP_MTU_DISCOVER: let packets be split on the way.',
      },
      {
        name: 'IP_PMTUDISC_WANT',
        header: 'netinet/in.h',
        value: 1,
        meaning: 'Value of IP_MTU_DISCOVER: as the route says.',
      },
      {
        name: 'IP_PMTUDISC_DO',
        header: 'netinet/in.h',
        value: 2,
        meaning: 'Value of IP_MTU_DISCOVER: never split; a datagram too large fails with EMSGSIZE.',
      },
      {
        name: 'IP_PMTUDISC_PROBE',
        header: 'netinet/in.h',
        value: 3,
        meaning: 'Value of IP_MTU_DISCOVER: never split, and ignore what is known of the path.',
      },
    ],
  },
  {
    id: 'ipv6-options',
    title: 'Options of IPv6 (IPPROTO_IPV6)',
    constants: [
      {
        name: 'IPV6_V6ONLY',
        header: 'netinet/in.h',
        value: 26,
        meaning:
          'Take IPv6 alone, so that another socket can bind the same port for IPv4 (int). Set it before bind.',
      },
      {
        name: 'IPV6_UNICAST_HOPS',
        header: 'netinet/in.h',
        value: 16,
        meaning: 'Hop limit of the packets sent (int).',
      },
      {
        name: 'IPV6_RECVPKTINFO',
        header: 'netinet/in.h',
        value: 49,
        meaning: 'Receive the interface and destination address of each datagram as control data (int).',
      },
      {
        name: 'IPV6_RECVERR',
        header: 'netinet/in.h',
        value: 25,
        meaning: 'Keep errors on a queue to be read with MSG_ERRQUEUE (int).',
      },
      {
        name: 'IPV6_RECVHOPLIMIT',
        header: 'netinet/in.h',
        value: 51,
        meaning: 'Receive the hop limit of each datagram as control data (int).',
      },
      { name: 'IPV6_MTU', header: 'netinet/in.h', value: 24, meaning: 'Largest packet (int).' },
      {
        name: 'IPV6_TCLASS',
        header: 'netinet/in.h',
        value: 67,
        meaning: 'Traffic class of the packets sent (int).',
      },
    ],
  },
];

/** Values of options that are structures. */
export const optionTypes: TypeInfo[] = [
  {
    name: 'struct linger',
    header: 'sys/socket.h',
    meaning: 'Value of SO_LINGER.',
    size: 8,
    members: [
      { declaration: 'int l_onoff', meaning: '0: close returns at once; else it waits', mustSet: true },
      {
        declaration: 'int l_linger',
        meaning: 'seconds to wait; 0 breaks a TCP connection off and drops what is unsent',
        mustSet: true,
      },
    ],
  },
  {
    name: 'struct in_pktinfo',
    header: 'netinet/in.h',
    meaning: 'Control data of IP_PKTINFO: where a datagram came in.',
    size: 12,
    members: [
      { declaration: 'int ipi_ifindex', meaning: 'number of the interface' },
      { declaration: 'struct in_addr ipi_spec_dst', meaning: 'local address, the one to answer from' },
      { declaration: 'struct in_addr ipi_addr', meaning: 'destination in the header of the packet' },
    ],
  },
];
