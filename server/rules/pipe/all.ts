import type { Rule } from '../rule';
import { eofIgnored } from './eof-ignored';
import { swappedEnds } from './swapped-ends';
import { unusedEndOpen } from './unused-end-open';

export const rules: readonly Rule[] = [eofIgnored, swappedEnds, unusedEndOpen];
