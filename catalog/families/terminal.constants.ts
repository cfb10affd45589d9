import type { ConstantGroup, TypeInfo } from '../schema';

/** Constants of terminal settings. */
export const terminalConstants: ConstantGroup[] = [
  {
    id: 'terminal-set-actions',
    title: 'When tcsetattr changes settings',
    constants: [
      { name: 'TCSANOW', header: 'termios.h', value: 0, meaning: 'At once.' },
      {
        name: 'TCSADRAIN',
        header: 'termios.h',
        value: 1,
        meaning: 'When the output written so far has gone out.',
      },
      {
        name: 'TCSAFLUSH',
        header: 'termios.h',
        value: 2,
        meaning: 'When the output has gone out, and input that was not read is dropped.',
      },
    ],
  },

  {
    id: 'terminal-flush-queues',
    title: 'What tcflush drops',
    constants: [
      { name: 'TCIFLUSH', header: 'termios.h', value: 0, meaning: 'Input that was not read.' },
      { name: 'TCOFLUSH', header: 'termios.h', value: 1, meaning: 'Output that has not gone out.' },
      { name: 'TCIOFLUSH', header: 'termios.h', value: 2, meaning: 'Both.' },
    ],
  },

  {
    id: 'terminal-flow-actions',
    title: 'What tcflow does',
    constants: [
      { name: 'TCOOFF', header: 'termios.h', value: 0, meaning: 'Stop the output.' },
      { name: 'TCOON', header: 'termios.h', value: 1, meaning: 'Restart the output.' },
      {
        name: 'TCIOFF',
        header: 'termios.h',
        value: 2,
        meaning: 'Send STOP, so that the device stops sending.',
      },
      {
        name: 'TCION',
        header: 'termios.h',
        value: 3,
        meaning: 'Send START, so that the device sends again.',
      },
    ],
  },

  {
    id: 'terminal-input-flags',
    title: 'Input flags (c_iflag)',
    constants: [
      { name: 'IGNBRK', header: 'termios.h', value: 1, meaning: 'Ignore a break.' },
      { name: 'BRKINT', header: 'termios.h', value: 2, meaning: 'A break raises SIGINT in the foreground.' },
      { name: 'IGNPAR', header: 'termios.h', value: 4, meaning: 'Ignore bytes with a wrong parity.' },
      { name: 'PARMRK', header: 'termios.h', value: 8, meaning: 'Mark bytes with a wrong parity.' },
      { name: 'INPCK', header: 'termios.h', value: 16, meaning: 'Check the parity.' },
      { name: 'ISTRIP', header: 'termios.h', value: 32, meaning: 'Cut bytes to 7 bits.' },
      { name: 'INLCR', header: 'termios.h', value: 64, meaning: 'Turn newline into carriage return.' },
      { name: 'IGNCR', header: 'termios.h', value: 128, meaning: 'Ignore carriage return.' },
      {
        name: 'ICRNL',
        header: 'termios.h',
        value: 256,
        meaning: 'Turn carriage return into newline, as the Enter key needs.',
      },
      {
        name: 'IXON',
        header: 'termios.h',
        value: 1024,
        meaning: 'Ctrl-S stops the output and Ctrl-Q restarts it.',
      },
      { name: 'IXANY', header: 'termios.h', value: 2048, meaning: 'Any key restarts stopped output.' },
      {
        name: 'IXOFF',
        header: 'termios.h',
        value: 4096,
        meaning: 'Send STOP and START when input comes too fast.',
      },
      {
        name: 'IUTF8',
        header: 'termios.h',
        value: 16384,
        meaning: 'Input is UTF-8, so that erasing takes whole characters.',
      },
    ],
  },

  {
    id: 'terminal-output-flags',
    title: 'Output flags (c_oflag)',
    constants: [
      { name: 'OPOST', header: 'termios.h', value: 1, meaning: 'Process the output at all.' },
      {
        name: 'ONLCR',
        header: 'termios.h',
        value: 4,
        meaning: 'Turn newline into carriage return and newline: why a master reads \\r\\n.',
      },
      { name: 'OCRNL', header: 'termios.h', value: 8, meaning: 'Turn carriage return into newline.' },
      { name: 'ONOCR', header: 'termios.h', value: 16, meaning: 'No carriage return in the first column.' },
      { name: 'ONLRET', header: 'termios.h', value: 32, meaning: 'Newline also returns the carriage.' },
    ],
  },

  {
    id: 'terminal-local-flags',
    title: 'Local flags (c_lflag)',
    constants: [
      {
        name: 'ISIG',
        header: 'termios.h',
        value: 1,
        meaning: 'Keys raise signals: Ctrl-C SIGINT, Ctrl-\\ SIGQUIT, Ctrl-Z SIGTSTP.',
      },
      {
        name: 'ICANON',
        header: 'termios.h',
        value: 2,
        meaning: 'Canonical mode: input comes line by line and can be edited.',
      },
      { name: 'ECHO', header: 'termios.h', value: 8, meaning: 'Echo what is typed.' },
      { name: 'ECHOE', header: 'termios.h', value: 16, meaning: 'Erasing wipes the character.' },
      { name: 'ECHOK', header: 'termios.h', value: 32, meaning: 'Killing a line shows it.' },
      { name: 'ECHONL', header: 'termios.h', value: 64, meaning: 'Echo newline even without ECHO.' },
      {
        name: 'NOFLSH',
        header: 'termios.h',
        value: 128,
        meaning: 'Keep the input when a key raises a signal.',
      },
      {
        name: 'TOSTOP',
        header: 'termios.h',
        value: 256,
        meaning: 'Stop background processes that write (SIGTTOU).',
      },
      { name: 'IEXTEN', header: 'termios.h', value: 32768, meaning: 'Further editing keys.' },
    ],
  },

  {
    id: 'terminal-control-flags',
    title: 'Control flags (c_cflag)',
    constants: [
      { name: 'CS5', header: 'termios.h', value: 0, mask: 0x30, meaning: '5 bits a byte.' },
      { name: 'CS6', header: 'termios.h', value: 16, mask: 0x30, meaning: '6 bits a byte.' },
      { name: 'CS7', header: 'termios.h', value: 32, mask: 0x30, meaning: '7 bits a byte.' },
      { name: 'CS8', header: 'termios.h', value: 48, mask: 0x30, meaning: '8 bits a byte.' },
      { name: 'CSTOPB', header: 'termios.h', value: 64, meaning: 'Two stop bits.' },
      { name: 'CREAD', header: 'termios.h', value: 128, meaning: 'Receive.' },
      { name: 'PARENB', header: 'termios.h', value: 256, meaning: 'Use parity.' },
      { name: 'PARODD', header: 'termios.h', value: 512, meaning: 'Odd parity.' },
      { name: 'HUPCL', header: 'termios.h', value: 1024, meaning: 'Hang up at the last close.' },
      { name: 'CLOCAL', header: 'termios.h', value: 2048, meaning: 'Ignore the modem lines.' },
    ],
  },

  {
    id: 'terminal-control-characters',
    title: 'Indexes into c_cc',
    constants: [
      { name: 'VINTR', header: 'termios.h', value: 0, meaning: 'The key for SIGINT, usually Ctrl-C.' },
      { name: 'VQUIT', header: 'termios.h', value: 1, meaning: 'The key for SIGQUIT, usually Ctrl-\\.' },
      { name: 'VERASE', header: 'termios.h', value: 2, meaning: 'Erases the last character.' },
      { name: 'VKILL', header: 'termios.h', value: 3, meaning: 'Erases the line.' },
      { name: 'VEOF', header: 'termios.h', value: 4, meaning: 'End-of-file, usually Ctrl-D.' },
      {
        name: 'VTIME',
        header: 'termios.h',
        value: 5,
        meaning: 'Without ICANON: tenths of a second to wait.',
      },
      {
        name: 'VMIN',
        header: 'termios.h',
        value: 6,
        meaning: 'Without ICANON: bytes that a read waits for.',
      },
      { name: 'VSTART', header: 'termios.h', value: 8, meaning: 'Restarts output, usually Ctrl-Q.' },
      { name: 'VSTOP', header: 'termios.h', value: 9, meaning: 'Stops output, usually Ctrl-S.' },
      { name: 'VSUSP', header: 'termios.h', value: 10, meaning: 'The key for SIGTSTP, usually Ctrl-Z.' },
      { name: 'VEOL', header: 'termios.h', value: 11, meaning: 'A further end of line.' },
      { name: 'NCCS', header: 'termios.h', value: 32, meaning: 'Number of entries of c_cc.' },
    ],
  },

  {
    id: 'terminal-speeds',
    title: 'Line speeds',
    constants: [
      { name: 'B0', header: 'termios.h', value: 0, meaning: 'Hang up.' },
      { name: 'B300', header: 'termios.h', value: 7, meaning: '300 bits a second.' },
      { name: 'B600', header: 'termios.h', value: 8, meaning: '600 bits a second.' },
      { name: 'B1200', header: 'termios.h', value: 9, meaning: '1200 bits a second.' },
      { name: 'B2400', header: 'termios.h', value: 11, meaning: '2400 bits a second.' },
      { name: 'B4800', header: 'termios.h', value: 12, meaning: '4800 bits a second.' },
      { name: 'B9600', header: 'termios.h', value: 13, meaning: '9600 bits a second.' },
      { name: 'B19200', header: 'termios.h', value: 14, meaning: '19200 bits a second.' },
      { name: 'B38400', header: 'termios.h', value: 15, meaning: '38400 bits a second.' },
      { name: 'B57600', header: 'termios.h', value: 4097, meaning: '57600 bits a second.' },
      { name: 'B115200', header: 'termios.h', value: 4098, meaning: '115200 bits a second.' },
      { name: 'B230400', header: 'termios.h', value: 4099, meaning: '230400 bits a second.' },
      { name: 'B460800', header: 'termios.h', value: 4100, meaning: '460800 bits a second.' },
      { name: 'B921600', header: 'termios.h', value: 4103, meaning: '921600 bits a second.' },
    ],
  },
];

