import type { Chapter } from '../schema';

export const broadcastMulticast: Chapter = {
  topic: {
    id: 'broadcast-multicast',
    title: 'Broadcast and multicast',
    summary:
      'One UDP datagram can reach many receivers: all hosts of a network (broadcast), or all that joined a group (multicast).',
    explanation: [
      'Other facilities deliver each message to one reader. A datagram sent to a broadcast address is taken by every host of the local network and given to every socket bound to the port; SO_BROADCAST must be set at the sender, so that nobody does it by mistake. It exists for IPv4 only and is not passed on by routers.',
      'A multicast address (224.0.0.0 to 239.255.255.255, or ff00::/8 for IPv6) names a group. Receivers bind the port and join the group on an interface with IP_ADD_MEMBERSHIP or IPV6_JOIN_GROUP; hosts that did not join are left alone. Senders need not join: they send to the address of the group.',
      'IP_MULTICAST_TTL says how many routers a multicast datagram may pass: 1, the default, keeps it in the local network. IP_MULTICAST_IF chooses the interface it leaves by, and IP_MULTICAST_LOOP whether sockets of the own machine hear it, which is on by default.',
      'Several processes of one machine can receive the same group: each sets SO_REUSEADDR before it binds the same port, and each gets a copy. For ordinary addresses it is different: only one of them gets the datagram.',
      'Nothing is reliable: there is no acknowledgement, a slow receiver loses datagrams, and the sender does not know who listens. TCP and UNIX sockets have neither broadcast nor multicast.',
    ],
    facilities: ['inet-dgram'],
    pitfalls: [
      'Sending to a broadcast address without SO_BROADCAST fails with EACCES.',
      'A second receiver on the machine fails to bind with EADDRINUSE, unless all of them set SO_REUSEADDR first.',
      'Joining on INADDR_ANY lets the kernel choose the interface, which is wrong on machines with several.',
      'A socket bound to INADDR_ANY also gets datagrams of groups that other sockets joined; bind to the group address or clear IP_MULTICAST_ALL.',
      'With the default of 1 for IP_MULTICAST_TTL, datagrams never leave the local network.',
      'A sender that joined the group hears its own datagrams, unless IP_MULTICAST_LOOP is 0.',
      'A membership belongs to the socket and ends with it: the socket must stay open while one wants to receive.',
      'The address in `imr_multiaddr` must be in network byte order, or setsockopt fails with EINVAL or joins another group.',
    ],
    manPages: [
      { page: 'ip', section: 7 },
      { page: 'ipv6', section: 7 },
      { page: 'udp', section: 7 },
      { page: 'socket', section: 7 },
    ],
    uses: {
      socket: 'Creates the UDP socket of the sender and of each receiver.',
      setsockopt:
        'SO_BROADCAST allows broadcasts; IP_ADD_MEMBERSHIP joins a group; IP_MULTICAST_TTL, IP_MULTICAST_IF and IP_MULTICAST_LOOP steer what is sent; SO_REUSEADDR lets several receivers share the port.',
      bind: 'A receiver binds the port of the group, to INADDR_ANY or to the group address itself to hear nothing else.',
      sendto: 'Sends one datagram to the broadcast address or the group.',
      recvfrom: 'Takes a datagram and the address of its sender; an answer goes to that sender alone.',
      recvmsg: 'With IP_PKTINFO tells the group and the interface a datagram came by.',
      connect:
        'Fixes the group as the peer of a sender. A receiver must not: answers do not come from the group address.',
      if_nametoindex: 'Turns the name of an interface into the number that `ip_mreqn` and IPv6 options want.',
      getifaddrs: 'Lists the interfaces with their broadcast addresses.',
      inet_pton: 'Turns the group address into binary form.',
      close: 'Leaves all groups of the socket.',
    },
  },
  calls: [
    {
      name: 'IN_MULTICAST',
      man: { page: 'ip', section: 7 },
      headers: ['netinet/in.h'],
      prototype: 'int IN_MULTICAST(in_addr_t a);',
      macro: true,
      standard: 'BSD',
      summary: 'Tells whether an IPv4 address, in host byte order, is a multicast address.',
      params: [{ name: 'a', role: 'address in host byte order: apply ntohl to `s_addr`' }],
      returns: { success: 'nonzero for a multicast address', failure: { value: 'none', reports: 'none' } },
      errors: [],
      blocking: { blocks: false },
      asyncSignalSafe: false,
      threadSafe: true,
      effects: [],
    },
  ],
  constants: [
    {
      id: 'multicast-options',
      title: 'Multicast options (IPPROTO_IP and IPPROTO_IPV6)',
      constants: [
        {
          name: 'IP_ADD_MEMBERSHIP',
          header: 'netinet/in.h',
          value: 35,
          meaning: 'Join an IPv4 group on an interface (`struct ip_mreqn` or `struct ip_mreq`).',
        },
        {
          name: 'IP_DROP_MEMBERSHIP',
          header: 'netinet/in.h',
          value: 36,
          meaning: 'Leave an IPv4 group (`struct ip_mreqn` or `struct ip_mreq`).',
        },
        {
          name: 'IP_MULTICAST_IF',
          header: 'netinet/in.h',
          value: 32,
          meaning: 'Interface for IPv4 datagrams sent to groups (`struct ip_mreqn` or `struct in_addr`).',
        },
        {
          name: 'IP_MULTICAST_TTL',
          header: 'netinet/in.h',
          value: 33,
          meaning:
            'How many routers such datagrams may pass; 1, the default, keeps them in the local network (int).',
        },
        {
          name: 'IP_MULTICAST_LOOP',
          header: 'netinet/in.h',
          value: 34,
          meaning: 'Deliver them to sockets of this machine too; on by default (int).',
        },
        {
          name: 'IP_MULTICAST_ALL',
          header: 'netinet/in.h',
          value: 49,
          meaning: 'Also deliver datagrams of groups that other sockets joined; on by default (int).',
        },
        {
          name: 'IP_ADD_SOURCE_MEMBERSHIP',
          header: 'netinet/in.h',
          value: 39,
          meaning: 'Join an IPv4 group for one sender only (`struct ip_mreq_source`).',
        },
        {
          name: 'IP_DROP_SOURCE_MEMBERSHIP',
          header: 'netinet/in.h',
          value: 40,
          meaning: 'Leave an IPv4 group for that sender (`struct ip_mreq_source`).',
        },
        {
          name: 'IP_BLOCK_SOURCE',
          header: 'netinet/in.h',
          value: 38,
          meaning: 'Refuse one sender of a joined group (`struct ip_mreq_source`).',
        },
        {
          name: 'IP_UNBLOCK_SOURCE',
          header: 'netinet/in.h',
          value: 37,
          meaning: 'Take that sender again (`struct ip_mreq_source`).',
        },
        {
          name: 'IPV6_JOIN_GROUP',
          header: 'netinet/in.h',
          value: 20,
          meaning: 'Join an IPv6 group on an interface (`struct ipv6_mreq`).',
        },
        {
          name: 'IPV6_LEAVE_GROUP',
          header: 'netinet/in.h',
          value: 21,
          meaning: 'Leave an IPv6 group (`struct ipv6_mreq`).',
        },
        {
          name: 'IPV6_ADD_MEMBERSHIP',
          header: 'netinet/in.h',
          value: 20,
          meaning: 'Older name of IPV6_JOIN_GROUP.',
        },
        {
          name: 'IPV6_DROP_MEMBERSHIP',
          header: 'netinet/in.h',
          value: 21,
          meaning: 'Older name of IPV6_LEAVE_GROUP.',
        },
        {
          name: 'IPV6_MULTICAST_IF',
          header: 'netinet/in.h',
          value: 17,
          meaning: 'Interface number for IPv6 datagrams sent to groups (int).',
        },
        {
          name: 'IPV6_MULTICAST_HOPS',
          header: 'netinet/in.h',
          value: 18,
          meaning: 'How many routers such datagrams may pass (int).',
        },
        {
          name: 'IPV6_MULTICAST_LOOP',
          header: 'netinet/in.h',
          value: 19,
          meaning: 'Deliver them to sockets of this machine too; on by default (int).',
        },
      ],
    },
  ],
  types: [
    {
      name: 'struct ip_mreq',
      header: 'netinet/in.h',
      meaning: 'A multicast group and the address of the interface to join it on.',
      size: 8,
      members: [
        {
          declaration: 'struct in_addr imr_multiaddr',
          meaning: 'group, in network byte order',
          mustSet: true,
        },
        {
          declaration: 'struct in_addr imr_interface',
          meaning: 'address of the interface, or INADDR_ANY to let the kernel choose',
          mustSet: true,
        },
      ],
    },
    {
      name: 'struct ip_mreqn',
      header: 'netinet/in.h',
      meaning: 'A multicast group and the interface to join it on, by number or address.',
      size: 12,
      members: [
        {
          declaration: 'struct in_addr imr_multiaddr',
          meaning: 'group, in network byte order',
          mustSet: true,
        },
        {
          declaration: 'struct in_addr imr_address',
          meaning: 'address of the interface, or INADDR_ANY',
          mustSet: true,
        },
        { declaration: 'int imr_ifindex', meaning: 'number of the interface, or 0 for any', mustSet: true },
      ],
    },
    {
      name: 'struct ip_mreq_source',
      header: 'netinet/in.h',
      meaning: 'A multicast group, one sender and the interface.',
      size: 12,
      members: [
        {
          declaration: 'struct in_addr imr_multiaddr',
          meaning: 'group, in network byte order',
          mustSet: true,
        },
        { declaration: 'struct in_addr imr_interface', meaning: 'address of the interface', mustSet: true },
        { declaration: 'struct in_addr imr_sourceaddr', meaning: 'address of the sender', mustSet: true },
      ],
    },
    {
      name: 'struct ipv6_mreq',
      header: 'netinet/in.h',
      meaning: 'An IPv6 multicast group and the interface to join it on.',
      size: 20,
      members: [
        { declaration: 'struct in6_addr ipv6mr_multiaddr', meaning: 'group', mustSet: true },
        {
          declaration: 'unsigned int ipv6mr_interface',
          meaning: 'number of the interface, or 0 for any',
          mustSet: true,
        },
      ],
    },
  ],
};
