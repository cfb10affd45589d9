import type { Chapter } from '../schema';

export const fileStatusFamily: Chapter = {
  calls: [],
  constants: [],
  types: [],
};
