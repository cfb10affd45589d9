import type { ConstantGroup, TypeInfo } from '../schema';

/** The constants that the calls of ./mutex take. */
export const mutexConstants: ConstantGroup[] = [
  {
    id: 'mutex-types',
    title: 'Types of mutex',
    constants: [
      {
        name: 'PTHREAD_MUTEX_DEFAULT',
        header: 'pthread.h',
        value: 0,
        meaning: 'The default type, on Linux the same as PTHREAD_MUTEX_NORMAL.',
      },
      {
        name: 'PTHREAD_MUTEX_NORMAL',
        header: 'pthread.h',
        value: 0,
        meaning: 'No checks: locking it twice in one thread deadlocks.',
      },
      {
        name: 'PTHREAD_MUTEX_ERRORCHECK',
        header: 'pthread.h',
        value: 2,
        meaning: 'Locking it twice gives EDEADLK, unlocking it without owning it EPERM.',
      },
      {
        name: 'PTHREAD_MUTEX_RECURSIVE',
        header: 'pthread.h',
        value: 1,
        meaning: 'The owner may lock it again; it is free after as many unlocks.',
      },
      {
        name: 'PTHREAD_MUTEX_ADAPTIVE_NP',
        header: 'pthread.h',
        value: 3,
        meaning: 'Waits actively for a short time before it sleeps. GNU only.',
      },
    ],
  },
  {
    id: 'process-shared',
    title: 'Use by several processes',
    constants: [
      {
        name: 'PTHREAD_PROCESS_PRIVATE',
        header: 'pthread.h',
        value: 0,
        meaning: 'Only threads of the process that initialised the object may use it. The default.',
      },
      {
        name: 'PTHREAD_PROCESS_SHARED',
        header: 'pthread.h',
        value: 1,
        meaning: 'Threads of every process that can reach the memory may use the object.',
      },
    ],
  },
  {
    id: 'robustness',
    title: 'When the owner of a mutex dies',
    constants: [
      {
        name: 'PTHREAD_MUTEX_STALLED',
        header: 'pthread.h',
        value: 0,
        meaning: 'The mutex stays locked, and whoever waits for it waits for ever. The default.',
      },
      {
        name: 'PTHREAD_MUTEX_ROBUST',
        header: 'pthread.h',
        value: 1,
        meaning: 'The next thread to lock it gets EOWNERDEAD and owns it.',
      },
    ],
  },
  {
    id: 'mutex-protocols',
    title: 'Priority of the owner of a mutex',
    constants: [
      {
        name: 'PTHREAD_PRIO_NONE',
        header: 'pthread.h',
        value: 0,
        meaning: 'Owning the mutex does not change the priority. The default.',
      },
      {
        name: 'PTHREAD_PRIO_INHERIT',
        header: 'pthread.h',
        value: 1,
        meaning: 'The owner runs with the priority of the most urgent thread that waits.',
      },
      {
        name: 'PTHREAD_PRIO_PROTECT',
        header: 'pthread.h',
        value: 2,
        meaning: 'The owner runs at least with the ceiling priority of the mutex.',
      },
    ],
  },
  {
    id: 'mutex-initializers',
    title: 'Initial values of a static mutex',
    constants: [
      {
        name: 'PTHREAD_MUTEX_INITIALIZER',
        header: 'pthread.h',
        meaning: 'An unlocked mutex with default attributes, private to the process.',
      },
      {
        name: 'PTHREAD_RECURSIVE_MUTEX_INITIALIZER_NP',
        header: 'pthread.h',
        featureTest: '_GNU_SOURCE',
        meaning: 'An unlocked recursive mutex. GNU only.',
      },
      {
        name: 'PTHREAD_ERRORCHECK_MUTEX_INITIALIZER_NP',
        header: 'pthread.h',
        featureTest: '_GNU_SOURCE',
        meaning: 'An unlocked error-checking mutex. GNU only.',
      },
    ],
  },
];

/** The types that the calls of ./mutex use. */
export const mutexTypes: TypeInfo[] = [
  {
    name: 'pthread_mutex_t',
    header: 'pthread.h',
    meaning: 'A mutex. Use it only through its address: a copy is not the same lock.',
    size: 40,
  },
  {
    name: 'pthread_mutexattr_t',
    header: 'pthread.h',
    meaning: 'Attributes for pthread_mutex_init.',
    size: 4,
  },
];
