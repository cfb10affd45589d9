import type { Chapter } from '../schema';

export const nonblocking: Chapter = {
  calls: [],
  constants: [],
  types: [],
};
