import type { Rule } from '../rule';
import { noLoop } from './no-loop';
import { withoutMutex } from './without-mutex';

export const rules: readonly Rule[] = [noLoop, withoutMutex];