/** Types of terminal settings. */
export const terminalTypes: TypeInfo[] = [
  {
    name: 'struct termios',
    header: 'termios.h',
    meaning: 'Settings of a terminal. Take them from tcgetattr, never from scratch.',
    size: 60,
    members: [
      { declaration: 'tcflag_t c_iflag', meaning: 'input flags', mustSet: true },
      { declaration: 'tcflag_t c_oflag', meaning: 'output flags', mustSet: true },
      { declaration: 'tcflag_t c_cflag', meaning: 'control flags', mustSet: true },
      { declaration: 'tcflag_t c_lflag', meaning: 'local flags', mustSet: true },
      { declaration: 'cc_t c_cc[NCCS]', meaning: 'control characters, indexed by V names', mustSet: true },
    ],
  },
  {
    name: 'struct winsize',
    header: 'sys/ioctl.h',
    meaning: 'Size of the window of a terminal, for TIOCGWINSZ, TIOCSWINSZ and openpty.',
    size: 8,
    members: [
      { declaration: 'unsigned short ws_row', meaning: 'rows of characters', mustSet: true },
      { declaration: 'unsigned short ws_col', meaning: 'columns of characters', mustSet: true },
      { declaration: 'unsigned short ws_xpixel', meaning: 'width in pixels, not used' },
      { declaration: 'unsigned short ws_ypixel', meaning: 'height in pixels, not used' },
    ],
  },
  { name: 'tcflag_t', header: 'termios.h', meaning: 'A word of flags in `struct termios`.', size: 4 },
  { name: 'cc_t', header: 'termios.h', meaning: 'A control character in `struct termios`.', size: 1 },
  { name: 'speed_t', header: 'termios.h', meaning: 'A line speed, one of the B constants.', size: 4 },
];
