/** What lies in shared memory: the bytes of a file, and pointers. */
import { sharedCalls } from '../calls/shared';
import type { FacilityDemos } from '../kit';
import type { MemberSpec, ObjectSpec, ProcessSpec, Scenario, Step } from '../scenario';
import { bytes, family, process, succeeds } from './steps';
import { type Actor, get, memory, put, release } from './together';

const parent = process('parent');
const child = process('child');

const textMembers: MemberSpec[] = [{ type: 'char', name: 'text', count: 16 }];

const file: Scenario = {
  id: 'mmap-shared/file',
  subject: 'mmap-shared',
  title: 'A file as memory',
  summary:
    'What one process writes into its memory another one reads from the file with read, and the other way round.',
  kind: 'normal',
  about:
    'The parent maps a file with MAP_SHARED and writes by plain assignment. The child, which has mapped nothing, sees it with read and answers with write.',
  processes: family,
  structure: textMembers,
  objects: [
    { kind: 'file', id: 'file', title: 'the file', handle: 'notes' },
    { ...memory(textMembers), title: 'the parent’s memory' },
  ],
  steps: [
    parent(
      'open',
      ['"notes"', 'O_RDWR | O_CREAT | O_TRUNC', '0600'],
      succeeds,
      'A plain file, still empty.',
      {
        into: 'fd',
      },
    ),
    parent(
      'ftruncate',
      ['fd', 'sizeof(struct shared)'],
      0,
      'It gets a size: behind its end there would be nothing to map.',
    ),
    parent.forks('child', 'The child maps nothing. It only has the file.'),
    parent(
      'mmap',
      ['sizeof *shared', 'PROT_READ | PROT_WRITE', 'MAP_SHARED', 'fd'],
      succeeds,
      'The parent has the file in its memory now. MAP_SHARED: what is written there is written into the file.',
      { into: 'shared' },
    ),
    parent(
      'memcpy',
      ['shared->text', '"from memory"', '11'],
      { returns: 0, data: 'from memory' },
      'No write, no call at all: the parent fills its memory.',
    ),
    child('open', ['"notes"', 'O_RDWR', '0'], succeeds, 'The child opens the file for itself.', {
      into: 'own',
    }),
    child(
      'read',
      ['own', 'buf', '11'],
      bytes('from memory'),
      'And reads it. Memory and file are one: the same page of the kernel’s cache.',
      {
        into: 'n',
      },
    ),
    child('pwrite', ['own', '"from write!"', '11', '0'], bytes('from write!'), 'It writes in the usual way.'),
    child.ends('The child ends.'),
    parent.waitsFor('child', 'It has answered.'),
    parent(
      'text_at',
      ['shared->text', '11'],
      { returns: 11, data: 'from write!' },
      'And there it stands, in the parent’s memory. Nobody copied it there.',
    ),
    release(
      parent,
      'The memory goes. The file stays: this is the one kind of shared memory that outlives a restart.',
    ),
    parent('unlink', ['"notes"'], 0, 'Here it is removed as well.'),
    parent.exits('The end.'),
  ],
  conclusion:
    'A mapped file is shared memory that others can also read, write and copy as a file. When its bytes reach the disk the kernel decides, or msync.',
};

const name = '"/list"';
const first = process('first');
const second = process('second');

const twoPrograms: ProcessSpec[] = [
  { id: 'first', title: 'the first program', begins: 'open' },
  { id: 'second', title: 'the second program', begins: 'first-step' },
];

const map = (actor: Actor, why: string): Step =>
  actor('mmap', ['sizeof *shared', 'PROT_READ | PROT_WRITE', 'MAP_SHARED', 'fd'], succeeds, why, {
    into: 'shared',
  });

