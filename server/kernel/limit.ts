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

export function limit(told: Omit<KernelLimit, 'near' | 'most'> & { most?: number }): KernelLimit {
  const { most, used } = told;
  const bounded = most !== undefined && most >= 0 && most < endless;
  const { most: _, ...rest } = told;
  return {
    ...rest,
    ...(bounded ? { most } : {}),
    near: isNear(used, most),
  };
}
