import type { FacilityDemos } from '../kit';
import type { ObjectSpec, ProcessSpec, Scenario } from '../scenario';
import { bytes, port, process, serverAndClient, succeeds, waits } from './steps';

const socket = ['AF_INET', 'SOCK_DGRAM', '0'];
const here = 'loopback(htons(PORT))';
const box = (owner: string): ObjectSpec => ({
  kind: 'socket',
  id: `of-${owner}`,
  title: `the ${owner}’s socket`,
  handle: `${owner}.fd`,
});

const server = process('server');
const client = process('client');

const boundaries: Scenario = {
  id: 'inet-dgram/boundaries',
  subject: 'inet-dgram',
  title: 'UDP: messages, one by one',
  summary:
    'Each sendto is one message; even an empty one arrives, and the server can answer to where it came from.',
  kind: 'normal',
  about:
    'The server has a port of the loopback; the client gets one from the kernel with its first message. Start the server first.',
  processes: serverAndClient,
  constants: [port],
  objects: [box('server'), box('client')],
  steps: [
    server('socket', socket, succeeds, 'A socket for UDP: messages, no connection.', { into: 'fd' }),
    server('bind', ['fd', here], 0, 'It gets host and port. Nothing more is needed to receive.'),
    server(
      'recvfrom',
      ['fd', 'buf', '64', '0', 'from'],
      waits(bytes('one')),
      'The server waits for a message from anybody.',
      { into: 'n', label: 'first' },
    ),
    client('socket', socket, succeeds, 'The client’s socket has no port yet.', { into: 'fd' }),
    client.sendsTo(
      'fd',
      'one',
      here,
      'With the first sendto the kernel gives it a port. That is the difference to UNIX datagrams: an answer is always possible.',
      { wakes: ['first'] },
    ),
    client.sendsTo('fd', 'two', here, 'A second message follows.'),
    client.sendsTo('fd', '', here, 'A message may be empty. It arrives like any other.'),
    server('recvfrom', ['fd', 'buf', '64', '0', 'from'], bytes('two'), 'The boundaries are kept.', {
      into: 'n',
    }),
    server(
      'recvfrom',
      ['fd', 'buf', '64', '0', 'from'],
      bytes(''),
      'The result is 0, and this is not end-of-file: there is no such thing without a connection. An empty message was received.',
      { into: 'n' },
    ),
    client('recv', ['fd', 'buf', '64', '0'], waits(bytes('thanks')), 'The client waits for an answer.', {
      into: 'n',
      label: 'answer',
    }),
    server(
      'sendto',
      ['fd', '"thanks"', '6', '0', 'from'],
      bytes('thanks'),
      'The address that came with the last message is where the answer goes.',
      { wakes: ['answer'] },
    ),
    client.exits('The client is done.'),
    server.exits('So is the server; there was nothing to close between them.'),
  ],
  conclusion:
    'UDP keeps boundaries and promises nothing else: over a real network messages may be lost, doubled or overtake each other. The loopback is kinder, up to the size of the receiver’s buffer.',
};

const refused: Scenario = {
  id: 'inet-dgram/refused',
  subject: 'inet-dgram',
  title: 'Connected UDP hears of it: ECONNREFUSED',
  summary: 'Nobody listens. An unconnected socket never learns; a connected one is told with its next call.',
  kind: 'normal',
  about:
    'Sends to a port where nobody listens, first without and then with connect. Only the connected socket is told of the answer that the network gives.',
  processes: [{ id: 'client', title: 'the client', begins: 'open' }],
  constants: [port],
  objects: [box('client')],
  steps: [
    client('socket', socket, succeeds, 'A UDP socket.', { into: 'fd' }),
    client.sendsTo(
      'fd',
      'hello?',
      here,
      'Nobody has this port. sendto succeeds all the same: the message was sent. The answer “port unreachable” comes back and finds nobody who wants it.',
    ),
    client(
      'recv',
      ['fd', 'buf', '64', 'MSG_DONTWAIT'],
      'EAGAIN',
      'The socket knows nothing: there is just no message. Without MSG_DONTWAIT the client would wait for ever.',
    ),
    client(
      'connect',
      ['fd', here],
      0,
      'For UDP connect sends nothing. It only notes the partner: from now on send goes there, recv takes only from there, and errors are told.',
    ),
    client('send', ['fd', '"hello?"', '6', '0'], bytes('hello?'), 'Sent, as before.'),
    client(
      'recv',
      ['fd', 'buf', '64', '0'],
      'ECONNREFUSED',
      'This time the answer belongs to somebody: connection refused. The error is told once, with the next call.',
    ),
    client.exits('The end.'),
  ],
  conclusion:
    'A UDP client with one partner connects its socket: it is told of errors, and strangers cannot send to it.',
};

const casting: ProcessSpec[] = [
  { id: 'one', title: 'the first receiver', begins: 'open' },
  { id: 'two', title: 'the second receiver', begins: 'first-step' },
  { id: 'sender', title: 'the sender', begins: 'first-step' },
];
const casts: ObjectSpec[] = [
  { kind: 'socket', id: 'of-one', title: 'the first socket', handle: 'one.fd' },
  { kind: 'socket', id: 'of-two', title: 'the second socket', handle: 'two.fd' },
];
const one = process('one');
const two = process('two');
const sender = process('sender');

