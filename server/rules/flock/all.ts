import type { Rule } from '../rule';
import { mixed } from './mixed';
import { sharedWithChild } from './shared-with-child';
import { upgrade } from './upgrade';

export const rules: readonly Rule[] = [mixed, sharedWithChild, upgrade];
