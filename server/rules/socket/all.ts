import type { Rule } from '../rule';
import { acceptedLeak } from './accepted-leak';
import { addressLength } from './address-length';
import { addressUninitialised } from './address-uninitialised';
import { byteOrder } from './byte-order';
import { controlBuffer } from './control-buffer';
import { dgramTruncated } from './dgram-truncated';
import { framing } from './framing';
import { nonblockingConnect } from './nonblocking-connect';
import { obsolete } from './obsolete';
import { optionTooLate } from './option-too-late';
import { phase } from './phase';
import { replyToUnbound } from './reply-to-unbound';
import { reuseaddr } from './reuseaddr';
import { stalePath } from './stale-path';
import { sunPath } from './sun-path';

export const rules: readonly Rule[] = [
  acceptedLeak,
  addressLength,
  addressUninitialised,
  byteOrder,
  controlBuffer,
  dgramTruncated,
  framing,
  nonblockingConnect,
  obsolete,
  optionTooLate,
  phase,
  replyToUnbound,
  reuseaddr,
  stalePath,
  sunPath,
];
