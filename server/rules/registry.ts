import { noLoop } from './condvar/no-loop';
import { eventfdWidth } from './eventfd/width';
import { assignmentInCondition } from './handle/assignment-in-condition';
import { creatArgs } from './handle/creat-args';
import { name } from './handle/name';
import { wrongFailureValue } from './handle/wrong-failure-value';
import { unusedEndOpen } from './pipe/unused-end-open';
import type { Rule } from './rule';
import { byteOrder } from './socket/byte-order';
import { noPermissions } from './sysv/no-permissions';
import { sizeIncludesType } from './sysv-msg/size-includes-type';
import { semun } from './sysv-sem/semun';

/** Every rule, in the order of their ids. */
export const rules: readonly Rule[] = [
  noLoop,
  eventfdWidth,
  assignmentInCondition,
  creatArgs,
  name,
  wrongFailureValue,
  unusedEndOpen,
  byteOrder,
  sizeIncludesType,
  semun,
  noPermissions,
];

export const ruleById: ReadonlyMap<string, Rule> = new Map(rules.map((rule) => [rule.meta.id, rule]));
