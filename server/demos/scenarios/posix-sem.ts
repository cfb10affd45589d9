import { posixSemCalls } from '../calls/posix-sem';
import type { FacilityDemos } from '../kit';
import { namedSemaphoreObject } from '../objects/named-semaphore';
import type { ConstantSpec, ObjectSpec, Scenario, Step } from '../scenario';
import { family, process, succeeds, waits } from './steps';

const theSemaphore: ObjectSpec[] = [
  { kind: 'named-semaphore', id: 'semaphore', title: 'the semaphore', handle: '/turn' },
];
const name = '"/turn"';

const parent = process('parent');
const child = process('child');
const first = process('first');
const second = process('second');

const exclusion: Scenario = {
  id: 'posix-sem-named/exclusion',
  subject: 'posix-sem-named',
  title: 'One at a time',
  summary: 'A semaphore with the value 1 lets one process in; the other waits.',
  kind: 'normal',
  about: 'Parent and child enter the same section one after the other, guarded by a semaphore with a name.',
  processes: family,
  objects: theSemaphore,
  steps: [
    parent(
      'sem_open',
      [name, 'O_CREAT', '0600', '1'],
      succeeds,
      'Makes the semaphore with the value 1 in one step: nobody can see it without its value.',
      {
        into: 'turn',
      },
    ),
    parent(
      'sem_unlink',
      [name],
      0,
      'Parent and child need no name to share it. Without one, nothing stays behind.',
    ),
    parent.forks('child', 'The child has it open as well.'),
    parent('sem_wait', ['turn'], 0, 'The value falls to 0, and the parent is in.'),
    child(
      'sem_wait',
      ['turn'],
      waits(0),
      'The value is 0: the child waits. Only now does the kernel come into play.',
      {
        label: 'child',
      },
    ),
    parent('sem_post', ['turn'], 0, 'The parent adds 1, and the child gets it.', { wakes: ['child'] }),
    child('sem_post', ['turn'], 0, 'The child leaves as well.'),
    child.ends('The child ends.'),
    parent.waitsFor('child', 'Nobody else uses it any more.'),
    parent('sem_close', ['turn'], 0, 'The last one lets go, and the semaphore is gone.'),
    parent.exits('The end.'),
  ],
  conclusion:
    'While nobody has to wait, sem_wait and sem_post cost hardly more than an addition: the kernel is asked only to sleep and to wake. Nobody gives back for a process that dies.',
};

const persists: Scenario = {
  id: 'posix-sem-named/persists',
  subject: 'posix-sem-named',
  title: 'The value that stays',
  summary: 'The semaphore outlives its maker, and a second sem_open does not set the value again.',
  kind: 'normal',
  about:
    'The first program makes a semaphore, posts twice and ends. The second finds it with the value 2, though it asks for 5, and removes it.',
  processes: [
    { id: 'first', title: 'the first program', begins: 'open' },
    { id: 'second', title: 'the second program', begins: 'first-step' },
  ],
  objects: theSemaphore,
  steps: [
    first('sem_open', [name, 'O_CREAT', '0600', '0'], succeeds, 'A semaphore with the value 0.', {
      into: 'turn',
    }),
    first('sem_post', ['turn'], 0, 'The value is 1.'),
    first('sem_post', ['turn'], 0, 'And 2. A semaphore counts: it need not stop at 1.'),
    first.exits('The program ends. Name and value stay.'),
    second(
      'sem_open',
      [name, 'O_CREAT', '0600', '5'],
      succeeds,
      'The semaphore is there already: it is opened as it is. The 5 counts for nothing.',
      {
        into: 'turn',
      },
    ),
    second('sem_trywait', ['turn'], 0, 'Takes one without waiting.'),
    second('sem_trywait', ['turn'], 0, 'And the other.'),
    second('sem_trywait', ['turn'], 'EAGAIN', 'The value is 0: it was 2, not 5.'),
    second('sem_unlink', [name], 0, 'The name is removed.'),
    second('sem_close', ['turn'], 0, 'And the semaphore with it.'),
    second.exits('Nothing is left.'),
  ],
  conclusion:
    'A program that was killed leaves its semaphore with whatever value it had, and the next start finds that. Unlink the name where the program ends, or use O_EXCL and decide what to do when it exists.',
};

