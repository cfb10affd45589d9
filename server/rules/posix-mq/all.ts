import type { Rule } from '../rule';
import { attr } from './attr';
import { bufferTooSmall } from './buffer-too-small';
import { messageTooBig } from './message-too-big';
import { notifyOnce } from './notify-once';
import { priority } from './priority';

export const rules: readonly Rule[] = [attr, bufferTooSmall, messageTooBig, notifyOnce, priority];
