/** Steps with which demos of mutexes, condition variables and semaphores in shared memory begin and end. */
import type { MemberSpec, ObjectSpec, Step } from '../scenario';
import { type More, type process, succeeds } from './steps';

export type Actor = ReturnType<typeof process>;

/** Memory for the structure, which parent and child will both have. */
export const share = (actor: Actor, why: string, flags = 'MAP_SHARED | MAP_ANONYMOUS'): Step =>
  actor('mmap', ['sizeof *shared', 'PROT_READ | PROT_WRITE', flags, '-1'], succeeds, why, {
    into: 'shared',
  });

export const memory = (members: MemberSpec[]): ObjectSpec => ({
  kind: 'memory',
  id: 'memory',
  title: 'the shared structure',
  handle: '',
  members,
});

export const put = (actor: Actor, member: string, value: string, why: string, more?: More): Step =>
  actor('store', [`shared->${member}`, value], 0, why, more);

export const get = (actor: Actor, member: string, value: number, why: string, into = 'value'): Step =>
  actor('load', [`shared->${member}`], value, why, { into });

export const lock = (actor: Actor, why: string, mutex = 'mutex'): Step =>
  actor('pthread_mutex_lock', [`&shared->${mutex}`], 0, why);

export const unlock = (actor: Actor, why: string, more?: More, mutex = 'mutex'): Step =>
  actor('pthread_mutex_unlock', [`&shared->${mutex}`], 0, why, more);

/** Attributes that let processes share what is made with them. */
export const sharedAttributes = (actor: Actor, robust = false): Step[] => [
  actor('pthread_mutexattr_init', ['&attr'], 0, 'What a mutex shall be like is said with attributes.'),
  actor(
    'pthread_mutexattr_setpshared',
    ['&attr', 'PTHREAD_PROCESS_SHARED'],
    0,
    'Without this, a mutex is for the threads of one process only, wherever it lies.',
  ),
  ...(robust
    ? [
        actor(
          'pthread_mutexattr_setrobust',
          ['&attr', 'PTHREAD_MUTEX_ROBUST'],
          0,
          'Robust: should its owner die, the next one to lock it is told so.',
        ),
      ]
    : []),
];

export const initialise = (actor: Actor, why: string, mutex = 'mutex'): Step =>
  actor('pthread_mutex_init', [`&shared->${mutex}`, '&attr'], 0, why);

export const forgetAttributes = (actor: Actor): Step =>
  actor(
    'pthread_mutexattr_destroy',
    ['&attr'],
    0,
    'The attributes have done their work. What was made with them keeps what they said.',
  );

export const destroy = (actor: Actor, why: string, mutex = 'mutex'): Step =>
  actor('pthread_mutex_destroy', [`&shared->${mutex}`], 0, why);

export const release = (actor: Actor, why: string): Step =>
  actor('munmap', ['shared', 'sizeof *shared'], 0, why);
