import type { Chapter } from '../schema';

export const inetDgram: Chapter = {
  calls: [],
  constants: [],
  types: [],
};
