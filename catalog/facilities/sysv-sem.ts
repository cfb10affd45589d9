import type { Chapter } from '../schema';

export const sysvSem: Chapter = {
  calls: [],
  constants: [],
  types: [],
};
