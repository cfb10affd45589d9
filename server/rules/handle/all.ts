import type { Rule } from '../rule';
import { assignmentInCondition } from './assignment-in-condition';
import { creatArgs } from './creat-args';
import { doubleClose } from './double-close';
import { leak } from './leak';
import { name } from './name';
import { structIncomplete } from './struct-incomplete';
import { unchecked } from './unchecked';
import { useAfterClose } from './use-after-close';
import { useUncheckedFailed } from './use-unchecked-failed';
import { wrongDirection } from './wrong-direction';
import { wrongFailureValue } from './wrong-failure-value';

export const rules: readonly Rule[] = [
  assignmentInCondition,
  creatArgs,
  doubleClose,
  leak,
  name,
  structIncomplete,
  unchecked,
  useAfterClose,
  useUncheckedFailed,
  wrongDirection,
  wrongFailureValue,
];
