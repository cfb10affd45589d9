import type { Chapter } from '../schema';

export const socketFamily: Chapter = {
  calls: [],
  constants: [],
  types: [],
};
