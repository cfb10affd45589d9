import type { Rule } from '../rule';
import { queue } from './queue';

export const rules: readonly Rule[] = [queue];
