import type { Chapter } from '../schema';

export const descriptorTransferFamily: Chapter = {
  calls: [],
  constants: [],
  types: [],
};
