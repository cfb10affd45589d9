import { noLoop } from './condvar/no-loop';
import { eventfdWidth } from './eventfd/width';
import { childFallsThrough } from './fork/child-falls-through';
import { execFallsThrough } from './fork/exec-falls-through';
import { assignmentInCondition } from './handle/assignment-in-condition';
import { creatArgs } from './handle/creat-args';
import { doubleClose } from './handle/double-close';
import { leak } from './handle/leak';
import { name } from './handle/name';
import { useAfterClose } from './handle/use-after-close';
import { useUncheckedFailed } from './handle/use-unchecked-failed';
import { wrongDirection } from './handle/wrong-direction';
import { wrongFailureValue } from './handle/wrong-failure-value';
import { lockHeldOnReturn } from './lock/held-on-return';
import { lockNotHeld } from './lock/not-held';
import { lockTwice } from './lock/twice';
import { length } from './mmap-shared/length';
import { privateMapping } from './mmap-shared/private';
import { notProcessShared } from './mutex/not-process-shared';
import { eofIgnored } from './pipe/eof-ignored';
import { swappedEnds } from './pipe/swapped-ends';
import { unusedEndOpen } from './pipe/unused-end-open';
import { pclose } from './popen/pclose';
import { attr } from './posix-mq/attr';
import { bufferTooSmall } from './posix-mq/buffer-too-small';
import { messageTooBig } from './posix-mq/message-too-big';
import { priority } from './posix-mq/priority';
import { copy } from './posix-sem/copy';
import { psharedZero } from './posix-sem/pshared-zero';
import { value } from './posix-sem/value';
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
import { index } from './sysv-sem/index';
import { semun } from './sysv-sem/semun';
import { readOnlyWrite } from './sysv-shm/read-only-write';
import { size } from './sysv-shm/size';

/** Every rule, in the order of their ids. */
export const rules: readonly Rule[] = [
  noLoop,
  eventfdWidth,
  childFallsThrough,
  execFallsThrough,
  assignmentInCondition,
  creatArgs,
  doubleClose,
  leak,
  name,
  useAfterClose,
  useUncheckedFailed,
  wrongDirection,
  wrongFailureValue,
  lockHeldOnReturn,
  lockNotHeld,
  lockTwice,
  length,
  privateMapping,
  notProcessShared,
  eofIgnored,
  swappedEnds,
  unusedEndOpen,
  pclose,
  attr,
  bufferTooSmall,
  messageTooBig,
  priority,
  copy,
  psharedZero,
  value,
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
  index,
  semun,
  readOnlyWrite,
  size,
  exclWithoutCreat,
  ftok,
  noPermissions,
];

export const ruleById: ReadonlyMap<string, Rule> = new Map(rules.map((rule) => [rule.meta.id, rule]));
