import type { Chapter } from '../schema';

export const peeking: Chapter = {
  calls: [],
  constants: [],
  types: [],
};
