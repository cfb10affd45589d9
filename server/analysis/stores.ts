import type { CType, Expr } from '../c/ast';
import { followsPointer } from './aliasing';
import { resourcesOf } from './events';
import type { Frame } from './frame';
import type { Path } from './path';
import { depthOf, isIndirect, nameOf, type Place, rootOf } from './places';
import type { Value } from './values';

/** What a store changes: the place itself, and whatever else may be the same storage. */

/** Stores a value. With `from`, the parts of a structure are copied along. */
export function store(target: Expr, value: Value, path: Path, frame: Frame, from?: Place): void {
  const place = frame.place(target, path);
  if (followsPointer(target, (expr) => frame.typeOf(expr)) && !isDirect(target, path, frame)) {
    blur(target, place, path, frame);
  }
  if (place === undefined) {
    for (const [, part] of partsOf(from, path)) letGoOf(part, path);
    const array = target.kind === 'index' ? target.array : undefined;
    const base = array && (frame.targetOf(array, path) ?? frame.pointer(array, path));
    if (base !== undefined) {
      const whole = base.replace(/\[\d+\]$/, '');
      path.forgetText(whole);
      path.forgetParts(whole);
    }
    return;
  }
  if (frame.isAmbiguous(place)) {
    path.forget(place);
    return;
  }
  const parts = partsOf(from, path);
  path.set(place, fitted(value, frame.typeOf(target), frame));
  const follows = target.kind === 'unary' && place.endsWith('[0]');
  for (const [field, part] of parts)
    path.set(follows ? `${place.slice(0, -3)}->${field}` : `${place}.${field}`, part);
}

/** What is known of the parts of a structure is known of its copy. */
export function copyParts(from: Place | undefined, to: Place, path: Path): void {
  for (const [field, value] of partsOf(from, path)) path.set(`${to}.${field}`, value);
}

/** A structure goes where it is not followed, and what it holds is known there. */
function letGoOf(value: Value, path: Path): void {
  for (const resource of resourcesOf(value))
    if (path.holding(resource)?.state === 'open') path.hold(resource, { state: 'escaped' });
}

/** The pointer that is followed has a known target. */
function isDirect(target: Expr, path: Path, frame: Frame): boolean {
  switch (target.kind) {
    case 'member':
      return target.arrow
        ? frame.targetOf(target.object, path) !== undefined
        : isDirect(target.object, path, frame);
    case 'index':
      return frame.targetOf(target.array, path) !== undefined;
    case 'unary':
      return frame.targetOf(target.operand, path) !== undefined;
    default:
      return true;
  }
}

/** A store through a pointer to who knows where: forgets what it may have hit. */
function blur(target: Expr, own: Place | undefined, path: Path, frame: Frame): void {
  const root = own === undefined ? undefined : rootOf(own);
  const field = target.kind === 'member' ? target.field : undefined;
  path.forgetWhere((place) => {
    if (rootOf(place) === root) return false;
    const owner = ownerOf(place, frame);
    const name = nameOf(place);
    const aliased = owner?.reachable.aliased.has(name) === true || depthOf(place) === 0;
    const indirect = isIndirect(place) && owner?.scope.typeOf(name)?.k !== 'array';
    const sameField =
      field === undefined || place.endsWith(']') || new RegExp(`(?:\\.|->)${field}$`).test(place);
    return (aliased || indirect) && sameField && !name.startsWith('#');
  });
}

/** What remains of a value in a variable of some type. */
export function fitted(value: Value, type: CType | undefined, frame: Frame): Value {
  if (value.constant === undefined || !type) {
    return value;
  }
  const { constant, ...rest } = value;
  const resolved = frame.scope.evaluator.types.resolve(type);
  if (resolved.k === 'float') {
    return rest;
  }
  const kept = frame.scope.evaluator.convert(constant, resolved);
  return kept === constant || kept === undefined ? value : { ...rest, constant: kept };
}

function ownerOf(place: Place, frame: Frame): Frame | undefined {
  for (let current: Frame | undefined = frame; current; current = current.caller) {
    if (current.depth === depthOf(place)) return current;
  }
  return undefined;
}

/** What is known of the parts of a structure, by the rest of their names: `*p` has what is known of `p->x`. */
function partsOf(place: Place | undefined, path: Path): [string, Value][] {
  if (place === undefined) return [];
  const found: [string, Value][] = [];
  const starts = [`${place}.`, ...(place.endsWith('[0]') ? [`${place.slice(0, -3)}->`] : [])];
  for (const [key, value] of path.entries()) {
    const start = starts.find((one) => key.startsWith(one));
    if (start !== undefined) found.push([key.slice(start.length), value]);
  }
  return found;
}
