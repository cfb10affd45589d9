import type { FacilityDemos } from '../kit';
import type { Scenario } from '../scenario';
import { fileNamed } from './common-objects';
import { family, type More, process, type Short, succeeds, waits } from './steps';

const accounts = [fileNamed('accounts')];

const parent = process('parent');
const child = process('child');
type Who = typeof parent;

const opens = (who: Who, why: string, more: More = {}) =>
  who('open', ['"accounts"', 'O_RDWR | O_CREAT', '0600'], succeeds, why, { into: 'fd', ...more });
const fills = () =>
  parent.writes('fd', 'first 100\nother 250\n', 'Two accounts of ten bytes each.', { comment: '' });

type Lock = [type: string, start: number, length: number];

/** Asks for a lock and does not wait. */
const tries = (who: Who, [type, start, length]: Lock, expect: Short, why: string, more: More = {}) =>
  who('fcntl_lock', ['fd', 'F_SETLK', type, String(start), String(length)], expect, why, more);
const locks = (who: Who, [type, start, length]: Lock, expect: Short, why: string, more: More = {}) =>
  who('fcntl_lock', ['fd', 'F_SETLKW', type, String(start), String(length)], expect, why, more);

const regions: Scenario = {
  id: 'fcntl-lock/regions',
  subject: 'fcntl-lock',
  title: 'Locks on parts of a file',
  summary: 'Two processes lock different records of one file at once, and wait only where they meet.',
  kind: 'normal',
  about:
    'Two processes work on one file of two records, ten bytes each. Each locks only the record that it changes, so that they wait for each other only when they want the same one.',
  processes: family,
  objects: accounts,
  steps: [
    opens(parent, 'A write lock needs a descriptor that may write.'),
    fills(),
    locks(
      parent,
      ['F_WRLCK', 0, 10],
      0,
      'A write lock on bytes 0 to 9: the first record. Nobody else may lock any of these bytes now.',
    ),
    parent.forks(
      'child',
      'The child has the same descriptor. The lock is not its own: record locks belong to one process.',
    ),
    locks(
      child,
      ['F_WRLCK', 10, 10],
      0,
      'The child locks the second record. The two ranges do not meet, so nobody waits.',
    ),
    child('pwrite', ['fd', '"other 300\\n"', '10', '10'], { returns: 10 }, 'It changes its record.'),
    locks(
      child,
      ['F_UNLCK', 10, 10],
      0,
      'F_UNLCK gives the lock back: the same call, with another type of lock.',
    ),
    locks(
      child,
      ['F_RDLCK', 0, 20],
      waits(0),
      'Now it wants to read all of the file and asks for a read lock on both records. One byte that another process has locked for writing is enough: F_SETLKW waits.',
      { label: 'read lock' },
    ),
    parent('pwrite', ['fd', '"first  50\\n"', '10', '0'], { returns: 10 }, 'The parent changes its record.'),
    locks(
      parent,
      ['F_RDLCK', 0, 10],
      0,
      'It turns its write lock into a read lock. Read locks agree with each other: the child goes on, and both have a lock on the first record.',
      { wakes: ['read lock'] },
    ),
    child('pread', ['fd', 'buf', '20', '0'], { returns: 20 }, 'The child reads both records as one whole.', {
      into: 'n',
    }),
    child.ends('With the process go its locks.'),
    parent.waitsFor('child', 'The parent collects the child’s status.'),
    parent.tidies('accounts'),
    parent.exits('The end.'),
  ],
  conclusion:
    'A record lock is for a range of bytes. Read locks share, write locks exclude, and processes wait only where their ranges meet.',
};

