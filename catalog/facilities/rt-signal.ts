import type { Chapter } from '../schema';

export const rtSignal: Chapter = {
  calls: [],
  constants: [],
  types: [],
};
