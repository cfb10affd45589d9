/** Topics that concern several facilities: waiting for many, passing descriptors, looking without taking, not waiting, inheritance. */
import type { FacilityDemos } from './kit';
import type { ObjectSpec, Scenario, Step } from './scenario';
import { bytes, endOfFile, family, port, process, succeeds, waits, waitsForEver } from './steps';

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
  rule: 'multiplex/set',
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

const eachFamily: Scenario = {
  id: 'nonblocking/each-family',
  subject: 'nonblocking',
  title: 'Not now: EAGAIN on every family',
  summary: 'With O_NONBLOCK a pipe, a stream, a listener and UDP all answer EAGAIN where they would wait.',
  kind: 'normal',
  about:
    'Asks a pipe, a socket pair, a listening socket and a UDP socket for what is not there, without waiting.',
  processes: [{ id: 'program', title: 'the program', begins: 'open' }],
  constants: [port],
  blocks: [{ name: 'block', size: 1048576, fill: '.' }],
  objects: [pipe, pair],
  steps: (() => {
    const program = process('program');
    return [
      program('pipe', ['fd'], 0, 'A pipe.'),
      program(
        'fcntl',
        ['fd[0]', 'F_SETFL', 'O_NONBLOCK'],
        0,
        'The flag belongs to the open file: this end only, but every process that shares it.',
      ),
      program(
        'read',
        ['fd[0]', 'buf', '64'],
        'EAGAIN',
        'The pipe is empty and has a writer: try again later.',
      ),
      program('fcntl', ['fd[1]', 'F_SETFL', 'O_NONBLOCK'], 0, 'The write end gets the flag as well.'),
      program(
        'write',
        ['fd[1]', 'block', '1048576'],
        { returns: { below: 1048576 } },
        'A mebibyte is offered, a part of it is taken: a large write may succeed in part.',
        { into: 'n' },
      ),
      program('write', ['fd[1]', '"x"', '1'], 'EAGAIN', 'The pipe is full.'),
      program(
        'socketpair',
        ['AF_UNIX', 'SOCK_STREAM | SOCK_NONBLOCK', '0', 'pair'],
        0,
        'Sockets can be made non-blocking from the beginning.',
      ),
      program('recv', ['pair[0]', 'buf', '64', '0'], 'EAGAIN', 'Nothing to receive.'),
      program('socket', ['AF_INET', 'SOCK_DGRAM | SOCK_NONBLOCK', '0'], succeeds, 'UDP is next.', {
        into: 'udp',
      }),
      program('bind', ['udp', 'loopback(htons(PORT))'], 0, 'It gets a port.'),
      program('recv', ['udp', 'buf', '64', '0'], 'EAGAIN', 'No message.'),
      program(
        'socket',
        ['AF_INET', 'SOCK_STREAM | SOCK_NONBLOCK', '0'],
        succeeds,
        'A listening socket waits in accept.',
        { into: 'listener' },
      ),
      program(
        'setsockopt',
        ['listener', 'SOL_SOCKET', 'SO_REUSEADDR', '1'],
        0,
        'It is a server, so it may have its port again at once.',
      ),
      program(
        'bind',
        ['listener', 'loopback(htons(PORT))'],
        0,
        'TCP and UDP have ports of their own: the same number is free.',
      ),
      program('listen', ['listener', '5'], 0, 'It listens.'),
      program('accept', ['listener'], 'EAGAIN', 'Nobody wants to connect.'),
      program.exits('The end.'),
    ];
  })(),
  conclusion:
    'EAGAIN is not a failure but an answer. Wait with poll or epoll until the descriptor is ready; a loop that only tries again burns a processor.',
};

const connect: Scenario = {
  id: 'nonblocking/connect',
  subject: 'nonblocking',
  title: 'Connecting without waiting: EINPROGRESS',
  summary: 'connect returns at once, poll tells when it is decided, SO_ERROR tells how.',
  kind: 'normal',
  about:
    'The client connects with a non-blocking socket: the call starts the connection, and the outcome is asked for later. Start the server first.',
  processes: [
    { id: 'server', title: 'the server', begins: 'open' },
    { id: 'client', title: 'the client', begins: 'first-step' },
  ],
  constants: [port],
  objects: [
    { kind: 'listener', id: 'listener', title: 'the listening socket', handle: 'server.listener' },
    {
      kind: 'connection',
      id: 'connection',
      title: 'the connection',
      handle: 'client.connection',
      peer: 'server.connection',
    },
  ],
  steps: (() => {
    const server = process('server');
    const client = process('client');
    return [
      server('socket', ['AF_INET', 'SOCK_STREAM', '0'], succeeds, 'The server makes its socket.', {
        into: 'listener',
      }),
      server(
        'setsockopt',
        ['listener', 'SOL_SOCKET', 'SO_REUSEADDR', '1'],
        0,
        'It may have its port again at once.',
      ),
      server('bind', ['listener', 'loopback(htons(PORT))'], 0, 'It gets its port.'),
      server('listen', ['listener', '5'], 0, 'It listens.'),
      server('accept', ['listener'], waits(succeeds), 'It waits for a client.', {
        into: 'connection',
        label: 'accept',
      }),
      client(
        'socket',
        ['AF_INET', 'SOCK_STREAM | SOCK_NONBLOCK', '0'],
        succeeds,
        'A socket that never waits.',
        { into: 'connection' },
      ),
      client(
        'connect',
        ['connection', 'loopback(htons(PORT))'],
        'EINPROGRESS',
        'The first packet has been sent, the answer is awaited by the kernel. EINPROGRESS is no failure: the connection is under way.',
        { wakes: ['accept'] },
      ),
      client(
        'poll',
        ['-1', 'connection', 'POLLOUT'],
        { returns: 1, ready: ['connection'] },
        'The socket becomes writable when it is decided, for good or bad.',
        { into: 'ready' },
      ),
      client(
        'getsockopt',
        ['connection', 'SOL_SOCKET', 'SO_ERROR', 'problem'],
        0,
        'SO_ERROR tells which. It is 0: connected. Were nobody listening, it would be ECONNREFUSED.',
      ),
      client(
        'send',
        ['connection', '"hello"', '5', 'MSG_NOSIGNAL'],
        bytes('hello'),
        'The connection can be used.',
        { into: 'n' },
      ),
      server('recv', ['connection', 'buf', '64', '0'], bytes('hello'), 'The server gets the bytes.', {
        into: 'n',
      }),
      client.exits('The client is done.'),
      server.exits('So is the server.'),
    ];
  })(),
  conclusion:
    'Three steps: connect, wait until writable, ask SO_ERROR. Over a network the wait can take minutes; a program that serves others must not spend them in connect.',
};

