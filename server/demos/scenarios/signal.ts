import type { FacilityDemos } from '../kit';
import type { ObjectSpec, Scenario } from '../scenario';
import { bytes, family, type More, process, type Short, succeeds, waits, waitsForEver } from './steps';

const signalsOf = (process: string): ObjectSpec[] => [
  { kind: 'signals', id: 'signals', title: `signals of the ${process}`, handle: process },
];

const parent = process('parent');
const child = process('child');
type Who = typeof parent;

const knowsItself = () =>
  parent('getpid', [], succeeds, 'The child will need to know whom to signal.', { into: 'self' });
const handles = (who: Who, why: string, more: More = {}) =>
  who('sigaction', ['SIGUSR1', 'note'], 0, why, more);
const blocks = (who: Who, why: string, more: More = {}) =>
  who('sigprocmask', ['SIG_BLOCK', 'SIGUSR1'], 0, why, more);
const kills = (who: Who, pid: string, why: string, more: More = {}) =>
  who('kill', [pid, 'SIGUSR1'], 0, why, more);
const counts = (who: Who, times: Short, why: string) =>
  who('handled', ['SIGUSR1'], times, why, { into: 'times' });

const go: Scenario = {
  id: 'signal/go',
  subject: 'signal',
  title: 'A signal as the word to go on',
  summary: 'A process waits with sigsuspend until another tells it with kill to go on.',
  kind: 'normal',
  about:
    'The child has something to do before the parent may go on, and tells it with SIGUSR1. The signal is blocked except while the parent waits, so that none is missed, however early it comes.',
  processes: family,
  objects: signalsOf('parent'),
  steps: [
    knowsItself(),
    handles(parent, 'A handler for SIGUSR1. Without one the signal would end the process.'),
    blocks(
      parent,
      'From here on a SIGUSR1 waits until the process lets it in. This is done before the fork, hence before anybody can send one.',
    ),
    parent.forks('child', 'The child inherits handler and mask.'),
    parent(
      'sigsuspend',
      [],
      waits('EINTR'),
      'The call sigsuspend puts an empty mask in place and sleeps, in one step: nothing can come in between. It returns when a handler has run, always with EINTR, and puts the old mask back.',
      { label: 'wait' },
    ),
    kills(
      child,
      'self',
      'The child is ready and says so. kill only sends a signal; which one it is decides what happens.',
      {
        wakes: ['wait'],
      },
    ),
    counts(parent, 1, 'The handler ran once, within sigsuspend.'),
    child.ends('The child is done.'),
    parent.waitsFor('child', 'The parent collects its status.'),
    parent.exits('The end.'),
  ],
  conclusion:
    'Block the signal, then test, then wait with sigsuspend: this order never misses one. A signal says that something happened, and nothing else.',
};

const blocked: Scenario = {
  id: 'signal/blocked',
  subject: 'signal',
  title: 'Blocked, pending, delivered',
  summary: 'A blocked signal is kept until it is let in; an ignored one is thrown away.',
  kind: 'normal',
  about: 'Sends signals to itself while they are blocked or ignored, and looks at what becomes of them.',
  processes: [{ id: 'program', title: 'the program', begins: 'open' }],
  objects: signalsOf('program'),
  steps: (() => {
    const program = process('program');
    return [
      handles(program, 'A handler for SIGUSR1.'),
      program(
        'raise',
        ['SIGUSR1'],
        0,
        'The program sends the signal to itself. It is not blocked: the handler runs before raise returns.',
      ),
      counts(program, 1, 'It ran once.'),
      blocks(program, 'SIGUSR1 is blocked now.'),
      program('raise', ['SIGUSR1'], 0, 'Sent again: now it is pending. The handler does not run.'),
      program(
        'sigpending',
        ['SIGUSR1'],
        { returns: 0, data: '1' },
        'With sigpending the program asks what waits for it.',
      ),
      counts(program, 1, 'Still once.'),
      program(
        'sigprocmask',
        ['SIG_UNBLOCK', 'SIGUSR1'],
        0,
        'With the block gone the signal is delivered, before sigprocmask returns.',
      ),
      counts(program, 2, 'The handler has run a second time.'),
      blocks(program, 'Once more it is blocked.'),
      program('raise', ['SIGUSR1'], 0, 'And once more pending.'),
      program(
        'sigaction',
        ['SIGUSR1', 'SIG_IGN'],
        0,
        'Ignoring a signal throws away those that are pending.',
      ),
      program(
        'sigpending',
        ['SIGUSR1'],
        { returns: 0, data: '0' },
        'Nothing waits any more. Blocked means later, ignored means never.',
      ),
      program.exits('The end.'),
    ];
  })(),
  conclusion:
    'Blocking delays, ignoring discards. Only what is neither blocked nor ignored is delivered: to a handler, or by the default action, which for most signals ends the process.',
};

