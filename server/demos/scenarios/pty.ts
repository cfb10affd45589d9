import type { FacilityDemos } from '../kit';
import type { ObjectSpec, ProcessSpec, Scenario, Step } from '../scenario';
import { bytes, process, succeeds, waits } from './steps';

const emulator = process('emulator');
const program = process('program');

const processes: ProcessSpec[] = [
  { id: 'emulator', title: 'the emulator', begins: 'open' },
  { id: 'program', title: 'the program', begins: 'fork' },
];
const terminal: ObjectSpec[] = [
  { kind: 'terminal', id: 'terminal', title: 'the terminal', handle: 'master' },
];

const master: Step[] = [
  emulator(
    'posix_openpt',
    ['O_RDWR | O_NOCTTY'],
    succeeds,
    'The emulator opens a new pseudo-terminal and gets its master side. It plays the part of screen and keyboard.',
    { into: 'master' },
  ),
  emulator('grantpt', ['master'], 0, 'The other side, the slave, is given to this user.'),
  emulator('unlockpt', ['master'], 0, 'Until this call nobody may open the slave.'),
];

const slave: Step[] = [
  emulator.forks('program', 'The child will be the program that runs in the terminal.'),
  program(
    'setsid',
    [],
    { returns: { pid: 'program' } },
    'It begins a session of its own, without any terminal. Otherwise it would keep the one it was started from.',
  ),
  program(
    'open_slave',
    ['master', 'O_RDWR'],
    succeeds,
    'It opens the slave by its name. To a program this is a terminal like any other. As leader of a session without a terminal it gets this one as its controlling terminal.',
    { into: 'tty' },
  ),
  program.closes(
    'master',
    'The master is the emulator’s alone: as long as anybody holds it, the terminal is not hung up.',
  ),
];

const editing: Scenario = {
  id: 'pty/editing',
  subject: 'pty',
  title: 'A terminal made of software',
  summary: 'What is typed is echoed and edited by the kernel; the program gets whole lines.',
  kind: 'normal',
  about:
    'The parent is a terminal emulator: it types into the master side of a pseudo-terminal. The child reads from the slave side and gets an edited line.',
  processes,
  objects: terminal,
  steps: [
    ...master,
    ...slave,
    program.writes(
      'tty',
      '$ ',
      'The program prompts. It writes to a terminal and knows nothing of the emulator.',
    ),
    emulator.reads('master', '$ ', 'The emulator reads what is to appear on the screen.'),
    program('read', ['tty', 'buf', '64'], waits(bytes('ls\n')), 'The program reads a line.', {
      into: 'n',
      label: 'line',
    }),
    emulator.writes(
      'master',
      'lx',
      'Somebody types two characters. The program sees nothing yet: the kernel keeps the line until it is complete.',
    ),
    emulator.reads('master', 'lx', 'But they appear on the screen: the kernel echoes them to the master.'),
    emulator.writes('master', '\x7fs', 'Backspace, then s. The kernel takes the x out of the line.'),
    emulator.reads(
      'master',
      '\b \bs',
      'The echo shows how a character is wiped out: one step back, a space over it, one step back again; then the s.',
    ),
    emulator.writes('master', '\n', 'With Enter the line is complete, and the program gets it: ls.', {
      wakes: ['line'],
    }),
    program.ends('The program ends; with it goes the last descriptor of the slave.'),
    emulator.waitsFor('program', 'The emulator collects the status.'),
    emulator.reads(
      'master',
      '\r\n',
      'What was still under way to the screen can be read: the echo of Enter, which became two characters.',
    ),
    emulator(
      'read',
      ['master', 'buf', '64'],
      'EIO',
      'Nobody has the slave open. On Linux the master is told so by EIO; it is the end-of-file of a terminal and no failure.',
    ),
    emulator.exits('With the master the terminal is gone.'),
  ],
  conclusion:
    'Between master and slave stands the kernel’s line discipline: echo, erasing, Ctrl+C, the end of a line. Remote logins, terminal windows and tests of interactive programs are made of this.',
};

const raw: Scenario = {
  id: 'pty/raw',
  subject: 'pty',
  title: 'Every key at once: echo and line editing off',
  summary: 'The program turns the kernel’s help off and gets each byte as it is typed.',
  kind: 'normal',
  about:
    'The child turns off echo and line editing, as editors and password prompts do, and gets a single character without Enter.',
  processes,
  objects: terminal,
  steps: [
    ...master,
    ...slave,
    program(
      'turn_off',
      ['tty', 'ECHO | ICANON'],
      0,
      'The terminal’s modes are changed: no echo, and no waiting for the end of a line. They belong to the terminal, not to the process.',
    ),
    program('read', ['tty', 'buf', '64'], waits(bytes('q')), 'The program waits for a key.', {
      into: 'n',
      label: 'key',
    }),
    emulator.writes('master', 'q', 'One character is typed, without Enter. The program gets it at once.', {
      wakes: ['key'],
    }),
    program.writes('tty', 'bye\n', 'The program says good-bye.'),
    emulator.reads('master', 'bye\r\n', 'On the screen there is only that: the q was not echoed.'),
    program.ends('A real program would restore the modes first; here the terminal goes with it.'),
    emulator.waitsFor('program', 'The emulator collects the status.'),
    emulator.exits('The end.'),
  ],
  conclusion:
    'Echo and line editing are the kernel’s work, not the program’s. Whoever turns them off puts them back at the end, also when a signal ends it.',
};

const hangUp: Scenario = {
  id: 'pty/hang-up',
  subject: 'pty',
  title: 'The window is closed: SIGHUP',
  summary: 'When the master side goes, the program that the terminal controls gets SIGHUP.',
  kind: 'normal',
  about:
    'The emulator closes the master while the program reads from its terminal. The kernel hangs up: the leader of the terminal’s session gets SIGHUP, which ends it.',
  processes,
  objects: terminal,
  steps: [
    ...master,
    ...slave,
    program('read', ['tty', 'buf', '64'], waits({ killed: 'SIGHUP' }), 'The program waits for input.', {
      into: 'n',
      label: 'input',
    }),
    emulator.closes(
      'master',
      'The window is closed. The terminal has no other side any more: the kernel sends SIGHUP to the session’s leader, and its default action is to end the process.',
      { wakes: ['input'] },
    ),
    emulator.waitsForKilled('program', 'SIGHUP', 'The emulator learns how the program ended.'),
    emulator.exits('The end.'),
  ],
  conclusion:
    'A program that shall outlive its terminal has none: it leaves the session with setsid, ignores SIGHUP, and does not read from what was closed.',
};

export const ptyDemos: FacilityDemos = { id: 'pty', scenarios: [editing, raw, hangUp] };
