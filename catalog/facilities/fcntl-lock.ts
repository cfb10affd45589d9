import type { Chapter } from '../schema';

export const fcntlLock: Chapter = {
  calls: [],
  constants: [],
  types: [],
};
