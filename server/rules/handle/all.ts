import type { Rule } from '../rule';
import { assignmentInCondition } from './assignment-in-condition';
import { creatArgs } from './creat-args';
import { doubleClose } from './double-close';
import { errnoClobbered } from './errno-clobbered';
import { leak } from './leak';
import { lockWaitUnchecked } from './lock-wait-unchecked';
import { name } from './name';
import { notAString } from './not-a-string';
import { relativeTimeout } from './relative-timeout';
import { removedTooEarly } from './removed-too-early';
import { shortCount } from './short-count';
import { structIncomplete } from './struct-incomplete';
import { unchecked } from './unchecked';
import { useAfterClose } from './use-after-close';
import { useUncheckedFailed } from './use-unchecked-failed';
import { wrongClock } from './wrong-clock';
import { wrongDirection } from './wrong-direction';
import { wrongFailureValue } from './wrong-failure-value';
import { wrongKind } from './wrong-kind';

export const rules: readonly Rule[] = [
  assignmentInCondition,
  creatArgs,
  doubleClose,
  errnoClobbered,
  leak,
  lockWaitUnchecked,
  name,
  notAString,
  relativeTimeout,
  removedTooEarly,
  shortCount,
  structIncomplete,
  unchecked,
  useAfterClose,
  useUncheckedFailed,
  wrongClock,
  wrongDirection,
  wrongFailureValue,
  wrongKind,
];
