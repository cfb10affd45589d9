import type { FacilityDemos } from '../kit';
import { unnamedSemaphoreObject } from '../objects/unnamed-semaphore';
import type { MemberSpec, ObjectSpec, Scenario, Step } from '../scenario';
import { family, type More, process, waits, waitsForEver, waitsInTime } from './steps';
import { type Actor, get, memory, put, release, share } from './together';

const parent = process('parent');
const child = process('child');

const semaphore = (member: string, title: string): ObjectSpec => ({
  kind: 'unnamed-semaphore',
  id: member,
  title,
  handle: member,
});

const turnMembers: MemberSpec[] = [{ type: 'sem_t', name: 'turn' }];
const theSemaphore = [semaphore('turn', 'the semaphore')];

const init = (member: string, pshared: number, value: number, why: string): Step =>
  parent('sem_init', [`&shared->${member}`, String(pshared), String(value)], 0, why);

const wait = (actor: Actor, member: string, why: string): Step =>
  actor('sem_wait', [`&shared->${member}`], 0, why);

const post = (actor: Actor, member: string, why: string, more?: More): Step =>
  actor('sem_post', [`&shared->${member}`], 0, why, more);

const destroy = (member: string, why: string): Step => parent('sem_destroy', [`&shared->${member}`], 0, why);

const value = (number: number, why: string): Step =>
  parent('sem_getvalue', ['&shared->turn', 'now'], { returns: 0, data: String(number) }, why);

const exclusion: Scenario = {
  id: 'posix-sem-unnamed/exclusion',
  subject: 'posix-sem-unnamed',
  title: 'One at a time, without a name',
  summary: 'A semaphore in shared memory, with pshared 1, lets one process in; the other waits.',
  kind: 'normal',
  about:
    'Parent and child enter the same section one after the other, guarded by a semaphore that lies in the memory they share.',
  processes: family,
  structure: turnMembers,
  objects: theSemaphore,
  steps: [
    share(parent, 'A semaphore without a name lies in memory. Whoever shall use it must share that memory.'),
    init(
      'turn',
      1,
      1,
      'The second argument says that processes will share it, the third is the value: one may enter.',
    ),
    parent.forks('child', 'The child has the same memory, and so the same semaphore.'),
    wait(parent, 'turn', 'The value falls to 0, and the parent is in.'),
    child(
      'sem_wait',
      ['&shared->turn'],
      waits(0),
      'The value is 0: the child sleeps until somebody adds 1.',
      {
        label: 'child',
      },
    ),
    post(parent, 'turn', 'The parent adds 1, and the child gets it.', { wakes: ['child'] }),
    post(child, 'turn', 'The child leaves as well.'),
    child.ends('The child ends.'),
    parent.waitsFor('child', 'Nobody else uses it any more.'),
    destroy('turn', 'It is destroyed when nobody waits for it.'),
    release(parent, 'And the memory is let go.'),
    parent.exits('The end.'),
  ],
  conclusion:
    'No name, nothing to unlink, nothing that stays behind: it goes with its memory. The other side is that only processes with this memory can reach it.',
};

const boxMembers: MemberSpec[] = [
  { type: 'sem_t', name: 'free', note: 'how many places are free' },
  { type: 'sem_t', name: 'filled', note: 'how many are filled' },
  { type: 'int', name: 'box', count: 2 },
];

const bring = (place: number, number: number, why: string): Step[] => [
  put(parent, `box[${place}]`, String(number), why),
  post(parent, 'filled', 'One more is filled.'),
];

const fetch = (place: number, number: number, why: string, more?: More): Step[] => [
  wait(child, 'filled', why),
  get(child, `box[${place}]`, number, `It takes the number from place ${place}.`),
  post(child, 'free', 'And says that the place is free.', more),
];

const producerConsumer: Scenario = {
  id: 'posix-sem-unnamed/producer-consumer',
  subject: 'posix-sem-unnamed',
  title: 'Producer and consumer',
  summary: 'Two semaphores count what is free and what is filled: each side waits just when it must.',
  kind: 'normal',
  about:
    'The parent puts three numbers into a box with two places, the child takes them out. One semaphore counts the free places, another one the filled ones.',
  processes: family,
  structure: boxMembers,
  objects: [
    semaphore('free', 'the free places'),
    semaphore('filled', 'the filled places'),
    memory(boxMembers),
  ],
  steps: [
    share(parent, 'Memory for a box with two places, and for two semaphores.'),
    init('free', 1, 2, 'A semaphore counts. This one counts the free places: two.'),
    init('filled', 1, 0, 'And this one the filled ones: none.'),
    parent.forks('child', 'The child will take out what the parent puts in.'),
    child(
      'sem_wait',
      ['&shared->filled'],
      waits(0),
      'The child wants something that is not there yet: it waits.',
      { label: 'filled' },
    ),
    wait(parent, 'free', 'The parent takes one of the free places.'),
    put(parent, 'box[0]', '11', 'It puts a number there.'),
    post(parent, 'filled', 'And says that one is filled. The child, which waited for that, has it.', {
      wakes: ['filled'],
    }),
    wait(parent, 'free', 'The parent takes the other place; the child need not have emptied the first.'),
    ...bring(1, 22, 'The second number.'),
    parent(
      'sem_wait',
      ['&shared->free'],
      waits(0),
      'Both places are filled: the parent cannot go on and waits. It never overwrites what nobody has taken.',
      { label: 'free' },
    ),
    get(child, 'box[0]', 11, 'The child takes the first number.'),
    post(child, 'free', 'And says that its place is free: the parent goes on.', { wakes: ['free'] }),
    ...bring(0, 33, 'The third number goes into the first place.'),
    ...fetch(1, 22, 'The child takes the next.'),
    ...fetch(0, 33, 'And the last.'),
    child.ends('The child has all.'),
    parent.waitsFor('child', 'All was taken.'),
    destroy('free', 'Nobody uses the semaphores any more.'),
    destroy('filled', 'Both are destroyed.'),
    release(parent, 'And the memory is let go.'),
    parent.exits('The end.'),
  ],
  conclusion:
    'The values always add up to the size of the box, minus what is under way. With several producers or consumers the box needs a lock besides, for its places.',
};

