import type { FacilityDemos } from '../kit';
import type { ProcessSpec, Scenario, Step } from '../scenario';
import { connection, listener } from './common-objects';
import { bytes, endOfFile, port, process, serverAndClient, succeeds, waits } from './steps';

const server = process('server');
const client = process('client');

const socket = ['AF_INET', 'SOCK_STREAM', '0'];
const reuse = ['listener', 'SOL_SOCKET', 'SO_REUSEADDR', '1'];
const here = 'loopback(htons(PORT))';

/** The server makes ready; every scenario with a proper server begins so. */
const listening = [
  server('socket', socket, succeeds, 'A socket for TCP: a stream of bytes, here to this machine itself.', {
    into: 'listener',
  }),
  server(
    'setsockopt',
    reuse,
    0,
    'A server that is started again shall get its port at once, even while old connections fade away.',
  ),
  server(
    'bind',
    ['listener', here],
    0,
    'The socket gets an address: host and port, both in network byte order. The demo uses an address that begins with 127, which never leaves this machine.',
  ),
  server(
    'listen',
    ['listener', '5'],
    0,
    'From now on the kernel accepts connections and keeps them for the server.',
  ),
];

const echo: Scenario = {
  id: 'inet-stream/echo',
  subject: 'inet-stream',
  title: 'A TCP server and its client',
  summary: 'The same calls as with UNIX sockets; the address is a host and a port.',
  kind: 'normal',
  about:
    'The server listens at a port of the loopback, takes one connection and sends back what it receives. Start the server first.',
  processes: serverAndClient,
  constants: [port],
  objects: [listener, connection],
  steps: [
    ...listening,
    server('accept', ['listener'], waits(succeeds), 'The server waits for a client.', {
      into: 'connection',
      label: 'accept',
    }),
    client(
      'socket',
      socket,
      succeeds,
      'The client’s socket needs no port of its own: the kernel will choose one.',
      { into: 'connection' },
    ),
    client(
      'connect',
      ['connection', here],
      0,
      'Three packets go to and fro, and both sides have a connection. Look at its two ends: each has an address of its own.',
      { wakes: ['accept'] },
    ),
    server('recv', ['connection', 'buf', '64', '0'], waits(bytes('hello')), 'The server waits for bytes.', {
      into: 'n',
      label: 'request',
    }),
    client.sends(
      'connection',
      'hello',
      'The bytes travel to the server’s queue and are acknowledged there, by the kernel, not by the program.',
      { into: 'n', wakes: ['request'] },
    ),
    client(
      'recv',
      ['connection', 'buf', '64', '0'],
      waits(bytes('hello')),
      'The client waits for the echo.',
      { into: 'n', label: 'answer' },
    ),
    server.sends('connection', 'hello', 'The server sends it back.', { into: 'n', wakes: ['answer'] }),
    client.closes(
      'connection',
      'The client closes first: its side says FIN, which is end-of-file for the other.',
    ),
    server('recv', ['connection', 'buf', '64', '0'], endOfFile, 'The server sees it.', { into: 'n' }),
    server.closes(
      'connection',
      'The server closes too, and the connection is over. The side that closed first keeps it for another minute, in the state TIME_WAIT.',
    ),
    client.exits('The client is done.'),
    server.closes('listener', 'The server stops listening.'),
    server.exits('No file is left behind: a port is not a name in the file system.'),
  ],
  conclusion:
    'TCP over the loopback works as over a network, except that nothing gets lost. Between programs of one machine UNIX sockets are faster and know who the other side is.',
};

const byteOrder: Scenario = {
  id: 'inet-stream/byte-order',
  subject: 'inet-stream',
  title: 'The port in the wrong byte order',
  summary: 'The server forgets htons and listens at another port than it means.',
  kind: 'pitfall',
  rule: 'socket/byte-order',
  about:
    'A mistake on purpose: the server stores its port without htons. It listens, but at a port with the two bytes swapped, and the client finds nobody.',
  processes: serverAndClient,
  constants: [port],
  objects: [listener],
  steps: [
    server('socket', socket, succeeds, 'The server’s socket is an ordinary one.', { into: 'listener' }),
    server('setsockopt', reuse, 0, 'So is its option.'),
    server(
      'bind',
      ['listener', 'loopback(PORT)'],
      0,
      'Here htons is missing. bind cannot know: any number is a port. On this machine the bytes of the number stand the other way round, so the kernel reads another port. Look at the name.',
    ),
    server('listen', ['listener', '5'], 0, 'The server listens where nobody will look for it.'),
    client('socket', socket, succeeds, 'The client does it right.', { into: 'connection' }),
    client(
      'connect',
      ['connection', here],
      'ECONNREFUSED',
      'At the port that both programs mean nobody listens: connection refused. If both sides forget htons, they even find each other, until one of them runs on another kind of machine.',
    ),
    client.exits('The client gives up.'),
    server.exits('The server never had a client.'),
  ],
  conclusion:
    'Ports and addresses go into the structure in network byte order: htons and htonl on the way in, ntohs and ntohl on the way out.',
};

