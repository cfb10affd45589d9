import type { Rule } from '../rule';
import { lockFile } from './lock-file';
import { noLock } from './no-lock';

export const rules: readonly Rule[] = [lockFile, noLock];
