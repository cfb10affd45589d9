import type { Rule } from '../rule';
import { notProcessShared } from './not-process-shared';

export const rules: readonly Rule[] = [notProcessShared];