const halfClose: Scenario = {
  id: 'inet-stream/half-close',
  subject: 'inet-stream',
  title: 'I have said all, but I still listen: shutdown',
  summary: 'The client ends its own direction, the server sees end-of-file and can still answer.',
  kind: 'normal',
  about:
    'The client sends a request of unknown length and marks its end with shutdown. The server reads up to end-of-file and then answers over the same connection. Start the server first.',
  processes: serverAndClient,
  constants: [port],
  objects: [connection],
  steps: [
    ...listening,
    server('accept', ['listener'], waits(succeeds), 'The server waits for a client.', {
      into: 'connection',
      label: 'accept',
    }),
    client('socket', socket, succeeds, 'The client makes its socket.', { into: 'connection' }),
    client('connect', ['connection', here], 0, 'It is connected.', { wakes: ['accept'] }),
    client.sends('connection', 'sum: 1 2 3', 'The request has no length in front and no special end.', {
      into: 'n',
    }),
    client(
      'shutdown',
      ['connection', 'SHUT_WR'],
      0,
      'The client will send no more, and says so. Its other direction stays open. close would have ended both.',
    ),
    server('recv', ['connection', 'buf', '64', '0'], bytes('sum: 1 2 3'), 'The server reads the request.', {
      into: 'n',
    }),
    server(
      'recv',
      ['connection', 'buf', '64', '0'],
      endOfFile,
      'Now it knows that the request is complete.',
      { into: 'n' },
    ),
    client('recv', ['connection', 'buf', '64', '0'], waits(bytes('6')), 'The client still listens.', {
      into: 'n',
      label: 'answer',
    }),
    server.sends('connection', '6', 'The answer goes the other way, which was never closed.', {
      into: 'n',
      wakes: ['answer'],
    }),
    server.closes('connection', 'The server has said all too.'),
    client('recv', ['connection', 'buf', '64', '0'], endOfFile, 'Both directions have ended.', { into: 'n' }),
    client.exits('The client is done.'),
    server.exits('So is the server.'),
  ],
  conclusion:
    'A connection has two directions, and each ends by itself. shutdown acts on the connection, whoever else holds the descriptor; close acts only when the last descriptor is closed.',
};

const reset: Scenario = {
  id: 'inet-stream/reset',
  subject: 'inet-stream',
  title: 'Hanging up in the midst: reset and SIGPIPE',
  summary:
    'The server closes without reading all; the client gets ECONNRESET, writes once more, and is killed.',
  kind: 'pitfall',
  rule: 'pipe/sigpipe',
  about:
    'The server closes its connection while bytes lie unread in it. The connection is reset: the client’s read fails with ECONNRESET, and its next write ends it with SIGPIPE.',
  processes: [
    { id: 'server', title: 'the server', begins: 'open' },
    { id: 'client', title: 'the client', begins: 'fork' },
  ],
  constants: [port],
  objects: [connection],
  steps: [
    ...listening,
    server.forks('client', 'The client is a child here, so that the server can see how it ends.'),
    client('socket', socket, succeeds, 'The client makes its socket.', { into: 'connection' }),
    client(
      'connect',
      ['connection', here],
      0,
      'It is connected; the kernel keeps the connection for the server.',
    ),
    client.writes('connection', 'a long request', 'The client sends fourteen bytes.', { into: 'n' }),
    server('accept', ['listener'], succeeds, 'The server takes the connection.', { into: 'connection' }),
    server('recv', ['connection', 'buf', '1', '0'], bytes('a'), 'It reads one byte and dislikes it.', {
      into: 'n',
    }),
    client('read', ['connection', 'buf', '64'], waits('ECONNRESET'), 'The client waits for an answer.', {
      label: 'answer',
    }),
    server.closes(
      'connection',
      'The server hangs up with thirteen bytes unread. TCP cannot say “all was received”, so it resets the connection, and the client’s read fails.',
      { wakes: ['answer'] },
    ),
    client.writes(
      'connection',
      'another',
      'The client does not care and writes on. There is no connection any more: SIGPIPE, as with a pipe without readers.',
      { expect: { killed: 'SIGPIPE' } },
    ),
    server.waitsForKilled('client', 'SIGPIPE', 'The server learns how its client ended.'),
    server.exits('The end.'),
  ],
  conclusion:
    'Send with MSG_NOSIGNAL or ignore SIGPIPE, and be ready for ECONNRESET and EPIPE at any call. To hang up politely, shutdown and read on until end-of-file.',
};

