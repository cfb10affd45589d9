import { mutexCalls } from '../calls/mutex';
import type { FacilityDemos } from '../kit';
import { conditionObject } from '../objects/condition';
import { mutexObject } from '../objects/mutex';
import type { MemberSpec, ObjectSpec, Scenario, Step } from '../scenario';
import { family, process, waits, waitsForEver } from './steps';
import {
  destroy,
  forgetAttributes,
  get,
  initialise,
  lock,
  memory,
  put,
  release,
  share,
  sharedAttributes,
  unlock,
} from './together';

const parent = process('parent');
const child = process('child');

const members: MemberSpec[] = [
  { type: 'pthread_mutex_t', name: 'mutex' },
  { type: 'int', name: 'balance', note: 'guarded by the mutex' },
];

const theMutex: ObjectSpec = { kind: 'mutex', id: 'mutex', title: 'the mutex', handle: 'mutex' };

/** A structure with a mutex that both processes may use. */
const make = (robust = false): Step[] => [
  share(
    parent,
    'Memory that parent and child will share, with room for the mutex and for what it guards. A mutex has no name: whoever can reach its memory can use it.',
  ),
  ...sharedAttributes(parent, robust),
  initialise(parent, 'The mutex is made where it lies. It is free.'),
  forgetAttributes(parent),
];

const exclusion: Scenario = {
  id: 'mutex/exclusion',
  subject: 'mutex',
  title: 'One at a time, across processes',
  summary: 'A mutex in shared memory keeps the child out until the parent has written.',
  kind: 'normal',
  about:
    'Parent and child each add 1 to the same number, guarded by a mutex that lies beside it in the memory they share. No addition is lost.',
  processes: family,
  structure: members,
  objects: [theMutex, memory(members)],
  steps: [
    ...make(),
    parent.forks('child', 'The child has the same memory, and so the same mutex.'),
    lock(
      parent,
      'Nobody has it: the parent gets it by changing a word in the memory. The kernel is not even asked.',
    ),
    get(parent, 'balance', 0, 'Nobody else is in. The parent reads: 0.'),
    child(
      'pthread_mutex_lock',
      ['&shared->mutex'],
      waits(0),
      'The child finds the word taken. Only now it calls the kernel, to sleep until the word changes.',
      { label: 'child' },
    ),
    put(parent, 'balance', 'value + 1', 'The parent writes 1, and nobody could come between.'),
    unlock(parent, 'The parent lets go, sees that somebody waits, and has the kernel wake the child.', {
      wakes: ['child'],
    }),
    get(child, 'balance', 1, 'The child is in, and reads the new number.'),
    put(child, 'balance', 'value + 1', 'It writes 2.'),
    unlock(child, 'Only the owner may unlock a mutex. A semaphore can be posted by anybody.'),
    child.ends('The child is done.'),
    parent.waitsFor('child', 'Nobody else uses the mutex any more.'),
    get(parent, 'balance', 2, 'Both additions are there.', 'sum'),
    destroy(parent, 'A mutex is destroyed when it is free and nobody will lock it again.'),
    release(parent, 'And the memory is let go.'),
    parent.exits('The end.'),
  ],
  conclusion:
    'A mutex between processes needs two things: memory that they share, and PTHREAD_PROCESS_SHARED. As long as nobody has to wait it costs a few instructions.',
};

/** The child takes the mutex, does half of its work, and dies. */
const dies = (why: string): Step[] => [
  parent.forks('child', 'The child will lock the mutex and die with it.'),
  lock(child, 'The child is in.'),
  put(
    child,
    'balance',
    '50',
    'It does half of its work: the number is no longer right, and not yet right again.',
  ),
  child(
    'raise',
    ['SIGKILL'],
    { killed: 'SIGKILL' },
    'It is killed, here by itself. No handler and no clean-up runs.',
  ),
  parent.waitsForKilled('child', 'SIGKILL', why),
];

