import { sysvSemCalls } from '../calls/sysv-sem';
import type { FacilityDemos } from '../kit';
import { semsetObject } from '../objects/semset';
import type { ObjectSpec, Scenario, Step } from '../scenario';
import { family, process, succeeds, waits } from './steps';

const set = (title: string): ObjectSpec[] => [{ kind: 'semset', id: 'semaphore', title, handle: 'set' }];

const parent = process('parent');
const child = process('child');
type Actor = ReturnType<typeof process>;

const makePrivate = (count: number, why: string): Step =>
  parent('semget', ['IPC_PRIVATE', String(count), 'IPC_CREAT | 0600'], succeeds, why, { into: 'set' });

const setValue = (actor: Actor, number: number, value: number, why: string): Step =>
  actor('semctl', ['set', String(number), 'SETVAL', String(value)], 0, why);

const remove = (actor: Actor, why: string): Step => actor('semctl', ['set', '0', 'IPC_RMID'], 0, why);

const take = (flags = '0') => ['set', '0', '-1', flags];
const give = (flags = '0') => ['set', '0', '1', flags];

const lock: Scenario = {
  id: 'sysv-sem/lock',
  subject: 'sysv-sem',
  title: 'One at a time',
  summary: 'A semaphore with the value 1 lets one process in; the other waits until it is given back.',
  kind: 'normal',
  about:
    'Parent and child enter the same section one after the other, guarded by a semaphore with the value 1.',
  processes: family,
  objects: set('the semaphore'),
  steps: [
    makePrivate(1, 'A set with one semaphore. The kernel makes sets, not single semaphores.'),
    setValue(
      parent,
      0,
      1,
      'The set has been made, but its values are no good yet: the first one is put in. 1 means: one may enter.',
    ),
    parent.forks('child', 'The child knows the identifier, and so the set.'),
    parent(
      'semop',
      take('SEM_UNDO'),
      0,
      'Subtract 1: the value is 0 now, and the parent is in. SEM_UNDO: should it die, the kernel gives back for it.',
    ),
    child(
      'semop',
      take('SEM_UNDO'),
      waits(0),
      'The child wants in too. The value would fall below 0, and that never happens: semop waits.',
      {
        label: 'child',
      },
    ),
    parent(
      'semop',
      give('SEM_UNDO'),
      0,
      'The parent adds 1 and is out. The child wakes and has subtracted its 1 already.',
      {
        wakes: ['child'],
      },
    ),
    child('semop', give('SEM_UNDO'), 0, 'The child leaves as well.'),
    child.ends('The child ends.'),
    parent.waitsFor('child', 'Nobody uses the set any more.'),
    remove(parent, 'A set lives until it is removed, like all System V objects.'),
    parent.exits('The end.'),
  ],
  conclusion:
    'Take before the section, give after it, on every way out. With SEM_UNDO a process that dies inside does not lock the others out for ever.',
};

const several: Scenario = {
  id: 'sysv-sem/several',
  subject: 'sysv-sem',
  title: 'Two at once, or none',
  summary: 'One semop takes from two semaphores in one indivisible step.',
  kind: 'normal',
  about:
    'The child needs two things at once. One call takes both or waits without holding either, so that two processes can never hold one each and wait for the other.',
  processes: family,
  objects: set('the set'),
  steps: [
    makePrivate(2, 'A set with two semaphores.'),
    setValue(parent, 0, 1, 'The first thing is free.'),
    setValue(parent, 1, 1, 'So is the second.'),
    parent('semop', ['set', '1', '-1', 'SEM_UNDO'], 0, 'The parent takes the second one.'),
    parent.forks('child', 'The child wants both.'),
    child(
      'semop',
      ['set', '0', '-1', 'SEM_UNDO', '1', '-1', 'SEM_UNDO'],
      waits(0),
      'Two operations in one call. The first could be done, the second could not: so neither is done, and the call waits.',
      { label: 'both' },
    ),
    parent(
      'semctl',
      ['set', '0', 'GETVAL'],
      1,
      'Look: the first semaphore still has the value 1. The child waits for two things and holds none.',
      { into: 'value' },
    ),
    parent(
      'semop',
      ['set', '1', '1', 'SEM_UNDO'],
      0,
      'The parent gives the second one back. Now both can be done, and both are.',
      {
        wakes: ['both'],
      },
    ),
    child(
      'semop',
      ['set', '0', '1', 'SEM_UNDO', '1', '1', 'SEM_UNDO'],
      0,
      'Giving back is one call as well.',
    ),
    child.ends('The child ends.'),
    parent.waitsFor('child', 'Nobody uses the set any more.'),
    remove(parent, 'The set is removed.'),
    parent.exits('The end.'),
  ],
  conclusion:
    'All operations of one semop happen together or not at all. No other facility can do this: with two locks one has to agree on an order.',
};

