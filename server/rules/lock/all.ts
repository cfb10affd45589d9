import type { Rule } from '../rule';
import { destroyed } from './destroyed';
import { lockHeldOnReturn } from './held-on-return';
import { neighbours } from './neighbours';
import { lockNotHeld } from './not-held';
import { readLocked } from './read-locked';
import { lockStdio } from './stdio';
import { lockTwice } from './twice';
import { uninitialised } from './uninitialised';

export const rules: readonly Rule[] = [
  destroyed,
  lockHeldOnReturn,
  neighbours,
  lockNotHeld,
  readLocked,
  lockStdio,
  lockTwice,
  uninitialised,
];
