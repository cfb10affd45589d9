import { posixSemCalls } from './calls/posix-sem';
import type { FacilityDemos } from './kit';
import { namedSemaphoreObject } from './objects/named-semaphore';
import type { ObjectSpec, Scenario } from './scenario';
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

export const posixSemNamedDemos: FacilityDemos = {
  id: 'posix-sem-named',
  calls: posixSemCalls,
  objects: [namedSemaphoreObject],
  scenarios: [exclusion, persists],
};
