import { rules as condvar } from './condvar/all';
import { rules as eventfd } from './eventfd/all';
import { rules as fcntlLock } from './fcntl-lock/all';
import { rules as fifo } from './fifo/all';
import { rules as flock } from './flock/all';
import { rules as fork } from './fork/all';
import { rules as handle } from './handle/all';
import { rules as lock } from './lock/all';
import { rules as mmapShared } from './mmap-shared/all';
import { rules as multiplex } from './multiplex/all';
import { rules as mutex } from './mutex/all';
import { rules as pipe } from './pipe/all';
import { rules as popen } from './popen/all';
import { rules as posixMq } from './posix-mq/all';
import { rules as posixSem } from './posix-sem/all';
import { rules as posixShm } from './posix-shm/all';
import { projectRules as allTogether } from './project/all';
import type { ProjectRule } from './project/project-rule';
import { rules as pty } from './pty/all';
import { rules as rtSignal } from './rt-signal/all';
import type { Rule, RuleMeta } from './rule';
import { rules as sharedFile } from './shared-file/all';
import { rules as signal } from './signal/all';
import { rules as socket } from './socket/all';
import { rules as sysv } from './sysv/all';
import { rules as sysvMsg } from './sysv-msg/all';
import { rules as sysvSem } from './sysv-sem/all';
import { rules as sysvShm } from './sysv-shm/all';
import { rules as thread } from './thread/all';

/** Every rule, in the order of their ids. Each folder lists its own. */
export const rules: readonly Rule[] = [
  ...condvar,
  ...eventfd,
  ...fcntlLock,
  ...fifo,
  ...flock,
  ...fork,
  ...handle,
  ...lock,
  ...mmapShared,
  ...multiplex,
  ...mutex,
  ...pipe,
  ...popen,
  ...posixMq,
  ...posixSem,
  ...posixShm,
  ...pty,
  ...rtSignal,
  ...sharedFile,
  ...signal,
  ...socket,
  ...sysv,
  ...sysvMsg,
  ...sysvSem,
  ...sysvShm,
  ...thread,
].sort((a, b) => (a.meta.id < b.meta.id ? -1 : 1));

/** The rules that look at whole programs, and at several of them together. */
export const projectRules: readonly ProjectRule[] = [...allTogether].sort((a, b) =>
  a.meta.id < b.meta.id ? -1 : 1,
);

/** What every rule is, of both sorts, in the order of their ids. */
export const ruleMetas: readonly RuleMeta[] = [...rules, ...projectRules]
  .map(({ meta }) => meta)
  .sort((a, b) => (a.id < b.id ? -1 : 1));

export const ruleById: ReadonlyMap<string, { meta: RuleMeta }> = new Map(
  ruleMetas.map((meta) => [meta.id, { meta }]),
);
