import type { Rule } from '../rule';
import { firstValues } from './first-values';
import { index } from './index';
import { initialisationRace } from './initialisation-race';
import { neverReleased } from './never-released';
import { noUndo } from './no-undo';
import { semun } from './semun';
import { undoMismatch } from './undo-mismatch';

export const rules: readonly Rule[] = [
  firstValues,
  index,
  initialisationRace,
  neverReleased,
  noUndo,
  semun,
  undoMismatch,
];
