import type { Rule } from '../rule';
import { access } from './access';
import { beyondSize } from './beyond-size';
import { noSize } from './no-size';

export const rules: readonly Rule[] = [access, beyondSize, noSize];
