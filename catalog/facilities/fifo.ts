import type { Chapter } from '../schema';

export const fifo: Chapter = {
  calls: [],
  constants: [],
  types: [],
};
