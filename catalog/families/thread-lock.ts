import type { Chapter } from '../schema';

export const threadLockFamily: Chapter = {
  calls: [],
  constants: [],
  types: [],
};
