import type { Chapter } from '../schema';

export const eventfd: Chapter = {
  calls: [],
  constants: [],
  types: [],
};
