import type { Rule } from '../rule';
import { joinedTwice } from './joined-twice';
import { neverJoined } from './never-joined';
import { sharedArgument } from './shared-argument';

export const rules: readonly Rule[] = [sharedArgument, neverJoined, joinedTwice];