const deadlock: Scenario = {
  id: 'fcntl-lock/deadlock',
  subject: 'fcntl-lock',
  title: 'EDEADLK: the kernel sees a circle',
  summary:
    'Each process holds what the other one wants; the kernel refuses the wait that would close the circle.',
  kind: 'normal',
  about:
    'Two processes lock two records in opposite orders. The kernel knows who waits for whom: it refuses the lock that would make both wait for ever, and the one who gets EDEADLK gives back what it has.',
  processes: family,
  objects: accounts,
  steps: [
    opens(parent, 'One file, two records.'),
    fills(),
    locks(parent, ['F_WRLCK', 0, 10], 0, 'The parent locks the first record.'),
    parent.forks('child', 'The child will lock the same records in the other order.'),
    locks(child, ['F_WRLCK', 10, 10], 0, 'The child begins with the second record.'),
    locks(child, ['F_WRLCK', 0, 10], waits(0), 'Then it wants the first, which the parent has. It waits.', {
      label: 'first record',
      tolerates: 'EDEADLK',
      comment:
        'Then it wants the first record, which the parent has. Whoever asks last gets EDEADLK; here that may be this process.',
    }),
    locks(
      parent,
      ['F_WRLCK', 10, 10],
      'EDEADLK',
      'The parent wants the second record, which the child has. If it waited, each would wait for the other. The kernel finds the circle and fails the call at once: Resource deadlock avoided.',
      {
        tolerates: 'EDEADLK',
        comment:
          'This closes the circle, if the child waits already: the kernel fails the call with EDEADLK.',
      },
    ),
    locks(
      parent,
      ['F_UNLCK', 0, 20],
      0,
      'What to do with EDEADLK: give back all locks and begin anew. One call unlocks both records; the child gets what it waited for.',
      { wakes: ['first record'] },
    ),
    child.ends('The child does its work and ends. Its locks go with it.'),
    parent.waitsFor('child', 'The parent could take its locks now, from the beginning.'),
    parent.tidies('accounts'),
    parent.exits('The end.'),
  ],
  conclusion:
    'For record locks the kernel looks for circles and answers EDEADLK; for flock and OFD locks it does not. Better than to handle it is to lock always in the same order, such as by rising offset.',
};

const lostOnClose: Scenario = {
  id: 'fcntl-lock/lost-on-close',
  subject: 'fcntl-lock',
  title: 'The lock that an unrelated close takes away',
  summary:
    'Closing any descriptor of the file, even one just opened to read it, drops all locks of the process on it.',
  kind: 'pitfall',
  rule: 'fcntl-lock/lost-on-close',
  about:
    'A mistake on purpose: while the program holds a record lock, it opens the same file a second time, reads it, and closes that descriptor. The lock is gone, and nothing tells.',
  processes: family,
  objects: accounts,
  steps: [
    opens(parent, 'The file is opened.'),
    fills(),
    locks(
      parent,
      ['F_WRLCK', 0, 0],
      0,
      'The parent locks the file. Length 0 means: to the end, however far the file grows.',
    ),
    parent(
      'open',
      ['"accounts"', 'O_RDONLY'],
      succeeds,
      'Some other part of the program, a library perhaps, wants to look into the file and opens it once more.',
      {
        into: 'copy',
      },
    ),
    parent('read', ['copy', 'buf', '20'], { returns: 20 }, 'It reads.', { into: 'n' }),
    parent.closes(
      'copy',
      'And closes its own descriptor, as it should. Look at the file: with this close the process lost its lock, though it was made through another descriptor.',
      { comment: 'This close drops every record lock that the process has on the file.' },
    ),
    parent.forks('child', 'The parent believes that it still has the lock. Another process wants it.'),
    locks(
      child,
      ['F_WRLCK', 0, 0],
      0,
      'It would wait, and gets the lock at once. From here on two processes change the file, and each believes itself alone.',
    ),
    child.ends('The child ends.'),
    parent(
      'pwrite',
      ['fd', '"first  50\\n"', '10', '0'],
      { returns: 10 },
      'The parent writes without a lock.',
    ),
    parent.waitsFor('child', 'The parent collects the child’s status.'),
    parent.tidies('accounts'),
    parent.exits('No call has failed.'),
  ],
  conclusion:
    'A record lock belongs to process and file, not to a descriptor: the first close of any descriptor of the file ends it. OFD locks (F_OFD_SETLK) do not behave so.',
};

const notInherited: Scenario = {
  id: 'fcntl-lock/not-inherited',
  subject: 'fcntl-lock',
  title: 'A child does not inherit record locks',
  summary: 'The parent locks and forks; the child writes as if the lock were its own.',
  kind: 'pitfall',
  rule: 'fcntl-lock/not-inherited',
  about:
    'A mistake on purpose: the parent locks the file, and its child writes, relying on that lock. The lock stays with the parent: when the parent gives it back, nothing protects the child.',
  processes: family,
  objects: accounts,
  steps: [
    opens(parent, 'The file is opened.'),
    locks(parent, ['F_WRLCK', 0, 0], 0, 'The parent locks all of it.'),
    parent.forks(
      'child',
      'The child shares the descriptor. The list of those who hold the lock names the parent only.',
    ),
    tries(
      child,
      ['F_WRLCK', 0, 0],
      'EAGAIN',
      'By hand: the child asks for the lock itself. It is refused, as any other process would be: what the parent has is not the child’s.',
      { absent: true, comment: 'A lock of its own would make the child wait until the parent is done.' },
    ),
    child.writes(
      'fd',
      'child\n',
      'The program does not ask. The child writes; no call fails, since these locks are advisory.',
    ),
    child.ends('The child is done.'),
    parent.waitsFor('child', 'The parent waits for it.'),
    parent.tidies('accounts'),
    parent.exits('The end.'),
  ],
  conclusion:
    'fork gives the child descriptors, not record locks. Each process locks for itself, or they use flock or OFD locks, which belong to the open file and are shared.',
};

