import type { FacilityDemos } from '../kit';
import type { Scenario } from '../scenario';
import { fileNamed } from './common-objects';
import { family, type More, process, succeeds } from './steps';

const parent = process('parent');
const child = process('child');
type Who = typeof parent;

const opens = (who: Who, name: string, flags: string, why: string, more: More = {}) =>
  who('open', [`"${name}"`, flags, '0600'], succeeds, why, { into: 'fd', ...more });
const looks = (who: Who, digit: string, why: string, more: More = {}) =>
  who('pread', ['fd', 'buf', '1', '0'], { returns: 1, data: digit }, why, { into: 'n', ...more });
const stores = (who: Who, digit: string, why: string, more: More = {}) =>
  who('pwrite', ['fd', `"${digit}"`, '1', '0'], { returns: 1 }, why, more);

const lostUpdate: Scenario = {
  id: 'shared-file/lost-update',
  subject: 'shared-file',
  title: 'The lost update',
  summary: 'Two processes read a number, add one and write it back: one of the two is lost.',
  kind: 'pitfall',
  rule: 'shared-file/no-lock',
  about:
    'A mistake on purpose: two processes change a counter in a file without a lock. Whoever reads before the other has written overwrites what that one did.',
  processes: family,
  objects: [fileNamed('counter')],
  steps: [
    opens(parent, 'counter', 'O_RDWR | O_CREAT', 'A file with a number.'),
    stores(parent, '5', 'It stands at 5.'),
    parent.forks('child', 'Parent and child will each add one.'),
    looks(parent, '5', 'The parent reads 5.'),
    looks(child, '5', 'So does the child: the parent has not written yet.', { comment: 'The child reads.' }),
    stores(parent, '6', 'The parent writes 5 + 1.'),
    stores(child, '6', 'The child writes 5 + 1 as well. The counter is 6 after two steps.', {
      comment: 'The child writes what it has read, plus one.',
    }),
    child.ends('The child ends.'),
    parent.waitsFor('child', 'The parent collects its status.'),
    parent.tidies('counter'),
    parent.exits('No call has failed.'),
  ],
  conclusion:
    'Reading, changing and writing back is three steps, and anybody may come in between. A lock around all three, taken before reading, makes them one.',
};

const withLock: Scenario = {
  id: 'shared-file/with-lock',
  subject: 'shared-file',
  title: 'The update under a lock',
  summary:
    'The same counter, with a lock taken before reading: the second waits, and reads what the first wrote.',
  kind: 'normal',
  about:
    'Two processes add one to a counter in a file. Each takes a record lock before it reads and gives it back after it has written.',
  processes: family,
  objects: [fileNamed('counter')],
  steps: [
    opens(parent, 'counter', 'O_RDWR | O_CREAT', 'A file with a number.'),
    stores(parent, '5', 'It stands at 5.'),
    parent(
      'fcntl_lock',
      ['fd', 'F_SETLKW', 'F_WRLCK', '0', '0'],
      0,
      'The lock comes first, before anything is read.',
    ),
    parent.forks('child', 'The child wants to add one too.'),
    child(
      'fcntl_lock',
      ['fd', 'F_SETLKW', 'F_WRLCK', '0', '0'],
      { blocks: true, afterwards: { returns: 0 } },
      'It asks for the lock before it reads, and waits.',
      { label: 'lock' },
    ),
    looks(parent, '5', 'The parent reads 5, and nobody can change that now.'),
    stores(parent, '6', 'It writes 6.'),
    parent('fcntl_lock', ['fd', 'F_SETLKW', 'F_UNLCK', '0', '0'], 0, 'Only now does it unlock.', {
      wakes: ['lock'],
    }),
    looks(child, '6', 'The child reads 6: what the parent has written.'),
    stores(child, '7', 'It writes 7. Nothing is lost.'),
    child.ends('The child ends, and its lock goes.'),
    parent.waitsFor('child', 'The parent collects its status.'),
    parent.tidies('counter'),
    parent.exits('The end.'),
  ],
  conclusion: 'With the lock around reading and writing, two updates are two, in whatever order they come.',
};

const append: Scenario = {
  id: 'shared-file/append',
  subject: 'shared-file',
  title: 'Writing at the end: O_APPEND',
  summary:
    'Two processes write to one log, each through its own open file; with O_APPEND no line is overwritten.',
  kind: 'normal',
  about:
    'Two processes open a log for themselves and write lines into it. O_APPEND makes finding the end and writing there one step, so that neither writes over the other.',
  processes: family,
  objects: [fileNamed('log')],
  steps: [
    parent.forks('child', 'Each process will open the file for itself, and so have a position of its own.'),
    opens(parent, 'log', 'O_WRONLY | O_CREAT | O_APPEND', 'The parent’s open file.'),
    opens(child, 'log', 'O_WRONLY | O_CREAT | O_APPEND', 'The child’s.'),
    parent.writes(
      'fd',
      'one\n',
      'The parent writes. Its position is at 4 now, that of the child still at 0.',
    ),
    child.writes(
      'fd',
      'two\n',
      'The child writes. With O_APPEND the kernel first goes to the end, and lets nobody in between.',
    ),
    parent.writes('fd', 'three\n', 'The same for the parent: its own position, 4, does not count.'),
    child.ends('The child ends.'),
    parent.waitsFor('child', 'The parent collects its status.'),
    parent.tidies('log'),
    parent.exits('All three lines are there.'),
  ],
  conclusion:
    'O_APPEND is enough for logs on a local file system, if each record is one write. For anything that is read first, a lock is needed.',
};

