import type { ConstantGroup } from '../schema';

/** Flags and ioctl requests of pseudoterminals. */
export const ptyConstants: ConstantGroup[] = [
  {
    id: 'openpt-flags',
    title: 'Flags of posix_openpt',
    constants: [
      {
        name: 'O_RDWR',
        header: 'fcntl.h',
        value: 2,
        mask: 3,
        meaning: 'Open the master for reading and writing.',
      },
      {
        name: 'O_NOCTTY',
        header: 'fcntl.h',
        value: 0o400,
        meaning: 'Do not make it the controlling terminal of this process.',
      },
      {
        name: 'O_CLOEXEC',
        header: 'fcntl.h',
        value: 0o2000000,
        meaning: 'Close the descriptor when a new program is executed (Linux).',
      },
      {
        name: 'O_NONBLOCK',
        header: 'fcntl.h',
        value: 0o4000,
        meaning: 'Fail with EAGAIN where reading or writing the master would have to wait (Linux).',
      },
    ],
  },
  {
    id: 'terminal-requests',
    title: 'Requests of ioctl for terminals',
    constants: [
      {
        name: 'TIOCSCTTY',
        header: 'sys/ioctl.h',
        value: 0x540e,
        meaning: 'Make the terminal the controlling one of a session leader that has none (argument 0).',
      },
      {
        name: 'TIOCNOTTY',
        header: 'sys/ioctl.h',
        value: 0x5422,
        meaning: 'Give the controlling terminal up (no argument).',
      },
      {
        name: 'TIOCGWINSZ',
        header: 'sys/ioctl.h',
        value: 0x5413,
        meaning: 'Read the window size (`struct winsize *`).',
      },
      {
        name: 'TIOCSWINSZ',
        header: 'sys/ioctl.h',
        value: 0x5414,
        meaning:
          'Set the window size and, when it changes, raise SIGWINCH in the foreground (`const struct winsize *`).',
      },
      {
        name: 'TIOCGPGRP',
        header: 'sys/ioctl.h',
        value: 0x540f,
        meaning: 'Read the foreground process group, as tcgetpgrp does (`pid_t *`).',
      },
      {
        name: 'TIOCSPGRP',
        header: 'sys/ioctl.h',
        value: 0x5410,
        meaning: 'Set the foreground process group, as tcsetpgrp does (`const pid_t *`).',
      },
      {
        name: 'TIOCGSID',
        header: 'sys/ioctl.h',
        value: 0x5429,
        meaning: 'Read the session of the terminal; it works at a master too (`pid_t *`).',
      },
      {
        name: 'TIOCGPTN',
        header: 'sys/ioctl.h',
        value: 0x80045430,
        meaning: 'At a master: the number of the slave in /dev/pts (`unsigned int *`).',
      },
      {
        name: 'TIOCSPTLCK',
        header: 'sys/ioctl.h',
        value: 0x40045431,
        meaning: 'At a master: lock or unlock the slave, as unlockpt does (`const int *`).',
      },
      {
        name: 'TIOCGPTPEER',
        header: 'sys/ioctl.h',
        value: 0x5441,
        meaning: 'At a master: open the slave without its path; the argument is the flags of open.',
      },
      {
        name: 'TIOCPKT',
        header: 'sys/ioctl.h',
        value: 0x5420,
        meaning:
          'At a master: packet mode, in which every read begins with a byte that tells of flushing and flow control (`const int *`).',
      },
      {
        name: 'TIOCEXCL',
        header: 'sys/ioctl.h',
        value: 0x540c,
        meaning: 'Refuse further opening of the terminal with EBUSY (no argument).',
      },
      {
        name: 'TIOCNXCL',
        header: 'sys/ioctl.h',
        value: 0x540d,
        meaning: 'Allow further opening again (no argument).',
      },
      {
        name: 'TIOCOUTQ',
        header: 'sys/ioctl.h',
        value: 0x5411,
        meaning: 'Number of bytes that have not gone out (`int *`).',
      },
      {
        name: 'TIOCSTI',
        header: 'sys/ioctl.h',
        value: 0x5412,
        meaning: 'Put a byte into the input as if typed (`const char *`); newer kernels can refuse it.',
      },
      {
        name: 'TIOCGETD',
        header: 'sys/ioctl.h',
        value: 0x5424,
        meaning: 'Read the line discipline (`int *`).',
      },
      {
        name: 'TIOCSETD',
        header: 'sys/ioctl.h',
        value: 0x5423,
        meaning: 'Set the line discipline (`const int *`).',
      },
    ],
  },
  {
    id: 'pty-packet-bits',
    title: 'First byte of a read in packet mode',
    constants: [
      { name: 'TIOCPKT_DATA', header: 'sys/ioctl.h', value: 0, meaning: 'Data of the slave follows.' },
      { name: 'TIOCPKT_FLUSHREAD', header: 'sys/ioctl.h', value: 1, meaning: 'The input was flushed.' },
      { name: 'TIOCPKT_FLUSHWRITE', header: 'sys/ioctl.h', value: 2, meaning: 'The output was flushed.' },
      { name: 'TIOCPKT_STOP', header: 'sys/ioctl.h', value: 4, meaning: 'The output was stopped.' },
      { name: 'TIOCPKT_START', header: 'sys/ioctl.h', value: 8, meaning: 'The output was restarted.' },
      {
        name: 'TIOCPKT_NOSTOP',
        header: 'sys/ioctl.h',
        value: 16,
        meaning: 'The keys to stop and restart are not Ctrl-S and Ctrl-Q.',
      },
      {
        name: 'TIOCPKT_DOSTOP',
        header: 'sys/ioctl.h',
        value: 32,
        meaning: 'The keys to stop and restart are Ctrl-S and Ctrl-Q.',
      },
    ],
  },
];
