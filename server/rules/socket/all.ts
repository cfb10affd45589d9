import type { Rule } from '../rule';
import { addressLength } from './address-length';
import { byteOrder } from './byte-order';
import { phase } from './phase';

export const rules: readonly Rule[] = [phase, addressLength, byteOrder];
