import type { Rule } from '../rule';
import { fifoEexist } from './eexist';
import { fifoEnxio } from './enxio';
import { openOrder } from './open-order';
import { serverEof } from './server-eof';

export const rules: readonly Rule[] = [fifoEexist, fifoEnxio, openOrder, serverEof];
