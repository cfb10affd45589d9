import type { Chapter } from '../schema';

export const signal: Chapter = {
  calls: [],
  constants: [],
  types: [],
};
