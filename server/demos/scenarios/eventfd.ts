import { eventfdCalls } from '../calls/eventfd';
import type { FacilityDemos } from '../kit';
import { counterObject } from '../objects/counter';
import type { ObjectSpec, Scenario } from '../scenario';
import { family, process, succeeds, waits } from './steps';

const theCounter: ObjectSpec[] = [{ kind: 'counter', id: 'event', title: 'the counter', handle: 'event' }];

const parent = process('parent');
const child = process('child');
const program = process('program');

/** Eight bytes that carry a number. */
const number = (data: number) => ({ returns: 8, data: String(data) });

const wakes: Scenario = {
  id: 'eventfd/wakes',
  subject: 'eventfd',
  title: 'A counter that wakes',
  summary: 'One process waits until the counter is not zero; another adds to it.',
  kind: 'normal',
  about:
    'The parent waits for its child to say that something has happened. No data is sent: the number is the message.',
  processes: family,
  objects: theCounter,
  steps: [
    parent(
      'eventfd',
      ['0', 'EFD_CLOEXEC'],
      succeeds,
      'The kernel makes a counter that starts at 0. One descriptor is enough: who holds it can add and read.',
      { into: 'event' },
    ),
    parent.forks('child', 'The child inherits the descriptor, and with it the same counter.'),
    parent(
      'read_counter',
      ['event', 'count'],
      waits(number(1)),
      'The counter stands at 0, so read waits. A read always takes eight bytes: a number of type uint64_t.',
      { label: 'read' },
    ),
    child(
      'write_counter',
      ['event', '1'],
      number(1),
      'The child adds 1. The parent wakes, and its read sets the counter back to 0.',
      {
        wakes: ['read'],
      },
    ),
    child.ends('The child ends.'),
    parent.waitsFor('child', 'The parent collects its status.'),
    parent.closes('event', 'With the last descriptor the counter is gone. It never had a name.'),
    parent.exits('The end.'),
  ],
  conclusion:
    'An eventfd is the cheapest way to wake a process that waits: one descriptor where a pipe needs two, and eight bytes that never fill up in practice. poll, select and epoll can wait for it too.',
};

const addsUp: Scenario = {
  id: 'eventfd/adds-up',
  subject: 'eventfd',
  title: 'What is written adds up, a read takes all',
  summary: 'Three writes become one number, and one read sets the counter back to 0.',
  kind: 'normal',
  about:
    'The child adds 2, 3 and 4 to the counter before the parent looks. The parent gets 9 with one read; a second read finds nothing.',
  processes: family,
  objects: theCounter,
  steps: [
    parent(
      'eventfd',
      ['0', 'EFD_CLOEXEC | EFD_NONBLOCK'],
      succeeds,
      'A counter again. EFD_NONBLOCK makes read say “not yet” instead of waiting.',
      { into: 'event' },
    ),
    parent('read_counter', ['event', 'count'], 'EAGAIN', 'At 0 there is nothing to read.'),
    parent.forks('child', 'The child shares the counter.'),
    child(
      'write_counter',
      ['event', '2'],
      number(2),
      'A write does not put bytes into a queue: it adds its number.',
    ),
    child('write_counter', ['event', '3'], number(3), 'Now the counter stands at 5.'),
    child(
      'write_counter',
      ['event', '4'],
      number(4),
      'And at 9. Nobody can tell any more that these were three writes.',
    ),
    child.ends('The child is done.'),
    parent.waitsFor('child', 'All has been added.'),
    parent(
      'read_counter',
      ['event', 'count'],
      number(9),
      'One read takes the whole sum and sets the counter to 0.',
    ),
    parent('read_counter', ['event', 'count'], 'EAGAIN', 'Nothing is left for a second read.'),
    parent.closes('event', 'The counter is no longer needed.'),
    parent.exits('The end.'),
  ],
  conclusion:
    'The counter merges what came since the last read into one number. Whoever reads it must do all the work that has piled up, not just one piece.',
};

