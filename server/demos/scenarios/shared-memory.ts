/** Shared memory of three makes: System V, POSIX, and without a name. */
import { memoryCalls } from '../calls/memory';
import type { FacilityDemos } from '../kit';
import { memoryObject } from '../objects/memory';
import type { ConstantSpec, ObjectSpec, Scenario, Step } from '../scenario';
import { family, type More, process, succeeds, waits } from './steps';

const size: ConstantSpec = { name: 'SIZE', value: 4096, note: 'Bytes that are shared: one page.' };
const memory = (handle: string): ObjectSpec => ({
  kind: 'memory',
  id: 'memory',
  title: 'the memory',
  handle,
});
const name = '"/cells"';
const readWrite = 'PROT_READ | PROT_WRITE';

const parent = process('parent');
const child = process('child');
type Actor = ReturnType<typeof process>;

const put = (actor: Actor, index: number, number: string, why: string, more?: More): Step =>
  actor('put', ['cells', String(index), number], 0, why, more);

const get = (actor: Actor, index: number, number: number, why: string, into = 'value'): Step =>
  actor('get', ['cells', String(index)], number, why, { into });

const map = (actor: Actor, flags: string, fd: string, why: string): Step =>
  actor('mmap', ['SIZE', readWrite, flags, fd], succeeds, why, { into: 'cells' });

const anonymous = (why: string): Step => map(parent, 'MAP_SHARED | MAP_ANONYMOUS', '-1', why);

const first = process('first');
const second = process('second');
const program = process('program');

const outlives: Scenario = {
  id: 'posix-shm/outlives',
  subject: 'posix-shm',
  title: 'Memory with a name',
  summary:
    'A program leaves numbers in shared memory and ends; another finds them, and unlinks the name while it uses them.',
  kind: 'normal',
  about:
    'The first program makes shared memory, writes into it and ends. The second, started any time later, finds the memory by its name, and goes on using it after the name is gone.',
  processes: [
    { id: 'first', title: 'the first program', begins: 'open' },
    { id: 'second', title: 'the second program', begins: 'first-step' },
  ],
  constants: [size],
  objects: [memory('/cells')],
  steps: [
    first(
      'shm_open',
      [name, 'O_CREAT | O_RDWR', '0600'],
      succeeds,
      'A file that lives in memory only. The name begins with a slash; 0600 keeps it to this user. It is empty: 0 bytes.',
      {
        into: 'fd',
      },
    ),
    first('ftruncate', ['fd', 'SIZE'], 0, 'Now it has a size. All bytes are 0.'),
    map(
      first,
      'MAP_SHARED',
      'fd',
      'The memory becomes part of the process, as an array. From here on no call is needed.',
    ),
    put(first, 0, '42', 'A plain assignment. There is no call that the kernel would see.'),
    put(first, 1, '7', 'And another.'),
    first.exits('The program ends. Its mapping goes, the memory stays.'),
    second('shm_open', [name, 'O_RDWR', '0'], succeeds, 'Another program finds it by the name.', {
      into: 'fd',
    }),
    map(second, 'MAP_SHARED', 'fd', 'It maps the memory, perhaps at another address.'),
    second.closes('fd', 'The descriptor is not needed any more: the mapping holds the memory.'),
    get(second, 0, 42, 'What the first one wrote is there.'),
    second('shm_unlink', [name], 0, 'The name goes at once. The memory does not: it is still mapped.'),
    put(second, 1, '8', 'Whoever has it mapped can go on.'),
    get(second, 1, 8, 'It is all still there.'),
    second('munmap', ['cells'], 0, 'The last mapping goes, and the memory with it.'),
    second.exits('Nothing is left.'),
  ],
  conclusion:
    'Shared memory lives until its name is unlinked and nobody maps it. Forgotten ones lie in /dev/shm and take up memory until the system is restarted.',
};

const noSize: Scenario = {
  id: 'posix-shm/no-size',
  subject: 'posix-shm',
  title: 'Memory without a size: SIGBUS',
  summary: 'A new object has 0 bytes; mapping it succeeds, and the first access kills.',
  kind: 'pitfall',
  rule: 'posix-shm/no-size',
  about: 'Makes shared memory and maps it without giving it a size. The first access ends the program.',
  processes: [{ id: 'program', title: 'the program', begins: 'open' }],
  constants: [size],
  objects: [memory('/cells')],
  steps: [
    program(
      'shm_open',
      [name, 'O_CREAT | O_TRUNC | O_RDWR', '0600'],
      succeeds,
      'A new object. It has 0 bytes.',
      { into: 'fd' },
    ),
    program(
      'shm_unlink',
      [name],
      0,
      'The name is not needed for this. Without it nothing stays behind, however the program ends.',
    ),
    map(program, 'MAP_SHARED', 'fd', 'The call succeeds: it hands out addresses, not memory. Nothing warns.'),
    program(
      'put',
      ['cells', '0', '42'],
      { killed: 'SIGBUS' },
      'Behind this address there is no byte of the object. The kernel sends SIGBUS, and the process dies.',
    ),
  ],
  conclusion:
    'After shm_open with O_CREAT comes ftruncate, before mmap or after it, but before the first access. A program that opens what another makes must wait until that has happened.',
};

