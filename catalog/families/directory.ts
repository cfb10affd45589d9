import type { Chapter } from '../schema';

export const directoryFamily: Chapter = {
  calls: [],
  constants: [],
  types: [],
};
