import type { Rule } from '../rule';
import { segmentTooSmall } from './beyond-size';
import { pointerInside } from './pointer-inside';
import { readOnlyWrite } from './read-only-write';
import { size } from './size';
import { unsynchronised } from './unsynchronised';

export const rules: readonly Rule[] = [segmentTooSmall, pointerInside, readOnlyWrite, size, unsynchronised];
