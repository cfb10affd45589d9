import { posixMqCalls } from '../calls/posix-mq';
import type { FacilityDemos } from '../kit';
import { mqueueObject } from '../objects/mqueue';
import type { Ending, ObjectSpec, ProcessSpec, Scenario, Step } from '../scenario';
import { family, type More, process, succeeds, waits } from './steps';

const theQueue: ObjectSpec[] = [{ kind: 'mqueue', id: 'queue', title: 'the queue', handle: '/letters' }];
const name = '"/letters"';

const parent = process('parent');
const child = process('child');
const program = process('program');
const alone: ProcessSpec[] = [{ id: 'program', title: 'the program', begins: 'open' }];

const message = (priority: number, data: string, returns: number): Ending => ({ returns, data, priority });

type Actor = ReturnType<typeof process>;

const send = (actor: Actor, priority: number, text: string, why: string, more?: More): Step =>
  actor(
    'mq_send',
    ['queue', `"${text}"`, String(text.length), String(priority)],
    message(priority, text, 0),
    why,
    more,
  );

const receive = (actor: Actor, priority: number, text: string, why: string, more?: More): Step =>
  actor('mq_receive', ['queue', 'buf', '32'], message(priority, text, text.length), why, {
    into: 'n',
    ...more,
  });

/** Makes the queue with room for so many messages of 32 bytes. */
const make = (actor: Actor, most: number, why: string): Step =>
  actor('mq_open', [name, 'O_CREAT | O_RDWR', '0600', String(most), '32'], succeeds, why, { into: 'queue' });

const unlink = (actor: Actor, why: string): Step => actor('mq_unlink', [name], 0, why);

const sender = process('sender');
const receiver = process('receiver');

const byPriority: Scenario = {
  id: 'posix-mq/by-priority',
  subject: 'posix-mq',
  title: 'The most urgent first, and a queue that stays',
  summary: 'A program leaves messages and ends; another, started later, gets them by priority.',
  kind: 'normal',
  about:
    'The sender leaves four messages with priorities in a queue and ends. The receiver, started any time later, finds the queue by its name, gets the most urgent message first, and removes the queue.',
  processes: [
    { id: 'sender', title: 'the sender', begins: 'open' },
    { id: 'receiver', title: 'the receiver', begins: 'first-step' },
  ],
  objects: theQueue,
  steps: [
    make(
      sender,
      8,
      'The name begins with a slash and stands in no directory that one usually sees. The queue takes 8 messages of at most 32 bytes; 0600 keeps it to this user.',
    ),
    send(
      sender,
      1,
      'report',
      'The last argument is the priority. Nobody waits, so the message stays in the queue.',
    ),
    send(sender, 1, 'draft', 'A second one of the same priority comes behind the first.'),
    send(sender, 9, 'alarm', 'A higher number is more urgent: this message goes before all others.'),
    send(sender, 5, 'order', 'And this one goes between.'),
    sender('mq_close', ['queue'], 0, 'The sender lets go of the queue. Closing does not remove it.'),
    sender.exits('The sender ends. The queue with its four messages stays in the kernel.'),
    receiver(
      'mq_open',
      [name, 'O_RDONLY | O_NONBLOCK'],
      succeeds,
      'Another program, started later, finds the queue by its name. O_NONBLOCK: it does not want to wait.',
      {
        into: 'queue',
      },
    ),
    receive(
      receiver,
      9,
      'alarm',
      'The receiver has no choice, unlike with System V queues: it gets the message with the highest priority.',
    ),
    receive(receiver, 5, 'order', 'Then the next.'),
    receive(receiver, 1, 'report', 'Among equals the oldest comes first.'),
    receive(receiver, 1, 'draft', 'And the last one.'),
    receiver(
      'mq_receive',
      ['queue', 'buf', '32'],
      'EAGAIN',
      'The queue is empty. Because of O_NONBLOCK the call says so instead of waiting.',
      {
        into: 'n',
      },
    ),
    unlink(receiver, 'The name goes at once. The queue goes with it as soon as nobody has it open.'),
    receiver('mq_close', ['queue'], 0, 'This was the last one who had it open: the queue is gone.'),
    receiver.exits('Nothing is left.'),
  ],
  conclusion:
    'A POSIX queue sorts by priority, keeps message boundaries, and lives until it is unlinked, whoever has ended. Look for forgotten ones in /dev/mqueue where it is mounted.',
};

