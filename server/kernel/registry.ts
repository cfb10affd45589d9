import type { KernelTable } from './table';
import { epoll, eventfd, signalfd, timerfd } from './tables/anonymous';
import { fifo } from './tables/fifo';
import { inetDgram, inetStream } from './tables/inet';
import { fcntlLock, flock } from './tables/locks';
import { memfd, mmapShared } from './tables/memory';
import { pipe } from './tables/pipe';
import { posixMq } from './tables/posix-mq';
import { posixSemNamed } from './tables/posix-sem-named';
import { posixShm } from './tables/posix-shm';
import { pty } from './tables/pty';
import { sysvMsg } from './tables/sysv-msg';
import { sysvSem } from './tables/sysv-sem';
import { sysvShm } from './tables/sysv-shm';
import { socketPair, unixDgram, unixStream } from './tables/unix';

/** Objects that live by themselves, in the order to show them: read at every poll. */
export const objectTables: KernelTable[] = [sysvMsg, posixMq, sysvShm, posixShm, sysvSem, posixSemNamed];

/** What processes hold: known by a walk through /proc, which costs more and is done less often. */
export const heldTables: KernelTable[] = [
  ...[pipe, fifo, unixStream, unixDgram, socketPair, inetStream, inetDgram, pty],
  ...[mmapShared, memfd, flock, fcntlLock, eventfd, signalfd, timerfd, epoll],
];

/** Every table, in the order to show them. A new one is a file in tables/ and a line here. */
export const tables: KernelTable[] = [...objectTables, ...heldTables];
