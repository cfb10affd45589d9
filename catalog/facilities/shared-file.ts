import type { Chapter } from '../schema';

export const sharedFile: Chapter = {
  calls: [],
  constants: [],
  types: [],
};
