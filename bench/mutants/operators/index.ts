import type { Operator } from '../operator';
import { handleOperators } from './handles';
import { memberOperators } from './members';
import { processOperators } from './processes';
import { signalOperators } from './signals';
import { socketOperators } from './sockets';
import { sysvOperators } from './sysv';
import { threadOperators } from './threads';

export const operators: readonly Operator[] = [
  ...handleOperators,
  ...memberOperators,
  ...processOperators,
  ...signalOperators,
  ...socketOperators,
  ...sysvOperators,
  ...threadOperators,
];
