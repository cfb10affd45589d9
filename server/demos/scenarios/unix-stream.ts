import type { FacilityDemos } from '../kit';
import type { Scenario } from '../scenario';
import { connection, listener } from './common-objects';
import { bytes, endOfFile, process, serverAndClient, succeeds, waits } from './steps';

const server = process('server');
const client = process('client');

const socket = ['AF_UNIX', 'SOCK_STREAM', '0'];

const echo: Scenario = {
  id: 'unix-stream/echo',
  subject: 'unix-stream',
  title: 'A server and its client',
  summary:
    'socket, bind, listen, accept on one side, socket and connect on the other; then bytes in both directions.',
  kind: 'normal',
  about:
    'The server waits at the name echo.socket, takes one connection and sends back what it receives. Start the server first, then the client from another terminal in the same directory.',
  processes: serverAndClient,
  objects: [listener, connection],
  steps: [
    server(
      'socket',
      socket,
      succeeds,
      'A socket of this machine’s own family. It has no name and no partner yet.',
      { into: 'listener' },
    ),
    server(
      'bind',
      ['listener', 'unix("echo.socket")'],
      0,
      'The socket gets a name. bind makes a file for it, which is only a name: nothing is ever stored there.',
    ),
    server(
      'listen',
      ['listener', '5'],
      0,
      'From now on clients may connect. Up to about 5 of them may wait until they are accepted.',
    ),
    server('accept', ['listener'], waits(succeeds), 'No client is there: accept waits.', {
      into: 'connection',
      label: 'accept',
    }),
    client('socket', socket, succeeds, 'The client needs a socket too, but no name.', { into: 'connection' }),
    client(
      'connect',
      ['connection', 'unix("echo.socket")'],
      0,
      'It asks for the server by name. accept returns with a new descriptor for this one connection; the listening socket goes on listening.',
      { wakes: ['accept'] },
    ),
    server(
      'recv',
      ['connection', 'buf', '64', '0'],
      waits(bytes('hello')),
      'The server waits for what the client has to say.',
      { into: 'n', label: 'request' },
    ),
    client.sends(
      'connection',
      'hello',
      'What the client sends lands in the server’s socket. MSG_NOSIGNAL: were the server gone, there would be an error instead of SIGPIPE.',
      { into: 'n', wakes: ['request'] },
    ),
    client(
      'recv',
      ['connection', 'buf', '64', '0'],
      waits(bytes('hello')),
      'The client waits for the echo.',
      { into: 'n', label: 'answer' },
    ),
    server.sends('connection', 'hello', 'The same bytes go back, by the same connection.', {
      into: 'n',
      wakes: ['answer'],
    }),
    server(
      'recv',
      ['connection', 'buf', '64', '0'],
      waits(endOfFile),
      'The server reads on until the client has no more to say.',
      { into: 'n', label: 'end' },
    ),
    client.closes('connection', 'The client hangs up. That is end-of-file for the server.', {
      wakes: ['end'],
    }),
    client.exits('The client is done.'),
    server.closes('connection', 'The server closes its side of this connection.'),
    server.closes('listener', 'It stops listening. The name is still there.'),
    server(
      'unlink',
      ['"echo.socket"'],
      0,
      'Closing does not remove the name. Whoever made it removes it, or the next bind fails.',
    ),
    server.exits('Nothing is left.'),
  ],
  conclusion:
    'The listening socket is only the door. Each accepted connection is a socket of its own, with a queue of bytes in each direction.',
};

