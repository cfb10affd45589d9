import type { Chapter } from '../schema';

export const multiplexing: Chapter = {
  calls: [],
  constants: [],
  types: [],
};
