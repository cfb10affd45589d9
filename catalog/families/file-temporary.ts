import type { Chapter } from '../schema';

export const fileTemporaryFamily: Chapter = {
  calls: [],
  constants: [],
  types: [],
};
