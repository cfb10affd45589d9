import type { FacilityDemos } from '../kit';
import type { MemberSpec, ObjectSpec, ProcessSpec, Scenario, Step } from '../scenario';
import { family, process, waits, waitsForEver } from './steps';
import { type Actor, get, initialise, lock, memory, put, share, sharedAttributes, unlock } from './together';

const parent = process('parent');
const child = process('child');
const first = process('first');
const second = process('second');

const members: MemberSpec[] = [
  { type: 'pthread_mutex_t', name: 'mutex' },
  { type: 'pthread_cond_t', name: 'filled', note: 'signalled when count has grown' },
  { type: 'int', name: 'count', note: 'guarded by the mutex' },
];

const objects: ObjectSpec[] = [
  { kind: 'mutex', id: 'mutex', title: 'the mutex', handle: 'mutex' },
  { kind: 'condition', id: 'filled', title: 'the condition variable', handle: 'filled' },
  memory(members),
];

const begin: Step[] = [
  share(
    parent,
    'Memory for three things that belong together: a mutex, the condition variable, and the number that the condition is about.',
  ),
  ...sharedAttributes(parent),
  initialise(parent, 'The mutex guards the number.'),
];

/** Mutex and condition variable, both for several processes. */
const make: Step[] = [
  ...begin,
  parent('pthread_condattr_init', ['&shareable'], 0, 'A condition variable has attributes of its own.'),
  parent(
    'pthread_condattr_setpshared',
    ['&shareable', 'PTHREAD_PROCESS_SHARED'],
    0,
    'It, too, must be told that several processes will use it.',
  ),
  parent(
    'pthread_cond_init',
    ['&shared->filled', '&shareable'],
    0,
    'It holds no value and remembers nothing: it is a place to sleep at.',
  ),
];

const check = (actor: Actor, word: 'while' | 'if', found: number, why: string, more = {}): Step =>
  actor('check', [word, 'shared->count', '== 0', '&shared->filled', '&shared->mutex'], found, why, more);

/** Sleeps at the condition variable; `label` is for the step that wakes it. */
const wait = (actor: Actor, label: string, why: string): Step =>
  actor('pthread_cond_wait', ['&shared->filled', '&shared->mutex'], waits(0), why, {
    label,
    inLoop: true,
  });

const signal = (actor: Actor, why: string): Step => actor('pthread_cond_signal', ['&shared->filled'], 0, why);

/** Takes one away, holding the mutex. */
const take = (actor: Actor, found: number, why: string): Step[] => [
  get(actor, 'count', found, why),
  put(actor, 'count', 'value - 1', 'It takes one.'),
];

/** Adds one, holding the mutex. */
const add = (actor: Actor, found: number, why: string): Step[] => [
  get(actor, 'count', found, why),
  put(actor, 'count', 'value + 1', 'There is one more now.'),
];

const handOver: Scenario = {
  id: 'condvar/hand-over',
  subject: 'condvar',
  title: 'Sleeping until there is something',
  summary: 'The child waits for a number to become larger than 0; the parent changes it and signals.',
  kind: 'normal',
  about:
    'The child needs something that is not there yet. It sleeps at a condition variable until the parent has put it there. Both are processes of their own, with mutex and condition variable in shared memory.',
  processes: family,
  structure: members,
  objects,
  steps: [
    ...make,
    parent.forks('child', 'The child will take what the parent puts there.'),
    lock(child, 'The number may be read only with the mutex.'),
    check(
      child,
      'while',
      0,
      'There is nothing yet. The child has to wait, but it must not keep the mutex meanwhile.',
    ),
    wait(
      child,
      'filled',
      'One step that cannot be divided: unlock the mutex, and sleep. Had the child done it in two, a signal could come between.',
    ),
    lock(parent, 'So the parent gets the mutex, though the child stands in the middle of its section.'),
    ...add(parent, 0, 'It reads the number: 0.'),
    signal(
      parent,
      'It wakes one who sleeps. The child wakes, but pthread_cond_wait returns only with the mutex, and that the parent still has: now the child waits for the mutex.',
    ),
    unlock(parent, 'Now the child gets the mutex, and its wait returns.', { wakes: ['filled'] }),
    check(child, 'while', 1, 'It tests again, as the loop says: this time there is something.', {
      inLoop: true,
    }),
    ...take(child, 1, 'The child reads: 1.'),
    unlock(child, 'And lets go of the mutex.'),
    child.ends('The child is done.'),
    parent.waitsFor('child', 'It was taken.'),
    parent.exits('The end. The memory goes with its last mapping.'),
  ],
  conclusion:
    'Mutex, condition, number: lock, test in a loop, wait, and change and signal with the mutex held. The wait lets go of the mutex while it sleeps, and has it again when it returns.',
};

