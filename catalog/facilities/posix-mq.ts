import type { Chapter } from '../schema';

export const posixMq: Chapter = {
  calls: [],
  constants: [],
  types: [],
};
