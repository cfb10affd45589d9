import type { Rule } from '../rule';
import { childFallsThrough } from './child-falls-through';
import { execArguments } from './exec-arguments';
import { execFallsThrough } from './exec-falls-through';
import { inThreads } from './in-threads';
import { noWait } from './no-wait';
import { outputLost } from './output-lost';
import { privateMemory } from './private-memory';
import { stdioTwice } from './stdio-twice';
import { unchecked } from './unchecked';
import { waitBeforeDrain } from './wait-before-drain';
import { waitSpins } from './wait-spins';
import { waitStatus } from './wait-status';

export const rules: readonly Rule[] = [
  childFallsThrough,
  execArguments,
  execFallsThrough,
  inThreads,
  noWait,
  outputLost,
  privateMemory,
  stdioTwice,
  unchecked,
  waitBeforeDrain,
  waitSpins,
  waitStatus,
];
