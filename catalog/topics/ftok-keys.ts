import type { Chapter } from '../schema';

export const ftokKeys: Chapter = {
  calls: [],
  constants: [],
  types: [],
};