const early: Scenario = {
  id: 'condvar/early',
  subject: 'condvar',
  title: 'Signalled before anybody waits',
  summary: 'The signal is lost, and it does no harm: the number tells what it said.',
  kind: 'normal',
  about:
    'The child signals while nobody waits. The signal is lost; but the parent tests the number before it waits, and so need not wait at all.',
  processes: family,
  structure: members,
  objects,
  steps: [
    ...make,
    parent.forks('child', 'This time the child puts something there.'),
    lock(child, 'The child takes the mutex.'),
    ...add(child, 0, 'It reads: 0.'),
    signal(child, 'Nobody sleeps there: this signal wakes nobody, and nothing of it is kept.'),
    unlock(child, 'The child lets go.'),
    child.ends('It is done.'),
    lock(parent, 'Only now the parent comes.'),
    check(
      parent,
      'while',
      1,
      'It tests before it waits. There is something: no need to sleep for a signal that has been.',
    ),
    ...take(parent, 1, 'The parent reads: 1.'),
    unlock(parent, 'It lets go of the mutex.'),
    parent.waitsFor('child', 'Nobody uses the memory any more.'),
    parent.exits('The end.'),
  ],
  conclusion:
    'The condition variable wakes, the number remembers. Whoever waits first looks at the number; then no signal is needed that came too early.',
};

const lost: Scenario = {
  id: 'condvar/lost-signal',
  subject: 'condvar',
  title: 'The signal that came before the wait',
  summary: 'A wait without a number to test: a signal sent earlier is lost, and the wait has no end.',
  kind: 'pitfall',
  rule: 'condvar/no-loop',
  about:
    'The child signals, and later the parent waits for that, without a number that says whether it has happened. The signal is gone: the parent waits for ever.',
  processes: family,
  structure: members,
  objects: objects.slice(0, 2),
  steps: [
    ...make,
    parent.forks('child', 'The child will tell the parent that it is ready.'),
    lock(child, 'It even takes the mutex, as it should.'),
    signal(child, 'Ready! But nobody sleeps there, and a condition variable keeps nothing.'),
    unlock(child, 'The child has said what it had to say.'),
    child.ends('And ends.'),
    parent.waitsFor('child', 'The parent had other things to do until now.'),
    lock(parent, 'Now the parent wants to know whether the child is ready.'),
    parent(
      'pthread_cond_wait',
      ['&shared->filled', '&shared->mutex'],
      waitsForEver,
      'It waits for a signal that has been. There is nothing it could have tested, and no other signal will come.',
    ),
  ],
  conclusion:
    'A semaphore counts posts that nobody waited for; a condition variable forgets them. It needs a variable beside it that says what has happened, tested before each wait.',
};

const consumers: ProcessSpec[] = [
  { id: 'parent', title: 'the parent', begins: 'open' },
  { id: 'first', title: 'the first consumer', begins: 'fork' },
  { id: 'second', title: 'the second consumer', begins: 'fork' },
];

const forkBoth: Step[] = [
  parent.forks('first', 'Two processes want to take. This is the first.', { into: 'one' }),
  parent.forks('second', 'And this the second.', { into: 'two' }),
];

/** The first consumer is woken, and the second is quicker. */
const overtaken = (word: 'while' | 'if'): Step[] => [
  ...make,
  ...forkBoth,
  lock(first, 'The first consumer looks whether there is something.'),
  check(first, word, 0, 'There is nothing.'),
  wait(first, 'first', 'It sleeps, and lets go of the mutex.'),
  lock(parent, 'The parent will put something there.'),
  ...add(parent, 0, 'It reads: 0.'),
  second(
    'pthread_mutex_lock',
    ['&shared->mutex'],
    waits(0),
    'Meanwhile the second consumer comes. It never slept at the condition variable: it waits for the mutex.',
    { label: 'second' },
  ),
  signal(parent, 'The first consumer is woken, and waits for the mutex as well, behind the second.'),
  unlock(parent, 'The second one gets the mutex: it was there before.', { wakes: ['second'] }),
  check(second, word, 1, 'It finds something, and has no reason to wait.'),
  ...take(second, 1, 'It reads: 1.'),
  unlock(
    second,
    'It lets go. Only now the wait of the first one returns, woken for something that is gone.',
    {
      wakes: ['first'],
    },
  ),
];

const collect = (sum: number): Step[] => [
  parent(
    'waitpid',
    ['two', 'status', '0'],
    { returns: { pid: 'second' }, child: { exited: 0 } },
    'The second consumer has ended.',
  ),
  parent(
    'waitpid',
    ['one', 'status', '0'],
    { returns: { pid: 'first' }, child: { exited: 0 } },
    'And the first.',
  ),
  get(parent, 'count', sum, 'What the number says in the end.', 'left'),
  parent.exits('The end.'),
];

