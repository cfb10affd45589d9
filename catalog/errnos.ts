import type { ErrnoInfo } from './schema';

/** Linux error numbers, as <errno.h> has them on x86-64. */
export const errnos: ErrnoInfo[] = [];
