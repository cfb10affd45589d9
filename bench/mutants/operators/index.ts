import type { Operator } from '../operator';
import { handleOperators } from './handles';
import { memberOperators } from './members';
import { objectOperators } from './objects';
import { processOperators } from './processes';
import { programOperators } from './programs';
import { signalOperators } from './signals';
import { socketOperators } from './sockets';
import { sysvOperators } from './sysv';
import { threadOperators } from './threads';

export const operators: readonly Operator[] = [
  ...handleOperators,
  ...memberOperators,
  ...objectOperators,
  ...processOperators,
  ...programOperators,
  ...signalOperators,
  ...socketOperators,
  ...sysvOperators,
  ...threadOperators,
];
