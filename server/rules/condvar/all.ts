import type { Rule } from '../rule';
import { noLoop } from './no-loop';

export const rules: readonly Rule[] = [noLoop];
