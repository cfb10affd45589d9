import type { Rule } from '../rule';
import { lockHeldOnReturn } from './held-on-return';
import { neighbours } from './neighbours';
import { lockNotHeld } from './not-held';
import { lockStdio } from './stdio';
import { lockTwice } from './twice';

export const rules: readonly Rule[] = [lockHeldOnReturn, neighbours, lockNotHeld, lockStdio, lockTwice];
