import type { Rule } from '../rule';
import { busy } from './busy';
import { lostOnClose } from './lost-on-close';
import { mode } from './mode';
import { notInherited } from './not-inherited';

export const rules: readonly Rule[] = [busy, lostOnClose, mode, notInherited];
