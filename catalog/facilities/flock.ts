import type { Chapter } from '../schema';

export const flock: Chapter = {
  calls: [],
  constants: [],
  types: [],
};
