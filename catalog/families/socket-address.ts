import type { Chapter } from '../schema';

export const socketAddressFamily: Chapter = {
  calls: [],
  constants: [],
  types: [],
};
