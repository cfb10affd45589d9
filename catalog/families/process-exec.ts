import type { Chapter } from '../schema';

export const processExecFamily: Chapter = {
  calls: [],
  constants: [],
  types: [],
};
