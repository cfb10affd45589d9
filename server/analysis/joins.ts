import type { Expr } from '../c/ast';
import type { CowMap } from './cow';
import { elementBy, type Place } from './places';
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

type Values = CowMap<Place, Value>;

/**
 * Names elements of arrays alike before two maps become one: `pids[0]` where `i` is 0 and `pids[i]` where nobody knows `i` are both
 * the element at `i`. Changes the first, and gives the second or a changed copy of it.
 */
export function namedAlike(mine: Values, theirs: Values): Values {
  const [ours, others] = [byVariable(mine, theirs), byVariable(theirs, mine)];
  let changed: Values | undefined;
  for (const [name, place] of ours) {
    const other = others.get(name);
    if (other === undefined && !theirs.has(name)) continue;
    rename(mine, place, name);
    if (other !== undefined) rename((changed ??= theirs.copy()), other, name);
  }
  for (const [name, place] of others) {
    if (!ours.has(name) && mine.has(name)) rename((changed ??= theirs.copy()), place, name);
  }
  return changed ?? theirs;
}

/** The elements that only this map knows by a number, by what they are called with a variable of this number that differs in the other. */
function byVariable(own: Values, other: Values): Map<Place, Place> {
  const found = new Map<Place, Place>();
  let indices: Map<string, Place[]> | undefined;
  for (const place of own.keys()) {
    if (!/\[\d+\]/.test(place) || other.has(place)) continue;
    indices ??= differingNumbers(own, other);
    if (indices.size === 0) break;
    for (const { 0: part, 1: number, index: at } of place.matchAll(/\[(\d+)\]/g)) {
      for (const index of indices.get(number!) ?? []) {
        const name = elementBy(place.slice(0, at), index);
        if (name !== undefined) found.set(name + place.slice(at + part.length), place);
      }
    }
  }
  return found;
}

/** The variables that hold a number here and not the same there, by that number. */
function differingNumbers(own: Values, other: Values): Map<string, Place[]> {
  const found = new Map<string, Place[]>();
  for (const [place, { constant, origins }] of own) {
    if (constant === undefined || origins || !/^\d+:\w+$/.test(place)) continue;
    if (other.get(place)?.constant === constant) continue;
    found.set(`${constant}`, [...(found.get(`${constant}`) ?? []), place]);
  }
  return found;
}

function rename(values: Values, from: Place, to: Place): void {
  const value = values.get(from);
  values.delete(from);
  if (value) values.set(to, value);
}

/** Leaves in the first what is the same in both. */
export function keepEqual<K, V>(into: CowMap<K, V>, other: CowMap<K, V>): void {
  into.deleteWhere((key) => into.get(key) !== other.get(key));
}
