import type { Chapter } from '../schema';

export const socketpair: Chapter = {
  calls: [],
  constants: [],
  types: [],
};