const size: ConstantSpec = { name: 'SIZE', value: 4096, note: 'Bytes that are shared: one page.' };
const free = '"/free"';
const filled = '"/filled"';

const open = (name: string, value: number, into: string, why: string): Step =>
  parent('sem_open', [name, 'O_CREAT | O_EXCL', '0600', String(value)], succeeds, why, { into });

const unlink = (name: string, why: string): Step => parent('sem_unlink', [name], 0, why);

const producerConsumer: Scenario = {
  id: 'posix-sem-named/producer-consumer',
  subject: 'posix-sem-named',
  title: 'Producer and consumer',
  summary: 'One semaphore counts what is free, one what is filled: each side waits just when it must.',
  kind: 'normal',
  about:
    'The parent puts two numbers into one cell of shared memory, the child takes them out. Two semaphores see to it that none is overwritten or taken twice.',
  processes: family,
  constants: [size],
  objects: [
    { kind: 'named-semaphore', id: 'free', title: 'the free places', handle: '/free' },
    { kind: 'named-semaphore', id: 'filled', title: 'the filled places', handle: '/filled' },
    { kind: 'memory', id: 'memory', title: 'the memory', handle: '' },
  ],
  steps: [
    open(free, 1, 'free_places', 'Counts the free places: there is one cell, and it is free.'),
    open(filled, 0, 'filled_places', 'Counts the filled ones: none.'),
    unlink(free, 'Parent and child need no names.'),
    unlink(filled, 'So nothing stays behind.'),
    parent(
      'mmap',
      ['SIZE', 'PROT_READ | PROT_WRITE', 'MAP_SHARED | MAP_ANONYMOUS', '-1'],
      succeeds,
      'The memory with the cell. A semaphore carries no data: it only says when.',
      { into: 'cells' },
    ),
    parent.forks('child', 'The child has memory and semaphores as well.'),
    parent('sem_wait', ['free_places'], 0, 'The cell is free: the parent takes it.'),
    parent('put', ['cells', '0', '11'], 0, 'It puts a number in.'),
    parent('sem_post', ['filled_places'], 0, 'And says that there is one.'),
    parent(
      'sem_wait',
      ['free_places'],
      waits(0),
      'It has another one, but the cell is not free: it waits, and overwrites nothing.',
      { label: 'free' },
    ),
    child('sem_wait', ['filled_places'], 0, 'There is one: the child need not wait.'),
    child('get', ['cells', '0'], 11, 'It takes the number.', { into: 'value' }),
    child('sem_post', ['free_places'], 0, 'And says that the cell is free: the parent goes on.', {
      wakes: ['free'],
    }),
    child(
      'sem_wait',
      ['filled_places'],
      waits(0),
      'The child wants the next one, which is not there yet. Now it is the child that waits.',
      { label: 'filled' },
    ),
    parent('put', ['cells', '0', '22'], 0, 'The parent puts the second number in.'),
    parent('sem_post', ['filled_places'], 0, 'And says so: the child goes on.', { wakes: ['filled'] }),
    child('get', ['cells', '0'], 22, 'It takes the second number.', { into: 'value' }),
    child('sem_post', ['free_places'], 0, 'The cell is free again.'),
    child.ends('The child has all.'),
    parent.waitsFor('child', 'All was taken.'),
    parent('sem_close', ['free_places'], 0, 'The last one lets go of the semaphores.'),
    parent('sem_close', ['filled_places'], 0, 'Both are gone.'),
    parent.exits('The end.'),
  ],
  conclusion:
    'The side that is faster waits for the other one, and never by looking again and again. Two semaphores are needed: one alone says only in one direction that something has happened.',
};

export const posixSemNamedDemos: FacilityDemos = {
  id: 'posix-sem-named',
  calls: posixSemCalls,
  objects: [namedSemaphoreObject],
  scenarios: [exclusion, producerConsumer, persists],
};
