import { sysvMsgCalls } from '../calls/sysv-msg';
import type { FacilityDemos } from '../kit';
import { queueObject } from '../objects/queue';
import type { ObjectSpec, Scenario, Step } from '../scenario';
import { type More, process, succeeds } from './steps';
import { messageSizes } from './sysv-msg-sizes';

const theQueue: ObjectSpec[] = [{ kind: 'queue', id: 'queue', title: 'the queue', handle: 'queue' }];

const sender = process('sender');
const receiver = process('receiver');
const first = process('first');
const second = process('second');

/** One message from the sender. */
const send = (type: number, text: string, why: string, more: More = {}): Step =>
  sender('msgsnd', ['queue', String(type), `"${text}"`, '0'], { returns: 0, data: text, type }, why, more);

/** One message to the receiver, who asks for `wanted` and gets the one of this type and text. */
const receive = (wanted: number, type: number, text: string, why: string, more: More = {}): Step =>
  receiver(
    'msgrcv',
    ['queue', 'message', '64', String(wanted), '0'],
    { returns: text.length, data: text, type },
    why,
    { into: 'n', ...more },
  );

const byType: Scenario = {
  id: 'sysv-msg/by-type',
  subject: 'sysv-msg',
  title: 'Messages chosen by type',
  summary: 'Two unrelated programs share a queue, and the receiver takes messages by type and by priority.',
  kind: 'normal',
  about:
    'Two programs that have only a key in common. The sender puts messages of several types into a queue; the receiver takes the oldest, the oldest of one type, and the most urgent. Start both, in any order.',
  processes: [
    { id: 'sender', title: 'the sender', begins: 'open' },
    { id: 'receiver', title: 'the receiver', begins: 'open' },
  ],
  keys: ['QUEUE_KEY'],
  objects: theQueue,
  steps: [
    sender(
      'msgget',
      ['QUEUE_KEY', 'IPC_CREAT | 0600'],
      succeeds,
      'The kernel makes a queue for this key, since none exists, and answers with its identifier. 0600 lets only this user send and receive.',
      { into: 'queue' },
    ),
    receiver(
      'msgget',
      ['QUEUE_KEY', 'IPC_CREAT | 0600'],
      succeeds,
      'The same key leads to the same queue and the same identifier. Whichever program comes first makes the queue.',
      { into: 'queue' },
    ),
    receive(
      0,
      3,
      'draft',
      'Type 0 asks for the oldest message of any type. The queue is empty, so msgrcv waits.',
      {
        label: 'first message',
        expect: { blocks: true, afterwards: { returns: 5, data: 'draft', type: 3 } },
      },
    ),
    send(3, 'draft', 'The message goes straight to the waiting receiver and never lies in the queue.', {
      wakes: ['first message'],
    }),
    send(3, 'report', 'Nobody waits now: the message stays in the queue.'),
    send(1, 'alarm', 'A message of type 1 is put behind it.'),
    send(2, 'order', 'And one of type 2. The queue keeps the order in which messages came.'),
    receive(
      2,
      2,
      'order',
      'A positive type asks for the oldest message of exactly this type. Those before it stay where they are.',
    ),
    receive(
      -3,
      1,
      'alarm',
      'A negative type makes types into priorities: -3 asks for the lowest type up to 3, whatever came first.',
    ),
    receive(0, 3, 'report', 'Type 0 once more: the oldest message, which is the only one left.'),
    receiver(
      'msgrcv',
      ['queue', 'message', '64', '0', 'IPC_NOWAIT'],
      'ENOMSG',
      'The queue is empty. With IPC_NOWAIT the call does not wait but fails with ENOMSG.',
    ),
    receiver(
      'msgctl',
      ['queue', 'IPC_RMID'],
      0,
      'A queue lives until somebody removes it. Removal acts at once, for every process.',
    ),
    receiver.exits('The receiver has all it wanted.'),
    sender.exits('So has the sender. There was no descriptor to close: a queue is named by a number.'),
  ],
  conclusion:
    'A message keeps its boundaries and its type, and the receiver chooses: the oldest, the oldest of one type, or the lowest type up to a bound.',
};

