import type { FacilityDemos } from '../kit';
import type { Scenario } from '../scenario';
import { fileNamed } from './common-objects';
import { family, type More, process, type Short, succeeds, waits } from './steps';

const file = [fileNamed('counter')];

const parent = process('parent');
const child = process('child');
type Who = typeof parent;

const opens = (who: Who, into: string, why: string) =>
  who('open', ['"counter"', 'O_RDWR | O_CREAT', '0600'], succeeds, why, { into });
const locks = (who: Who, fd: string, operation: string, expect: Short, why: string, more: More = {}) =>
  who('flock', [fd, operation], expect, why, more);

const shared: Scenario = {
  id: 'flock/shared-and-exclusive',
  subject: 'flock',
  title: 'Shared and exclusive',
  summary: 'Many may hold a shared lock, one alone an exclusive one; the file’s bytes do not matter.',
  kind: 'normal',
  about:
    'Parent and child open the same file, each for itself, and lock it with flock: shared locks agree, an exclusive one waits for all others.',
  processes: family,
  objects: file,
  steps: [
    parent.forks('child', 'The fork comes first: each process will open the file for itself.'),
    opens(parent, 'fd', 'The parent’s open file.'),
    opens(child, 'fd', 'The child’s own. A lock of flock belongs to an open file, so these are two owners.'),
    locks(parent, 'fd', 'LOCK_SH', 0, 'A shared lock: others may read as well.'),
    locks(child, 'fd', 'LOCK_SH', 0, 'The child has one too. Shared locks agree.'),
    locks(child, 'fd', 'LOCK_UN', 0, 'It gives its lock back.'),
    locks(
      child,
      'fd',
      'LOCK_EX',
      waits(0),
      'To write it wants the file for itself. The parent’s shared lock stands against that: flock waits.',
      { label: 'exclusive' },
    ),
    locks(parent, 'fd', 'LOCK_UN', 0, 'The parent has read enough and unlocks. The child goes on.', {
      wakes: ['exclusive'],
    }),
    child.writes(
      'fd',
      'one\n',
      'The child writes. It is alone with the file, as long as everybody asks for the lock.',
    ),
    locks(parent, 'fd', 'LOCK_EX', waits(0), 'Now the parent wants to write, and waits for the child.', {
      label: 'parent',
    }),
    child.closes('fd', 'Closing the last descriptor of the open file gives its lock back as well.', {
      wakes: ['parent'],
    }),
    child.ends('The child is done.'),
    parent('pwrite', ['fd', '"two\\n"', '4', '4'], { returns: 4 }, 'The parent adds its line.'),
    locks(parent, 'fd', 'LOCK_UN', 0, 'It gives the lock back as soon as it can.'),
    parent.waitsFor('child', 'The parent collects its status.'),
    parent.tidies('counter'),
    parent.exits('The end.'),
  ],
  conclusion:
    'flock locks a whole file: many share it or one has it. It is advisory: who does not ask is not stopped.',
};

const inherited: Scenario = {
  id: 'flock/inherited',
  subject: 'flock',
  title: 'Parent and child share one lock',
  summary: 'After fork both have the same open file, so the lock of one never keeps the other out.',
  kind: 'pitfall',
  rule: 'flock/shared-with-child',
  about:
    'A mistake on purpose: the file is opened before the fork. Parent and child have one open file between them and therefore one lock: both get it at the same time.',
  processes: family,
  objects: file,
  steps: [
    opens(parent, 'fd', 'The file is opened once, before the fork.'),
    parent.forks('child', 'Now two processes have the same open file.'),
    locks(
      child,
      'fd',
      'LOCK_EX',
      0,
      'The child takes the exclusive lock. See who has it: the open file, hence both.',
    ),
    locks(
      parent,
      'fd',
      'LOCK_EX',
      0,
      'The parent asks for it too and should wait. It does not: for the kernel this is the same owner, which has the lock already.',
    ),
    child.writes('fd', 'child\n', 'The child writes, sure to be alone.'),
    parent.writes('fd', 'parent\n', 'So does the parent, at the same time.'),
    child.ends('The child ends.'),
    parent.waitsFor('child', 'The parent collects its status.'),
    parent.tidies('counter'),
    parent.exits('No call has failed, and nothing was protected.'),
  ],
  conclusion:
    'A lock of flock belongs to the open file. Processes that shall exclude each other open the file each for itself, after the fork.',
};

const upgrade: Scenario = {
  id: 'flock/upgrade',
  subject: 'flock',
  title: 'The upgrade that lets others in between',
  summary:
    'Turning a shared lock into an exclusive one gives the shared one up first: what was read is old by then.',
  kind: 'pitfall',
  rule: 'flock/upgrade',
  about:
    'A mistake on purpose: both processes read the counter under a shared lock, then ask for the exclusive one and write back what they read, plus one. In between the other has written: one step is lost.',
  processes: family,
  objects: file,
  steps: [
    opens(parent, 'fd', 'The parent makes the file.'),
    parent('pwrite', ['fd', '"5"', '1', '0'], { returns: 1 }, 'The counter stands at 5.'),
    parent.forks('child', 'Two processes will add one each.'),
    opens(child, 'own', 'The child opens the file for itself, as it must.'),
    locks(parent, 'fd', 'LOCK_SH', 0, 'The parent takes a shared lock to read.'),
    locks(child, 'own', 'LOCK_SH', 0, 'So does the child.'),
    parent('pread', ['fd', 'buf', '1', '0'], { returns: 1, data: '5' }, 'The parent reads 5.', { into: 'n' }),
    child('pread', ['own', 'buf', '1', '0'], { returns: 1, data: '5' }, 'The child reads 5 as well.', {
      into: 'n',
      comment: 'The child reads.',
    }),
    locks(
      parent,
      'fd',
      'LOCK_EX',
      waits(0),
      'To write, the parent asks for the exclusive lock. Its shared lock is given up at once, and it waits for the child’s.',
      { label: 'upgrade of the parent' },
    ),
    locks(
      child,
      'own',
      'LOCK_EX',
      0,
      'The child does the same. Its shared lock is given up too, nobody else has one, and it is in at once, before the parent that asked first. If the change were atomic, both would wait for ever.',
    ),
    child(
      'pwrite',
      ['own', '"6"', '1', '0'],
      { returns: 1 },
      'The child writes 5 + 1. Nothing is wrong so far.',
      { comment: 'The child writes what it read, plus one.' },
    ),
    child.ends('The child ends, and the parent gets the exclusive lock that it waited for.', {
      wakes: ['upgrade of the parent'],
    }),
    parent(
      'pwrite',
      ['fd', '"6"', '1', '0'],
      { returns: 1 },
      'The parent also writes 5 + 1: it read before the child wrote, and did not look again. The counter is 6 and should be 7.',
      { comment: 'The parent writes what it read, plus one, though another may have written since.' },
    ),
    locks(parent, 'fd', 'LOCK_UN', 0, 'It gives the lock back.'),
    parent.waitsFor('child', 'The parent collects the child’s status.'),
    parent.tidies('counter'),
    parent.exits('Two steps were made, one was counted.'),
  ],
  conclusion:
    'Changing the kind of a lock is giving back and taking anew. Who will write takes LOCK_EX before reading.',
};

export const flockDemos: FacilityDemos = { id: 'flock', scenarios: [shared, inherited, upgrade] };
