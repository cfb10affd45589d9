import type { Rule } from '../rule';
import { pointerInside } from './pointer-inside';
import { readOnlyWrite } from './read-only-write';
import { size } from './size';
import { unsynchronised } from './unsynchronised';

export const rules: readonly Rule[] = [pointerInside, readOnlyWrite, size, unsynchronised];
