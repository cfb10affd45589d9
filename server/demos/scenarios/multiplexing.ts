/** Waiting for several descriptors at once. */
import type { FacilityDemos } from '../kit';
import type { ObjectSpec, Scenario, Step } from '../scenario';
import { bytes, family, port, process, succeeds, waits, waitsForEver } from './steps';

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
const udp: ObjectSpec = { kind: 'socket', id: 'udp', title: 'the UDP socket', handle: 'parent.udp' };

const readable = 'POLLIN';

const twoChannels: Step[] = [
  parent('pipe', ['fd'], 0, 'A pipe is one source of bytes.'),
  parent('socketpair', ['AF_UNIX', 'SOCK_STREAM', '0', 'pair'], 0, 'A pair of sockets is another.'),
];

const poll: Scenario = {
  id: 'multiplexing/poll',
  subject: 'multiplexing',
  title: 'Waiting for several at once: poll',
  summary: 'A read waits for one descriptor; poll waits for all of them and says which are ready.',
  kind: 'normal',
  about:
    'The parent waits for a pipe and a socket at the same time. The child uses one, then the other, then closes both.',
  processes: family,
  objects: [pipe, pair],
  steps: [
    ...twoChannels,
    parent.forks('child', 'The child will write to both.'),
    parent.closes('fd[1]', 'The parent reads from the pipe.'),
    parent.closes('pair[1]', 'It keeps one socket of the pair.'),
    child.closes('fd[0]', 'The child writes into the pipe.'),
    child.closes('pair[0]', 'It keeps the other socket.'),
    parent(
      'poll',
      ['-1', 'fd[0]', readable, 'pair[0]', readable],
      waits({ returns: 1, ready: ['pair[0]'] }),
      'Nothing is there to read, in neither of them. A read of one would miss the other; poll waits for whichever is first.',
      { into: 'ready', label: 'first poll' },
    ),
    child.writes('pair[1]', 'hello', 'The child uses the socket.', { wakes: ['first poll'] }),
    parent.reads(
      'pair[0]',
      'hello',
      'The parent reads from the one that is ready, and this read does not wait.',
    ),
    child.writes('fd[1]', 'again', 'Now the pipe gets something.'),
    child.closes('fd[1]', 'It is also closed.'),
    parent(
      'poll',
      ['-1', 'fd[0]', readable, 'pair[0]', readable],
      { returns: 1, ready: ['fd[0]'] },
      'The answer comes at once: there are bytes in the pipe. That its writer is gone is told in the same answer, by POLLHUP.',
      { into: 'ready' },
    ),
    parent.reads('fd[0]', 'again', 'First the bytes.'),
    parent.readsEnd('fd[0]', 'Then end-of-file. It counts as readable too: a read would not wait.'),
    child.ends('The child ends.'),
    parent.waitsFor('child', 'The parent collects its status.'),
    parent.exits('The end.'),
  ],
  conclusion:
    'Ready means: the call would not wait. That can also be end-of-file or an error. Whoever gets end-of-file takes the descriptor out of the list, or poll answers at once for ever.',
};

