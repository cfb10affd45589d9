import type { Rule } from '../rule';
import { pclose } from './pclose';

export const rules: readonly Rule[] = [pclose];
