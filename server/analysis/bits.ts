/** What tests of flags tell of the bits of a number: which are set, which are not, and one mask of which at least one bit is set. */
export interface Bits {
  set: bigint;
  clear: bigint;
  /** 0 where nothing is known of several together. */
  any: bigint;
}

const none: Bits = { set: 0n, clear: 0n, any: 0n };

/** As many bits of one variable are kept account of. */
const mostBits = 3;

/** What is known behind a test for the bits of a mask, `all` of which it asks for or any; undefined where that would be too much. */
export function learnt(
  before: Bits | undefined,
  mask: bigint,
  outcome: boolean,
  all: boolean,
): Bits | undefined {
  const { set, clear, any } = before ?? none;
  const bits = !outcome
    ? tidied({ set, clear: clear | mask, any })
    : all || isOneBit(mask)
      ? tidied({ set: set | mask, clear, any })
      : tidied({ set, clear, any: any === 0n || (mask & ~any) === 0n ? mask : any });
  return countBits(bits.set | bits.clear | bits.any) <= mostBits ? bits : undefined;
}

export function isOneBit(mask: bigint): boolean {
  return mask > 0n && (mask & (mask - 1n)) === 0n;
}

function countBits(mask: bigint): number {
  return mask.toString(2).replaceAll('0', '').length;
}

/** Of several of which all but one are not set, that one is. */
function tidied({ set, clear, any }: Bits): Bits {
  const left = any & ~clear;
  if ((any & set) !== 0n) return { set, clear, any: 0n };
  return isOneBit(left) ? { set: set | left, clear, any: 0n } : { set, clear, any: left };
}

/** The bits under a mask: none is set, all are, or some; undefined where that is not known. */
export function under({ set, clear, any }: Bits, mask: bigint): 'none' | 'all' | 'some' | undefined {
  if ((mask & ~clear) === 0n) return 'none';
  if ((mask & ~set) === 0n) return 'all';
  const isAny = any !== 0n && (any & ~mask) === 0n;
  return isAny || (mask & set) !== 0n ? 'some' : undefined;
}

/** What is known of both. */
export function joinBits(a: Bits | undefined, b: Bits | undefined): Bits | undefined {
  if (!a || !b) return undefined;
  const holds = (any: bigint, other: Bits) => any !== 0n && (other.any === any || (other.set & any) !== 0n);
  const any = holds(a.any, b) ? a.any : holds(b.any, a) ? b.any : 0n;
  const known = tidied({ set: a.set & b.set, clear: a.clear & b.clear, any });
  return (known.set | known.clear | known.any) === 0n ? undefined : known;
}

export function sameBits(a: Bits | undefined, b: Bits | undefined): boolean {
  return a === b || (a?.set === b?.set && a?.clear === b?.clear && a?.any === b?.any);
}
