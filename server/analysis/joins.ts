import type { Expr } from '../c/ast';
import type { CowMap } from './cow';
import type { Place } from './places';
import { isUnknown, joinValues, sameValue, type Value } from './values';

/** What is left of two maps where paths come together. */

/** Results of calls that wait for the expression around them, by the call. */
export type Waiting = ReadonlyMap<Expr, Value> | undefined;

/** The results that wait on both paths. */
export function joinWaiting(mine: Waiting, theirs: Waiting): Waiting {
  if (mine === theirs || !mine || !theirs) {
    return mine && theirs;
  }
  const joined = new Map<Expr, Value>();
  for (const [call, value] of mine) {
    const other = theirs.get(call);
    if (other) joined.set(call, joinValues(value, other));
  }
  return joined;
}

export function sameWaiting(mine: readonly Waiting[], theirs: readonly Waiting[]): boolean {
  if (mine === theirs) {
    return true;
  }
  for (let depth = 0; depth < Math.max(mine.length, theirs.length); depth++) {
    const a = mine[depth];
    const b = theirs[depth];
    if (a === b) continue;
    if ((a?.size ?? 0) !== (b?.size ?? 0)) return false;
    for (const [call, value] of a ?? []) {
      const other = b?.get(call);
      if (!other || !sameValue(value, other)) return false;
    }
  }
  return true;
}

/** Leaves in the first what is known of a place on both paths. */
export function joinValueMaps(into: CowMap<Place, Value>, other: CowMap<Place, Value>): void {
  for (const [place, value] of [...into]) {
    const theirs = other.get(place);
    const both = theirs && joinValues(value, theirs);
    if (!both || isUnknown(both)) into.delete(place);
    else if (!sameValue(both, value)) into.set(place, both);
  }
}

/** Leaves in the first what is the same in both. */
export function keepEqual<K, V>(into: CowMap<K, V>, other: CowMap<K, V>): void {
  into.deleteWhere((key) => into.get(key) !== other.get(key));
}
