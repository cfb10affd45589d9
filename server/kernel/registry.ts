import type { KernelTable } from './table';
import { posixMq } from './tables/posix-mq';
import { posixSemNamed } from './tables/posix-sem-named';
import { posixShm } from './tables/posix-shm';
import { sysvMsg } from './tables/sysv-msg';
import { sysvSem } from './tables/sysv-sem';
import { sysvShm } from './tables/sysv-shm';

/** Every table, in the order to show them. A new one is a file in tables/ and a line here. */
export const tables: KernelTable[] = [sysvMsg, posixMq, sysvShm, posixShm, sysvSem, posixSemNamed];
