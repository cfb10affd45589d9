import type { Chapter } from '../schema';

export const processWaitFamily: Chapter = {
  calls: [],
  constants: [],
  types: [],
};