const anonymousMemory: Scenario = {
  id: 'mmap-shared/anonymous',
  subject: 'mmap-shared',
  title: 'Memory that parent and child share',
  summary: 'What one writes the other sees at once, without any call.',
  kind: 'normal',
  about: 'Parent and child share a page that has no name. The child writes into it, the parent reads it.',
  processes: family,
  constants: [size],
  objects: [memory('')],
  steps: [
    anonymous(
      'A page without a name and without a file. MAP_SHARED decides: after fork it will be one page for both.',
    ),
    put(parent, 0, '1', 'The parent writes before fork.'),
    parent.forks('child', 'All other memory is copied for the child. This page is not: both have the same.'),
    get(child, 0, 1, 'The child sees what was there.'),
    put(
      child,
      0,
      '2',
      'The child writes: at that moment it is in the parent’s page, for it is the same page.',
    ),
    put(child, 1, '42', 'A second cell.'),
    child.ends('The child ends. What it wrote stays.'),
    parent.waitsFor(
      'child',
      'Waiting is also how the parent knows that the numbers are there. The memory itself tells nobody.',
    ),
    get(parent, 0, 2, 'The child’s number, without a read or a receive.'),
    get(parent, 1, 42, 'And the other one.', 'other'),
    parent('munmap', ['cells'], 0, 'The last one lets go of the page, and it is gone.'),
    parent.exits('The end.'),
  ],
  conclusion:
    'Nothing is faster than memory that both have. What is missing is a way to say “now”: for that shared memory needs a second facility, such as a semaphore.',
};

const copied: Scenario = {
  id: 'mmap-shared/private',
  subject: 'mmap-shared',
  title: 'MAP_PRIVATE: each has a copy',
  summary: 'With MAP_PRIVATE the first write makes a copy, and nobody else sees it.',
  kind: 'pitfall',
  rule: 'mmap-shared/private',
  about:
    'Parent and child map the same object with MAP_PRIVATE. What the child writes never reaches the parent.',
  processes: family,
  constants: [size],
  objects: [memory('/cells')],
  steps: [
    parent('shm_open', [name, 'O_CREAT | O_TRUNC | O_RDWR', '0600'], succeeds, 'Shared memory with a name.', {
      into: 'fd',
    }),
    parent('shm_unlink', [name], 0, 'The descriptor is enough from here on.'),
    parent('ftruncate', ['fd', 'SIZE'], 0, 'It gets its size.'),
    map(
      parent,
      'MAP_PRIVATE',
      'fd',
      'Here is the mistake: MAP_PRIVATE instead of MAP_SHARED. The call succeeds.',
    ),
    parent.forks('child', 'The child has the same mapping, and still the same page.'),
    put(child, 0, '42', 'The child writes. At this moment it gets a copy of the page for itself alone.'),
    get(child, 0, 42, 'It reads its own number, and everything seems to be in order.'),
    child.ends('The child ends, and its copy goes with it.'),
    parent.waitsFor('child', 'The child has done its work.'),
    get(parent, 0, 0, 'The parent finds 0: the number was in the child’s copy.'),
    parent.exits('The end.'),
  ],
  conclusion:
    'MAP_SHARED shares, MAP_PRIVATE copies on the first write. No call fails and no signal comes: the data just never arrives.',
};

const semaphore: ObjectSpec = { kind: 'semset', id: 'lock', title: 'the lock', handle: 'lock' };

const withLock: Scenario = {
  id: 'mmap-shared/locked',
  subject: 'mmap-shared',
  title: 'Two add 1, with a lock',
  summary: 'A semaphore keeps the second one out until the first has written.',
  kind: 'normal',
  about:
    'Parent and child each add 1 to the same cell, guarded by a semaphore. No addition is lost, whoever comes first.',
  processes: family,
  constants: [size],
  objects: [memory(''), semaphore],
  steps: [
    anonymous('A page for both.'),
    parent(
      'semget',
      ['IPC_PRIVATE', '1', 'IPC_CREAT | 0600'],
      succeeds,
      'A semaphore beside it, as the lock.',
      { into: 'lock' },
    ),
    parent('semctl', ['lock', '0', 'SETVAL', '1'], 0, 'One may enter.'),
    parent.forks('child', 'Both share the cell and the lock.'),
    parent('semop', ['lock', '0', '-1', 'SEM_UNDO'], 0, 'The parent takes the lock first.'),
    get(parent, 0, 0, 'Then it reads: 0.'),
    child(
      'semop',
      ['lock', '0', '-1', 'SEM_UNDO'],
      waits(0),
      'The child must wait. It cannot read a number that is about to be replaced.',
      {
        label: 'child',
      },
    ),
    put(parent, 0, 'value + 1', 'The parent writes 1.'),
    parent(
      'semop',
      ['lock', '0', '1', 'SEM_UNDO'],
      0,
      'Only now it gives the lock back, and the child has it.',
      { wakes: ['child'] },
    ),
    get(child, 0, 1, 'The child reads the new number.'),
    put(child, 0, 'value + 1', 'And writes 2.'),
    child('semop', ['lock', '0', '1', 'SEM_UNDO'], 0, 'The child gives the lock back.'),
    child.ends('The child is done.'),
    parent.waitsFor('child', 'Both have added.'),
    get(parent, 0, 2, 'Nothing is lost.', 'sum'),
    parent('semctl', ['lock', '0', 'IPC_RMID'], 0, 'The semaphore is removed.'),
    parent.exits('The end. The page goes with its last mapping.'),
  ],
  conclusion:
    'Take the lock before reading, and give it back after writing. A lock around the write alone would not help.',
};

