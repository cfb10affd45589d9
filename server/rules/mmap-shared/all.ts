import type { Rule } from '../rule';
import { length } from './length';
import { privateMapping } from './private';
import { readOnlyMapping } from './read-only-write';

export const rules: readonly Rule[] = [length, privateMapping, readOnlyMapping];