const epoll: Scenario = {
  id: 'multiplexing/epoll',
  subject: 'multiplexing',
  title: 'A pipe, a socket and UDP in one list: epoll',
  summary: 'The kernel keeps the list of descriptors; each wait only asks what happened.',
  kind: 'normal',
  about:
    'The parent watches a pipe, a socket pair and a UDP socket with one epoll descriptor. The child writes to two of them before the parent looks.',
  processes: family,
  constants: [port],
  objects: [pipe, pair, udp],
  steps: [
    ...twoChannels,
    parent('socket', ['AF_INET', 'SOCK_DGRAM', '0'], succeeds, 'A UDP socket is the third.', { into: 'udp' }),
    parent('bind', ['udp', 'loopback(htons(PORT))'], 0, 'It gets a port of the loopback.'),
    parent(
      'epoll_create1',
      ['EPOLL_CLOEXEC'],
      succeeds,
      'A list of what to watch, kept by the kernel. It is a descriptor itself.',
      { into: 'list' },
    ),
    parent('epoll_ctl', ['list', 'EPOLL_CTL_ADD', 'fd[0]', 'EPOLLIN'], 0, 'The pipe is put on the list.'),
    parent('epoll_ctl', ['list', 'EPOLL_CTL_ADD', 'pair[0]', 'EPOLLIN'], 0, 'The socket as well.'),
    parent(
      'epoll_ctl',
      ['list', 'EPOLL_CTL_ADD', 'udp', 'EPOLLIN'],
      0,
      'UDP is no different: anything that one can wait for can be on the list.',
    ),
    parent.forks('child', 'The child will use two of the three.'),
    child.writes('fd[1]', 'by pipe', 'Something goes into the pipe.'),
    child(
      'sendto',
      ['udp', '"by UDP"', '6', '0', 'loopback(htons(PORT))'],
      bytes('by UDP'),
      'And a message goes to the UDP socket.',
    ),
    child.ends('The child is done.'),
    parent.waitsFor('child', 'All has been sent.'),
    parent(
      'epoll_wait',
      ['list', '-1'],
      { returns: 2, ready: ['fd[0]', 'udp'] },
      'One call tells both. With thousands of descriptors it tells only the few that are ready, where poll would go through all of them each time.',
      { into: 'ready' },
    ),
    parent.reads('fd[0]', 'by pipe', 'The parent takes what is in the pipe.'),
    parent('recv', ['udp', 'buf', '64', '0'], bytes('by UDP'), 'It takes the message.', { into: 'n' }),
    parent(
      'epoll_wait',
      ['list', '0'],
      0,
      'With a timeout of 0 epoll_wait does not wait. Nothing is ready any more.',
      { into: 'ready' },
    ),
    parent.exits('The end.'),
  ],
  conclusion:
    'One loop around one wait can serve pipes, sockets, terminals, eventfds, timers and signals alike. That is why Linux makes a descriptor of nearly everything.',
};

const edge: Scenario = {
  id: 'multiplexing/edge',
  subject: 'multiplexing',
  title: 'Told once, and half of it read: EPOLLET',
  summary: 'With edge-triggered epoll the program reads a part, waits again, and is never told of the rest.',
  kind: 'pitfall',
  rule: 'multiplex/edge-triggered',
  about:
    'A mistake on purpose: the descriptor is watched with EPOLLET, but only a part is read. The rest lies in the pipe, and epoll_wait waits for ever. Stop it with Ctrl+C.',
  processes: [{ id: 'program', title: 'the program', begins: 'open' }],
  objects: [pipe],
  steps: (() => {
    const program = process('program');
    return [
      program('pipe', ['fd'], 0, 'One pipe, of which the program holds both ends.'),
      program('epoll_create1', ['EPOLL_CLOEXEC'], succeeds, 'The list of what to watch.', { into: 'list' }),
      program(
        'epoll_ctl',
        ['list', 'EPOLL_CTL_ADD', 'fd[0]', 'EPOLLIN | EPOLLET'],
        0,
        'Edge-triggered: tell me when something new comes, not as long as something is there.',
      ),
      program.writes('fd[1]', 'hello', 'Something new comes.'),
      program('epoll_wait', ['list', '-1'], { returns: 1, ready: ['fd[0]'] }, 'It is told.', {
        into: 'ready',
      }),
      program(
        'read',
        ['fd[0]', 'buf', '2'],
        bytes('he'),
        'The program reads two bytes, thinking that the rest will be told again.',
        { into: 'n' },
      ),
      program(
        'epoll_wait',
        ['list', '-1'],
        waitsForEver,
        'Three bytes lie in the pipe, and epoll_wait waits: nothing new has come. Without EPOLLET it would return at once.',
        { into: 'ready' },
      ),
    ];
  })(),
  conclusion:
    'With EPOLLET make the descriptor non-blocking and read until EAGAIN, each time. If in doubt, leave EPOLLET out.',
};

export const multiplexingDemos: FacilityDemos = { id: 'multiplexing', scenarios: [poll, epoll, edge] };
