/** Looking at data without taking it. */
import type { FacilityDemos } from '../kit';
import type { ObjectSpec, Scenario } from '../scenario';
import { bytes, family, process, waits } from './steps';

const parent = process('parent');
const child = process('child');

const pair: ObjectSpec = {
  kind: 'connection',
  id: 'pair',
  title: 'the pair',
  handle: 'pair[0]',
  peer: 'pair[1]',
};

const peek: Scenario = {
  id: 'peeking/peek',
  subject: 'peeking',
  title: 'Looking without taking: MSG_PEEK',
  summary: 'recv with MSG_PEEK gives the bytes and leaves them where they are.',
  kind: 'normal',
  about:
    'The parent looks at the first byte to see what kind of request it is, and only then reads the request itself.',
  processes: family,
  objects: [pair],
  steps: [
    parent('socketpair', ['AF_UNIX', 'SOCK_STREAM', '0', 'pair'], 0, 'A pair of sockets.'),
    parent.forks('child', 'The child will send a request.'),
    parent(
      'recv',
      ['pair[0]', 'buf', '1', 'MSG_PEEK'],
      waits(bytes('G')),
      'The parent wants to know what kind of request comes. A look waits like a read when nothing is there.',
      { into: 'n', label: 'look' },
    ),
    child(
      'send',
      ['pair[1]', '"GET clock"', '9', 'MSG_NOSIGNAL'],
      bytes('GET clock'),
      'The request arrives.',
      { wakes: ['look'] },
    ),
    parent(
      'recv',
      ['pair[0]', 'buf', '64', 'MSG_PEEK'],
      bytes('GET clock'),
      'The first byte is still there: it was looked at, not taken. Another look shows everything.',
      { into: 'n' },
    ),
    parent(
      'recv',
      ['pair[0]', 'buf', '64', '0'],
      bytes('GET clock'),
      'Now the request is taken. The queue is empty.',
      { into: 'n' },
    ),
    parent(
      'recv',
      ['pair[0]', 'buf', '64', 'MSG_PEEK | MSG_DONTWAIT'],
      'EAGAIN',
      'There is nothing more to look at. MSG_DONTWAIT makes this one call non-blocking, not the socket.',
    ),
    child.ends('The child is done.'),
    parent.waitsFor('child', 'The parent collects its status.'),
    parent.exits('The end.'),
  ],
  conclusion:
    'MSG_PEEK costs a second copy and promises nothing about completeness: a look may show half of a message that a later read gets whole. Pipes have no such flag; tee(2) comes nearest.',
};

export const peekingDemos: FacilityDemos = { id: 'peeking', scenarios: [peek] };