const zero: Scenario = {
  id: 'sysv-sem/zero',
  subject: 'sysv-sem',
  title: 'Waiting for zero',
  summary: 'An operation of 0 waits until the value is 0: until everybody is done.',
  kind: 'normal',
  about: 'The value counts how many parts of the work are left. The child waits until there are none.',
  processes: family,
  objects: set('the semaphore'),
  steps: [
    makePrivate(1, 'A set with one semaphore.'),
    setValue(
      parent,
      0,
      2,
      'Any value that is not negative will do. Here it counts: two parts of the work are left.',
    ),
    parent.forks('child', 'The child will wait for the end of the work.'),
    child(
      'semop',
      ['set', '0', '0', '0'],
      waits(0),
      'An operation of 0 takes and gives nothing: it waits until the value is 0.',
      {
        label: 'zero',
      },
    ),
    parent('semop', take(), 0, 'One part is done. The value is 1, and the child goes on waiting.'),
    parent('semop', take(), 0, 'The last part is done, the value is 0: the child wakes.', {
      wakes: ['zero'],
    }),
    child.ends('The child knows that all is done.'),
    parent.waitsFor('child', 'Nobody uses the set any more.'),
    remove(parent, 'The set is removed.'),
    parent.exits('The end.'),
  ],
  conclusion:
    'Waiting for zero is what POSIX semaphores cannot do. Any number of processes may wait so, and all of them wake.',
};

/** The child dies while it holds the semaphore. */
const crash = (flags: string, why: string): Step[] => [
  makePrivate(1, 'A set with one semaphore.'),
  setValue(parent, 0, 1, 'One may enter.'),
  parent.forks('child', 'The child will enter and not come out.'),
  child('semop', take(flags), 0, why),
  child('pause', [], { blocks: true, afterwards: { killed: 'SIGKILL' } }, 'It is busy inside.', {
    label: 'inside',
  }),
  parent(
    'semop',
    ['set', '0', '0', '0'],
    0,
    'The parent makes sure that the child is in: it waits for the value 0.',
  ),
  parent(
    'kill',
    ['pid', 'SIGKILL'],
    0,
    'The child is killed inside. It has no chance to give back anything.',
    {
      wakes: ['inside'],
    },
  ),
  parent.waitsForKilled('child', 'SIGKILL', 'It is dead.'),
];

const undo: Scenario = {
  id: 'sysv-sem/undo',
  subject: 'sysv-sem',
  title: 'The holder dies, and SEM_UNDO gives back',
  summary: 'The kernel takes back what a dead process did to the value.',
  kind: 'normal',
  about: 'The child takes the semaphore with SEM_UNDO and is killed. The parent can enter all the same.',
  processes: family,
  objects: set('the semaphore'),
  steps: [
    ...crash('SEM_UNDO', 'The child is in. The kernel notes that it owes 1 to the value.'),
    parent(
      'semctl',
      ['set', '0', 'GETVAL'],
      1,
      'The value is 1 again: the kernel paid back what the dead process owed.',
      { into: 'value' },
    ),
    parent('semop', take('SEM_UNDO | IPC_NOWAIT'), 0, 'The parent gets in without waiting.'),
    parent(
      'semop',
      give('SEM_UNDO'),
      0,
      'And out again. Give with SEM_UNDO what was taken with it, or the debt stays.',
    ),
    remove(parent, 'The set is removed.'),
    parent.exits('The end.'),
  ],
  conclusion:
    'SEM_UNDO keeps the lock usable, not the data: what the dead process left half done is still half done. Check it before you use it.',
};