const full: Scenario = {
  id: 'posix-mq/full',
  subject: 'posix-mq',
  title: 'A full queue holds the sender back',
  summary: 'A queue takes mq_maxmsg messages; then mq_send waits, or fails with EAGAIN.',
  kind: 'normal',
  about:
    'The parent fills a queue with room for two messages, and waits in mq_send until its child takes one. Then it tries again without waiting.',
  processes: family,
  objects: theQueue,
  steps: [
    make(parent, 2, 'A queue with room for two messages.'),
    parent.forks(
      'child',
      'The child has the queue open as well: a queue’s descriptor is inherited like any other.',
    ),
    send(parent, 0, 'one', 'The first message.'),
    send(parent, 0, 'two', 'The second. Now the queue is full.'),
    parent(
      'mq_send',
      ['queue', '"three"', '5', '0'],
      waits(message(0, 'three', 0)),
      'There is no room for a third: mq_send waits.',
      {
        label: 'third',
      },
    ),
    receive(
      child,
      0,
      'one',
      'The child takes the oldest. In its place the waiting message enters the queue.',
      {
        wakes: ['third'],
      },
    ),
    child.ends('The child takes no more.'),
    parent.waitsFor('child', 'Nobody receives any more.'),
    parent(
      'mq_open',
      [name, 'O_WRONLY | O_NONBLOCK'],
      succeeds,
      'The same queue once more, for a sender that does not want to wait.',
      {
        into: 'hasty',
      },
    ),
    parent(
      'mq_send',
      ['hasty', '"four"', '4', '0'],
      'EAGAIN',
      'The queue is full again, and with O_NONBLOCK mq_send fails instead of waiting.',
    ),
    unlink(parent, 'The name goes. Two messages are still in the queue, and go with it.'),
    parent.exits('The end: the last descriptors are closed, and the queue is gone.'),
  ],
  conclusion:
    'A queue never grows: its size is chosen when it is made, up to the limits in /proc/sys/fs/mqueue: {mq-messages|10} messages of {mq-bytes|8192} bytes for an ordinary user. A sender that is faster than the receiver waits, which is often just right.',
};

const tooBig: Scenario = {
  id: 'posix-mq/too-big',
  subject: 'posix-mq',
  title: 'Larger than mq_msgsize: EMSGSIZE',
  summary: 'A message larger than the queue allows is refused as a whole.',
  kind: 'pitfall',
  rule: 'posix-mq/message-too-big',
  about: 'Sends a message that is larger than what the queue was made for, then one that fits.',
  processes: alone,
  objects: theQueue,
  steps: [
    make(program, 4, 'Messages of up to 32 bytes: that was laid down here, for good.'),
    program(
      'mq_send',
      ['queue', '"this letter has grown longer than it should"', '43', '0'],
      'EMSGSIZE',
      'This one has 43. It is not cut off but refused as a whole: nothing comes into the queue.',
    ),
    send(program, 0, 'a short letter', 'What fits is taken.'),
    receive(program, 0, 'a short letter', 'And comes out as it was sent.'),
    unlink(program, 'The name goes.'),
    program.exits('The end.'),
  ],
  conclusion:
    'Ask mq_getattr for mq_msgsize, or choose it large enough when the queue is made. A queue that exists already keeps the size that it has, whatever mq_open says.',
};

const smallBuffer: Scenario = {
  id: 'posix-mq/small-buffer',
  subject: 'posix-mq',
  title: 'A buffer for this message, not for any: EMSGSIZE',
  summary: 'mq_receive wants room for the largest message that may come, even when a small one waits.',
  kind: 'pitfall',
  rule: 'posix-mq/buffer-too-small',
  about:
    'Receives a message of five bytes, first with room for 16 bytes, then with room for what the queue allows.',
  processes: alone,
  objects: theQueue,
  steps: [
    make(program, 4, 'Messages of up to 32 bytes.'),
    send(program, 0, 'hello', 'One of five bytes waits.'),
    program(
      'mq_receive',
      ['queue', 'small', '16'],
      'EMSGSIZE',
      'The five bytes would fit into sixteen. But the call fails whenever the room is less than mq_msgsize, whatever waits.',
      { into: 'n' },
    ),
    receive(program, 0, 'hello', 'With 32 bytes it succeeds. The message was not lost.'),
    unlink(program, 'The name goes.'),
    program.exits('The end.'),
  ],
  conclusion:
    'Make the buffer as large as mq_msgsize, which mq_getattr tells. A buffer for “the messages that we send” fails on the first call.',
};

