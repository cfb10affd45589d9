import type { Rule } from '../rule';
import { notProcessShared } from './not-process-shared';
import { notRobust } from './not-robust';
import { ownerDead } from './owner-dead';

export const rules: readonly Rule[] = [notProcessShared, notRobust, ownerDead];
