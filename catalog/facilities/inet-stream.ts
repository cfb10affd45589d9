import type { Chapter } from '../schema';

export const inetStream: Chapter = {
  calls: [],
  constants: [],
  types: [],
};
