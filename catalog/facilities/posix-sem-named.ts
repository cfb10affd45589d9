import type { Chapter } from '../schema';

export const posixSemNamed: Chapter = {
  calls: [],
  constants: [],
  types: [],
};