const stalePath: Scenario = {
  id: 'unix-stream/stale-path',
  subject: 'unix-stream',
  title: 'The name that was left behind: EADDRINUSE',
  summary: 'A server ends without removing its socket’s name, and its next run cannot bind.',
  kind: 'pitfall',
  rule: 'socket/stale-path',
  about:
    'A mistake on purpose: the server never removes the name of its socket. Its first run works; the second fails with EADDRINUSE, though no server runs.',
  processes: [
    { id: 'first', title: 'the first run', begins: 'open' },
    { id: 'second', title: 'the second run', begins: 'first-step' },
  ],
  objects: [
    { kind: 'listener', id: 'one', title: 'the first socket', handle: 'first.listener' },
    { kind: 'listener', id: 'two', title: 'the second socket', handle: 'second.listener' },
  ],
  steps: (() => {
    const first = process('first');
    const second = process('second');
    return [
      first('socket', socket, succeeds, 'The first run of the server makes its socket.', {
        into: 'listener',
      }),
      first(
        'bind',
        ['listener', 'unix("server.socket")'],
        0,
        'It gives the socket a name, and a file of that name appears.',
      ),
      first('listen', ['listener', '5'], 0, 'It serves for a while.'),
      first.exits('It ends, by Ctrl+C perhaps. The socket is gone; the file with its name is not.', {
        comment: 'The name stays behind.',
      }),
      second('socket', socket, succeeds, 'The server is started again.', { into: 'listener' }),
      second(
        'bind',
        ['listener', 'unix("server.socket")'],
        'EADDRINUSE',
        'The file exists, and that is all that bind looks at: address already in use. Nobody uses it.',
      ),
      second(
        'unlink',
        ['"server.socket"'],
        0,
        'The remedy, by hand: remove the name before bind. A careful server first makes sure that no other run of it is alive, by connecting or with a lock.',
        {
          absent: true,
          comment: 'The stale name is in the way.',
        },
      ),
      second('bind', ['listener', 'unix("server.socket")'], 0, 'Now the name is free.'),
      second('listen', ['listener', '5'], 0, 'The server serves again.'),
      second.exits('And leaves the name behind once more.'),
    ];
  })(),
  conclusion:
    'The name of a UNIX socket is a file that nobody removes for you. Remove it before bind and at the end, or use an abstract name, which goes with its socket.',
};

const backlog: Scenario = {
  id: 'unix-stream/backlog',
  subject: 'unix-stream',
  title: 'Waiting to be accepted: the backlog',
  summary:
    'Clients are connected, and may send, before the server accepts them; when the queue is full, they are put off.',
  kind: 'normal',
  about:
    'The server listens with a backlog of 1 and accepts nobody at first. Linux lets one more wait than the backlog says; the third connection does not get in.',
  processes: [
    { id: 'server', title: 'the server', begins: 'open' },
    { id: 'client', title: 'the client', begins: 'fork' },
  ],
  objects: [
    listener,
    {
      kind: 'connection',
      id: 'first',
      title: 'the first connection',
      handle: 'client.one',
      peer: 'server.first',
    },
  ],
  steps: [
    server(
      'unlink',
      ['"busy.socket"'],
      'ENOENT',
      'A careful server removes a name that an earlier run left behind. There is none.',
      { tolerates: 'ENOENT' },
    ),
    server('socket', socket, succeeds, 'The server makes its socket.', { into: 'listener' }),
    server('bind', ['listener', 'unix("busy.socket")'], 0, 'The socket gets its name.'),
    server(
      'listen',
      ['listener', '1'],
      0,
      'The second argument is the backlog: how many connections may wait to be accepted. On Linux one more gets in.',
    ),
    server.forks('client', 'The clients’ part is played by a child.'),
    client(
      'socket',
      ['AF_UNIX', 'SOCK_STREAM | SOCK_NONBLOCK', '0'],
      succeeds,
      'A socket that never waits.',
      { into: 'one' },
    ),
    client(
      'connect',
      ['one', 'unix("busy.socket")'],
      0,
      'It is connected at once, though the server has not called accept: the kernel makes the connection and puts it into the queue.',
    ),
    client.sends('one', 'hello', 'It can even be used already.', { into: 'n' }),
    client('socket', ['AF_UNIX', 'SOCK_STREAM | SOCK_NONBLOCK', '0'], succeeds, 'A second client comes.', {
      into: 'two',
    }),
    client(
      'connect',
      ['two', 'unix("busy.socket")'],
      0,
      'It gets in as well: one more than the backlog says.',
    ),
    client('socket', ['AF_UNIX', 'SOCK_STREAM | SOCK_NONBLOCK', '0'], succeeds, 'A third client comes.', {
      into: 'three',
    }),
    client(
      'connect',
      ['three', 'unix("busy.socket")'],
      'EAGAIN',
      'The queue is full, and the client is put off. Without SOCK_NONBLOCK this call would wait until the server accepts somebody.',
    ),
    client.ends('The client ends. Its connections are closed, but they still wait in the queue.'),
    server.waitsFor('client', 'The server was busy with something else until now.'),
    server('accept', ['listener'], succeeds, 'It takes the first connection from the queue.', {
      into: 'first',
    }),
    server(
      'recv',
      ['first', 'buf', '64', '0'],
      bytes('hello'),
      'What the client sent before it was accepted is there.',
      { into: 'n' },
    ),
    server(
      'recv',
      ['first', 'buf', '64', '0'],
      endOfFile,
      'Behind the bytes comes the end: that client has left.',
      {
        into: 'n',
      },
    ),
    server.closes('first', 'This client has been served.'),
    server.closes('listener', 'Whoever still waits in the queue is turned away.'),
    server('unlink', ['"busy.socket"'], 0, 'The name is removed.'),
    server.exits('The end.'),
  ],
  conclusion:
    'That connect succeeded does not mean that anybody is listening to you. The backlog smooths bursts; a server that accepts too slowly makes its clients wait or fail.',
};

