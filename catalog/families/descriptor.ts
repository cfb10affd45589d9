import type { Chapter } from '../schema';

export const descriptorFamily: Chapter = {
  calls: [],
  constants: [],
  types: [],
};
