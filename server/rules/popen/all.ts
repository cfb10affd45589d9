import type { Rule } from '../rule';
import { outsideText } from './outside-text';
import { pclose } from './pclose';
import { status } from './status';

export const rules: readonly Rule[] = [outsideText, pclose, status];