const loop: Scenario = {
  id: 'condvar/loop',
  subject: 'condvar',
  title: 'Woken in vain: the loop',
  summary:
    'Between the signal and the return of the wait another process took what was signalled; the loop waits again.',
  kind: 'normal',
  about:
    'Two consumers take what the parent puts there. The first one is woken, but the second is quicker. Because the wait stands in a loop, the first one tests again and waits for the next.',
  processes: consumers,
  structure: members,
  objects,
  steps: [
    ...overtaken('while'),
    check(
      first,
      'while',
      0,
      'It tests again, and there is nothing. That it was woken does not mean that there is something.',
      {
        inLoop: true,
      },
    ),
    wait(first, 'again', 'So it sleeps once more.'),
    second.ends('The second consumer has what it wanted.'),
    lock(parent, 'The parent has another one.'),
    ...add(parent, 0, 'It reads: 0.'),
    signal(parent, 'The first consumer is woken a second time.'),
    unlock(parent, 'And gets the mutex: nobody was quicker.', { wakes: ['again'] }),
    check(first, 'while', 1, 'Now there is something.', { inLoop: true }),
    ...take(first, 1, 'It reads: 1.'),
    unlock(first, 'It lets go.'),
    first.ends('The first consumer is done as well.'),
    ...collect(0),
  ],
  conclusion:
    'A wake-up is a hint: look again. It may come too late, as here; pthread_cond_broadcast wakes all for one; and the standard allows a wait to return without any reason. The same loop covers all of it.',
};

const spurious: Scenario = {
  id: 'condvar/spurious',
  subject: 'condvar',
  title: 'Woken in vain: the if',
  summary:
    'The wait stands behind an if: the consumer that was overtaken goes on, and takes what is not there.',
  kind: 'pitfall',
  rule: 'condvar/no-loop',
  about:
    'Two consumers take what the parent puts there. The first one is woken, but the second is quicker. The first one does not test again, and takes something that is gone.',
  processes: consumers,
  structure: members,
  objects,
  steps: [
    ...overtaken('if'),
    first(
      'check',
      ['while', 'shared->count', '== 0', '&shared->filled', '&shared->mutex'],
      0,
      'Done by hand here: with while instead of if, it would test again, find 0 and sleep once more.',
      { absent: true, comment: 'The test again: while in the place of if.' },
    ),
    ...take(first, 0, 'It believes that there is something. There is 0.'),
    unlock(first, 'It lets go. The number is -1: two have taken, and there was one.'),
    first.ends('The first consumer ends.'),
    second.ends('And the second.'),
    ...collect(-1),
  ],
  conclusion:
    'Always while, never if. In a test run the if nearly always works, since nobody happens to come between.',
};

const notShared: Scenario = {
  id: 'condvar/not-shared',
  subject: 'condvar',
  title: 'Signalled into the own process',
  summary: 'A condition variable without PTHREAD_PROCESS_SHARED: the other process is never woken.',
  kind: 'pitfall',
  rule: 'mutex/not-process-shared',
  about:
    'Mutex and condition variable lie in shared memory, but the condition variable is made for the threads of one process. The parent signals, and the child sleeps on.',
  processes: family,
  structure: members,
  objects,
  steps: [
    ...begin,
    parent(
      'pthread_cond_init',
      ['&shared->filled', 'NULL'],
      0,
      'Here is the mistake: only the mutex was made for several processes. NULL makes this one for the threads of one.',
    ),
    parent.forks('child', 'The child will wait.'),
    lock(child, 'The child takes the mutex.'),
    check(child, 'while', 0, 'There is nothing yet.'),
    child(
      'pthread_cond_wait',
      ['&shared->filled', '&shared->mutex'],
      waitsForEver,
      'It lets go of the mutex and sleeps, as it should.',
      { inLoop: true },
    ),
    lock(parent, 'The mutex is a shared one: this works.'),
    ...add(parent, 0, 'The parent reads: 0.'),
    signal(
      parent,
      'The parent calls into its own process that somebody may wake. The child is in another one.',
    ),
    unlock(parent, 'There is something, the mutex is free, and the child sleeps.'),
    parent.exits('The parent ends. Nobody will wake the child.'),
  ],
  conclusion:
    'Each thing that processes share must be told so for itself: the mutex with pthread_mutexattr_setpshared, the condition variable with pthread_condattr_setpshared.',
};

export const condvarDemos: FacilityDemos = {
  id: 'condvar',
  scenarios: [handOver, early, loop, lost, spurious, notShared],
};