const persists: Scenario = {
  id: 'sysv-msg/persists',
  subject: 'sysv-msg',
  title: 'The queue that outlives its programs',
  summary: 'A program leaves a message and ends; another, started later, finds it and removes the queue.',
  kind: 'normal',
  about:
    'The first program makes a queue, leaves a message and ends. The second, started any time later, finds queue and message by the key and removes the queue.',
  processes: [
    { id: 'first', title: 'the first program', begins: 'open' },
    { id: 'second', title: 'the second program', begins: 'first-step' },
  ],
  keys: ['QUEUE_KEY'],
  objects: theQueue,
  steps: [
    first(
      'msgget',
      ['QUEUE_KEY', 'IPC_CREAT | IPC_EXCL | 0600'],
      succeeds,
      'IPC_EXCL makes the call fail if a queue with this key exists, so this one is certainly new.',
      { into: 'queue' },
    ),
    first(
      'msgsnd',
      ['queue', '1', '"left behind"', '0'],
      { returns: 0, data: 'left behind', type: 1 },
      'Nobody waits for this message. It stays in the queue.',
    ),
    first.exits(
      'The program ends. A pipe would be gone now with all that was in it. The queue is not: it belongs to the kernel, not to a process.',
      { comment: 'Ending does not remove the queue: it belongs to the kernel, not to a process.' },
    ),
    second(
      'msgget',
      ['QUEUE_KEY', '0'],
      succeeds,
      'Another program, started later. Without IPC_CREAT it only finds what exists, and it finds the queue.',
      { into: 'queue' },
    ),
    second(
      'msgrcv',
      ['queue', 'message', '64', '0', '0'],
      { returns: 11, data: 'left behind', type: 1 },
      'The message has outlived its sender.',
      { into: 'n' },
    ),
    second(
      'msgctl',
      ['queue', 'IPC_RMID'],
      0,
      'Somebody has to remove the queue, or it stays until the system is restarted.',
    ),
    second('msgget', ['QUEUE_KEY', '0'], 'ENOENT', 'The key leads nowhere now: the queue is gone.'),
    second.exits('Nothing is left behind this time.'),
  ],
  conclusion:
    'System V objects persist until they are removed. Decide which program removes the queue, and look with ipcs for those that nobody removed.',
};

const tooSmall: Scenario = {
  id: 'sysv-msg/too-small',
  subject: 'sysv-msg',
  title: 'A buffer that is too small: E2BIG',
  summary: 'A message that does not fit stays in the queue, or loses its end.',
  kind: 'normal',
  about:
    'The program asks for a message with too little room. The call fails and the message stays; with MSG_NOERROR it comes without its end.',
  processes: [{ id: 'program', title: 'the program', begins: 'open' }],
  objects: theQueue,
  steps: (() => {
    const program = process('program');
    return [
      program(
        'msgget',
        ['IPC_PRIVATE', 'IPC_CREAT | 0600'],
        { returns: 'success' },
        'A queue without a key: only its identifier leads to it.',
        { into: 'queue' },
      ),
      program(
        'msgsnd',
        ['queue', '1', '"hello world"', '0'],
        { returns: 0, data: 'hello world', type: 1 },
        'A message of eleven bytes. The type is not counted.',
      ),
      program(
        'msgrcv',
        ['queue', 'message', '5', '0', '0'],
        'E2BIG',
        'The receiver offers room for five bytes. The call fails with E2BIG, and the message stays in the queue.',
      ),
      program(
        'msgrcv',
        ['queue', 'message', '5', '0', 'MSG_NOERROR'],
        { returns: 5, data: 'hello', type: 1 },
        'With MSG_NOERROR the call takes the message and gives what fits. Nothing tells that something is missing.',
        { into: 'n' },
      ),
      program(
        'msgrcv',
        ['queue', 'message', '64', '0', 'IPC_NOWAIT'],
        'ENOMSG',
        'The rest is not left for the next call, as it would be in a pipe: it is lost.',
      ),
      program('msgctl', ['queue', 'IPC_RMID'], 0, 'The queue is removed.'),
      program.exits('The end.'),
    ];
  })(),
  conclusion:
    'Give room for the largest message that anyone may send. E2BIG loses nothing and can be repeated with more room; MSG_NOERROR cuts off silently.',
};

export const sysvMsgDemos: FacilityDemos = {
  id: 'sysv-msg',
  calls: sysvMsgCalls,
  objects: [queueObject],
  scenarios: [byType, persists, tooSmall, ...messageSizes],
};
