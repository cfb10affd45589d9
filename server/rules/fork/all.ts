import type { Rule } from '../rule';
import { childFallsThrough } from './child-falls-through';
import { execFallsThrough } from './exec-falls-through';
import { unchecked } from './unchecked';

export const rules: readonly Rule[] = [childFallsThrough, execFallsThrough, unchecked];
