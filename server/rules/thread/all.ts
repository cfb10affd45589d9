import type { Rule } from '../rule';
import { joinedHolding } from './joined-holding';
import { joinedTwice } from './joined-twice';
import { neverJoined } from './never-joined';
import { sharedArgument } from './shared-argument';

export const rules: readonly Rule[] = [sharedArgument, neverJoined, joinedHolding, joinedTwice];
