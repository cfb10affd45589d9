import type { Chapter } from '../schema';

export const stdioReportFamily: Chapter = {
  calls: [],
  constants: [],
  types: [],
};
