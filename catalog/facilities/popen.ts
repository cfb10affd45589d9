import type { Chapter } from '../schema';

export const popen: Chapter = {
  calls: [],
  constants: [],
  types: [],
};
