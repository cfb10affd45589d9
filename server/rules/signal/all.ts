import type { Rule } from '../rule';
import { signalAction } from './action';
import { signalTarget } from './target';
import { unsafeCall } from './unsafe-call';

export const rules: readonly Rule[] = [signalAction, signalTarget, unsafeCall];
