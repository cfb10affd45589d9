import type { Rule } from '../rule';
import { index } from './index';
import { semun } from './semun';

export const rules: readonly Rule[] = [index, semun];
