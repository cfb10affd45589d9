import type { Chapter } from '../schema';

export const condvar: Chapter = {
  calls: [],
  constants: [],
  types: [],
};
