import type { ConstantGroup, TypeInfo } from '../schema';

export const sysvSemConstants: ConstantGroup[] = [
  {
    id: 'sem-operation-flags',
    title: 'Flags in sem_flg of struct sembuf',
    constants: [
      {
        name: 'IPC_NOWAIT',
        header: 'sys/ipc.h',
        value: 0o4000,
        meaning: 'Fail with EAGAIN, and do none of the operations, where this one would have to wait.',
      },
      {
        name: 'SEM_UNDO',
        header: 'sys/sem.h',
        value: 0x1000,
        meaning: 'Have the kernel take this change back when the process ends.',
      },
    ],
  },
  {
    id: 'semctl-commands',
    title: 'Commands of semctl',
    constants: [
      {
        name: 'IPC_RMID',
        header: 'sys/ipc.h',
        value: 0,
        meaning: 'Remove the set at once and wake all who wait on it with EIDRM. `semnum` is ignored.',
      },
      {
        name: 'IPC_SET',
        header: 'sys/ipc.h',
        value: 1,
        meaning: 'Take over the owner, group and mode in sem_perm from `arg.buf`.',
      },
      {
        name: 'IPC_STAT',
        header: 'sys/ipc.h',
        value: 2,
        meaning: 'Copy the settings of the set to `arg.buf`. Needs read permission.',
      },
      {
        name: 'GETPID',
        header: 'sys/sem.h',
        value: 11,
        meaning: 'Return the id of the process that last changed semaphore `semnum`.',
      },
      {
        name: 'GETVAL',
        header: 'sys/sem.h',
        value: 12,
        meaning: 'Return the value of semaphore `semnum`, which may have changed when the call returns.',
      },
      {
        name: 'GETALL',
        header: 'sys/sem.h',
        value: 13,
        meaning: 'Copy the values of all semaphores to `arg.array`, which must have room for the whole set.',
      },
      {
        name: 'GETNCNT',
        header: 'sys/sem.h',
        value: 14,
        meaning: 'Return how many wait for semaphore `semnum` to rise.',
      },
      {
        name: 'GETZCNT',
        header: 'sys/sem.h',
        value: 15,
        meaning: 'Return how many wait for semaphore `semnum` to become zero.',
      },
      {
        name: 'SETVAL',
        header: 'sys/sem.h',
        value: 16,
        meaning: 'Set semaphore `semnum` to `arg.val` and clear the undo values for it.',
      },
      {
        name: 'SETALL',
        header: 'sys/sem.h',
        value: 17,
        meaning: 'Set all semaphores from `arg.array` and clear the undo values for them.',
      },
      {
        name: 'IPC_INFO',
        header: 'sys/ipc.h',
        featureTest: '_GNU_SOURCE',
        value: 3,
        meaning: 'Linux: fill a `struct seminfo` at `arg.__buf` with the limits of the system.',
      },
      {
        name: 'SEM_STAT',
        header: 'sys/sem.h',
        value: 18,
        meaning: 'Linux: like IPC_STAT for an index into the kernel table; returns the identifier.',
      },
      {
        name: 'SEM_INFO',
        header: 'sys/sem.h',
        value: 19,
        meaning: 'Linux: fill a `struct seminfo` with what all sets use now.',
      },
      {
        name: 'SEM_STAT_ANY',
        header: 'sys/sem.h',
        value: 20,
        meaning: 'Linux: like SEM_STAT, without the check for read permission.',
      },
    ],
  },
];

export const sysvSemTypes: TypeInfo[] = [
  {
    name: 'struct sembuf',
    header: 'sys/sem.h',
    meaning: 'One operation of semop. Set all three members: what is left unset may hold flags by accident.',
    size: 6,
    members: [
      {
        declaration: 'unsigned short sem_num',
        meaning: 'Number of the semaphore in the set, from 0.',
        mustSet: true,
      },
      {
        declaration: 'short sem_op',
        meaning: 'Above 0 adds, below 0 waits and subtracts, 0 waits until the value is zero.',
        mustSet: true,
      },
      {
        declaration: 'short sem_flg',
        meaning: '0, or IPC_NOWAIT and SEM_UNDO joined with `|`.',
        mustSet: true,
      },
    ],
  },
  {
    name: 'union semun',
    header: 'sys/sem.h',
    declared: false,
    meaning: 'Fourth argument of semctl. The program has to define it; the headers do not.',
    members: [
      { declaration: 'int val', meaning: 'Value for SETVAL.' },
      {
        declaration: 'struct semid_ds *buf',
        meaning: 'Structure for IPC_STAT, IPC_SET, SEM_STAT and SEM_STAT_ANY.',
      },
      {
        declaration: 'unsigned short *array',
        meaning: 'Values for GETALL and SETALL, one per semaphore of the set.',
      },
      { declaration: 'struct seminfo *__buf', meaning: 'Structure for IPC_INFO and SEM_INFO.' },
    ],
  },
  {
    name: 'struct semid_ds',
    header: 'sys/sem.h',
    meaning: 'Settings of a semaphore set, for IPC_STAT and IPC_SET.',
    size: 104,
    members: [
      { declaration: 'struct ipc_perm sem_perm', meaning: 'Owner, group and permissions.' },
      {
        declaration: 'time_t sem_otime',
        meaning:
          'Time of the last semop; 0 means that none happened yet, which tells a set that is not ready.',
      },
      {
        declaration: 'time_t sem_ctime',
        meaning: 'Time the set was created or last changed by IPC_SET, SETVAL or SETALL.',
      },
      { declaration: 'unsigned long sem_nsems', meaning: 'Number of semaphores in the set.' },
    ],
  },
  {
    name: 'struct seminfo',
    header: 'sys/sem.h',
    meaning: 'Limits of semaphores (IPC_INFO), or with two members reused, their present use (SEM_INFO).',
    size: 40,
    members: [
      { declaration: 'int semmap', meaning: 'Not used by Linux.' },
      { declaration: 'int semmni', meaning: 'Most sets there can be.' },
      { declaration: 'int semmns', meaning: 'Most semaphores in all sets together.' },
      { declaration: 'int semmnu', meaning: 'Not used by Linux.' },
      { declaration: 'int semmsl', meaning: 'Most semaphores in a set.' },
      { declaration: 'int semopm', meaning: 'Most operations in one semop.' },
      { declaration: 'int semume', meaning: 'Not used by Linux.' },
      { declaration: 'int semusz', meaning: 'SEM_INFO: number of sets; else the size of an undo record.' },
      { declaration: 'int semvmx', meaning: 'Highest value of a semaphore.' },
      {
        declaration: 'int semaem',
        meaning: 'SEM_INFO: semaphores in all sets; else the largest undo value.',
      },
    ],
  },
];