const robust: Scenario = {
  id: 'mutex/robust',
  subject: 'mutex',
  title: 'The owner dies, and the next one is told',
  summary:
    'A robust mutex is handed on with EOWNERDEAD; who gets it so repairs the data and says that they are consistent.',
  kind: 'normal',
  about:
    'The child is killed while it holds a robust mutex. The parent gets the mutex with EOWNERDEAD, repairs what the child left half done, and marks the mutex consistent.',
  processes: family,
  structure: members,
  objects: [theMutex, memory(members)],
  steps: [
    ...make(true),
    ...dies('It is dead. The kernel knew which robust mutexes it held, and has marked them.'),
    parent(
      'pthread_mutex_lock',
      ['&shared->mutex'],
      'EOWNERDEAD',
      'The number of an error, and yet the parent has the mutex now. It says: the one before you died inside, look at the data.',
    ),
    get(parent, 'balance', 50, 'What the child left: half of its work.'),
    put(parent, 'balance', '0', 'The parent puts it in order. Only the program can know how.'),
    parent(
      'pthread_mutex_consistent',
      ['&shared->mutex'],
      0,
      'All is in order again. Without this call the mutex could never be locked again after the unlock.',
    ),
    unlock(parent, 'From here on it is a mutex like any other.'),
    lock(parent, 'It can be locked.'),
    unlock(parent, 'And unlocked.'),
    destroy(parent, 'It is not needed any more.'),
    release(parent, 'The memory is let go.'),
    parent.exits('The end.'),
  ],
  conclusion:
    'Make a mutex between processes robust, and treat EOWNERDEAD: repair, pthread_mutex_consistent, go on. Whoever treats it as failure keeps the mutex locked; whoever overlooks it works on broken data.',
};

const notConsistent: Scenario = {
  id: 'mutex/not-consistent',
  subject: 'mutex',
  title: 'Unlocked without a word: not recoverable',
  summary:
    'After EOWNERDEAD the mutex is unlocked without pthread_mutex_consistent, and is of no use to anybody any more.',
  kind: 'pitfall',
  about:
    'The child is killed while it holds a robust mutex. The parent overlooks what EOWNERDEAD says and just unlocks. Nobody can lock the mutex after that.',
  processes: family,
  structure: members,
  objects: [theMutex, memory(members)],
  steps: [
    ...make(true),
    ...dies('It is dead, and the mutex is marked.'),
    parent(
      'pthread_mutex_lock',
      ['&shared->mutex'],
      'EOWNERDEAD',
      'The parent has the mutex, and is told that the data may be broken.',
    ),
    unlock(
      parent,
      'Here is the mistake: it unlocks without having said that the data are in order. So nobody knows whether they are.',
    ),
    parent(
      'pthread_mutex_lock',
      ['&shared->mutex'],
      'ENOTRECOVERABLE',
      'From now on each lock fails at once, in every process, for good.',
    ),
    destroy(parent, 'All that is left is to destroy it, and to make a new one.'),
    parent.exits('The end.'),
  ],
  conclusion:
    'Between EOWNERDEAD and the unlock stands pthread_mutex_consistent, after the data have been put in order. Where they cannot be, ENOTRECOVERABLE is the honest end: it keeps others from using them.',
};

const ownerDies: Scenario = {
  id: 'mutex/owner-dies',
  subject: 'mutex',
  title: 'The owner dies, and the mutex stays locked',
  summary: 'A mutex that is not robust keeps a dead owner; everybody else waits for ever.',
  kind: 'pitfall',
  rule: 'mutex/not-robust',
  about:
    'The child is killed while it holds a plain mutex. Nobody unlocks it any more: the parent waits for ever.',
  processes: family,
  structure: members,
  objects: [theMutex, memory(members)],
  steps: [
    ...make(),
    ...dies(
      'It is dead. Nobody tells the mutex: it is a few bytes of memory, of which the kernel knows nothing.',
    ),
    parent(
      'pthread_mutex_trylock',
      ['&shared->mutex'],
      'EBUSY',
      'Somebody has it, says the word in the memory. That this somebody does not exist any more it does not say.',
    ),
    parent(
      'pthread_mutex_lock',
      ['&shared->mutex'],
      waitsForEver,
      'The parent waits for the dead. No other process can help: only the owner may unlock.',
    ),
  ],
  conclusion:
    'A process may die at any instruction, from outside and without warning. PTHREAD_MUTEX_ROBUST makes the kernel mark the mutex when its owner dies.',
};

