import type { Chapter } from '../schema';

export const socketOptionFamily: Chapter = {
  calls: [],
  constants: [],
  types: [],
};
