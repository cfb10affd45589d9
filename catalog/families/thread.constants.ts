import type { ConstantGroup, TypeInfo } from '../schema';

/** The constants that the calls of ./thread take. */
export const threadFamilyConstants: ConstantGroup[] = [
  {
    id: 'detach-states',
    title: 'How a thread starts',
    constants: [
      {
        name: 'PTHREAD_CREATE_JOINABLE',
        header: 'pthread.h',
        value: 0,
        meaning: 'Somebody must join the thread. The default.',
      },
      {
        name: 'PTHREAD_CREATE_DETACHED',
        header: 'pthread.h',
        value: 1,
        meaning: 'The thread frees itself when it ends.',
      },
    ],
  },
  {
    id: 'cancel-states',
    title: 'Cancellation allowed or not',
    constants: [
      {
        name: 'PTHREAD_CANCEL_ENABLE',
        header: 'pthread.h',
        value: 0,
        meaning: 'The thread may be cancelled. The default.',
      },
      {
        name: 'PTHREAD_CANCEL_DISABLE',
        header: 'pthread.h',
        value: 1,
        meaning: 'A request waits until cancellation is allowed again.',
      },
    ],
  },
  {
    id: 'cancel-types',
    title: 'When cancellation takes effect',
    constants: [
      {
        name: 'PTHREAD_CANCEL_DEFERRED',
        header: 'pthread.h',
        value: 0,
        meaning: 'At the next cancellation point. The default.',
      },
      { name: 'PTHREAD_CANCEL_ASYNCHRONOUS', header: 'pthread.h', value: 1, meaning: 'At any moment.' },
    ],
  },
  {
    id: 'thread-values',
    title: 'Special values of threads',
    constants: [
      {
        name: 'PTHREAD_CANCELED',
        header: 'pthread.h',
        value: -1,
        meaning: 'What pthread_join tells of a cancelled thread.',
      },
      {
        name: 'PTHREAD_ONCE_INIT',
        header: 'pthread.h',
        value: 0,
        meaning: 'Initial value of a pthread_once_t.',
      },
    ],
  },
];

/** The types that the calls of ./thread use. */
export const threadFamilyTypes: TypeInfo[] = [
  {
    name: 'pthread_t',
    header: 'pthread.h',
    meaning: 'The ID of a thread within its process. Compare it with pthread_equal.',
    size: 8,
  },
  { name: 'pthread_attr_t', header: 'pthread.h', meaning: 'Attributes for pthread_create.', size: 56 },
  {
    name: 'pthread_once_t',
    header: 'pthread.h',
    meaning: 'Remembers whether the function of pthread_once has run.',
    size: 4,
  },
  { name: 'pthread_key_t', header: 'pthread.h', meaning: 'A key of thread-specific data.', size: 4 },
];
