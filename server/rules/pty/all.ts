import type { Rule } from '../rule';
import { eio } from './eio';
import { order } from './order';

export const rules: readonly Rule[] = [eio, order];
