import type { Chapter } from '../schema';

export const unixDgram: Chapter = {
  calls: [],
  constants: [],
  types: [],
};
