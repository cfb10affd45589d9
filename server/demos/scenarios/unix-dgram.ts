import type { FacilityDemos } from '../kit';
import type { ObjectSpec, ProcessSpec, Scenario } from '../scenario';
import { bytes, process, serverAndClient, succeeds, waits, waitsForEver } from './steps';

const receiver = process('receiver');
const sender = process('sender');
const server = process('server');
const client = process('client');

const socket = ['AF_UNIX', 'SOCK_DGRAM', '0'];
const box = (owner: string, variable = 'fd'): ObjectSpec => ({
  kind: 'socket',
  id: `of-${owner}`,
  title: `the ${owner}’s socket`,
  handle: `${owner}.${variable}`,
});

const receiverAndSender: ProcessSpec[] = [
  { id: 'receiver', title: 'the receiver', begins: 'open' },
  { id: 'sender', title: 'the sender', begins: 'first-step' },
];

const boundaries: Scenario = {
  id: 'unix-dgram/boundaries',
  subject: 'unix-dgram',
  title: 'Each message comes out as it went in',
  summary: 'No connection, no stream: messages are sent to a name and received one by one.',
  kind: 'normal',
  about:
    'The receiver has a socket with a name; the sender sends messages to that name. Start the receiver first.',
  processes: receiverAndSender,
  objects: [box('receiver')],
  steps: [
    receiver('socket', socket, succeeds, 'A datagram socket: it carries messages, not a stream.', {
      into: 'fd',
    }),
    receiver(
      'bind',
      ['fd', 'unix("box.socket")'],
      0,
      'Its name is the address of a letter box. There is no listen and no accept: nobody connects.',
    ),
    receiver(
      'recvfrom',
      ['fd', 'buf', '64', '0', 'from'],
      waits({ ...bytes('one'), from: '' }),
      'The box is empty: recvfrom waits.',
      { into: 'n', label: 'first' },
    ),
    sender(
      'socket',
      socket,
      succeeds,
      'The sender needs a socket, but no name of its own as long as it wants no answer.',
      { into: 'fd' },
    ),
    sender.sendsTo(
      'fd',
      'one',
      'unix("box.socket")',
      'Each message bears its address. It is delivered at once; the receiver learns that its sender has no name.',
      { wakes: ['first'] },
    ),
    sender.sendsTo('fd', 'three', 'unix("box.socket")', 'Another message is sent.'),
    sender.sendsTo('fd', 'five', 'unix("box.socket")', 'One more, and now two lie in the box, in order.'),
    receiver(
      'recvfrom',
      ['fd', 'buf', '64', '0', 'from'],
      bytes('three'),
      'However much room there is: one call, one message.',
      { into: 'n' },
    ),
    receiver(
      'recvfrom',
      ['fd', 'buf', '64', '0', 'from'],
      bytes('five'),
      'Nothing is merged and, between sockets of one machine, nothing is lost or reordered.',
      { into: 'n' },
    ),
    sender.exits('The sender goes. The receiver notices nothing: there was no connection that could end.'),
    receiver.closes(
      'fd',
      'There is no end-of-file to wait for; the receiver must know from the messages when to stop.',
    ),
    receiver('unlink', ['"box.socket"'], 0, 'The name is removed.'),
    receiver.exits('The end.'),
  ],
  conclusion:
    'A datagram socket keeps boundaries and knows no connection. UNIX datagrams are reliable: when the box is full, the sender waits.',
};

