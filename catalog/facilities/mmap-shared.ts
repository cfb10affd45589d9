import type { Chapter } from '../schema';

export const mmapShared: Chapter = {
  calls: [],
  constants: [],
  types: [],
};
