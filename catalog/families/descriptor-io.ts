import type { Chapter } from '../schema';

export const descriptorIoFamily: Chapter = {
  calls: [],
  constants: [],
  types: [],
};
