import type { Rule } from '../rule';
import { dup2Leftover } from './dup2-leftover';
import { eofIgnored } from './eof-ignored';
import { spareEnd } from './spare-end';
import { swappedEnds } from './swapped-ends';
import { unusedEndOpen } from './unused-end-open';

export const rules: readonly Rule[] = [dup2Leftover, eofIgnored, spareEnd, swappedEnds, unusedEndOpen];
