import type { Chapter } from '../schema';

export const processFamily: Chapter = {
  calls: [],
  constants: [],
  types: [],
};
