import type { Chapter } from '../schema';

export const stdioDataFamily: Chapter = {
  calls: [],
  constants: [],
  types: [],
};
