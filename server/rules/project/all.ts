import { openDeadlock } from '../fifo/open-deadlock';
import { nameMismatch } from '../handle/name-mismatch';
import { notRemoved } from '../handle/not-removed';
import { order } from '../lock/order';
import { waitsInside } from '../lock/waits-inside';
import { sizeMismatch as queueSizeMismatch } from '../posix-mq/size-mismatch';
import { nobodyPosts } from '../posix-sem/nobody-posts';
import { sizeMismatch as memorySizeMismatch } from '../posix-shm/size-mismatch';
import { privateWithKeyUse } from '../sysv/private-with-key-use';
import { sizeMismatch } from '../sysv/size-mismatch';
import { receiveTooSmall } from '../sysv-msg/receive-too-small';
import { typeNeverReceived } from '../sysv-msg/type-never-received';
import type { ProjectRule } from './project-rule';

/** Every rule that looks at programs together; each lies in the folder of its facility. */
export const projectRules: readonly ProjectRule[] = [
  openDeadlock,
  nameMismatch,
  notRemoved,
  order,
  waitsInside,
  queueSizeMismatch,
  nobodyPosts,
  memorySizeMismatch,
  sizeMismatch,
  privateWithKeyUse,
  receiveTooSmall,
  typeNeverReceived,
];
