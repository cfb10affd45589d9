import type { Chapter } from '../schema';

export const posixShm: Chapter = {
  calls: [],
  constants: [],
  types: [],
};
