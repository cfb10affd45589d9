/** Pseudo-terminals as C. open_slave takes the master: the path is what ptsname says. turn_off is a function of the program. */
import type { CallText } from '../kit';
import { simple } from './descriptor';

const turnOff = `/* Turns modes of the terminal off: ECHO, ICANON. */
static int turn_off(int fd, tcflag_t modes)
{
    struct termios settings;
    if (tcgetattr(fd, &settings) == -1)
        return -1;
    settings.c_lflag &= ~modes;
    return tcsetattr(fd, TCSANOW, &settings);
}`;

const handle = { argument: 0, kind: 'descriptor' } as const;
const define = '_GNU_SOURCE';

export const terminalCalls: CallText[] = [
  simple('posix_openpt', ['stdlib.h', 'fcntl.h'], { define }),
  simple('grantpt', ['stdlib.h'], { define, handle }),
  simple('unlockpt', ['stdlib.h'], { define, handle }),
  {
    name: 'open_slave',
    inC: 'open',
    headers: ['stdlib.h', 'fcntl.h'],
    define,
    text: ({ args }) => `open(ptsname(${args[0]}), ${args[1]})`,
    code(step, writer) {
      const [master, flags] = step.args as [string, string];
      const { name, first } = writer.variables.own('name', 'char *');
      writer.line(`${first ? 'char *' : ''}${name} = ptsname(${master});`);
      writer.needs.headers.add('stdio.h');
      writer.guard(`${name} == NULL`, 'die("ptsname");');
      writer.plain({ ...step, call: 'open' }, `open(${name}, ${flags})`);
    },
  },
  simple('setsid', ['unistd.h']),
  simple('ioctl', ['sys/ioctl.h'], { handle }),
  simple('turn_off', ['termios.h', 'unistd.h'], {
    handle,
    definitions: [turnOff],
    text: ({ args }) => `tcsetattr(${args[0]}, TCSANOW, {without ${args[1]!.replaceAll(' | ', ', ')}})`,
  }),
];
