import type { Chapter } from '../schema';

export const inetDgram: Chapter = {
  facility: {
    id: 'inet-dgram',
    title: 'Internet datagram socket (UDP)',
    summary:
      'A process binds a port and takes single messages from any machine, without connections. A message can also go to all hosts of a network or to a group, but it may be lost on the way.',
    taxonomy: 'message',
    identifiedBy: 'IP address and port number',
    handle: 'file descriptor',
    accessibility: {
      scope: 'network',
      detail:
        'Any process that can reach the address may send: there are no permissions, only firewalls and what the program checks itself, and the address of a sender can be forged. Binding a port below 1024 needs CAP_NET_BIND_SERVICE.',
    },
    persistence: {
      kind: 'process',
      detail: 'The socket and the datagrams waiting in it vanish when its last descriptor is closed.',
    },
    dataModel: {
      kind: 'message',
      direction: 'two-way',
      detail:
        'Every send is one datagram and every receive takes one whole datagram. Datagrams may be lost, doubled or reordered, but not changed or joined. One longer than the buffer of the receiver is cut and the rest dropped.',
    },
    flowControl:
      'There is none between sender and receiver: a receiver whose buffer is full drops what comes, and the sender is not told. A receive waits while nothing is there; a send waits only while the own send buffer is full.',
    limits: [
      {
        name: 'largest datagram',
        usual: '65507 bytes over IPv4',
        meaning: 'What fits a packet beside the headers; more fails with EMSGSIZE.',
      },
      {
        name: 'unfragmented datagram',
        usual: '1472 bytes on Ethernet',
        shownAt: 'getsockopt(IP_MTU) of a connected socket',
        meaning: 'Larger ones travel in pieces, and one lost piece loses the whole.',
      },
      {
        name: 'rmem_default',
        usual: '212992 bytes',
        shownAt: '/proc/sys/net/core/rmem_default',
        meaning: 'Receive buffer, with bookkeeping; what exceeds it is dropped.',
      },
      {
        name: 'rmem_max',
        usual: '212992 bytes or more',
        shownAt: '/proc/sys/net/core/rmem_max',
        meaning: 'The largest SO_RCVBUF that a process without privilege may set.',
      },
      {
        name: 'ip_local_port_range',
        usual: '32768 to 60999',
        shownAt: '/proc/sys/net/ipv4/ip_local_port_range',
        meaning: 'Ports that the kernel gives to sockets that did not bind one.',
      },
      {
        name: 'igmp_max_memberships',
        usual: '20 groups',
        shownAt: '/proc/sys/net/ipv4/igmp_max_memberships',
        meaning: 'How many multicast groups one socket may join.',
      },
    ],
    comparison: [
      {
        to: 'inet-stream',
        difference:
          'TCP loses nothing, keeps the order and slows the sender down, but has no message boundaries and needs a connection for each peer.',
      },
      {
        to: 'unix-dgram',
        difference:
          'A UNIX datagram stays within the machine, is never lost and makes the sender wait; UDP crosses the network and drops.',
      },
      {
        to: 'posix-mq',
        difference: 'A message queue keeps messages for later readers of the same machine, with priorities.',
      },
      {
        to: 'sysv-msg',
        difference:
          'A System V queue is reliable, local and lives on without processes; UDP needs no key and reaches other machines.',
      },
    ],
    pitfalls: [
      'A datagram that is lost is not reported: a program that waits for the answer needs a time limit and a repetition.',
      'The part of a datagram that does not fit the buffer is lost without an error; MSG_TRUNC shows it.',
      'A return of 0 is an empty datagram and not the end: UDP has no end-of-file.',
      'A port without htons, or an address without htonl, is another one on x86, and nothing fails.',
      'Sending to a broadcast address fails with EACCES without SO_BROADCAST.',
      'ECONNREFUSED from send or recv on a connected socket belongs to an earlier datagram, which nobody took.',
      'A receiver that is too slow loses datagrams even on the loopback interface.',
      '`addrlen` must be set before every recvfrom, because the call overwrites it.',
      'A server bound to INADDR_ANY may answer from another address than the client wrote to; IP_PKTINFO tells which it was.',
      'Without connect a client takes an answer from anyone: compare the address of the sender.',
    ],
    manPages: [
      { page: 'udp', section: 7 },
      { page: 'ip', section: 7 },
      { page: 'ipv6', section: 7 },
      { page: 'socket', section: 7 },
    ],
    uses: {
      socket: 'Creates the socket with AF_INET or AF_INET6 and SOCK_DGRAM.',
      bind: 'Gives the server its port. A client can leave it out and gets a free port at its first send.',
      sendto: 'Sends one datagram to the address and port given. Success does not mean that it arrives.',
      recvfrom: 'Takes the next datagram with the address and port of its sender, to answer to.',
      connect:
        'Records the peer without sending anything: send and write go there, only its datagrams are taken, and its refusals are reported as ECONNREFUSED.',
      send: 'Sends one datagram to the recorded peer; without one it fails with EDESTADDRREQ.',
      recv: 'Takes the next datagram without its sender. 0 is an empty datagram.',
      sendmsg:
        'Sends a datagram gathered from several buffers; with IP_PKTINFO it chooses the address to send from.',
      recvmsg:
        'Receives a datagram with control data such as IP_PKTINFO; MSG_TRUNC in `msg_flags` says that it was cut.',
      sendmmsg: 'Sends many datagrams with one call, which pays off at high rates.',
      recvmmsg:
        'Receives many datagrams with one call; its timeout does not end a wait in which nothing comes.',
      read: 'Takes one datagram, cut to `count` bytes, and cannot tell that it was cut. 0 is an empty datagram.',
      write: 'Sends one datagram to the recorded peer.',
      close: 'Gives the socket up and drops what waits in it.',
      getaddrinfo: 'Turns host and service into addresses; ask for SOCK_DGRAM in the hints.',
      htons: 'Puts the port into network byte order for `sin_port`.',
      htonl: 'Puts INADDR_ constants into network byte order for `s_addr`.',
      inet_pton: 'Turns a numeric address into `sin_addr`.',
      inet_ntop: 'Turns the address of a sender into text.',
      setsockopt:
        'SO_BROADCAST allows broadcasts, IP_ADD_MEMBERSHIP joins a group, SO_RCVBUF enlarges the buffer, SO_RCVTIMEO limits the wait for an answer, SO_REUSEADDR shares a port for multicast.',
      getsockopt: 'SO_ERROR tells a refusal that was reported; IP_MTU how large an unsplit packet may be.',
      getsockname: 'Tells the port that the kernel picked.',
      poll: 'Waits for a datagram; receive with MSG_DONTWAIT afterwards, because one with a wrong checksum is dropped only then.',
      fcntl: 'O_NONBLOCK makes calls fail with EAGAIN instead of waiting.',
      ioctl: 'FIONREAD tells the length of the next datagram; 0 can mean an empty one or none.',
    },
  },
  calls: [],
  constants: [],
  types: [],
};
