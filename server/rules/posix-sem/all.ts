import type { Rule } from '../rule';
import { copy } from './copy';
import { psharedZero } from './pshared-zero';
import { value } from './value';

export const rules: readonly Rule[] = [copy, psharedZero, value];
