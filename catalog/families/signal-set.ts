import type { Chapter } from '../schema';

export const signalSetFamily: Chapter = {
  calls: [],
  constants: [],
  types: [],
};
