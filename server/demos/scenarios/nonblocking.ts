/** Calls that do not wait. */
import type { FacilityDemos } from '../kit';
import type { ObjectSpec, Scenario } from '../scenario';
import { bytes, port, process, succeeds, waits } from './steps';

const pipe: ObjectSpec = { kind: 'pipe', id: 'pipe', title: 'the pipe', handle: 'fd[0]' };
const pair: ObjectSpec = {
  kind: 'connection',
  id: 'pair',
  title: 'the pair',
  handle: 'pair[0]',
  peer: 'pair[1]',
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

export const nonblockingDemos: FacilityDemos = { id: 'nonblocking', scenarios: [eachFamily, connect] };
