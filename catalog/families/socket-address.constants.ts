import type { ConstantGroup, TypeInfo } from '../schema';

/** Constants of addresses and of name resolution. */
export const addressConstants: ConstantGroup[] = [
  {
    id: 'internet-addresses',
    title: 'IPv4 addresses (in host byte order: use htonl)',
    constants: [
      {
        name: 'INADDR_ANY',
        header: 'netinet/in.h',
        value: 0,
        meaning: '0.0.0.0: bind to every address of this machine.',
      },
      {
        name: 'INADDR_LOOPBACK',
        header: 'netinet/in.h',
        value: 0x7f000001,
        meaning: '127.0.0.1: this machine alone. In host byte order: store htonl of it.',
      },
      {
        name: 'INADDR_BROADCAST',
        header: 'netinet/in.h',
        value: 0xffffffff,
        meaning: '255.255.255.255: every host of the local network; needs SO_BROADCAST.',
      },
      {
        name: 'INADDR_NONE',
        header: 'netinet/in.h',
        value: 0xffffffff,
        meaning: 'What inet_addr returns for a bad text; the same number as the broadcast address.',
      },
      {
        name: 'INADDR_UNSPEC_GROUP',
        header: 'netinet/in.h',
        value: 0xe0000000,
        meaning: '224.0.0.0: the base of the multicast addresses, never given to a group.',
      },
      {
        name: 'INADDR_ALLHOSTS_GROUP',
        header: 'netinet/in.h',
        value: 0xe0000001,
        meaning: '224.0.0.1: all hosts of the local network that take multicast. In host byte order.',
      },
      {
        name: 'INADDR_ALLRTRS_GROUP',
        header: 'netinet/in.h',
        value: 0xe0000002,
        meaning: '224.0.0.2: all routers of the local network. In host byte order.',
      },
      {
        name: 'INADDR_MAX_LOCAL_GROUP',
        header: 'netinet/in.h',
        value: 0xe00000ff,
        meaning: '224.0.0.255: the last group that routers do not pass on. In host byte order.',
      },
    ],
  },
  {
    id: 'internet6-addresses',
    title: 'IPv6 addresses',
    constants: [
      {
        name: 'in6addr_any',
        header: 'netinet/in.h',
        meaning: '`::` as a variable: bind to every address of this machine.',
      },
      {
        name: 'in6addr_loopback',
        header: 'netinet/in.h',
        meaning: '`::1` as a variable: this machine alone.',
      },
      {
        name: 'IN6ADDR_ANY_INIT',
        header: 'netinet/in.h',
        meaning: 'Initialiser of a `struct in6_addr` with `::`.',
      },
      {
        name: 'IN6ADDR_LOOPBACK_INIT',
        header: 'netinet/in.h',
        meaning: 'Initialiser of a `struct in6_addr` with `::1`.',
      },
    ],
  },
  {
    id: 'address-text-sizes',
    title: 'Sizes of address texts',
    constants: [
      {
        name: 'INET_ADDRSTRLEN',
        header: 'netinet/in.h',
        value: 16,
        meaning: 'Room for an IPv4 address as text with its null byte.',
      },
      {
        name: 'INET6_ADDRSTRLEN',
        header: 'netinet/in.h',
        value: 46,
        meaning: 'Room for an IPv6 address as text with its null byte.',
      },
      {
        name: 'NI_MAXHOST',
        header: 'netdb.h',
        value: 1025,
        meaning: 'Room for any host name of getnameinfo.',
      },
      {
        name: 'NI_MAXSERV',
        header: 'netdb.h',
        value: 32,
        meaning: 'Room for any service name of getnameinfo.',
      },
      {
        name: 'IF_NAMESIZE',
        header: 'net/if.h',
        value: 16,
        meaning: 'Room for the name of a network interface with its null byte.',
      },
    ],
  },
  {
    id: 'internet-protocols',
    title: 'Internet protocols',
    constants: [
      {
        name: 'IPPROTO_IP',
        header: 'netinet/in.h',
        value: 0,
        meaning: 'IPv4, as a level of socket options.',
      },
      { name: 'IPPROTO_ICMP', header: 'netinet/in.h', value: 1, meaning: 'Control messages of IPv4.' },
      { name: 'IPPROTO_TCP', header: 'netinet/in.h', value: 6, meaning: 'TCP: reliable byte streams.' },
      { name: 'IPPROTO_UDP', header: 'netinet/in.h', value: 17, meaning: 'UDP: datagrams.' },
      {
        name: 'IPPROTO_IPV6',
        header: 'netinet/in.h',
        value: 41,
        meaning: 'IPv6, as a level of socket options.',
      },
      { name: 'IPPROTO_ICMPV6', header: 'netinet/in.h', value: 58, meaning: 'Control messages of IPv6.' },
      { name: 'IPPROTO_SCTP', header: 'netinet/in.h', value: 132, meaning: 'SCTP: streams of messages.' },
      {
        name: 'IPPROTO_RAW',
        header: 'netinet/in.h',
        value: 255,
        meaning: 'Raw IP packets with their header.',
      },
    ],
  },
  {
    id: 'address-info-flags',
    title: 'Flags in the hints of getaddrinfo',
    constants: [
      {
        name: 'AI_PASSIVE',
        header: 'netdb.h',
        value: 0x1,
        meaning: 'For bind: a NULL host stands for every address of this machine.',
      },
      {
        name: 'AI_CANONNAME',
        header: 'netdb.h',
        value: 0x2,
        meaning: 'Tell the official name of the host in the first entry.',
      },
      { name: 'AI_NUMERICHOST', header: 'netdb.h', value: 0x4, meaning: 'The host is numeric: no look-up.' },
      {
        name: 'AI_V4MAPPED',
        header: 'netdb.h',
        value: 0x8,
        meaning: 'For AF_INET6 without IPv6 addresses: give IPv4 ones in mapped form.',
      },
      {
        name: 'AI_ALL',
        header: 'netdb.h',
        value: 0x10,
        meaning: 'With AI_V4MAPPED: give both IPv6 and mapped IPv4 addresses.',
      },
      {
        name: 'AI_ADDRCONFIG',
        header: 'netdb.h',
        value: 0x20,
        meaning: 'Only families for which this machine has an address.',
      },
      {
        name: 'AI_NUMERICSERV',
        header: 'netdb.h',
        value: 0x400,
        meaning: 'The service is a port number: no look-up.',
      },
    ],
  },
  {
    id: 'name-info-flags',
    title: 'Flags of getnameinfo',
    constants: [
      {
        name: 'NI_NUMERICHOST',
        header: 'netdb.h',
        value: 1,
        meaning: 'The address as numbers, without look-up.',
      },
      { name: 'NI_NUMERICSERV', header: 'netdb.h', value: 2, meaning: 'The port as a number.' },
      { name: 'NI_NOFQDN', header: 'netdb.h', value: 4, meaning: 'Local hosts without their domain.' },
      { name: 'NI_NAMEREQD', header: 'netdb.h', value: 8, meaning: 'Fail when the host has no name.' },
      { name: 'NI_DGRAM', header: 'netdb.h', value: 16, meaning: 'The service is one of UDP.' },
    ],
  },
  {
    id: 'address-info-errors',
    title: 'Errors of getaddrinfo and getnameinfo',
    constants: [
      { name: 'EAI_BADFLAGS', header: 'netdb.h', value: -1, meaning: 'Unknown or unfitting flags.' },
      { name: 'EAI_NONAME', header: 'netdb.h', value: -2, meaning: 'The host or the service is not known.' },
      {
        name: 'EAI_AGAIN',
        header: 'netdb.h',
        value: -3,
        meaning: 'The name server has no answer now; try later.',
      },
      { name: 'EAI_FAIL', header: 'netdb.h', value: -4, meaning: 'The name server refused for good.' },
      {
        name: 'EAI_NODATA',
        header: 'netdb.h',
        featureTest: '_GNU_SOURCE',
        value: -5,
        meaning: 'The host exists but has no address.',
      },
      { name: 'EAI_FAMILY', header: 'netdb.h', value: -6, meaning: 'The address family is not supported.' },
      { name: 'EAI_SOCKTYPE', header: 'netdb.h', value: -7, meaning: 'The socket type is not supported.' },
      {
        name: 'EAI_SERVICE',
        header: 'netdb.h',
        value: -8,
        meaning: 'The service does not exist for this socket type.',
      },
      {
        name: 'EAI_ADDRFAMILY',
        header: 'netdb.h',
        featureTest: '_GNU_SOURCE',
        value: -9,
        meaning: 'The host has no address of the wanted family.',
      },
      { name: 'EAI_MEMORY', header: 'netdb.h', value: -10, meaning: 'There is not enough memory.' },
      { name: 'EAI_SYSTEM', header: 'netdb.h', value: -11, meaning: 'Another failure: errno has it.' },
      {
        name: 'EAI_OVERFLOW',
        header: 'netdb.h',
        value: -12,
        meaning: 'A buffer of getnameinfo is too small.',
      },
    ],
  },
  {
    id: 'host-errors',
    title: 'Values of h_errno',
    constants: [
      { name: 'HOST_NOT_FOUND', header: 'netdb.h', value: 1, meaning: 'The host is not known.' },
      {
        name: 'TRY_AGAIN',
        header: 'netdb.h',
        value: 2,
        meaning: 'The name server has no answer now; try later.',
      },
      { name: 'NO_RECOVERY', header: 'netdb.h', value: 3, meaning: 'The name server failed for good.' },
      { name: 'NO_DATA', header: 'netdb.h', value: 4, meaning: 'The name is valid but has no address.' },
    ],
  },
];