const noUndo: Scenario = {
  id: 'sysv-sem/no-undo',
  subject: 'sysv-sem',
  title: 'The holder dies, and the lock stays',
  summary: 'Without SEM_UNDO what a dead process took is lost for ever.',
  kind: 'pitfall',
  rule: 'sysv-sem/no-undo',
  about: 'The child takes the semaphore without SEM_UNDO and is killed. Nobody can enter any more.',
  processes: family,
  objects: set('the semaphore'),
  steps: [
    ...crash('0', 'The child is in. The kernel notes only the new value.'),
    parent('semctl', ['set', '0', 'GETVAL'], 0, 'The value is 0, and nobody is left who could give back.', {
      into: 'value',
    }),
    parent(
      'semop',
      take('IPC_NOWAIT'),
      'EAGAIN',
      'The parent cannot enter. Without IPC_NOWAIT it would wait here for ever.',
    ),
    parent(
      'semop',
      give(),
      0,
      'Only by hand can it be mended: somebody who knows that the holder is dead gives in its place.',
      {
        absent: true,
        comment: 'The kernel would do it, had the child taken with SEM_UNDO.',
      },
    ),
    remove(parent, 'The set is removed.'),
    parent.exits('The end.'),
  ],
  conclusion: 'A lock that a crash must not leave behind is taken and given with SEM_UNDO.',
};

const first = process('first');
const second = process('second');

const race: Scenario = {
  id: 'sysv-sem/initialisation-race',
  subject: 'sysv-sem',
  title: 'Initialised twice: two are in',
  summary: 'The second program sets the value again while the first one is inside.',
  kind: 'pitfall',
  rule: 'sysv-sem/initialisation-race',
  about:
    'Two programs make the same set and put in its first value. The second does it while the first is in the guarded section, and enters as well.',
  processes: [
    { id: 'first', title: 'the first program', begins: 'open' },
    { id: 'second', title: 'the second program', begins: 'first-step' },
  ],
  keys: ['SET_KEY'],
  objects: set('the semaphore'),
  steps: [
    first(
      'semget',
      ['SET_KEY', '1', 'IPC_CREAT | 0600'],
      succeeds,
      'Makes the set, or finds it. Which of the two it was, the program does not learn.',
      {
        into: 'set',
      },
    ),
    setValue(first, 0, 1, 'It puts in the first value: one may enter.'),
    first('semop', take('SEM_UNDO'), 0, 'And enters. The value is 0.'),
    second(
      'semget',
      ['SET_KEY', '1', 'IPC_CREAT | 0600'],
      succeeds,
      'The second program starts. For it the set is there already, and semget looks just the same.',
      {
        into: 'set',
      },
    ),
    setValue(
      second,
      0,
      1,
      'So it puts in the first value as well. This wipes out that somebody is inside. The debts of SEM_UNDO are wiped out too.',
    ),
    second(
      'semop',
      take('SEM_UNDO'),
      0,
      'It enters without waiting: two processes are in a section for one.',
    ),
    first('semop', give('SEM_UNDO'), 0, 'The first leaves.'),
    second(
      'semop',
      give('SEM_UNDO'),
      0,
      'The second leaves. The value is 2 now: from here on two may always be in.',
    ),
    first.exits('The first ends.'),
    remove(second, 'The set is removed.'),
    second.exits('The end.'),
  ],
  conclusion:
    'Make the set with IPC_CREAT | IPC_EXCL: only who made it puts in the value. The others wait until sem_otime is no longer 0, which shows that the maker has done its first semop.',
};

export const sysvSemDemos: FacilityDemos = {
  id: 'sysv-sem',
  calls: sysvSemCalls,
  objects: [semsetObject],
  scenarios: [lock, several, zero, undo, noUndo, race],
};
