import type { Comparison } from './operators';
import type { Value } from './values';

/** The outcome of a comparison of two values, where their bounds decide it. */
export function compare(op: Comparison, a: Value, b: Value): boolean | undefined {
  const [aMin, aMax] = bounds(a);
  const [bMin, bMax] = bounds(b);
  const below = aMax !== undefined && bMin !== undefined && aMax < bMin;
  const above = aMin !== undefined && bMax !== undefined && aMin > bMax;
  const differ = (a.nonzero && b.constant === 0n) || (b.nonzero && a.constant === 0n);
  const equal = a.constant !== undefined && a.constant === b.constant;
  const atMost = below || (aMax !== undefined && bMin !== undefined && aMax <= bMin);
  const atLeast = above || (aMin !== undefined && bMax !== undefined && aMin >= bMax);
  switch (op) {
    case '==':
      return equal ? true : below || above || differ ? false : undefined;
    case '!=':
      return equal ? false : below || above || differ ? true : undefined;
    case '<':
      return below ? true : atLeast ? false : undefined;
    case '<=':
      return atMost ? true : above ? false : undefined;
    case '>':
      return above ? true : atMost ? false : undefined;
    case '>=':
      return atLeast ? true : below ? false : undefined;
  }
}

function bounds({ constant, min, max }: Value): [bigint | undefined, bigint | undefined] {
  return [constant ?? min, constant ?? max];
}

/** Whether a value is nonzero, where that is known. */
export function truthOf({ constant, min, max, nonzero, target, text }: Value): boolean | undefined {
  if (constant !== undefined) {
    return constant !== 0n;
  }
  if (
    nonzero ||
    target !== undefined ||
    text !== undefined ||
    (min !== undefined && min > 0n) ||
    (max !== undefined && max < 0n)
  ) {
    return true;
  }
  return undefined;
}
