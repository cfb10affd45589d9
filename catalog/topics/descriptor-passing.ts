import type { Chapter } from '../schema';

export const descriptorPassing: Chapter = {
  calls: [],
  constants: [],
  types: [],
};