const inherited: Scenario = {
  id: 'inheritance/left-open',
  subject: 'inheritance',
  title: 'The descriptor that the other program kept',
  summary: 'exec leaves descriptors open: cat holds the write end of its own input and never ends.',
  kind: 'pitfall',
  rule: 'pipe/unused-end-open',
  about:
    'A mistake on purpose: the child becomes cat and still holds the write end of the pipe that is its input. cat waits for its own end-of-file, and the parent for cat. Stop it with Ctrl+C.',
  processes: family,
  objects: [pipe],
  steps: [
    parent('pipe', ['fd'], 0, 'A pipe to feed another program.'),
    parent.forks('child', 'The child inherits both ends.'),
    child('dup2', ['fd[0]', 'STDIN_FILENO'], 0, 'The pipe becomes the child’s standard input.'),
    child.closes(
      'fd[0]',
      'The child closes the original. It thinks that it has done everything, but forgets fd[1].',
    ),
    child(
      'execlp',
      ['"cat"', '"cat"'],
      { becomes: 'cat' },
      'The child becomes cat. exec replaces the program, not the descriptors: cat now holds fd[1] too and knows nothing of it.',
    ),
    parent.closes('fd[0]', 'The parent does not read.'),
    parent.writes('fd[1]', 'hello\n', 'It feeds cat.'),
    parent.closes('fd[1]', 'And closes the pipe: that should be end-of-file for cat.'),
    parent(
      'waitpid',
      ['pid', 'status', '0'],
      waitsForEver,
      'It is not: there is still a writer, cat itself. cat waits for bytes that only it could write, and the parent waits for cat.',
    ),
  ],
  conclusion:
    'What exec shall not inherit is opened with O_CLOEXEC, or closed before. Do it always: a library or another thread may exec when you do not think of it.',
};

const closeOnExec: Scenario = {
  id: 'inheritance/close-on-exec',
  subject: 'inheritance',
  title: 'Closed by itself: close-on-exec',
  summary: 'The same filter, with descriptors that exec closes.',
  kind: 'normal',
  about:
    'The pipe is made with O_CLOEXEC. dup2 makes a copy without that flag for the new program; everything else is closed when exec succeeds.',
  processes: family,
  objects: [pipe],
  steps: [
    parent(
      'pipe2',
      ['fd', 'O_CLOEXEC'],
      0,
      'Both descriptors are marked from the beginning, so that no fork and exec in between can inherit them.',
    ),
    parent.forks('child', 'Both are copied all the same, with their mark.'),
    child('dup2', ['fd[0]', 'STDIN_FILENO'], 0, 'The copy has no mark: it is meant for the other program.'),
    child(
      'execlp',
      ['"cat"', '"cat"'],
      { becomes: 'cat' },
      'What is marked is closed. cat has its input and nothing else of the pipe.',
    ),
    parent.closes('fd[0]', 'The parent does not read.'),
    parent.writes('fd[1]', 'hello\n', 'It feeds cat.'),
    parent.closes('fd[1]', 'The last write end is closed: cat sees end-of-file and ends.'),
    parent.waitsFor('child', 'The parent collects the status of cat.'),
    parent.exits('The end.'),
  ],
  conclusion:
    'fork copies every descriptor; exec keeps those without the mark. Mark all of them when they are made (O_CLOEXEC, SOCK_CLOEXEC, EPOLL_CLOEXEC), and let dup2 make the few that are meant to stay.',
};

export const topicDemos: FacilityDemos[] = [
  { id: 'multiplexing', scenarios: [poll, epoll, edge] },
  { id: 'descriptor-passing', scenarios: [rights, credentials] },
  { id: 'peeking', scenarios: [peek] },
  { id: 'nonblocking', scenarios: [eachFamily, connect] },
  { id: 'inheritance', scenarios: [inherited, closeOnExec] },
];
