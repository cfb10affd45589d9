import type { Path } from './path';
import { descriptor } from './places';
import type { Origin } from './values';

/** Which numbers descriptors get: the lowest that is free (open(2)). A program knows it of the first three, which are open when it starts. */

const standard = [0n, 1n, 2n] as const;

/** What a number stands for once it has been closed. */
const nothing = -1n;

export function freeNumber(number: bigint, path: Path): void {
  path.set(descriptor(number), { constant: nothing });
}

/** The number that the next descriptor gets for certain: the program has closed it. */
export function lowestFree(path: Path): bigint | undefined {
  return standard.find((number) => path.get(descriptor(number))?.constant === nothing);
}

/** A call makes a descriptor: `close(0); dup(fd);` makes it the standard input. Which of others are what is not followed. */
export function takeLowest(origin: Origin, path: Path): void {
  const number = lowestFree(path);
  if (number === undefined) {
    return;
  }
  const isCopy = origin.effect?.op === 'duplicate' && !origin.effect.when;
  if (isCopy) path.set(descriptor(number), { origins: [origin] });
  else forgetFree(path);
}

/** Some of the free numbers are taken. */
export function forgetFree(path: Path): void {
  for (let number = lowestFree(path); number !== undefined; number = lowestFree(path)) {
    path.forget(descriptor(number));
  }
}
