import type { Operand } from './events';
import type { Frame } from './frame';
import type { Path } from './path';
import { depthOf, nameOf, type Place } from './places';
import type { Reach } from './reach';
import { forgetBehind, isExposed, letGo } from './unknown-calls';
import { unknown, type Value } from './values';

/** A call of a function at hand that is not walked into: it changes what its text stores in, and keeps what that stores. */
export function callPassedBy(args: readonly Operand[], reach: Reach, path: Path, frame: Frame): Value {
  for (const [index, { value, expr }] of args.entries()) {
    if (reach.keeps.has(index)) letGo(value, expr, path, frame);
    if (reach.elements) forgetBehind(value, expr, path, frame);
  }
  path.forgetWhere((place) => {
    if (nameOf(place).startsWith('#')) return false;
    const isShared = depthOf(place) === 0;
    if (reach.elements && (isShared || place.endsWith(']') || isExposed(place, frame))) return true;
    return isNamedIn(place, reach) || (isShared && reach.names.has(nameOf(place)));
  });
  return unknown;
}

/** One of the members on the way to a place is stored in. */
function isNamedIn(place: Place, { names }: Reach): boolean {
  for (const [, member] of place.matchAll(/(?:\.|->)(\w+)/g)) if (names.has(member!)) return true;
  return false;
}
