import type { Rule } from '../rule';
import { signalAction } from './action';
import { signalErrno } from './errno';
import { maskKept } from './mask-kept';
import { notBlocked } from './not-blocked';
import { pauseRace } from './pause-race';
import { sharedVariable } from './shared-variable';
import { sigchldBlocks } from './sigchld-blocks';
import { sigchldOnce } from './sigchld-once';
import { signalTarget } from './target';
import { unsafeCall } from './unsafe-call';

export const rules: readonly Rule[] = [
  signalAction,
  signalErrno,
  maskKept,
  notBlocked,
  pauseRace,
  sharedVariable,
  sigchldBlocks,
  sigchldOnce,
  signalTarget,
  unsafeCall,
];
