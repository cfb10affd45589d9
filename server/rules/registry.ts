import { noLoop } from './condvar/no-loop';
import { eventfdWidth } from './eventfd/width';
import { assignmentInCondition } from './handle/assignment-in-condition';
import { creatArgs } from './handle/creat-args';
import { doubleClose } from './handle/double-close';
import { name } from './handle/name';
import { useAfterClose } from './handle/use-after-close';
import { useUncheckedFailed } from './handle/use-unchecked-failed';
import { wrongFailureValue } from './handle/wrong-failure-value';
import { unusedEndOpen } from './pipe/unused-end-open';
import { attr } from './posix-mq/attr';
import { bufferTooSmall } from './posix-mq/buffer-too-small';
import { messageTooBig } from './posix-mq/message-too-big';
import { priority } from './posix-mq/priority';
import { access } from './posix-shm/access';
import { noSize } from './posix-shm/no-size';
import type { Rule } from './rule';
import { signalAction } from './signal/action';
import { signalTarget } from './signal/target';
import { unsafeCall } from './signal/unsafe-call';
import { byteOrder } from './socket/byte-order';
import { exclWithoutCreat } from './sysv/excl-without-creat';
import { ftok } from './sysv/ftok';
import { noPermissions } from './sysv/no-permissions';
import { noTypeMember } from './sysv-msg/no-type-member';
import { sizeIncludesType } from './sysv-msg/size-includes-type';
import { tooBig } from './sysv-msg/too-big';
import { typeNotPositive } from './sysv-msg/type-not-positive';
import { semun } from './sysv-sem/semun';
import { readOnlyWrite } from './sysv-shm/read-only-write';

/** Every rule, in the order of their ids. */
export const rules: readonly Rule[] = [
  noLoop,
  eventfdWidth,
  assignmentInCondition,
  creatArgs,
  doubleClose,
  name,
  useAfterClose,
  useUncheckedFailed,
  wrongFailureValue,
  unusedEndOpen,
  attr,
  bufferTooSmall,
  messageTooBig,
  priority,
  access,
  noSize,
  signalAction,
  signalTarget,
  unsafeCall,
  byteOrder,
  noTypeMember,
  sizeIncludesType,
  tooBig,
  typeNotPositive,
  semun,
  readOnlyWrite,
  exclWithoutCreat,
  ftok,
  noPermissions,
];

export const ruleById: ReadonlyMap<string, Rule> = new Map(rules.map((rule) => [rule.meta.id, rule]));
