/** One limit: when it is said to be near. */
import type { KernelLimit } from './view';

/** Said to be near from this part on. */
const nearFrom = 0.8;

/** No limit, as the kernel says it for the sizes of System V memory: ULONG_MAX - 2^24. */
export const endless = 2 ** 53;

/** Whether `used` of `most` is close; without a limit it never is. */
export const isNear = (used: number | undefined, most: number | undefined) =>
  most !== undefined &&
  most >= 0 &&
  most < endless &&
  used !== undefined &&
  used > 0 &&
  used >= most * nearFrom;

/** Most limits are called by their id. */
export function limit({
  most,
  ...told
}: Omit<KernelLimit, 'near' | 'most' | 'name'> & { most?: number; name?: string }): KernelLimit {
  const bounded = most !== undefined && most >= 0 && most < endless;
  return {
    name: told.id,
    ...told,
    ...(bounded ? { most } : {}),
    near: isNear(told.used, most),
  };
}
