/**
 * The name of a storage place as the analysis follows it: `1:fd`, `1:fd[1]`, `0:table.size`, `1:p->next`. The number is the depth
 * of the function call that owns the variable; 0 owns the globals. `*p` and `p[0]`, `(*p).x` and `p->x` are one place. Where a
 * pointer's target is known, the place is the target's.
 */
export type Place = string;

/** The place of a variable. */
export function variable(depth: number, name: string): Place {
  return `${depth}:${name}`;
}

/** Where a process's descriptor of a fixed number is kept: standard output after `dup2(fd, 1)`. */
export function descriptor(number: bigint): Place {
  return `0:#${number}`;
}

/** The variable a place belongs to, with its depth: `1:fd` for `1:fd[1]`. */
export function rootOf(place: Place): Place {
  return /^\d+:[#=]?\w+/.exec(place)?.[0] ?? place;
}

/** The name of the variable a place belongs to, without the depth. */
export function nameOf(place: Place): string {
  return rootOf(place).replace(/^\d+:/, '');
}

export function depthOf(place: Place): number {
  return Number.parseInt(place, 10);
}

/**
 * The element of an array at an index that is not known but stands still: `1:fd[i]`. The variable is named with its depth where that is
 * not the array's: `0:fd[i@1]`. `1:fd[*]` is some element, one or another.
 */
export function elementBy(base: Place | undefined, index: Place): Place | undefined {
  return part(base, `[${nameIn(base, index)}]`);
}

/** As `elementBy`, for a pointer to the first element of an array. */
export function elementFrom(first: Place, index: Place): Place | undefined {
  return first.endsWith('[0]') ? elementBy(first.slice(0, -3), index) : undefined;
}

function nameIn(base: Place | undefined, index: Place): string {
  const depth = depthOf(index);
  return base !== undefined && depthOf(base) === depth ? nameOf(index) : `${nameOf(index)}@${depth}`;
}

/** Whether an element's index is this variable. */
export function isIndexedBy(place: Place, index: Place): boolean {
  return place.includes('[') && place.includes(`[${nameIn(place, index)}]`);
}

/** The same place in some element instead of the one that the variable tells. */
export function someElement(place: Place, index?: Place): Place {
  return index === undefined
    ? place.replace(/\[[^\]*]+\]/, '[*]')
    : place.replace(`[${nameIn(place, index)}]`, '[*]');
}

/** Two elements of one array that may be the same: at least one has an index that is not known. */
export function mayBeSame(a: Place, b: Place): boolean {
  const [one, other] = [a.split('['), b.split('[')];
  for (let i = 0; i < Math.min(one.length, other.length); i++) {
    if (one[i] === other[i]) continue;
    const number = /^\d+\]/;
    return i > 0 && !(number.test(one[i]!) && number.test(other[i]!)) && !one[i]!.startsWith('*');
  }
  return false;
}

const longest = 120;

/** A part of a place; undefined when the name would grow without end, as in a loop along a list. */
export function part(base: Place | undefined, suffix: string): Place | undefined {
  return base === undefined || base.length > longest ? undefined : base + suffix;
}

/** The place `count` elements after an element; undefined when it is no element of a known array. */
export function element(place: Place, count: bigint): Place | undefined {
  const match = /^(.*)\[(\d+)\]$/.exec(place);
  if (!match) {
    return count === 0n ? place : undefined;
  }
  const index = BigInt(match[2]!) + count;
  return index < 0n ? undefined : `${match[1]}[${index}]`;
}

/** True when reaching the place follows a pointer or an index, so that other names may lead to it. */
export function isIndirect(place: Place): boolean {
  return place.includes('->') || place.includes('[');
}

/** True when `place` is `base` or a part of it. */
export function isWithin(place: Place, base: Place): boolean {
  return place.startsWith(base) && (place.length === base.length || /[.[-]/.test(place[base.length]!));
}
