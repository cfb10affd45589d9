import type { Chapter } from '../schema';

export const pty: Chapter = {
  calls: [],
  constants: [],
  types: [],
};
