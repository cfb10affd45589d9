import type { Chapter } from '../schema';
import { optionConstants, optionTypes } from './socket-option.constants';

export const socketOptionFamily: Chapter = {
  family: { id: 'socket-option', title: 'Socket options' },
  calls: [
    {
      name: 'getsockopt',
      man: { page: 'getsockopt', section: 2 },
      headers: ['sys/socket.h'],
      prototype: 'int getsockopt(int sockfd, int level, int optname, void *optval, socklen_t *optlen);',
      standard: 'POSIX',
      summary: 'Reads an option or a fact of a socket, such as its pending error or who the peer is.',
      params: [
        { name: 'sockfd', role: 'socket', literal: { kind: 'descriptor' } },
        {
          name: 'level',
          role: 'layer that has the option: SOL_SOCKET, or a protocol such as IPPROTO_TCP',
          literal: { kind: 'one-of', group: 'socket-option-levels' },
        },
        {
          name: 'optname',
          role: 'the option: SO_ with SOL_SOCKET, TCP_ with IPPROTO_TCP, IP_ with IPPROTO_IP',
        },
        { name: 'optval', role: 'receives the value, usually an int' },
        {
          name: 'optlen',
          role: 'holds the room at `optval` before the call and the length of the value after it',
        },
      ],
      returns: { success: '0', failure: { value: '-1', reports: 'errno' } },
      errors: [
        { errno: 'EBADF', when: '`sockfd` is not an open descriptor.' },
        { errno: 'EINVAL', when: '`*optlen` is negative or too small for the option.' },
        { errno: 'ENOPROTOOPT', when: 'This level has no such option, or it can only be set.' },
        { errno: 'ENOTCONN', when: 'The option needs a peer and the socket has none.' },
        { errno: 'ENOTSOCK', when: '`sockfd` is not a socket.' },
      ],
      blocking: { blocks: false },
      asyncSignalSafe: true,
      threadSafe: true,
      effects: [{ op: 'query', at: 'sockfd', flags: 'optname', data: 'optval', size: '*optlen' }],
      notes: ['Reading SO_ERROR also clears it.'],
    },
    {
      name: 'setsockopt',
      man: { page: 'getsockopt', section: 2 },
      headers: ['sys/socket.h'],
      prototype: 'int setsockopt(int sockfd, int level, int optname, const void *optval, socklen_t optlen);',
      standard: 'POSIX',
      summary: 'Sets an option of a socket.',
      params: [
        { name: 'sockfd', role: 'socket', literal: { kind: 'descriptor' } },
        {
          name: 'level',
          role: 'layer that has the option: SOL_SOCKET, or a protocol such as IPPROTO_TCP',
          literal: { kind: 'one-of', group: 'socket-option-levels' },
        },
        {
          name: 'optname',
          role: 'the option: SO_ with SOL_SOCKET, TCP_ with IPPROTO_TCP, IP_ with IPPROTO_IP',
        },
        { name: 'optval', role: 'the value: an int (0 or 1 for a switch) or the structure of the option' },
        { name: 'optlen', role: 'size of the value in bytes', literal: { kind: 'size' } },
      ],
      returns: { success: '0', failure: { value: '-1', reports: 'errno' } },
      errors: [
        { errno: 'EBADF', when: '`sockfd` is not an open descriptor.' },
        { errno: 'EADDRINUSE', when: 'The socket is a member of this multicast group already.' },
        { errno: 'EDOM', when: 'A timeout has microseconds outside 0 to 999999.' },
        { errno: 'EINVAL', when: '`optlen` or the value does not suit the option.' },
        { errno: 'ENODEV', when: 'There is no network interface to join the multicast group on.' },
        { errno: 'ENOPROTOOPT', when: 'This level has no such option, or it can only be read.' },
        { errno: 'ENOTSOCK', when: '`sockfd` is not a socket.' },
        { errno: 'EPERM', when: 'The option needs a privilege.' },
      ],
      blocking: { blocks: false },
      asyncSignalSafe: true,
      threadSafe: true,
      effects: [{ op: 'configure', at: 'sockfd', flags: 'optname', data: 'optval', size: 'optlen' }],
      notes: [
        'SO_REUSEADDR, SO_REUSEPORT and for TCP the buffer sizes take effect only when set before bind, connect or listen.',
        '`optval` is a pointer: passing the number 1 itself fails with EFAULT.',
      ],
    },
  ],
  constants: optionConstants,
  types: optionTypes,
};
