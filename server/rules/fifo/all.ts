import type { Rule } from '../rule';
import { fifoEexist } from './eexist';
import { fifoEnxio } from './enxio';
import { openDeadlock } from './open-deadlock';
import { serverEof } from './server-eof';

export const rules: readonly Rule[] = [fifoEexist, fifoEnxio, openDeadlock, serverEof];
