import type { Rule } from '../rule';
import { sharedArgument } from './shared-argument';

export const rules: readonly Rule[] = [sharedArgument];
