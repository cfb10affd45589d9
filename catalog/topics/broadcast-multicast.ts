import type { Chapter } from '../schema';

export const broadcastMulticast: Chapter = {
  calls: [],
  constants: [],
  types: [],
};
