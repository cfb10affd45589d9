import type { Rule } from '../rule';
import { behindFork } from './behind-fork';
import { dup2Leftover } from './dup2-leftover';
import { eofIgnored } from './eof-ignored';
import { execReport } from './exec-report';
import { interleavedWrites } from './interleaved-writes';
import { onePipeTwoWays } from './one-pipe-two-ways';
import { selfDeadlock } from './self-deadlock';
import { sigpipe } from './sigpipe';
import { spareEnd } from './spare-end';
import { swappedEnds } from './swapped-ends';
import { unflushed } from './unflushed';
import { unusedEndOpen } from './unused-end-open';

export const rules: readonly Rule[] = [
  behindFork,
  dup2Leftover,
  eofIgnored,
  execReport,
  interleavedWrites,
  onePipeTwoWays,
  selfDeadlock,
  sigpipe,
  spareEnd,
  swappedEnds,
  unflushed,
  unusedEndOpen,
];