const overwritten: Scenario = {
  id: 'shared-file/overwritten',
  subject: 'shared-file',
  title: 'Two positions in one file',
  summary: 'Without O_APPEND each open file has its own position: the second writes over the first.',
  kind: 'pitfall',
  about:
    'A mistake on purpose: two processes open a log for themselves, without O_APPEND. Each begins to write where its own position is: at the start.',
  processes: family,
  objects: [fileNamed('log')],
  steps: [
    parent.forks('child', 'Each process will open the file for itself.'),
    opens(parent, 'log', 'O_WRONLY | O_CREAT', 'The parent’s open file: its position is 0.'),
    opens(child, 'log', 'O_WRONLY | O_CREAT', 'The child’s: its position is 0 as well.'),
    parent.writes(
      'fd',
      'parent\n',
      'The parent writes seven bytes, and its position moves to 7. That of the child does not.',
    ),
    child.writes(
      'fd',
      'child\n',
      'The child writes at 0, over what the parent wrote. One byte of the longer line remains behind its end.',
    ),
    child.ends('The child ends.'),
    parent.waitsFor('child', 'The parent collects its status.'),
    parent.tidies('log'),
    parent.exits('No call has failed.'),
  ],
  conclusion:
    'Descriptors that come from one open call, through fork or dup, share a position. Those from two open calls do not: use O_APPEND.',
};

const lockFile: Scenario = {
  id: 'shared-file/lock-file',
  subject: 'shared-file',
  title: 'A lock that is a file',
  summary:
    'O_CREAT with O_EXCL: of two who want to make the same file, one does. What a killed holder leaves stays.',
  kind: 'normal',
  about:
    'Who makes the file has the lock; who finds it there does not. O_EXCL makes looking and making one step. A process that dies leaves its lock file: nobody takes it away for it.',
  processes: family,
  objects: [fileNamed('job.lock', 'the lock file')],
  steps: [
    parent.forks('child', 'Parent and child want to do a job that only one may do at a time.'),
    opens(child, 'job.lock', 'O_WRONLY | O_CREAT | O_EXCL', 'The child makes the file: it has the lock.'),
    child('raise', ['SIGKILL'], { killed: 'SIGKILL' }, 'It is killed before it can remove the file.'),
    parent.waitsForKilled('child', 'SIGKILL', 'The parent sees how it ended.'),
    parent(
      'open',
      ['"job.lock"', 'O_WRONLY | O_CREAT | O_EXCL', '0600'],
      'EEXIST',
      'The parent wants the lock. The file is there, and nothing tells whether its maker still lives. A record lock would be free now.',
    ),
    parent(
      'unlink',
      ['"job.lock"'],
      0,
      'Here the parent knows that the holder is dead and removes the file. In general one must ask a person, or write the process ID into it.',
    ),
    opens(parent, 'job.lock', 'O_WRONLY | O_CREAT | O_EXCL', 'Now it gets the lock.'),
    parent('unlink', ['"job.lock"'], 0, 'And gives it back.'),
    parent.exits('The end.'),
  ],
  conclusion:
    'A lock file works between programs of all kinds, cannot be waited for, and survives its holder. Locks of fcntl and flock do better on all but the first.',
};

const withoutExcl: Scenario = {
  id: 'shared-file/lock-file-twice',
  subject: 'shared-file',
  title: 'A lock file that both have',
  summary:
    'Without O_EXCL open succeeds whether the file is there or not: both believe that they have the lock.',
  kind: 'pitfall',
  rule: 'shared-file/lock-file',
  about: 'A mistake on purpose: a lock file is made without O_EXCL. Two processes get it at the same time.',
  processes: family,
  objects: [fileNamed('job.lock', 'the lock file')],
  steps: [
    parent.forks('child', 'Two processes want the lock.'),
    opens(parent, 'job.lock', 'O_WRONLY | O_CREAT', 'The parent makes the file and takes that for the lock.'),
    opens(
      child,
      'job.lock',
      'O_WRONLY | O_CREAT',
      'The child opens the same file. It is there already, and without O_EXCL that is no error.',
    ),
    child.ends('The child does the job and ends.'),
    parent.waitsFor('child', 'The parent has done it at the same time.'),
    parent.tidies('job.lock'),
    parent.exits('Nothing kept them apart.'),
  ],
  conclusion: 'Only O_CREAT together with O_EXCL answers the question who made the file.',
};

export const sharedFileDemos: FacilityDemos = {
  id: 'shared-file',
  scenarios: [lostUpdate, withLock, append, overwritten, lockFile, withoutExcl],
};
