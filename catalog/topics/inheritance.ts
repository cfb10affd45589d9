import type { Chapter } from '../schema';

export const inheritance: Chapter = {
  calls: [],
  constants: [],
  types: [],
};
