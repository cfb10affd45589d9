import type { Operator } from '../operator';
import { handleOperators } from './handles';
import { processOperators } from './processes';
import { socketOperators } from './sockets';
import { sysvOperators } from './sysv';
import { threadOperators } from './threads';

export const operators: readonly Operator[] = [
  ...handleOperators,
  ...processOperators,
  ...socketOperators,
  ...sysvOperators,
  ...threadOperators,
];
