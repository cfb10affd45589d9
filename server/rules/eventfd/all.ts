import type { Rule } from '../rule';
import { eventfdSemaphore } from './semaphore';
import { eventfdWidth } from './width';

export const rules: readonly Rule[] = [eventfdSemaphore, eventfdWidth];
