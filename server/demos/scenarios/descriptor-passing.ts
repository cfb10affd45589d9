/** What travels beside the data of a UNIX socket. */
import type { FacilityDemos } from '../kit';
import type { ObjectSpec, Scenario } from '../scenario';
import { bytes, endOfFile, family, process, succeeds, waits } from './steps';

const parent = process('parent');
const child = process('child');

const pipe: ObjectSpec = { kind: 'pipe', id: 'pipe', title: 'the pipe', handle: 'fd[0]' };
const pair: ObjectSpec = {
  kind: 'connection',
  id: 'pair',
  title: 'the pair',
  handle: 'pair[0]',
  peer: 'pair[1]',
};

const rights: Scenario = {
  id: 'descriptor-passing/rights',
  subject: 'descriptor-passing',
  title: 'A descriptor sent to another process',
  summary: 'A process hands over a pipe that the other one did not inherit.',
  kind: 'normal',
  about:
    'The parent makes a pipe after the fork, so the child does not have it, and sends its read end over a UNIX socket.',
  processes: family,
  objects: [pair, pipe],
  steps: [
    parent(
      'socketpair',
      ['AF_UNIX', 'SOCK_STREAM', '0', 'pair'],
      0,
      'The two processes will be joined by a pair of sockets.',
    ),
    parent.forks('child', 'The child inherits what is open now.'),
    parent.closes('pair[1]', 'The parent keeps pair[0].'),
    child.closes('pair[0]', 'The child keeps pair[1].'),
    parent(
      'pipe',
      ['fd'],
      0,
      'Only now the parent makes a pipe. The child has no way to it: no name, nothing inherited.',
    ),
    child('receive_descriptor', ['pair[1]'], waits(succeeds), 'The child waits for a message.', {
      into: 'in',
      label: 'receive',
    }),
    parent(
      'send_descriptor',
      ['pair[0]', 'fd[0]'],
      0,
      'The parent sends one byte and, beside it, the read end. Not the number travels but the open pipe: the child gets a number of its own for it.',
      { wakes: ['receive'] },
    ),
    parent.closes('fd[0]', 'The parent may close its own copy. The child’s stays open.'),
    parent.writes('fd[1]', 'hello', 'The parent writes into its pipe.'),
    child.reads('in', 'hello', 'The child reads from a pipe that it never inherited.'),
    child('read', ['in', 'buf', '64'], waits(endOfFile), 'It reads on.', { into: 'n', label: 'end' }),
    parent.closes('fd[1]', 'Its only writer closes.', { wakes: ['end'] }),
    child.ends('The child is done.'),
    parent.waitsFor('child', 'The parent collects its status.'),
    parent.exits('The end.'),
  ],
  conclusion:
    'SCM_RIGHTS works like dup into another process. Send at least one real byte with it, close what you do not need, and expect that any sender of yours may send descriptors too.',
};

const credentials: Scenario = {
  id: 'descriptor-passing/credentials',
  subject: 'descriptor-passing',
  title: 'Who sent this? SCM_CREDENTIALS',
  summary: 'The kernel adds process, user and group of the sender to a message; they cannot be forged.',
  kind: 'normal',
  about:
    'The parent asks for credentials with SO_PASSCRED and learns, from the kernel itself, which process sent the message.',
  processes: family,
  objects: [pair],
  steps: [
    parent('socketpair', ['AF_UNIX', 'SOCK_DGRAM', '0', 'pair'], 0, 'A pair of sockets for messages.'),
    parent(
      'setsockopt',
      ['pair[0]', 'SOL_SOCKET', 'SO_PASSCRED', '1'],
      0,
      'The parent wants to know who sends. From now on each message brings the sender’s credentials.',
    ),
    parent.forks('child', 'The child will send one.'),
    parent(
      'receive_sender',
      ['pair[0]'],
      waits({ returns: { pid: 'child' } }),
      'The parent waits for a message and for what comes beside it.',
      { into: 'sender', label: 'receive' },
    ),
    child(
      'send',
      ['pair[1]', '"?"', '1', '0'],
      bytes('?'),
      'The child sends a plain message. The kernel adds its process ID, user and group by itself.',
      { wakes: ['receive'] },
    ),
    child.ends('The child is done.'),
    parent.waitsFor('child', 'The parent compares: it was this child indeed.'),
    parent.exits('The end.'),
  ],
  conclusion:
    'Programs that serve several users over UNIX sockets decide by these credentials. For a stream, SO_PEERCRED tells who connected.',
};

export const descriptorPassingDemos: FacilityDemos = {
  id: 'descriptor-passing',
  scenarios: [rights, credentials],
};
