import type { Rule } from '../rule';
import { closedMember } from './closed-member';
import { edgeTriggered } from './edge-triggered';
import { eventBits } from './event-bits';
import { nfds } from './nfds';
import { notClosed } from './not-closed';
import { notRebuilt } from './not-rebuilt';
import { setSize } from './set-size';

export const rules: readonly Rule[] = [
  closedMember,
  edgeTriggered,
  eventBits,
  nfds,
  notClosed,
  notRebuilt,
  setSize,
];
