import type { Chapter } from '../schema';

export const processIdentityFamily: Chapter = {
  calls: [],
  constants: [],
  types: [],
};
