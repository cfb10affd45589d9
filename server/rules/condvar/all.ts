import type { Rule } from '../rule';
import { neverWoken } from './never-woken';
import { noLoop } from './no-loop';
import { withoutMutex } from './without-mutex';

export const rules: readonly Rule[] = [neverWoken, noLoop, withoutMutex];
