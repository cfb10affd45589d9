import type { Chapter } from '../schema';

export const sysvShm: Chapter = {
  calls: [],
  constants: [],
  types: [],
};
