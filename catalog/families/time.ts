import type { Chapter } from '../schema';

export const timeFamily: Chapter = {
  calls: [],
  constants: [],
  types: [],
};