const truncated: Scenario = {
  id: 'unix-dgram/truncated',
  subject: 'unix-dgram',
  title: 'A message that is longer than the buffer',
  summary: 'What does not fit is thrown away, and only MSG_TRUNC tells.',
  kind: 'pitfall',
  rule: 'socket/dgram-truncated',
  about:
    'A mistake on purpose: the receiver’s buffer is smaller than the messages that are sent. The rest of each message is lost without a word.',
  processes: receiverAndSender,
  objects: [box('receiver')],
  steps: [
    receiver('socket', socket, succeeds, 'The receiver makes its socket.', { into: 'fd' }),
    receiver('bind', ['fd', 'unix("box.socket")'], 0, 'The socket gets its name.'),
    receiver(
      'recv',
      ['fd', 'buf', '8', '0'],
      waits(bytes('temperat')),
      'Eight bytes should be enough, thinks the receiver.',
      { into: 'n', label: 'first' },
    ),
    sender('socket', socket, succeeds, 'The sender makes a socket.', { into: 'fd' }),
    sender.sendsTo(
      'fd',
      'temperature 20',
      'unix("box.socket")',
      'It sends fourteen bytes. The receiver gets eight; the other six are gone. Its recv returned 8 as if all were well.',
      { wakes: ['first'] },
    ),
    sender.sendsTo('fd', 'temperature 21', 'unix("box.socket")', 'The next message.'),
    receiver(
      'recv',
      ['fd', 'buf', '8', 'MSG_TRUNC'],
      { returns: 14, data: 'temperat' },
      'With MSG_TRUNC recv returns the length that the message really had. The bytes are lost all the same, but the program knows.',
      { into: 'n' },
    ),
    sender.exits('The sender is done.'),
    receiver.closes('fd', 'The socket is closed.'),
    receiver('unlink', ['"box.socket"'], 0, 'Its name is removed.'),
    receiver.exits('The end.'),
  ],
  conclusion:
    'The rest of a datagram is not kept for the next call, as it would be with a stream. Give each receive room for the longest message, and look at MSG_TRUNC.',
};

const reply: Scenario = {
  id: 'unix-dgram/reply',
  subject: 'unix-dgram',
  title: 'A client that can be answered',
  summary: 'The client gives its own socket a name too, and the server answers to the address it sees.',
  kind: 'normal',
  about:
    'A server that answers each request to where it came from. The client binds a name of its own: without it there would be no address to answer to. Start the server first.',
  processes: serverAndClient,
  objects: [box('server'), box('client')],
  steps: [
    server('socket', socket, succeeds, 'The server makes its socket.', { into: 'fd' }),
    server('bind', ['fd', 'unix("server.socket")'], 0, 'The socket gets a well-known name.'),
    server(
      'recvfrom',
      ['fd', 'buf', '64', '0', 'from'],
      waits({ ...bytes('time?'), from: 'client.socket' }),
      'It waits for a request, and wants to know from whom.',
      { into: 'n', label: 'request' },
    ),
    client('socket', socket, succeeds, 'The client makes its socket.', { into: 'fd' }),
    client(
      'bind',
      ['fd', 'unix("client.socket")'],
      0,
      'It gets a name as well: the client’s return address.',
    ),
    client.sendsTo(
      'fd',
      'time?',
      'unix("server.socket")',
      'The kernel writes the sender’s name on each message. The server reads it in from.',
      { wakes: ['request'] },
    ),
    client('recv', ['fd', 'buf', '64', '0'], waits(bytes('noon')), 'The client waits at its own box.', {
      into: 'n',
      label: 'answer',
    }),
    server(
      'sendto',
      ['fd', '"noon"', '4', '0', 'from'],
      bytes('noon'),
      'The answer goes to the address that came with the question.',
      { wakes: ['answer'] },
    ),
    client.closes('fd', 'The client has its answer.'),
    client('unlink', ['"client.socket"'], 0, 'The client removes its own name.'),
    client.exits('The client is done.'),
    server.closes('fd', 'The server stops.'),
    server('unlink', ['"server.socket"'], 0, 'It removes its name.'),
    server.exits('The end.'),
  ],
  conclusion:
    'With datagrams an answer is just another message. Whoever wants one needs a name to which it can be sent.',
};

