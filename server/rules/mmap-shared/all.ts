import type { Rule } from '../rule';
import { length } from './length';
import { privateMapping } from './private';

export const rules: readonly Rule[] = [length, privateMapping];
