/** Calls by hand, in the order in which they are issued: process, call, arguments, variable for the result. */
export type HandCall = readonly [process: string, call: string, args: string[], into?: string];

/**
 * In `pipe/exchange`: one object of every kind that could outlive its processes, and a process that waits at most of them.
 * The processes are forked before, so that each waits where it is put.
 */
export const leavingBehind: readonly HandCall[] = [
  ['parent', 'msgget', ['IPC_PRIVATE', 'IPC_CREAT | 0600'], 'queue'],
  ['parent', 'semget', ['IPC_PRIVATE', '1', 'IPC_CREAT | 0600'], 'set'],
  ['parent', 'shmget', ['IPC_PRIVATE', '4096', 'IPC_CREAT | 0600'], 'segment'],
  ['parent', 'shmat', ['segment', '0'], 'cells'],
  ['parent', 'mq_open', ['"/hand"', 'O_CREAT | O_RDWR', '0600', '2', '16'], 'mq'],
  ['parent', 'shm_open', ['"/hand"', 'O_CREAT | O_RDWR', '0600'], 'memory'],
  ['parent', 'sem_open', ['"/hand"', 'O_CREAT', '0600', '0'], 'lock'],
  ['parent', 'mkfifo', ['"hand"', '0600']],
  ['parent', 'socket', ['AF_UNIX', 'SOCK_STREAM', '0'], 'door'],
  ['parent', 'bind', ['door', 'unix("door")']],
  ['parent', 'listen', ['door', '1']],
  ['parent', 'fork', [], 'pid'],
  ['child2', 'msgrcv', ['queue', 'message', '64', '0', '0']],
  ['parent', 'fork', [], 'pid'],
  ['child3', 'semop', ['set', '0', '-1', '0']],
  ['parent', 'fork', [], 'pid'],
  ['child4', 'mq_receive', ['mq', 'message', '16']],
  ['parent', 'fork', [], 'pid'],
  ['child5', 'sem_wait', ['lock']],
  ['parent', 'fork', [], 'pid'],
  ['child6', 'open', ['"hand"', 'O_RDONLY'], 'fifo'],
  ['parent', 'fork', [], 'pid'],
  ['child7', 'accept', ['door'], 'guest'],
  ['parent', 'msgget', ['IPC_PRIVATE', 'IPC_CREAT | 0600'], 'queue'],
  ['parent', 'msgsnd', ['queue', '1', '"left"', '0']],
  ['child7', 'SIGSTOP', []],
  ['parent', 'pause', []],
];