/** The first program leaves a number in memory with a name, and what tells where it is; the second has it elsewhere. */
const leave = (...tells: Step[]): Step[] => [
  first('shm_open', [name, 'O_CREAT | O_TRUNC | O_RDWR', '0600'], succeeds, 'Shared memory with a name.', {
    into: 'fd',
  }),
  first('ftruncate', ['fd', 'sizeof(struct shared)'], 0, 'It gets its size.'),
  map(first, 'The kernel chooses where in this process it is to be found.'),
  ...tells,
  first.exits('The first program ends. The memory stays.'),
  second('shm_open', [name, 'O_RDWR', '0'], succeeds, 'The second program finds the memory by its name.', {
    into: 'fd',
  }),
  second('shm_unlink', [name], 0, 'The name is not needed any more. Without it nothing stays behind.'),
  second(
    'mmap',
    ['sizeof(struct shared)', 'PROT_READ | PROT_WRITE', 'MAP_PRIVATE | MAP_ANONYMOUS', '-1'],
    succeeds,
    'This program has memory of its own in use, as every program has: another one than in the first.',
    { into: 'own' },
  ),
  map(second, 'So the shared memory comes to lie at another address.'),
  second('munmap', ['own', 'sizeof(struct shared)'], 0, 'Its own memory it gives back again.'),
];

const pointerMembers: MemberSpec[] = [
  { type: 'int', name: 'value' },
  { type: 'int *', name: 'place', note: 'where the value is' },
];

const theList = (members: MemberSpec[]): ObjectSpec => ({
  ...memory(members),
  title: 'the memory',
  handle: '/list',
});

const pointer: Scenario = {
  id: 'posix-shm/pointer-inside',
  subject: 'posix-shm',
  title: 'A pointer that means nothing to others',
  summary:
    'The first program leaves a pointer in shared memory; in the second one there is nothing at that address.',
  kind: 'pitfall',
  rule: 'sysv-shm/pointer-inside',
  about:
    'The first program stores a pointer into shared memory. The second has the same memory at another address: it follows the pointer into nothing.',
  processes: twoPrograms,
  structure: pointerMembers,
  objects: [theList(pointerMembers)],
  steps: [
    ...leave(
      put(first, 'value', '42', 'A number for the second program.'),
      put(
        first,
        'place',
        '&shared->value',
        'Here is the mistake: a pointer is an address of this one process.',
      ),
    ),
    get(
      second,
      'value',
      42,
      'The number is there: what is reached from the beginning of the memory is right.',
      'found',
    ),
    second(
      'follow',
      ['shared->place'],
      { killed: 'SIGSEGV' },
      'The pointer is there as well, to the bit. But it leads to where the first program had the memory; here there is nothing, and the process dies.',
      { into: 'value' },
    ),
  ],
  conclusion:
    'Store how far it is from the beginning of the memory, not where it is. After fork alone pointers happen to fit, since a child has everything at the addresses of its parent.',
};

const offsetMembers: MemberSpec[] = [
  { type: 'int', name: 'place', note: 'which of the values is meant' },
  { type: 'int', name: 'value', count: 4 },
];

const offset: Scenario = {
  id: 'posix-shm/offset',
  subject: 'posix-shm',
  title: 'A place that everybody understands',
  summary: 'An index instead of a pointer: it is right wherever the memory lies.',
  kind: 'normal',
  about:
    'The first program leaves in shared memory which of several numbers is meant, as an index. The second has the same memory at another address, and finds the number.',
  processes: twoPrograms,
  structure: offsetMembers,
  objects: [theList(offsetMembers)],
  steps: [
    ...leave(
      put(first, 'value[2]', '42', 'A number for the second program.'),
      put(first, 'place', '2', 'And which one is meant: the third.'),
    ),
    get(second, 'place', 2, 'It reads which one is meant.', 'place'),
    get(second, 'value[place]', 42, 'And finds it, counted from where the memory lies here.'),
    release(second, 'The last mapping goes, and the memory with it.'),
    second.exits('The end.'),
  ],
  conclusion:
    'An index or a distance from the beginning means the same in every process. Linked lists in shared memory are linked so.',
};

export const sharedContentsDemos: FacilityDemos[] = [
  { id: 'mmap-shared', calls: sharedCalls, scenarios: [file] },
  { id: 'posix-shm', scenarios: [pointer, offset] },
];
