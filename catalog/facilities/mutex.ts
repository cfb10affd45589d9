import type { Chapter } from '../schema';

export const mutex: Chapter = {
  calls: [],
  constants: [],
  types: [],
};
