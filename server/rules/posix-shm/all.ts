import type { Rule } from '../rule';
import { access } from './access';
import { noSize } from './no-size';

export const rules: readonly Rule[] = [access, noSize];
