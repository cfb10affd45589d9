import type { Rule } from '../rule';
import { lockFile } from './lock-file';
import { noLock } from './no-lock';
import { temporaryName } from './temporary-name';

export const rules: readonly Rule[] = [lockFile, noLock, temporaryName];