/** Types of addresses and of name resolution. */
export const addressTypes: TypeInfo[] = [
  {
    name: 'socklen_t',
    header: 'sys/socket.h',
    meaning: 'Length of an address or option. Calls that fill one in read the room from it first.',
    size: 4,
  },
  {
    name: 'sa_family_t',
    header: 'sys/socket.h',
    meaning: 'Address family, as every address begins with it.',
    size: 2,
  },
  {
    name: 'in_port_t',
    header: 'netinet/in.h',
    meaning: 'Port, in network byte order inside addresses.',
    size: 2,
  },
  {
    name: 'in_addr_t',
    header: 'netinet/in.h',
    meaning: 'IPv4 address as a number, in network byte order inside addresses.',
    size: 4,
  },
  {
    name: 'struct sockaddr',
    header: 'sys/socket.h',
    meaning:
      'The form under which calls take any address: cast a pointer to the real structure. It is too small to hold most of them.',
    size: 16,
    members: [
      { declaration: 'sa_family_t sa_family', meaning: 'address family' },
      { declaration: 'char sa_data[14]', meaning: 'the address, as the family defines it' },
    ],
  },
  {
    name: 'struct sockaddr_storage',
    header: 'sys/socket.h',
    meaning: 'Large and aligned enough for an address of any family; look at the family, then cast.',
    size: 128,
    members: [{ declaration: 'sa_family_t ss_family', meaning: 'address family' }],
  },
  {
    name: 'struct sockaddr_un',
    header: 'sys/un.h',
    meaning: 'Address of a UNIX socket: a path, or an abstract name that begins with a null byte.',
    size: 110,
    members: [
      { declaration: 'sa_family_t sun_family', meaning: 'AF_UNIX', mustSet: true },
      {
        declaration: 'char sun_path[108]',
        meaning: 'path with its null byte, at most 107 characters',
        mustSet: true,
      },
    ],
  },
  {
    name: 'struct sockaddr_in',
    header: 'netinet/in.h',
    meaning: 'IPv4 address and port.',
    size: 16,
    members: [
      { declaration: 'sa_family_t sin_family', meaning: 'AF_INET', mustSet: true },
      { declaration: 'in_port_t sin_port', meaning: 'port in network byte order: htons', mustSet: true },
      {
        declaration: 'struct in_addr sin_addr',
        meaning: 'address in network byte order: htonl or inet_pton',
        mustSet: true,
      },
      { declaration: 'unsigned char sin_zero[8]', meaning: 'padding' },
    ],
  },
  {
    name: 'struct sockaddr_in6',
    header: 'netinet/in.h',
    meaning: 'IPv6 address and port.',
    size: 28,
    members: [
      { declaration: 'sa_family_t sin6_family', meaning: 'AF_INET6', mustSet: true },
      { declaration: 'in_port_t sin6_port', meaning: 'port in network byte order: htons', mustSet: true },
      { declaration: 'uint32_t sin6_flowinfo', meaning: 'flow label; 0 when not used', mustSet: true },
      { declaration: 'struct in6_addr sin6_addr', meaning: 'the address', mustSet: true },
      {
        declaration: 'uint32_t sin6_scope_id',
        meaning: 'interface number for link-local addresses, else 0',
        mustSet: true,
      },
    ],
  },
  {
    name: 'struct in_addr',
    header: 'netinet/in.h',
    meaning: 'IPv4 address.',
    size: 4,
    members: [
      { declaration: 'in_addr_t s_addr', meaning: 'the address in network byte order', mustSet: true },
    ],
  },
  {
    name: 'struct in6_addr',
    header: 'netinet/in.h',
    meaning: 'IPv6 address.',
    size: 16,
    members: [
      { declaration: 'uint8_t s6_addr[16]', meaning: 'the 16 bytes in network order', mustSet: true },
    ],
  },
  {
    name: 'struct addrinfo',
    header: 'netdb.h',
    meaning: 'Hints for getaddrinfo, and an entry of the list it makes.',
    size: 48,
    members: [
      { declaration: 'int ai_flags', meaning: 'AI_ flags', mustSet: true },
      { declaration: 'int ai_family', meaning: 'AF_INET, AF_INET6 or AF_UNSPEC', mustSet: true },
      { declaration: 'int ai_socktype', meaning: 'SOCK_STREAM, SOCK_DGRAM or 0', mustSet: true },
      { declaration: 'int ai_protocol', meaning: 'protocol or 0', mustSet: true },
      { declaration: 'socklen_t ai_addrlen', meaning: 'size of the address; 0 in hints', mustSet: true },
      { declaration: 'struct sockaddr *ai_addr', meaning: 'the address; NULL in hints', mustSet: true },
      {
        declaration: 'char *ai_canonname',
        meaning: 'official name, in the first entry; NULL in hints',
        mustSet: true,
      },
      {
        declaration: 'struct addrinfo *ai_next',
        meaning: 'next entry, or NULL; NULL in hints',
        mustSet: true,
      },
    ],
  },
  {
    name: 'struct hostent',
    header: 'netdb.h',
    meaning: 'Result of gethostbyname: names and addresses of a host.',
    size: 32,
    members: [
      { declaration: 'char *h_name', meaning: 'official name' },
      { declaration: 'char **h_aliases', meaning: 'further names, ending with NULL' },
      { declaration: 'int h_addrtype', meaning: 'AF_INET or AF_INET6' },
      { declaration: 'int h_length', meaning: 'length of one address in bytes' },
      { declaration: 'char **h_addr_list', meaning: 'addresses in network byte order, ending with NULL' },
    ],
  },
  {
    name: 'struct servent',
    header: 'netdb.h',
    meaning: 'Result of getservbyname.',
    size: 32,
    members: [
      { declaration: 'char *s_name', meaning: 'official name' },
      { declaration: 'char **s_aliases', meaning: 'further names, ending with NULL' },
      { declaration: 'int s_port', meaning: 'port in network byte order' },
      { declaration: 'char *s_proto', meaning: 'protocol' },
    ],
  },
  {
    name: 'struct protoent',
    header: 'netdb.h',
    meaning: 'Result of getprotobyname.',
    size: 24,
    members: [
      { declaration: 'char *p_name', meaning: 'official name' },
      { declaration: 'char **p_aliases', meaning: 'further names, ending with NULL' },
      { declaration: 'int p_proto', meaning: 'protocol number' },
    ],
  },
  {
    name: 'struct ifaddrs',
    header: 'ifaddrs.h',
    meaning: 'Entry of the list of getifaddrs: one address of one interface.',
    size: 56,
    members: [
      { declaration: 'struct ifaddrs *ifa_next', meaning: 'next entry, or NULL' },
      { declaration: 'char *ifa_name', meaning: 'name of the interface' },
      { declaration: 'unsigned int ifa_flags', meaning: 'IFF_ flags, such as IFF_UP' },
      { declaration: 'struct sockaddr *ifa_addr', meaning: 'its address, which can be NULL' },
      { declaration: 'struct sockaddr *ifa_netmask', meaning: 'its network mask, which can be NULL' },
      { declaration: 'void *ifa_data', meaning: 'data of the family, which can be NULL' },
    ],
  },
];
