import type { Rule } from '../rule';
import { eventfdSemaphore } from './semaphore';
import { timerDisarmed } from './timer-disarmed';
import { eventfdWidth } from './width';

export const rules: readonly Rule[] = [eventfdSemaphore, timerDisarmed, eventfdWidth];
