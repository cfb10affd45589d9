import type { Rule } from '../rule';
import { outsideText } from './outside-text';
import { pclose } from './pclose';

export const rules: readonly Rule[] = [outsideText, pclose];
