import type { Rule } from '../rule';
import { acceptedLeak } from './accepted-leak';
import { addressLength } from './address-length';
import { addressUninitialised } from './address-uninitialised';
import { byteOrder } from './byte-order';
import { phase } from './phase';
import { replyToUnbound } from './reply-to-unbound';
import { stalePath } from './stale-path';
import { sunPath } from './sun-path';

export const rules: readonly Rule[] = [
  phase,
  addressLength,
  addressUninitialised,
  byteOrder,
  sunPath,
  replyToUnbound,
  acceptedLeak,
  stalePath,
];