/** A receiver that shares its port with others on the machine. */
const receiver = (who: typeof one, address: string, whyAddress: string) => [
  who('socket', socket, succeeds, 'A receiver makes its UDP socket.', { into: 'fd' }),
  who(
    'setsockopt',
    ['fd', 'SOL_SOCKET', 'SO_REUSEADDR', '1'],
    0,
    'Several receivers of one machine may share the port, if all of them say so.',
  ),
  who('bind', ['fd', address], 0, whyAddress),
];

const broadcast: Scenario = {
  id: 'broadcast-multicast/broadcast',
  subject: 'broadcast-multicast',
  title: 'One message for everybody: broadcast',
  summary: 'A message to the broadcast address reaches all receivers, if the sender asks for the permission.',
  kind: 'normal',
  about:
    'Two receivers and one sender use the broadcast address of the loopback, so that nothing leaves this machine. Start the receivers first.',
  processes: casting,
  constants: [port],
  objects: casts,
  steps: [
    ...receiver(
      one,
      'broadcast(htons(PORT))',
      'The address 127.255.255.255 is the broadcast address of the loopback. In a real network a receiver would bind to any address, INADDR_ANY.',
    ),
    one('recv', ['fd', 'buf', '64', '0'], waits(bytes('to all')), 'The first receiver waits.', {
      into: 'n',
      label: 'one',
    }),
    ...receiver(two, 'broadcast(htons(PORT))', 'The same address and port once more.'),
    two('recv', ['fd', 'buf', '64', '0'], waits(bytes('to all')), 'The second receiver waits too.', {
      into: 'n',
      label: 'two',
    }),
    sender('socket', socket, succeeds, 'The sender makes its socket.', { into: 'fd' }),
    sender.sendsTo(
      'fd',
      'to all',
      'broadcast(htons(PORT))',
      'The kernel refuses: nobody shall disturb a whole network by mistake.',
      { expect: { fails: 'EACCES' } },
    ),
    sender('setsockopt', ['fd', 'SOL_SOCKET', 'SO_BROADCAST', '1'], 0, 'The sender says that it means it.'),
    sender.sendsTo(
      'fd',
      'to all',
      'broadcast(htons(PORT))',
      'One message, and every receiver gets a copy of it.',
      { wakes: ['one', 'two'] },
    ),
    sender.exits('The sender is done.'),
    one.exits('So is the first receiver.'),
    two.exits('And the second.'),
  ],
  conclusion:
    'Broadcast reaches every machine of the local network, wanted or not. It is for finding out who is there; for anything else a multicast group is kinder.',
};

const multicast: Scenario = {
  id: 'broadcast-multicast/multicast',
  subject: 'broadcast-multicast',
  title: 'One message for those who asked: multicast',
  summary: 'Receivers join a group; a message to the group’s address reaches all of them and nobody else.',
  kind: 'normal',
  about:
    'Two receivers join a multicast group at the loopback interface, and one sender sends to it. Nothing leaves this machine. Start the receivers first.',
  processes: casting,
  constants: [port],
  objects: casts,
  steps: [
    ...receiver(
      one,
      'group(htons(PORT))',
      'Bound to the group’s address, the socket takes only what was sent to the group.',
    ),
    one('join_group', ['fd'], 0, 'The receiver joins the group, and says at which interface: the loopback.'),
    one('recv', ['fd', 'buf', '64', '0'], waits(bytes('to the group')), 'It waits.', {
      into: 'n',
      label: 'one',
    }),
    ...receiver(two, 'group(htons(PORT))', 'The second receiver does the same.'),
    two('join_group', ['fd'], 0, 'It joins the group as well.'),
    two('recv', ['fd', 'buf', '64', '0'], waits(bytes('to the group')), 'It waits too.', {
      into: 'n',
      label: 'two',
    }),
    sender('socket', socket, succeeds, 'A sender need not be a member.', { into: 'fd' }),
    sender(
      'send_on_loopback',
      ['fd'],
      0,
      'It chooses the interface by which the message leaves. Without this the routes decide, and it might be a real network.',
    ),
    sender.sendsTo(
      'fd',
      'to the group',
      'group(htons(PORT))',
      'One message; each member gets it. In a network the routers carry it only to where members are.',
      { wakes: ['one', 'two'] },
    ),
    sender.exits('The sender is done.'),
    one.exits('The membership ends with the socket.'),
    two.exits('The end.'),
  ],
  conclusion:
    'A group is an address from 224.0.0.0 to 239.255.255.255 that belongs to nobody. Mind three things: the interface, the number of hops a message may go, and that UDP may lose it.',
};

export const inetDgramDemos: FacilityDemos = { id: 'inet-dgram', scenarios: [boundaries, refused] };
export const castingDemos: FacilityDemos = { id: 'broadcast-multicast', scenarios: [broadcast, multicast] };