const unbound: Scenario = {
  id: 'unix-dgram/unbound',
  subject: 'unix-dgram',
  title: 'The client that cannot be answered',
  summary: 'A client without a name waits for an answer that the server has no address for.',
  kind: 'pitfall',
  rule: 'socket/reply-to-unbound',
  about:
    'A mistake on purpose: the client never binds its socket. Its request arrives, but the answer cannot be sent, and the client waits for ever. Start the server first; stop the client with Ctrl+C.',
  processes: serverAndClient,
  objects: [box('server'), box('client')],
  steps: [
    server('socket', socket, succeeds, 'The server makes its socket.', { into: 'fd' }),
    server('bind', ['fd', 'unix("server.socket")'], 0, 'The socket gets its name.'),
    server(
      'recvfrom',
      ['fd', 'buf', '64', '0', 'from'],
      waits({ ...bytes('time?'), from: '' }),
      'It waits for a request.',
      { into: 'n', label: 'request' },
    ),
    client(
      'socket',
      socket,
      succeeds,
      'The client’s socket has no name. With UDP the kernel would give it a port on its first sendto; UNIX sockets get nothing.',
      { into: 'fd' },
    ),
    client.sendsTo(
      'fd',
      'time?',
      'unix("server.socket")',
      'The request arrives. As its sender the server reads: nobody.',
      { wakes: ['request'] },
    ),
    client('recv', ['fd', 'buf', '64', '0'], waitsForEver, 'The client waits for the answer.', { into: 'n' }),
    server(
      'sendto',
      ['fd', '"noon"', '4', '0', 'from'],
      'ENOTCONN',
      'The address is empty, so there is nowhere to send to. The call fails, and the client will never hear of it.',
    ),
    server.closes('fd', 'The server gives up.'),
    server('unlink', ['"server.socket"'], 0, 'It removes its name.'),
    server.exits('The client waits on.'),
  ],
  conclusion:
    'A UNIX datagram client that wants an answer binds a name of its own, or lets the kernel choose an abstract one by binding an address with nothing but the family.',
};

const abstractName: Scenario = {
  id: 'unix-dgram/abstract',
  subject: 'unix-dgram',
  title: 'Names outside the file system',
  summary: 'An abstract name begins with a zero byte, needs no file, and is gone with its socket.',
  kind: 'normal',
  about:
    'The receiver binds an abstract name: no file appears, and nothing has to be removed afterwards. Only Linux has them. Start the receiver first.',
  processes: receiverAndSender,
  objects: [box('receiver')],
  steps: [
    receiver('socket', socket, succeeds, 'A datagram socket.', { into: 'fd' }),
    receiver(
      'bind',
      ['fd', 'abstract("box")'],
      0,
      'The name begins with a zero byte, which is shown as @. It lives in the kernel only; there is no file, no permission and no directory.',
    ),
    receiver('recv', ['fd', 'buf', '64', '0'], waits(bytes('hello')), 'The receiver waits.', {
      into: 'n',
      label: 'first',
    }),
    sender('socket', socket, succeeds, 'The sender makes a socket.', { into: 'fd' }),
    sender.sendsTo(
      'fd',
      'hello',
      'abstract("box")',
      'It sends to the same name, zero byte and length included: the name is as long as the address says, not up to the next zero.',
      { wakes: ['first'] },
    ),
    sender.exits('The sender is done.'),
    receiver.closes(
      'fd',
      'The socket is closed. There is nothing to unlink and nothing that could be left behind.',
    ),
    receiver('socket', socket, succeeds, 'To see it, the receiver makes another socket.', { into: 'next' }),
    receiver(
      'bind',
      ['next', 'abstract("box")'],
      0,
      'It gives the socket the same name, which was free at once. With a file this bind would fail with EADDRINUSE.',
    ),
    receiver.exits('The end.'),
  ],
  conclusion:
    'Abstract names cannot go stale. The price: any user of this machine can send to them, or take the name first, so ask for credentials where it matters.',
};

export const unixDgramDemos: FacilityDemos = {
  id: 'unix-dgram',
  scenarios: [boundaries, truncated, reply, unbound, abstractName],
};