const deadlock: Scenario = {
  id: 'mutex/deadlock',
  subject: 'mutex',
  title: 'Two mutexes in two orders: a circle',
  summary: 'The parent has the first and wants the second, the child the other way round.',
  kind: 'pitfall',
  rule: 'lock/order',
  about:
    'Parent and child both need two mutexes, and lock them in different orders. Each gets one, and waits for the other one for ever.',
  processes: family,
  structure: [
    { type: 'pthread_mutex_t', name: 'first' },
    { type: 'pthread_mutex_t', name: 'second' },
  ],
  objects: [
    { kind: 'mutex', id: 'first', title: 'the first mutex', handle: 'first' },
    { kind: 'mutex', id: 'second', title: 'the second mutex', handle: 'second' },
  ],
  steps: [
    share(parent, 'Memory for two mutexes.'),
    ...sharedAttributes(parent),
    initialise(parent, 'One mutex, for one thing.', 'first'),
    initialise(parent, 'And one for another.', 'second'),
    parent.forks('child', 'Both processes will need both things.'),
    lock(parent, 'The parent begins with the first.', 'first'),
    lock(child, 'The child begins with the second. So far nobody waits.', 'second'),
    parent(
      'pthread_mutex_lock',
      ['&shared->second'],
      waitsForEver,
      'The parent wants the second as well. The child has it: the parent waits, and keeps the first.',
    ),
    child(
      'pthread_mutex_lock',
      ['&shared->first'],
      waitsForEver,
      'And the child wants the first. The circle is closed: each waits for what the other one holds, and neither will ever let go.',
    ),
  ],
  conclusion:
    'Let all who need several locks take them in one and the same order; then no circle can arise. The kernel does not see such circles: for record locks it answers EDEADLK, for mutexes everybody just sleeps.',
};

const notShared: Scenario = {
  id: 'mutex/not-shared',
  subject: 'mutex',
  title: 'Free, and yet somebody waits for it',
  summary: 'A mutex in shared memory without PTHREAD_PROCESS_SHARED: the other process is never woken.',
  kind: 'pitfall',
  rule: 'mutex/not-process-shared',
  about:
    'The mutex lies in shared memory, but is made for the threads of one process. The parent unlocks it, and the child sleeps on.',
  processes: family,
  structure: members,
  objects: [theMutex],
  steps: [
    share(parent, 'Memory that parent and child will share.'),
    parent(
      'pthread_mutex_init',
      ['&shared->mutex', 'NULL'],
      0,
      'Here is the mistake: NULL means the usual attributes, and by these a mutex is for one process only.',
    ),
    parent.forks('child', 'The child has the same memory.'),
    lock(parent, 'This works: it is only a change in the memory.'),
    child(
      'pthread_mutex_lock',
      ['&shared->mutex'],
      waitsForEver,
      'The child sees that it is taken, and sleeps. It tells the kernel: wake me when somebody of my own process calls.',
    ),
    unlock(
      parent,
      'The parent lets go, and calls into its own process that the mutex is free. The child does not hear that: the mutex is free, and the child waits.',
    ),
    parent(
      'pthread_mutex_trylock',
      ['&shared->mutex'],
      0,
      'It really is free: the parent can have it at any time.',
    ),
    unlock(parent, 'Once more nobody is woken.'),
    parent.exits('The parent ends. The child will sleep for ever.'),
  ],
  conclusion:
    'While nobody has to wait, all seems to work: such a mistake hides until two processes meet. PTHREAD_PROCESS_SHARED is needed for every mutex, condition variable and barrier in shared memory.',
};

export const mutexDemos: FacilityDemos = {
  id: 'mutex',
  calls: mutexCalls,
  objects: [mutexObject, conditionObject],
  scenarios: [exclusion, robust, notConsistent, ownerDies, deadlock, notShared],
};