const notifyOnce: Scenario = {
  id: 'posix-mq/notify-once',
  subject: 'posix-mq',
  title: 'The notice comes once',
  summary:
    'mq_notify gives one signal, for one message into an empty queue; the second message comes silently.',
  kind: 'pitfall',
  rule: 'posix-mq/notify-once',
  about:
    'The parent asks for a signal when a message comes. Its child sends two. The parent gets one signal and finds two messages.',
  processes: family,
  objects: theQueue,
  steps: [
    make(parent, 4, 'An empty queue.'),
    parent('sigaction', ['SIGUSR1', 'note', 'SA_RESTART'], 0, 'A handler that counts.'),
    parent(
      'mq_notify',
      ['queue', 'SIGUSR1'],
      0,
      'The parent asks for a signal when a message comes into the empty queue. Only one process can be registered at a time.',
    ),
    parent.forks('child', 'The child will send. Registrations are not inherited.'),
    child('mq_notify', ['queue', 'SIGUSR1'], 'EBUSY', 'The child cannot register: the parent is.'),
    send(child, 0, 'first', 'The queue was empty: the parent gets SIGUSR1, and its registration is gone.'),
    send(child, 0, 'second', 'Nobody is registered any more, and the queue was not empty: no signal.'),
    child.ends('The child is done.'),
    parent.waitsFor('child', 'Both messages are there.'),
    parent(
      'handled',
      ['SIGUSR1'],
      1,
      'One signal for two messages. Who takes one message a signal leaves the second in the queue.',
      {
        into: 'notices',
      },
    ),
    receive(parent, 0, 'first', 'The first message.'),
    receive(parent, 0, 'second', 'The second, of which no signal told.'),
    parent(
      'mq_notify',
      ['queue', 'SIGUSR1'],
      0,
      'For more notices the parent must register again, each time: before it empties the queue, so that nothing slips in between.',
      {
        absent: true,
        comment: 'Without it no later message gives a signal.',
      },
    ),
    unlink(parent, 'The name goes.'),
    parent.exits('The end.'),
  ],
  conclusion:
    'After each notice: register again, then receive until EAGAIN. A queue’s descriptor on Linux also works with poll, which needs neither.',
};

const first = process('receiver');
const second = process('sender');

const notifyThread: Scenario = {
  id: 'posix-mq/notify-thread',
  subject: 'posix-mq',
  title: 'The notice as a thread',
  summary: 'When a message comes, the C library starts a thread in the receiver, which runs a function.',
  kind: 'normal',
  about:
    'The receiver asks that a function be run in a thread of its own when a message comes. The function adds 1 to an eventfd, for which the receiver waits. Start the receiver, then the sender.',
  processes: [
    { id: 'receiver', title: 'the receiver', begins: 'open' },
    { id: 'sender', title: 'the sender', begins: 'first-step' },
  ],
  objects: [...theQueue, { kind: 'counter', id: 'event', title: 'the eventfd', handle: 'event' }],
  steps: [
    make(first, 4, 'An empty queue.'),
    first('eventfd', ['0', '0'], succeeds, 'With this counter the function will tell that it ran.', {
      into: 'event',
    }),
    first(
      'mq_notify_thread',
      ['queue', 'tell', 'event'],
      0,
      'SIGEV_THREAD: no signal, but a call of tell(event) in a thread of its own. The C library starts a helper thread for that, which waits for the word of the kernel.',
    ),
    first(
      'read_counter',
      ['event', 'count'],
      waits(8),
      'The receiver has nothing to do until the function has run: it waits for the counter.',
      { label: 'notice' },
    ),
    second('mq_open', [name, 'O_WRONLY'], succeeds, 'Another program opens the queue by its name.', {
      into: 'queue',
    }),
    send(
      second,
      0,
      'hello',
      'A message into the empty queue: the helper thread of the receiver wakes and starts another thread, tell runs in it and adds 1, and the receiver goes on.',
      { wakes: ['notice'] },
    ),
    second.exits('The sender ends.'),
    receive(first, 0, 'hello', 'The notice brought no message: that is taken out as usual.'),
    unlink(first, 'The name goes.'),
    first.exits('The end.'),
  ],
  conclusion:
    'A thread may do what a handler may not: lock, print, allocate. It runs beside the rest of the program, so what both use needs a lock. The notice comes once, as with a signal: register again for the next.',
};

export const posixMqDemos: FacilityDemos = {
  id: 'posix-mq',
  calls: posixMqCalls,
  objects: [mqueueObject],
  scenarios: [byPriority, full, tooBig, smallBuffer, notifyOnce, notifyThread],
};