const makeSegment: Step[] = [
  parent(
    'shmget',
    ['IPC_PRIVATE', 'SIZE', 'IPC_CREAT | 0600'],
    succeeds,
    'A segment of one page. IPC_PRIVATE: no key leads to it, only the identifier.',
    {
      into: 'segment',
    },
  ),
  parent('shmat', ['segment', '0'], succeeds, 'Attached, it becomes part of the process as an array.', {
    into: 'cells',
  }),
];

const removed: Scenario = {
  id: 'sysv-shm/removed-while-attached',
  subject: 'sysv-shm',
  title: 'Removed while in use',
  summary: 'IPC_RMID marks a segment that is attached; it goes when the last process lets go.',
  kind: 'normal',
  about:
    'The parent makes a segment, and marks it for removal as soon as all who need it are attached. Whatever happens then, nothing stays behind.',
  processes: family,
  constants: [size],
  objects: [memory('segment')],
  steps: [
    ...makeSegment,
    parent.forks('child', 'The child is attached as well: two attachments.'),
    parent(
      'shmctl',
      ['segment', 'IPC_RMID'],
      0,
      'The segment is removed, which here means: marked. Two processes are attached, so it lives on.',
    ),
    put(child, 0, '42', 'The child can go on using it.'),
    child.ends('The child ends, which detaches it.'),
    parent.waitsFor('child', 'One attachment is left.'),
    get(parent, 0, 42, 'The child’s number is there, and the segment still marked.'),
    parent('shmdt', ['cells'], 0, 'The last one detaches: now the segment is gone.'),
    parent('shmctl', ['segment', 'IPC_RMID'], 'EINVAL', 'Its identifier means nothing any more.'),
    parent.exits('Nothing is left.'),
  ],
  conclusion:
    'Remove a segment as soon as everybody has attached it: then a crash leaves nothing behind. Without IPC_RMID it stays, with nobody attached, until the system is restarted.',
};

const lostUpdate: Scenario = {
  id: 'sysv-shm/lost-update',
  subject: 'sysv-shm',
  title: 'Two add 1, and one of them is lost',
  summary: 'Reading, adding and writing are three things; another process may come between them.',
  kind: 'pitfall',
  rule: 'sysv-shm/unsynchronised',
  about:
    'Parent and child each add 1 to the same cell without a lock. If both read before one writes, one addition is lost.',
  processes: family,
  constants: [size],
  objects: [memory('segment')],
  steps: [
    ...makeSegment,
    parent.forks('child', 'Both share the cell, which holds 0.'),
    get(parent, 0, 0, 'The parent wants to add 1. First it reads: 0.'),
    get(child, 0, 0, 'The child wants the same, and reads 0 as well.'),
    put(child, 0, 'value + 1', 'It writes 1.'),
    child.ends('The child is done.'),
    put(
      parent,
      0,
      'value + 1',
      'The parent writes what it worked out: 1. The child’s addition is overwritten.',
    ),
    parent.waitsFor('child', 'Both have added.'),
    get(parent, 0, 1, 'Twice 1 was added to 0, and the result is 1.', 'sum'),
    parent('shmctl', ['segment', 'IPC_RMID'], 0, 'The segment is removed.'),
    parent.exits('The end.'),
  ],
  conclusion:
    'Even cells[0]++ in one line is these three things. In a program of your own it happens seldom, and never while you look for it. Guard the cell with a lock, or use atomic operations.',
};

export const posixShmDemos: FacilityDemos = {
  id: 'posix-shm',
  calls: memoryCalls,
  objects: [memoryObject],
  scenarios: [outlives, noSize],
};

export const sysvShmDemos: FacilityDemos = { id: 'sysv-shm', scenarios: [removed, lostUpdate] };

export const mmapSharedDemos: FacilityDemos = {
  id: 'mmap-shared',
  scenarios: [anonymousMemory, withLock, copied],
};
