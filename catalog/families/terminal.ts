import type { Chapter } from '../schema';

export const terminalFamily: Chapter = {
  calls: [],
  constants: [],
  types: [],
};
