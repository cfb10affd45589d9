import type { FacilityDemos } from '../kit';
import type { ObjectSpec, Scenario, Step } from '../scenario';
import { bytes, endOfFile, family, process, waits, waitsForEver } from './steps';

const parent = process('parent');
const child = process('child');

const pair = (title: string): ObjectSpec[] => [
  { kind: 'connection', id: 'pair', title, handle: 'pair[0]', peer: 'pair[1]' },
];

/** Every scenario here begins so. */
const beginning = (type: string, why: string): Step[] => [
  parent('socketpair', ['AF_UNIX', type, '0', 'pair'], 0, why),
  parent.forks('child', 'The child gets copies of both descriptors, as with a pipe.'),
  child.closes('pair[0]', 'The child keeps pair[1].'),
  parent.closes('pair[1]', 'The parent keeps pair[0]. Each end has one holder now.'),
];

const twoWays: Scenario = {
  id: 'socketpair/two-ways',
  subject: 'socketpair',
  title: 'A question and its answer over one pair',
  summary: 'Two connected sockets: what is written to one can be read from the other, in both directions.',
  kind: 'normal',
  about:
    'The parent asks and the child answers, over one pair of connected sockets. Two pipes would do the same.',
  processes: family,
  objects: pair('the pair'),
  steps: [
    ...beginning(
      'SOCK_STREAM',
      'Two sockets, connected to each other. Unlike a pipe’s, both descriptors read and write.',
    ),
    child('read', ['pair[1]', 'buf', '64'], waits(bytes('2 + 2')), 'The child waits for the question.', {
      into: 'n',
      label: 'question',
    }),
    parent.writes('pair[0]', '2 + 2', 'What goes into one socket comes out of the other.', {
      wakes: ['question'],
    }),
    parent(
      'read',
      ['pair[0]', 'buf', '64'],
      waits(bytes('4')),
      'The parent reads from the same descriptor. Its own question does not come back: each direction has a queue of its own.',
      { into: 'n', label: 'answer' },
    ),
    child.writes('pair[1]', '4', 'The answer goes the other way.', { wakes: ['answer'] }),
    child('read', ['pair[1]', 'buf', '64'], waits(endOfFile), 'The child waits for another question.', {
      into: 'n',
      label: 'last',
    }),
    parent.closes('pair[0]', 'There is none. Closing one socket is end-of-file for the other.', {
      wakes: ['last'],
    }),
    child.ends('The child is done.'),
    parent.waitsFor('child', 'The parent collects its status.'),
    parent.exits('Both sockets are gone.'),
  ],
  conclusion:
    'A socket pair is a pipe in both directions for related processes. It can also carry messages with boundaries and pass descriptors.',
};

const deadlock: Scenario = {
  id: 'socketpair/deadlock',
  subject: 'socketpair',
  title: 'Both sides read first',
  summary: 'Parent and child each wait for the other to say something.',
  kind: 'pitfall',
  about:
    'A mistake on purpose: both processes read before they write. Neither ever goes on. Stop it with Ctrl+C.',
  processes: family,
  objects: pair('the pair'),
  steps: [
    ...beginning('SOCK_STREAM', 'A pair of connected sockets, as before.'),
    child(
      'read',
      ['pair[1]', 'buf', '64'],
      waitsForEver,
      'The child wants to be asked. Its queue is empty and the parent still holds the other socket, so read waits.',
      { into: 'n' },
    ),
    parent(
      'read',
      ['pair[0]', 'buf', '64'],
      waitsForEver,
      'The parent wants to be told first. Both queues are empty, both processes wait, and only they could write. Nothing will ever happen again.',
      { into: 'n' },
    ),
  ],
  conclusion:
    'Both wait for ever, and the kernel sees nothing wrong in it. Who speaks first is part of every protocol over two-way channels.',
};

const packets: Scenario = {
  id: 'socketpair/packets',
  subject: 'socketpair',
  title: 'Packets keep their boundaries',
  summary: 'A pair of SOCK_SEQPACKET: connected like a stream, but each message comes out as it went in.',
  kind: 'normal',
  about:
    'The parent sends two messages over a pair of SOCK_SEQPACKET; the child receives two messages, never one and a half.',
  processes: family,
  objects: pair('the pair'),
  steps: [
    ...beginning('SOCK_SEQPACKET', 'Connected sockets again, but of messages instead of bytes.'),
    parent.writes('pair[0]', 'one', 'A message of three bytes goes in.'),
    parent.writes(
      'pair[0]',
      'three',
      'One of five bytes follows. A stream would now hold eight bytes; this socket holds two messages.',
    ),
    child.reads('pair[1]', 'one', 'Though there is room for 64 bytes, read returns one message.'),
    child(
      'read',
      ['pair[1]', 'buf', '2'],
      bytes('th'),
      'With too little room the message is cut: what does not fit is lost, not kept for the next read.',
      { into: 'n' },
    ),
    child(
      'read',
      ['pair[1]', 'buf', '64'],
      waits(endOfFile),
      'Nothing is left of it. This read waits for the next message.',
      { into: 'n', label: 'last' },
    ),
    parent.closes('pair[0]', 'Unlike datagrams, packets have an end-of-file: the other side has closed.', {
      wakes: ['last'],
    }),
    child.ends('The child is done.'),
    parent.waitsFor('child', 'The parent collects its status.'),
    parent.exits('The end.'),
  ],
  conclusion:
    'SOCK_SEQPACKET combines what streams and datagrams are good at: a connection with an end, and messages with boundaries. Only give each message enough room.',
};

export const socketpairDemos: FacilityDemos = {
  id: 'socketpair',
  scenarios: [twoWays, deadlock, packets],
};