const semaphore: Scenario = {
  id: 'eventfd/semaphore',
  subject: 'eventfd',
  title: 'One at a time: EFD_SEMAPHORE',
  summary: 'With EFD_SEMAPHORE each read takes 1, so that the counter hands out places.',
  kind: 'normal',
  about:
    'A counter with two places, as a semaphore: each read takes one, each write gives back. The parent finds none left and waits for its child.',
  processes: family,
  objects: theCounter,
  steps: [
    parent(
      'eventfd',
      ['2', 'EFD_CLOEXEC | EFD_SEMAPHORE'],
      succeeds,
      'The counter starts at 2: two places are free. EFD_SEMAPHORE changes what a read does.',
      { into: 'event' },
    ),
    parent.forks('child', 'The child shares the places.'),
    parent(
      'read_counter',
      ['event', 'count'],
      number(1),
      'A read takes 1 and gives the number 1, whatever the counter holds.',
    ),
    parent('read_counter', ['event', 'count'], number(1), 'The second place. The counter stands at 0.'),
    parent('read_counter', ['event', 'count'], waits(number(1)), 'No place is left: read waits.', {
      label: 'third',
    }),
    child(
      'write_counter',
      ['event', '1'],
      number(1),
      'The child gives one place, and the parent takes it at once.',
      {
        wakes: ['third'],
      },
    ),
    child.ends('The child ends.'),
    parent.waitsFor('child', 'The parent collects its status.'),
    parent.exits('The end. The counter goes with its last descriptor.'),
  ],
  conclusion:
    'With EFD_SEMAPHORE an eventfd hands out pieces one by one to several readers. Without it the first reader takes them all. It does not know who took a place: nobody gives back what a dead process had.',
};

const poll: Scenario = {
  id: 'eventfd/poll',
  subject: 'eventfd',
  title: 'A counter and a pipe in one poll',
  summary: 'The loop that waits for data can be woken by a counter as well.',
  kind: 'normal',
  about:
    'The parent waits for data from a pipe and for a word to stop, which comes through an eventfd. This is how an event loop is woken from outside.',
  processes: family,
  objects: [{ kind: 'pipe', id: 'pipe', title: 'the pipe', handle: 'fd[0]' }, ...theCounter],
  steps: [
    parent('pipe', ['fd'], 0, 'Data comes through a pipe.'),
    parent('eventfd', ['0', 'EFD_CLOEXEC'], succeeds, 'The word to stop comes through a counter.', {
      into: 'event',
    }),
    parent.forks('child', 'The child will use the counter only.'),
    parent.closes('fd[1]', 'The parent reads.'),
    child.closes('fd[0]', 'The child holds the write end.'),
    parent(
      'poll',
      ['-1', 'fd[0]', 'POLLIN', 'event', 'POLLIN'],
      waits({ returns: 1, ready: ['event'] }),
      'Nothing in the pipe, and the counter at 0: poll waits for either.',
      { into: 'ready', label: 'poll' },
    ),
    child('write_counter', ['event', '1'], number(1), 'The counter leaves 0 and is readable: poll returns.', {
      wakes: ['poll'],
    }),
    parent(
      'read_counter',
      ['event', 'count'],
      number(1),
      'The read sets it back to 0. Without it the next poll would return at once, again and again.',
    ),
    child.ends('The child ends.'),
    parent.waitsFor('child', 'The parent collects its status.'),
    parent.exits('The loop has been told to stop.'),
  ],
  conclusion:
    'An event loop keeps one eventfd in its list, so that anyone who holds it can wake the loop. Read the counter when it is ready, or the loop never sleeps again.',
};

const wrongSize: Scenario = {
  id: 'eventfd/wrong-size',
  subject: 'eventfd',
  title: 'Four bytes are too few: EINVAL',
  summary: 'A counter takes numbers of eight bytes; an int is refused.',
  kind: 'pitfall',
  rule: 'eventfd/width',
  about: 'Writes and reads an eventfd with a wrong size, then with the right one.',
  processes: [{ id: 'program', title: 'the program', begins: 'open' }],
  objects: theCounter,
  steps: [
    program('eventfd', ['0', 'EFD_CLOEXEC'], succeeds, 'A counter that starts at 0.', { into: 'event' }),
    program(
      'write',
      ['event', '"\\1\\0\\0\\0"', '4'],
      'EINVAL',
      'Four bytes, as those of an int, are no number for a counter. Nothing is added, and a program that does not check the result never learns it.',
    ),
    program('write_counter', ['event', '1'], number(1), 'Eight bytes are right: a uint64_t.'),
    program(
      'read',
      ['event', 'buf', '4'],
      'EINVAL',
      'Room for four bytes is refused as well. The counter keeps what it has.',
      {
        into: 'n',
      },
    ),
    program('read_counter', ['event', 'count'], number(1), 'With a uint64_t the number comes out.'),
    program.closes('event', 'The counter is no longer needed.'),
    program.exits('The end.'),
  ],
  conclusion:
    'Declare the number as uint64_t and give sizeof of it. Or call eventfd_read and eventfd_write, which leave no choice.',
};

export const eventfdDemos: FacilityDemos = {
  id: 'eventfd',
  calls: eventfdCalls,
  objects: [counterObject],
  scenarios: [wakes, addsUp, semaphore, poll, wrongSize],
};
