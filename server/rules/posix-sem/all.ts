import type { Rule } from '../rule';
import { copy } from './copy';
import { semHeldOnReturn } from './held-on-return';
import { lifetime } from './lifetime';
import { neverPosted } from './never-posted';
import { psharedPrivate } from './pshared-private';
import { psharedZero } from './pshared-zero';
import { value } from './value';

export const rules: readonly Rule[] = [
  copy,
  semHeldOnReturn,
  lifetime,
  neverPosted,
  psharedPrivate,
  psharedZero,
  value,
];
