import type { Chapter } from '../schema';

export const threadFamily: Chapter = {
  calls: [],
  constants: [],
  types: [],
};
