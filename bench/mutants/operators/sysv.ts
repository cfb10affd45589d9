/** Slips with System V queues, semaphores and shared memory. */
import {
  argument,
  atCalls,
  withoutCall,
  withoutCheck,
  withoutLastArgument,
  withoutStatement,
} from '../edits';
import type { Operator } from '../operator';

export const sysvOperators: readonly Operator[] = [
  {
    id: 'type-counted',
    slip: 'counted the type in the size of a message',
    rules: ['sysv-msg/size-includes-type'],
    mutants: atCalls(['msgsnd', 'msgrcv'], (view, site) => {
      const message = site.call.args[1];
      const name = message && /^&\s*(\w+)$/.exec(view.read(message))?.[1];
      return name
        ? argument(2, (size) =>
            /^sizeof/.test(size)
              ? /-\s*sizeof/.test(size)
                ? size.replace(/\s*-\s*sizeof.*$/s, '')
                : `sizeof(${name})`
              : undefined,
          )(view, site)
        : [];
    }),
  },
  {
    id: 'no-type',
    slip: 'left out the type of a message',
    rules: ['sysv-msg/type-not-positive', 'handle/struct-incomplete'],
    mutants: (view) =>
      view.mentions(/\bmsgsnd\s*\(/i) > 0
        ? withoutStatement(/(?:\.|->)\s*(?:m|msg|mesg)_?type\s*=[^=]/)(view)
        : [],
  },
  {
    id: 'no-permissions',
    slip: 'left out the permissions of a System V object',
    rules: ['sysv/no-permissions'],
    mutants: atCalls(
      ['msgget', 'semget', 'shmget'],
      argument(-1, (flags) =>
        /IPC_CREAT/.test(flags) ? flags.match(/IPC_CREAT(?:\s*\|\s*IPC_EXCL)?/)?.[0] : undefined,
      ),
    ),
  },
  {
    id: 'no-creat',
    slip: 'left out IPC_CREAT beside IPC_EXCL',
    rules: ['sysv/excl-without-creat'],
    mutants: atCalls(
      ['msgget', 'semget', 'shmget'],
      argument(-1, (flags) => (/IPC_EXCL/.test(flags) ? flags.replace(/IPC_CREAT\s*\|\s*/, '') : undefined)),
    ),
  },
  {
    id: 'semctl-short',
    slip: 'left out the value of SETVAL',
    rules: ['sysv-sem/semun'],
    mutants: atCalls(['semctl'], (view, site) =>
      /SETVAL|SETALL|IPC_STAT/.test(view.read(site.call)) && site.call.args.length === 4
        ? withoutLastArgument(view, site)
        : [],
    ),
  },
  {
    id: 'semaphore-beyond',
    slip: 'took a semaphore that the set does not have',
    rules: ['sysv-sem/index'],
    mutants: atCalls(
      ['semget'],
      argument(1, (count) => (/^[2-9]$/.test(count) ? `${Number(count) - 1}` : undefined)),
    ),
  },
  {
    id: 'segment-of-pointer',
    slip: 'made a segment of the size of a pointer',
    rules: ['sysv-shm/beyond-size'],
    mutants: atCalls(
      ['shmget'],
      argument(1, (size) =>
        /^sizeof\s*\(\s*struct\s+\w+\s*\)$/.test(size) ? size.replace(/\s*\)$/, ' *)') : undefined,
      ),
    ),
  },
  {
    id: 'segment-read-only',
    slip: 'attached for reading what is written',
    rules: ['sysv-shm/read-only-write'],
    mutants: atCalls(
      ['shmat'],
      argument(2, (flags) => (flags === '0' ? 'SHM_RDONLY' : undefined)),
    ),
  },
  {
    id: 'semaphore-kept',
    slip: 'left out the operation that gives a semaphore back',
    rules: [
      'sysv-sem/never-released',
      'sysv-shm/unsynchronised',
      'lock/held-on-return',
      'posix-sem/held-on-return',
      'posix-sem/never-posted',
    ],
    mutants: atCalls(['semop', 'releaseSem', 'V', 'sem_signal', 'semaphore_v'], withoutCall),
  },
  {
    id: 'key-unchecked',
    slip: 'left out the check of ftok',
    rules: ['sysv/ftok', 'handle/unchecked'],
    mutants: atCalls(['ftok'], withoutCheck),
  },
  {
    id: 'initialised-by-all',
    slip: 'left out IPC_EXCL where the values are set',
    rules: ['sysv-sem/initialisation-race'],
    mutants: (view) =>
      view.callsOf(['semctl']).some(({ call }) => /SETVAL|SETALL/.test(view.read(call)))
        ? atCalls(
            ['semget'],
            argument(2, (flags) =>
              /IPC_CREAT/.test(flags) ? flags.replace(/\s*\|\s*IPC_EXCL|IPC_EXCL\s*\|\s*/, '') : undefined,
            ),
          )(view)
        : [],
  },
  {
    id: 'segment-without-size',
    slip: 'made a segment without a size',
    rules: ['sysv-shm/size', 'sysv-shm/beyond-size'],
    mutants: atCalls(['shmget'], (view, site) =>
      /IPC_CREAT|IPC_PRIVATE/.test(view.read(site.call)) ? argument(1, () => '0')(view, site) : [],
    ),
  },
];
