import type { Chapter } from '../schema';

export const sysvMsg: Chapter = {
  calls: [],
  constants: [],
  types: [],
};
