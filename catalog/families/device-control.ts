import type { Chapter } from '../schema';

export const deviceControlFamily: Chapter = {
  family: { id: 'device-control', title: 'Asking drivers' },
  calls: [
    {
      name: 'ioctl',
      man: { page: 'ioctl', section: 2 },
      headers: ['sys/ioctl.h'],
      prototype: 'int ioctl(int fd, unsigned long request, ...);',
      standard: 'POSIX',
      summary:
        'Asks the driver behind a descriptor for something that only this kind of object knows: waiting bytes of a pipe or socket, the size of a terminal window.',
      params: [
        { name: 'fd', role: 'descriptor of the object', literal: { kind: 'descriptor' } },
        {
          name: 'request',
          role: 'what to do, a constant of the driver',
          literal: { kind: 'one-of', group: 'ioctl-requests' },
        },
        {
          name: 'arg',
          role: 'what the request needs, usually a pointer',
          variadic: true,
          requiredWhen: 'as the request says',
        },
      ],
      returns: {
        success: '0, unless the request returns something of its own',
        failure: { value: '-1', reports: 'errno' },
      },
      errors: [
        { errno: 'EBADF', when: 'The descriptor is not open.' },
        { errno: 'ENOTTY', when: 'This kind of object does not know the request.' },
        { errno: 'EINVAL', when: 'The request or its argument is not valid.' },
        { errno: 'EIO', when: 'TIOCSTI or another terminal request is not allowed here.' },
        {
          errno: 'EPERM',
          when: 'The process lacks the right: TIOCSCTTY outside a session leader for example.',
        },
      ],
      blocking: {
        blocks: true,
        until: 'the driver is done; the requests in common use return at once',
        restarted: 'with SA_RESTART',
      },
      asyncSignalSafe: false,
      threadSafe: true,
      effects: [
        {
          op: 'query',
          at: 'fd',
          data: 'arg',
          when: 'request == FIONREAD || request == TIOCGWINSZ || request == TIOCGPGRP || request == TIOCGSID || request == TIOCGPTN || request == TIOCOUTQ || request == SIOCATMARK',
        },
        {
          op: 'configure',
          at: 'fd',
          data: 'arg',
          when: 'request == FIONBIO || request == FIOASYNC || request == FIOCLEX || request == FIONCLEX || request == TIOCSWINSZ || request == TIOCSPGRP || request == TIOCSCTTY || request == TIOCNOTTY || request == TIOCSPTLCK || request == TIOCPKT',
        },
      ],
      notes: [
        'FIONREAD tells how many bytes a read would get now: all of them for a pipe or stream, the next datagram for a datagram socket.',
      ],
    },
  ],
  constants: [
    {
      id: 'ioctl-requests',
      title: 'Common requests of ioctl',
      constants: [
        {
          name: 'FIONREAD',
          header: 'sys/ioctl.h',
          value: 0x541b,
          meaning: 'Number of bytes that can be read now, into an int.',
        },
        {
          name: 'FIONBIO',
          header: 'sys/ioctl.h',
          value: 0x5421,
          meaning: 'Switch non-blocking mode on or off by an int.',
        },
        {
          name: 'FIOASYNC',
          header: 'sys/ioctl.h',
          value: 0x5452,
          meaning: 'Switch signals for input and output on or off by an int.',
        },
        {
          name: 'FIOCLEX',
          header: 'sys/ioctl.h',
          value: 0x5451,
          meaning: 'Make the descriptor close-on-exec.',
        },
        {
          name: 'FIONCLEX',
          header: 'sys/ioctl.h',
          value: 0x5450,
          meaning: 'Make the descriptor stay open across exec.',
        },
        {
          name: 'TIOCOUTQ',
          header: 'sys/ioctl.h',
          value: 0x5411,
          meaning: 'Number of bytes written and not yet sent, into an int.',
        },
        {
          name: 'SIOCATMARK',
          header: 'sys/socket.h',
          value: 0x8905,
          meaning: 'Whether a socket stands at out-of-band data, into an int.',
        },
        {
          name: 'TIOCGWINSZ',
          header: 'sys/ioctl.h',
          value: 0x5413,
          meaning: 'Read the window size of a terminal.',
        },
        {
          name: 'TIOCSWINSZ',
          header: 'sys/ioctl.h',
          value: 0x5414,
          meaning: 'Set the window size of a terminal; its foreground group gets SIGWINCH.',
        },
        {
          name: 'TIOCSCTTY',
          header: 'sys/ioctl.h',
          value: 0x540e,
          meaning: 'Make the terminal the controlling terminal of this session leader.',
        },
        {
          name: 'TIOCNOTTY',
          header: 'sys/ioctl.h',
          value: 0x5422,
          meaning: 'Give up the controlling terminal.',
        },
        {
          name: 'TIOCGPGRP',
          header: 'sys/ioctl.h',
          value: 0x540f,
          meaning: 'Read the foreground process group of a terminal.',
        },
        {
          name: 'TIOCSPGRP',
          header: 'sys/ioctl.h',
          value: 0x5410,
          meaning: 'Set the foreground process group of a terminal.',
        },
        {
          name: 'TIOCGSID',
          header: 'sys/ioctl.h',
          value: 0x5429,
          meaning: 'Read the session of a terminal.',
        },
        {
          name: 'TIOCSTI',
          header: 'sys/ioctl.h',
          value: 0x5412,
          meaning: "Put a byte into a terminal's input as if typed.",
        },
        {
          name: 'TIOCGPTN',
          header: 'sys/ioctl.h',
          value: 0x80045430,
          meaning: 'Read the number of a pseudoterminal from its master.',
        },
        {
          name: 'TIOCSPTLCK',
          header: 'sys/ioctl.h',
          value: 0x40045431,
          meaning: 'Lock or unlock the slave of a pseudoterminal.',
        },
        {
          name: 'TIOCGPTPEER',
          header: 'sys/ioctl.h',
          value: 0x5441,
          meaning: 'Open the slave of a pseudoterminal from its master, without a path.',
        },
        {
          name: 'TIOCPKT',
          header: 'sys/ioctl.h',
          value: 0x5420,
          meaning: 'Switch packet mode of a pseudoterminal master on or off.',
        },
      ],
    },
  ],
  types: [],
};
