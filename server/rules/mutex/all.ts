import type { Rule } from '../rule';
import { notProcessShared } from './not-process-shared';
import { notRobust } from './not-robust';

export const rules: readonly Rule[] = [notProcessShared, notRobust];
