import type { Rule } from '../rule';
import { barrierCount } from './barrier-count';
import { joinedHolding } from './joined-holding';
import { joinedTwice } from './joined-twice';
import { neverJoined } from './never-joined';
import { sharedArgument } from './shared-argument';

export const rules: readonly Rule[] = [sharedArgument, neverJoined, joinedHolding, joinedTwice, barrierCount];