const ofd: Scenario = {
  id: 'fcntl-lock/ofd',
  subject: 'fcntl-lock',
  title: 'Locks of an open file: OFD',
  summary:
    'F_OFD_SETLK ties a lock to the open file: shared with a child, safe from unrelated closes, good between threads.',
  kind: 'normal',
  about:
    'Takes locks that belong to the open file description instead of the process. Two descriptors from two open calls exclude each other even within one process; a child shares the lock of the descriptor it inherits.',
  processes: family,
  objects: accounts,
  steps: [
    opens(parent, 'One open file.'),
    parent('open', ['"accounts"', 'O_RDWR'], succeeds, 'And a second one: another open of the same file.', {
      into: 'second',
    }),
    parent(
      'fcntl_lock',
      ['fd', 'F_OFD_SETLK', 'F_WRLCK', '0', '10'],
      0,
      'A lock on the first ten bytes. It belongs to the open file behind fd.',
    ),
    parent(
      'fcntl_lock',
      ['second', 'F_OFD_SETLK', 'F_WRLCK', '0', '10'],
      'EAGAIN',
      'The same bytes through the other open file are refused, although it is the same process. So threads can exclude each other. A traditional record lock would have been given.',
    ),
    parent.closes('second', 'A traditional lock would be lost with this close. This one stays.'),
    parent.forks(
      'child',
      'The child has the same open file, and with it the lock: both are its holders now.',
    ),
    child(
      'fcntl_lock',
      ['fd', 'F_OFD_SETLK', 'F_WRLCK', '0', '10'],
      0,
      'So the child may lock again what is locked already: for the kernel it is the same owner.',
    ),
    child.ends('The child ends. The open file lives on in the parent, and so does the lock.'),
    parent.waitsFor('child', 'The parent collects its status.'),
    parent.closes('fd', 'The last descriptor of the open file is closed: now the lock is gone.'),
    parent.tidies('accounts'),
    parent.exits('The end.'),
  ],
  conclusion:
    'OFD locks have ranges like record locks and an owner like flock: the open file. They live until its last descriptor is closed.',
};

const death: Scenario = {
  id: 'fcntl-lock/death',
  subject: 'fcntl-lock',
  title: 'Death gives the lock back',
  summary: 'A process is killed while it holds the lock; whoever waits goes on.',
  kind: 'normal',
  about:
    'The child locks the file and is killed before it can unlock. The kernel closes its descriptors and takes its locks away: the parent, which waits for the lock, gets it.',
  processes: family,
  objects: accounts,
  steps: [
    opens(parent, 'The file is opened.'),
    parent.forks('child', 'A child will hold the lock.'),
    locks(child, ['F_WRLCK', 0, 0], 0, 'The child locks all of the file.'),
    locks(parent, ['F_WRLCK', 0, 0], waits(0), 'The parent wants it too, and waits.', { label: 'lock' }),
    child(
      'raise',
      ['SIGKILL'],
      { killed: 'SIGKILL' },
      'The child dies in the middle of its work. Nothing of it runs any more, no handler, no clean-up of its own. The kernel takes the lock back, and the parent has it.',
      { wakes: ['lock'] },
    ),
    locks(
      parent,
      ['F_UNLCK', 0, 0],
      0,
      'The lock is free, the file perhaps not in order: nothing told the parent that the last holder died half-way.',
    ),
    parent.waitsForKilled('child', 'SIGKILL', 'Only waitpid tells, and only a parent.'),
    parent.tidies('accounts'),
    parent.exits('The end.'),
  ],
  conclusion:
    'Record locks never outlive their process, unlike a semaphore or a lock file. But the next holder must be able to find the data half written.',
};

export const fcntlLockDemos: FacilityDemos = {
  id: 'fcntl-lock',
  scenarios: [regions, deadlock, lostOnClose, notInherited, ofd, death],
};
