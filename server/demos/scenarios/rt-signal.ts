import type { FacilityDemos } from '../kit';
import type { Expectation, ObjectSpec, Scenario } from '../scenario';
import { family, type More, process, succeeds, waits } from './steps';

const signals: ObjectSpec[] = [
  { kind: 'signals', id: 'signals', title: 'signals of the parent', handle: 'parent' },
];

const parent = process('parent');
const child = process('child');

const knowsItself = () =>
  parent('getpid', [], succeeds, 'The child will need to know whom to signal.', { into: 'self' });
const queues = (signal: string, value: number, why: string, more: More = {}) =>
  child('sigqueue', ['self', signal, String(value)], { returns: 0, data: String(value) }, why, more);
const arrives = (number: number, value: number): Expectation => ({ returns: number, data: String(value) });
const first = 34;

const queued: Scenario = {
  id: 'rt-signal/queued',
  subject: 'rt-signal',
  title: 'Queued, in order, with a value',
  summary:
    'Real-time signals wait in a queue, each with a number; the lowest signal comes first, equal ones in their order.',
  kind: 'normal',
  about:
    'The child sends real-time signals with values while the parent is busy. None is lost: the parent takes them one by one with sigwaitinfo, without a handler.',
  processes: family,
  objects: signals,
  steps: [
    knowsItself(),
    parent(
      'sigprocmask',
      ['SIG_BLOCK', 'SIGRTMIN', 'SIGRTMIN + 1'],
      0,
      'Who takes signals with sigwaitinfo blocks them first, before anybody can send one: not blocked, they would end the process.',
    ),
    parent.forks('child', 'The child sends.'),
    queues(
      'SIGRTMIN + 1',
      10,
      'The call sigqueue sends a signal with a value, an int or a pointer. This one is the second real-time signal.',
    ),
    queues('SIGRTMIN', 1, 'The first real-time signal, with the value 1.'),
    queues(
      'SIGRTMIN',
      2,
      'The same signal again. It does not melt into the one that waits: it waits behind it.',
    ),
    child.ends('The child is done.'),
    parent.waitsFor('child', 'The parent is busy until the child has ended. SIGCHLD is not in the set.'),
    parent(
      'sigwaitinfo',
      ['SIGRTMIN', 'SIGRTMIN + 1'],
      arrives(first, 1),
      'The lowest number comes first, though it was sent later: SIGRTMIN, with its first value.',
    ),
    parent(
      'sigwaitinfo',
      ['SIGRTMIN', 'SIGRTMIN + 1'],
      arrives(first, 2),
      'Among equal ones the order is that of sending.',
    ),
    parent(
      'sigwaitinfo',
      ['SIGRTMIN', 'SIGRTMIN + 1'],
      arrives(first + 1, 10),
      'Last the one with the higher number.',
    ),
    parent(
      'sigtimedwait',
      ['0', 'SIGRTMIN', 'SIGRTMIN + 1'],
      'EAGAIN',
      'Nothing is left: sigtimedwait with no time to wait says so.',
    ),
    parent.exits('The end.'),
  ],
  conclusion:
    'Real-time signals are a small message queue of numbers, sorted by signal. The queue has a limit for each user (RLIMIT_SIGPENDING): sigqueue then fails with EAGAIN, and must be tried again.',
};

const viaDescriptor: Scenario = {
  id: 'rt-signal/signalfd',
  subject: 'rt-signal',
  title: 'Signals read from a descriptor',
  summary: 'signalfd turns signals into something that read waits for, and poll and epoll too.',
  kind: 'normal',
  about:
    'The parent makes a descriptor from which it reads its signals, with their values. There is no handler, and so none of the restrictions of handlers.',
  processes: family,
  objects: signals,
  steps: [
    knowsItself(),
    parent(
      'sigprocmask',
      ['SIG_BLOCK', 'SIGRTMIN'],
      0,
      'A signalfd does not block anything by itself; what is not blocked goes to the handler or the default action.',
    ),
    parent(
      'signalfd',
      ['SFD_CLOEXEC', 'SIGRTMIN'],
      succeeds,
      'A descriptor for the signals of this set. Linux only.',
      { into: 'fd' },
    ),
    parent.forks(
      'child',
      'The child will send. It does not use the descriptor: a signalfd gives each process its own signals.',
    ),
    parent(
      'read_signal',
      ['fd'],
      waits({ returns: 128, data: '7' }),
      'Now read waits until a signal of the set is pending.',
      { label: 'read' },
    ),
    queues(
      'SIGRTMIN',
      7,
      'The child sends. The parent’s read returns a structure of 128 bytes that says who sent what.',
      { wakes: ['read'] },
    ),
    child.ends('The child is done.'),
    parent.waitsFor('child', 'The parent collects its status.'),
    parent.closes('fd', 'The descriptor is closed; the mask stays.'),
    parent.exits('The end.'),
  ],
  conclusion:
    'With signalfd a program waits for signals in the same loop as for its sockets and pipes, and handles them as ordinary code.',
};

const standard: Scenario = {
  id: 'rt-signal/standard-loses',
  subject: 'rt-signal',
  title: 'Values sent with a standard signal',
  summary: 'sigqueue with SIGUSR1 carries a value, but does not queue: the second one is lost.',
  kind: 'pitfall',
  rule: 'rt-signal/queue',
  about:
    'A mistake on purpose: values are sent with SIGUSR1. Only signals from SIGRTMIN on are queued; of a standard signal one can be pending, with the first value.',
  processes: family,
  objects: signals,
  steps: [
    knowsItself(),
    parent('sigprocmask', ['SIG_BLOCK', 'SIGUSR1'], 0, 'The parent will take the signals when it has time.'),
    parent.forks('child', 'The child sends.'),
    queues('SIGUSR1', 1, 'The first value goes with the signal.'),
    queues(
      'SIGUSR1',
      2,
      'The second call succeeds as well. But SIGUSR1 is pending already: value and signal are dropped.',
    ),
    child.ends('The child believes that both are on their way.'),
    parent.waitsFor('child', 'The parent waits for the child.'),
    parent('sigwaitinfo', ['SIGUSR1'], arrives(10, 1), 'It takes the first.'),
    parent('sigtimedwait', ['0', 'SIGUSR1'], 'EAGAIN', 'There is no second.'),
    parent.exits('One value is lost, and no call has failed.'),
  ],
  conclusion: 'sigqueue queues only signals between SIGRTMIN and SIGRTMAX, whatever its name says.',
};

export const rtSignalDemos: FacilityDemos = {
  id: 'rt-signal',
  scenarios: [queued, viaDescriptor, standard],
};
