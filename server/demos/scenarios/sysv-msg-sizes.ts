/** How much a System V queue holds, and what the size of a message counts. */
import type { ObjectSpec, Scenario, Step } from '../scenario';
import { family, process, succeeds, waits } from './steps';

const theQueue: ObjectSpec[] = [{ kind: 'queue', id: 'queue', title: 'the queue', handle: 'queue' }];

const parent = process('parent');
const child = process('child');
const program = process('program');
type Actor = ReturnType<typeof process>;

const make = (actor: Actor): Step =>
  actor('msgget', ['IPC_PRIVATE', 'IPC_CREAT | 0600'], succeeds, 'A queue without a key.', { into: 'queue' });

const remove = (actor: Actor): Step => actor('msgctl', ['queue', 'IPC_RMID'], 0, 'The queue is removed.');

const full: Scenario = {
  id: 'sysv-msg/full',
  subject: 'sysv-msg',
  title: 'The full queue',
  summary: 'A queue holds msg_qbytes bytes of text; then msgsnd waits, or fails with EAGAIN.',
  kind: 'normal',
  about:
    'The parent makes the queue small and fills it. It tries once without waiting, then waits in msgsnd until its child has taken a message out.',
  processes: family,
  objects: theQueue,
  steps: [
    make(parent),
    parent(
      'msgctl',
      ['queue', 'IPC_STAT'],
      0,
      'How much does it hold? msg_qbytes says it, and the picture shows it: the {queue-bytes|16384} bytes that this system gives to every new queue (/proc/sys/kernel/msgmnb).',
    ),
    parent(
      'msgctl',
      ['queue', 'IPC_SET', '16'],
      0,
      'The owner may make it smaller: 16 bytes, to be filled quickly. To make it larger than msgmnb needs a privilege.',
    ),
    parent(
      'msgsnd',
      ['queue', '1', '"ten bytes."', '0'],
      { returns: 0, data: 'ten bytes.', type: 1 },
      'Ten bytes: there is room. The type is not counted.',
    ),
    parent(
      'msgsnd',
      ['queue', '1', '"and more"', 'IPC_NOWAIT'],
      'EAGAIN',
      'Eight more do not fit into 16. With IPC_NOWAIT the call says so at once, and nothing is put in, not even a part.',
    ),
    parent.forks('child', 'The child will receive. A queue is known by its number, which it has inherited.'),
    parent(
      'msgsnd',
      ['queue', '1', '"and more"', '0'],
      waits({ returns: 0, data: 'and more', type: 1 }),
      'Without IPC_NOWAIT the call waits for room.',
      { label: 'room' },
    ),
    child(
      'msgrcv',
      ['queue', 'message', '64', '0', '0'],
      { returns: 10, data: 'ten bytes.', type: 1 },
      'The child takes the first message. Now there is room, and the parent’s goes in.',
      { into: 'n', wakes: ['room'] },
    ),
    child.ends('The child has enough.'),
    parent.waitsFor('child', 'Nobody will receive the other message.'),
    remove(parent),
    parent.exits('The end. The message that nobody took went with the queue.'),
  ],
  conclusion:
    'A full queue holds back the sender, as a full pipe does. If the only receiver is also the one who sends, nobody is left to make room: use IPC_NOWAIT there, and receive first.',
};

const sizes: Scenario = {
  id: 'sysv-msg/size-includes-type',
  subject: 'sysv-msg',
  title: 'The size that counts the type as well',
  summary: 'msgsnd with sizeof message sends eight bytes too many, from behind the structure.',
  kind: 'pitfall',
  rule: 'sysv-msg/size-includes-type',
  about:
    'A mistake on purpose: the size of the whole structure is given to msgsnd, which counts from behind the type. It reads eight bytes beyond the structure, and the message is larger than its text.',
  processes: [{ id: 'program', title: 'the program', begins: 'open' }],
  objects: theQueue,
  steps: [
    make(program),
    program(
      'msgsnd',
      ['queue', '1', '"hello"', '0', 'sizeof message'],
      succeeds,
      'Here is the mistake: sizeof message counts the type and the 64 bytes of text, which is 72. The call takes 72 bytes from where the text begins: eight of them lie behind the structure.',
    ),
    program(
      'msgrcv',
      ['queue', 'message', '64', '0', 'IPC_NOWAIT'],
      'E2BIG',
      'Who receives as agreed, with room for 64 bytes of text, cannot have this message.',
    ),
    program(
      'msgctl',
      ['queue', 'IPC_STAT'],
      0,
      'It is still there, with its 72 bytes, and is in the way of all that come behind it.',
    ),
    program(
      'msgsnd',
      ['queue', '1', '"hello"', '0'],
      { returns: 0, data: 'hello', type: 1 },
      'The remedy, by hand: the length of the text, here 5. For a whole structure it is sizeof message.text.',
      { absent: true, comment: 'The size of the text alone.' },
    ),
    remove(program),
    program.exits('The end.'),
  ],
  conclusion:
    'The size never counts the type, neither in msgsnd nor in msgrcv. In msgrcv the same mistake lets the kernel write eight bytes behind the structure.',
};

export const messageSizes: Scenario[] = [full, sizes];