const noBoundaries: Scenario = {
  id: 'unix-stream/no-boundaries',
  subject: 'unix-stream',
  title: 'A stream has no messages',
  summary: 'Two sends come out in pieces that have nothing to do with how they went in.',
  kind: 'normal',
  about:
    'The client sends two words; the server receives six bytes, in pieces of any size. To find the words again, the programs need a convention, such as a length in front.',
  processes: [
    { id: 'server', title: 'the server', begins: 'open' },
    { id: 'client', title: 'the client', begins: 'fork' },
  ],
  objects: [{ ...connection, handle: 'client.out', peer: 'server.connection' }],
  steps: [
    server('unlink', ['"words.socket"'], 'ENOENT', 'No name of an earlier run is in the way.', {
      tolerates: 'ENOENT',
    }),
    server('socket', socket, succeeds, 'The server makes its socket.', { into: 'listener' }),
    server('bind', ['listener', 'unix("words.socket")'], 0, 'The socket gets its name.'),
    server('listen', ['listener', '5'], 0, 'From now on clients may connect.'),
    server.forks('client', 'The client is a child here, so that the server can wait until it has sent all.'),
    client('socket', socket, succeeds, 'The client makes a socket.', { into: 'out' }),
    client('connect', ['out', 'unix("words.socket")'], 0, 'It is connected to the server.'),
    client.sends('out', 'one', 'The first word is sent.', { into: 'n' }),
    client.sends(
      'out',
      'two',
      'The second word follows. Six bytes are on their way; nothing tells where the first word ended.',
      { into: 'n' },
    ),
    client.ends('The client is done.'),
    server.waitsFor('client', 'Everything has been sent.'),
    server(
      'accept',
      ['listener'],
      succeeds,
      'The connection still waits in the queue, with all that was sent.',
      { into: 'connection' },
    ),
    server(
      'recv',
      ['connection', 'buf', '4', '0'],
      bytes('onet'),
      'The server asks for up to four bytes and gets the end of one word and the beginning of the next.',
      { into: 'n' },
    ),
    server(
      'recv',
      ['connection', 'buf', '4', '0'],
      bytes('wo'),
      'It asks for four again and gets two: recv returns what is there.',
      { into: 'n' },
    ),
    server('recv', ['connection', 'buf', '4', '0'], endOfFile, 'Now comes the end.', { into: 'n' }),
    server.closes('connection', 'The connection is closed.'),
    server.closes('listener', 'So is the listening socket.'),
    server('unlink', ['"words.socket"'], 0, 'The name is removed.'),
    server.exits('The end.'),
  ],
  conclusion:
    'One send is not one recv. A program that wants messages over a stream puts a length or a separator into the data and receives in a loop.',
};

export const unixStreamDemos: FacilityDemos = {
  id: 'unix-stream',
  scenarios: [echo, stalePath, backlog, noBoundaries],
};
