import type { Chapter } from '../schema';

export const fileFamily: Chapter = {
  calls: [],
  constants: [],
  types: [],
};