const timed: Scenario = {
  id: 'posix-sem-unnamed/timed',
  subject: 'posix-sem-unnamed',
  title: 'Waiting, but not for ever',
  summary: 'sem_timedwait gives up at a given time with ETIMEDOUT, and has taken nothing.',
  kind: 'normal',
  about:
    'The parent holds the semaphore for long. The child waits for one second only, then goes its own way.',
  processes: family,
  structure: turnMembers,
  objects: theSemaphore,
  steps: [
    share(parent, 'Memory for the semaphore.'),
    init('turn', 1, 1, 'One may enter.'),
    wait(parent, 'turn', 'The parent is in, and will stay for long.'),
    parent.forks('child', 'The child has better things to do than to wait for ever.'),
    child(
      'sem_timedwait',
      ['&shared->turn', '1000'],
      waitsInTime('ETIMEDOUT'),
      'It waits, but for one second at most. What it gives is not how long, but until when: a time of day by CLOCK_REALTIME.',
      { comment: 'Until when, not how long: a time of day by CLOCK_REALTIME.' },
    ),
    value(0, 'The value is 0, and stays so however long the child waits.'),
    child.ends(
      'The second has passed: ETIMEDOUT. The child has not got the semaphore, so it does not post, and ends.',
    ),
    parent.waitsFor('child', 'The child is gone.'),
    post(parent, 'turn', 'Only now the parent leaves.'),
    value(1, 'The value is 1: the wait in vain took nothing.'),
    destroy('turn', 'The semaphore is destroyed.'),
    release(parent, 'And the memory is let go.'),
    parent.exits('The end.'),
  ],
  conclusion:
    'Whoever gets ETIMEDOUT does not have the semaphore and must not post. The deadline is a moment, worked out once: so a wait that was interrupted and is repeated does not become longer.',
};

const notShared: Scenario = {
  id: 'posix-sem-unnamed/pshared-zero',
  subject: 'posix-sem-unnamed',
  title: 'The value is 1, and yet somebody waits',
  summary: 'With pshared 0 the semaphore is for one process: the post of another one wakes nobody.',
  kind: 'pitfall',
  rule: 'posix-sem/pshared-zero',
  about:
    'The semaphore lies in shared memory, but is made with pshared 0. The parent posts, the value is 1, and the child sleeps on.',
  processes: family,
  structure: turnMembers,
  objects: theSemaphore,
  steps: [
    share(parent, 'Memory that parent and child will share.'),
    init(
      'turn',
      0,
      0,
      'Here is the mistake: the second argument is 0, which means for the threads of one process.',
    ),
    parent.forks('child', 'The child has the same memory, and sees the same value.'),
    child(
      'sem_wait',
      ['&shared->turn'],
      waitsForEver,
      'The value is 0: the child sleeps, to be woken by a post of its own process.',
    ),
    post(
      parent,
      'turn',
      'The parent adds 1 and has those woken who wait in its own process. That is nobody.',
    ),
    value(
      1,
      'The value is 1, for both of them: the memory is shared. But the child sleeps, and does not look.',
    ),
    parent.exits('The parent ends. The child would only have to look again.'),
  ],
  conclusion:
    'The value is shared because the memory is; the waking is not, because the kernel was told so. A child that comes after the post gets through, which is why such a mistake can stay hidden for long.',
};

const copied: Scenario = {
  id: 'posix-sem-unnamed/copied',
  subject: 'posix-sem-unnamed',
  title: 'Each has a semaphore of its own',
  summary:
    'pshared is 1, but the memory is private: after fork each process waits and posts on its own copy.',
  kind: 'pitfall',
  rule: 'posix-sem/pshared-private',
  about:
    'The semaphore is made for several processes, but lies in memory that fork copies. The parent posts on its own copy, and the child waits on another one.',
  processes: family,
  structure: turnMembers,
  objects: theSemaphore,
  steps: [
    share(
      parent,
      'Here is the mistake: this memory is private. The same happens with a variable, and with memory from malloc.',
      'MAP_PRIVATE | MAP_ANONYMOUS',
    ),
    init('turn', 1, 0, 'As it should be, pshared is 1. That does not make the memory shared.'),
    parent.forks('child', 'The child gets a copy of the memory, and with it a copy of the semaphore.'),
    child('sem_wait', ['&shared->turn'], waitsForEver, 'It waits on its own one, whose value is 0.'),
    post(parent, 'turn', 'The parent posts on its own one.'),
    value(1, 'Its value is 1. That of the child is 0 and stays so: nobody but the child can reach it.'),
    parent.exits('The parent ends.'),
  ],
  conclusion:
    'sem_init with pshared 1 needs memory that is shared: mmap with MAP_SHARED before the fork, or shared memory with a name. A semaphore with a name needs no memory of yours at all.',
};

export const posixSemUnnamedDemos: FacilityDemos = {
  id: 'posix-sem-unnamed',
  objects: [unnamedSemaphoreObject],
  scenarios: [exclusion, producerConsumer, timed, notShared, copied],
};
