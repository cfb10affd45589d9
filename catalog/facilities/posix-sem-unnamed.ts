import type { Chapter } from '../schema';

export const posixSemUnnamed: Chapter = {
  calls: [],
  constants: [],
  types: [],
};
