import type { Chapter } from '../schema';

export const descriptorControlFamily: Chapter = {
  calls: [],
  constants: [],
  types: [],
};
