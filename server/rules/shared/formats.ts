/** The formats of printf and its like, printf(3). */

/** Where each printing function's format stands; the values follow it. */
export const printing: ReadonlyMap<string, number> = new Map([
  ['printf', 0],
  ['fprintf', 1],
  ['dprintf', 1],
  ['sprintf', 1],
  ['snprintf', 2],
  ['syslog', 1],
]);

/** One conversion of a format: `%-8ld`. */
export interface Conversion {
  /** As it is written. */
  text: string;
  /** Where it begins in the format. */
  at: number;
  /** The argument that it shows, counted from the one behind the format; a `*` takes one before it. */
  index: number;
}

/** The conversions of a format that show an argument. */
export function conversionsIn(format: string): Conversion[] {
  const found: Conversion[] = [];
  let next = 0;
  for (const { 0: text, index: at } of format.matchAll(
    /%(?:%|[-+ #0]*(?:\*|\d+)?(?:\.(?:\*|\d+)?)?(?:hh|h|ll|l|j|z|t|L)?[a-zA-Z])/g,
  )) {
    if (text === '%%') continue;
    next += text.split('*').length - 1;
    found.push({ text, at, index: next++ });
  }
  return found;
}