const merged: Scenario = {
  id: 'signal/merged',
  subject: 'signal',
  title: 'Three signals, one delivery',
  summary: 'While a standard signal is pending, further ones of its kind add nothing.',
  kind: 'pitfall',
  about:
    'A mistake on purpose: the parent counts events by counting signals. Those that come while one is pending already are lost.',
  processes: family,
  objects: signalsOf('parent'),
  steps: [
    knowsItself(),
    handles(parent, 'The handler counts.'),
    blocks(parent, 'The parent has something to do and does not want to be disturbed.'),
    parent.forks('child', 'The child reports three events, by one signal each.'),
    kills(child, 'self', 'The first: SIGUSR1 is pending now.'),
    kills(child, 'self', 'The second. For each standard signal there is one bit, and it is set already.'),
    kills(child, 'self', 'The third. No call fails, and nothing tells the child.'),
    child.ends('The child has reported all.'),
    parent.waitsFor('child', 'The parent waits for it.'),
    parent('sigprocmask', ['SIG_UNBLOCK', 'SIGUSR1'], 0, 'Now it lets the signals in.'),
    counts(parent, 1, 'The handler ran once, for three signals.'),
    parent.exits('Two events are lost.'),
  ],
  conclusion:
    'A standard signal says “at least once”. Look at what may have changed, or use real-time signals, which queue, or a pipe or eventfd, which count.',
};

const interrupted: Scenario = {
  id: 'signal/interrupted',
  subject: 'signal',
  title: 'A handler interrupts read: EINTR',
  summary: 'A signal that is handled ends a waiting read with EINTR, unless the handler has SA_RESTART.',
  kind: 'pitfall',
  rule: 'handle/eintr',
  about:
    'A mistake on purpose: the handler is installed without SA_RESTART, and read is called once. A signal ends it with EINTR before any data came.',
  processes: family,
  objects: [
    { kind: 'pipe', id: 'pipe', title: 'the pipe', handle: 'fd[0]' },
    { kind: 'signals', id: 'signals', title: 'signals of the child', handle: 'child' },
  ],
  steps: [
    parent('pipe', ['fd'], 0, 'The child will wait for data.'),
    handles(parent, 'A handler without flags, which the child inherits.'),
    parent.forks('child', 'The child is the one who waits.'),
    child.closes('fd[1]', 'The child only reads.'),
    parent.closes('fd[0]', 'The parent only writes.'),
    child('read', ['fd[0]', 'buf', '64'], waits('EINTR'), 'The pipe is empty: read waits.', {
      into: 'n',
      label: 'first read',
    }),
    kills(
      parent,
      'pid',
      'A signal with a handler. The handler runs, then read does not go on: it fails with EINTR, Interrupted system call.',
      {
        wakes: ['first read'],
      },
    ),
    child(
      'sigaction',
      ['SIGUSR1', 'note', 'SA_RESTART'],
      0,
      'The remedy, by hand: with SA_RESTART the kernel goes on with the call after the handler. The other remedy is a loop that calls read again on EINTR.',
      { absent: true, comment: 'With SA_RESTART read would go on after the handler.' },
    ),
    child('read', ['fd[0]', 'buf', '64'], waits(bytes('hello')), 'The child waits once more.', {
      into: 'n',
      label: 'second read',
    }),
    kills(parent, 'pid', 'The same signal again. The handler runs; read still waits and has not noticed.'),
    parent.writes('fd[1]', 'hello', 'Data comes, and read returns it.', { wakes: ['second read'] }),
    counts(child, 2, 'Both signals were handled.'),
    child.ends('The child is done.'),
    parent.waitsFor('child', 'The parent collects its status.'),
    parent.exits('The end.'),
  ],
  conclusion:
    'EINTR is no failure: nothing was read and nothing lost. Install handlers with SA_RESTART, or repeat the call. Some calls (poll, sigsuspend, nanosleep) end with EINTR whatever the flag.',
};

const race: Scenario = {
  id: 'signal/pause-race',
  subject: 'signal',
  title: 'The signal that comes before pause',
  summary: 'The signal arrives just before pause, and pause waits for another that never comes.',
  kind: 'pitfall',
  rule: 'signal/pause-race',
  about:
    'A mistake on purpose: the parent waits with pause for a signal that may have come already. Stop it with Ctrl+C.',
  processes: family,
  objects: signalsOf('parent'),
  steps: [
    knowsItself(),
    handles(parent, 'The handler notes that the child is ready. The signal is not blocked.'),
    parent.forks('child', 'The child is quick.'),
    kills(child, 'self', 'It signals before the parent waits. The handler runs now, wherever the parent is.'),
    child.ends('The child ends.'),
    parent.waitsFor('child', 'The parent does something else first.'),
    counts(parent, 1, 'The signal was handled. It will not come a second time.'),
    parent('pause', [], waitsForEver, 'It now waits for the next signal. There will be none.'),
  ],
  conclusion:
    'Between testing and pause there is always room for the signal. Block it first and wait with sigsuspend, sigwaitinfo or a signalfd.',
};

export const signalDemos: FacilityDemos = {
  id: 'signal',
  scenarios: [go, blocked, merged, interrupted, race],
};
