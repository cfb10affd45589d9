import type { Rule } from '../rule';
import { readOnlyWrite } from './read-only-write';
import { size } from './size';

export const rules: readonly Rule[] = [readOnlyWrite, size];