/** The server serves one client, hangs up first and ends; then it is started again. */
const twice: ProcessSpec[] = [
  { id: 'server', title: 'the server', begins: 'open' },
  { id: 'client', title: 'the client', begins: 'first-step' },
  { id: 'again', title: 'the server’s next run', begins: 'first-step' },
];
const again = process('again');

const oneClient: Step[] = [
  server('accept', ['listener'], waits(succeeds), 'It waits for a client.', {
    into: 'connection',
    label: 'accept',
  }),
  client('socket', socket, succeeds, 'The client comes.', { into: 'connection' }),
  client('connect', ['connection', here], 0, 'It is connected.', { wakes: ['accept'] }),
  server.closes('connection', 'The server closes the connection first.'),
  client('recv', ['connection', 'buf', '64', '0'], endOfFile, 'The client sees end-of-file.', { into: 'n' }),
  client.closes(
    'connection',
    'It closes too. The connection is over, but the side that closed first keeps it for a minute: late packets shall not be taken for those of a new one.',
  ),
  client.exits('The client is done.'),
  server.exits(
    'The server ends. No process holds the port; the kernel still keeps one connection of it in TIME_WAIT.',
  ),
];

const timeWait: Scenario = {
  id: 'inet-stream/time-wait',
  subject: 'inet-stream',
  title: 'Started again too soon: TIME_WAIT',
  summary:
    'The server closed a connection and ends; its next run cannot have the port until the kernel forgets.',
  kind: 'pitfall',
  rule: 'socket/reuseaddr',
  about:
    'A mistake on purpose: the server does not set SO_REUSEADDR. For a minute after its first run, bind fails with EADDRINUSE.',
  processes: twice,
  constants: [port],
  objects: [listener],
  steps: [
    server('socket', socket, succeeds, 'The first run of the server makes its socket.', { into: 'listener' }),
    server('bind', ['listener', here], 0, 'It gets its port.'),
    server('listen', ['listener', '5'], 0, 'It listens.'),
    ...oneClient,
    again('socket', socket, succeeds, 'The server is started again.', { into: 'listener' }),
    again(
      'bind',
      ['listener', here],
      'EADDRINUSE',
      'The port is refused because of that connection. SO_REUSEADDR set only now would not help: the first run had to set it too.',
    ),
    again.exits('The server cannot start. A minute later it could.'),
  ],
  conclusion:
    'Every TCP server sets SO_REUSEADDR before bind. TIME_WAIT itself is no fault: it protects new connections from the packets of old ones.',
};

const reuseAddress: Scenario = {
  id: 'inet-stream/reuse-address',
  subject: 'inet-stream',
  title: 'Started again at once: SO_REUSEADDR',
  summary:
    'The same restart, with the option that every TCP server sets: the port is granted in spite of TIME_WAIT.',
  kind: 'normal',
  about:
    'The server sets SO_REUSEADDR before bind. It can be started again at once, while the kernel still keeps connections of its last run.',
  processes: twice,
  constants: [port],
  objects: [listener],
  steps: [
    ...listening,
    ...oneClient,
    again('socket', socket, succeeds, 'The server is started again.', { into: 'listener' }),
    again(
      'setsockopt',
      reuse,
      0,
      'It sets the option again: both the old socket and the new one must have it.',
    ),
    again(
      'bind',
      ['listener', here],
      0,
      'The port is granted, though a connection of it is in TIME_WAIT. Were another server listening there, bind would still fail.',
    ),
    again('listen', ['listener', '5'], 0, 'The server is back.'),
    again.exits('The end.'),
  ],
  conclusion:
    'SO_REUSEADDR, before bind, in every TCP server. It does not let two servers listen at one port; it only overlooks what has ended.',
};

export const inetStreamDemos: FacilityDemos = {
  id: 'inet-stream',
  scenarios: [echo, byteOrder, halfClose, reset, timeWait, reuseAddress],
};
