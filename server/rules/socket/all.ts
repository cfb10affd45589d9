import type { Rule } from '../rule';
import { byteOrder } from './byte-order';

export const rules: readonly Rule[] = [byteOrder];
