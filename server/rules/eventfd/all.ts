import type { Rule } from '../rule';
import { eventfdWidth } from './width';

export const rules: readonly Rule[] = [eventfdWidth];
