import type { Rule } from '../rule';
import { argumentOrder } from './argument-order';
import { destroyed } from './destroyed';
import { lockHeldOnReturn } from './held-on-return';
import { neighbours } from './neighbours';
import { lockNotHeld } from './not-held';
import { lockOutside } from './outside';
import { readLocked } from './read-locked';
import { lockStdio } from './stdio';
import { lockTwice } from './twice';
import { uninitialised } from './uninitialised';

export const rules: readonly Rule[] = [
  argumentOrder,
  destroyed,
  lockHeldOnReturn,
  neighbours,
  lockNotHeld,
  lockOutside,
  readLocked,
  lockStdio,
  lockTwice,
  uninitialised,
];
