import type { Rule } from '../rule';
import { assignmentInCondition } from './assignment-in-condition';
import { closeOnExec } from './close-on-exec';
import { creatArgs } from './creat-args';
import { doubleClose } from './double-close';
import { dup2Order } from './dup2-order';
import { eintr } from './eintr';
import { errnoClobbered } from './errno-clobbered';
import { errnoNotSet } from './errno-not-set';
import { leak } from './leak';
import { lockWaitUnchecked } from './lock-wait-unchecked';
import { name } from './name';
import { neverSet } from './never-set';
import { notAString } from './not-a-string';
import { notRestored } from './not-restored';
import { oneName } from './one-name';
import { predictableTmp } from './predictable-tmp';
import { relativeTimeout } from './relative-timeout';
import { removedTooEarly } from './removed-too-early';
import { shortCount } from './short-count';
import { structIncomplete } from './struct-incomplete';
import { unchecked } from './unchecked';
import { useAfterClose } from './use-after-close';
import { useUncheckedFailed } from './use-unchecked-failed';
import { worldWritable } from './world-writable';
import { wrongClock } from './wrong-clock';
import { wrongDirection } from './wrong-direction';
import { wrongFailureValue } from './wrong-failure-value';
import { wrongKind } from './wrong-kind';

export const rules: readonly Rule[] = [
  assignmentInCondition,
  closeOnExec,
  creatArgs,
  doubleClose,
  dup2Order,
  eintr,
  errnoClobbered,
  errnoNotSet,
  leak,
  lockWaitUnchecked,
  name,
  neverSet,
  notAString,
  notRestored,
  oneName,
  predictableTmp,
  relativeTimeout,
  removedTooEarly,
  shortCount,
  structIncomplete,
  unchecked,
  useAfterClose,
  useUncheckedFailed,
  worldWritable,
  wrongClock,
  wrongDirection,
  wrongFailureValue,
  wrongKind,
];
