import type { Chapter } from '../schema';

export const stdioFamily: Chapter = {
  calls: [],
  constants: [],
  types: [],
};
