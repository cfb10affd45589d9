import type { Chapter } from '../schema';

export const unixStream: Chapter = {
  calls: [],
  constants: [],
  types: [],
};
