import type { Expr, ExprOf } from '../c/ast';
import { calledName } from '../c/cfg';
import { type Operand, resourcesOf } from './events';
import type { Frame } from './frame';
import { unwrap } from './operators';
import type { Path } from './path';
import { depthOf, isIndirect, isWithin, nameOf, type Place } from './places';
import { onlyAdjusts, onlyTells } from './tellers';
import { unknown, type Value } from './values';
import { clearedBy, zeroNumbers } from './zeroes';

/** Calls of functions outside the catalog that are not looked into: what they may change and keep. */

/** Library functions that give a number in the machine's own byte order. */
const hostOrderResults = new Set([
  'atoi',
  'atol',
  'atoll',
  'strtol',
  'strtoul',
  'strtoll',
  'strtoull',
  'strtonum',
]);

/** Functions of the C library outside the catalog: they reach only what they are given. */
const library =
  /^(?:(?:mem|str|wcs|is|to)[a-z]+|v?[fs]?n?printf|v?s?scanf|malloc|calloc|realloc|reallocarray|free|l?labs|abs|s?rand(?:om)?|qsort|bsearch|ato(?:i|l|ll|f)|getenv|getopt(?:_long)?|htole\d+|(?:be|le)\d+toh|htobe\d+|bzero|bcopy|basename|dirname|time|localtime(?:_r)?|gmtime(?:_r)?|strftime|setlocale|assert|offsetof|va_(?:start|arg|copy|end)|_|gettext|N_)$/;

/** By its name a function of the C library outside the catalog, which reaches only what it is given. */
export function isOfLibrary(name: string): boolean {
  return library.test(name);
}

/** Forgets what an argument points to. */
export function forgetBehind(value: Value, expr: Expr, path: Path, frame: Frame): void {
  const target = value.target ?? frame.targetOf(expr, path);
  const pointer = target === undefined ? frame.pointer(unwrap(expr), path) : undefined;
  if (target !== undefined) forgetObject(target, path);
  else if (pointer !== undefined) path.forgetParts(pointer);
}

/** A call whose body is not looked into may change everything that it can reach, and keep what it is given. */
export function callUnknown(expr: ExprOf<'call'>, args: Operand[], path: Path, frame: Frame): Value {
  const name = calledName(expr) ?? '';
  const ofLibrary = isLibrary(expr, frame);
  if (onlyTells(expr) && !(ofLibrary && library.test(name))) return unknown;
  const length = name === 'strlen' && ofLibrary ? args[0]?.value.text?.length : undefined;
  const format = args.findIndex(({ expr: arg, value }) => (stringOf(arg) ?? value.text)?.includes('%'));
  const isAdjusted = onlyAdjusts(expr);
  for (const [index, { value, expr: arg }] of args.entries()) {
    // A number behind a format is there to be printed.
    const isNumber = frame.typeOf(unwrap(arg))?.k === 'int';
    if (isNumber && ((format >= 0 && index > format) || isAdjusted)) continue;
    letGo(value, arg, path, frame);
    forgetBehind(value, arg, path, frame);
  }
  const cleared = ofLibrary ? clearedBy(name, args) : undefined;
  if (cleared) zeroNumbers(frame.place(cleared, path), frame.typeOf(cleared), path, frame);
  const harmless = library.test(name) && ofLibrary;
  path.forgetWhere((place) => {
    if (harmless || nameOf(place).startsWith('#')) return false;
    return depthOf(place) === 0 || (isIndirect(place) && place.includes('->')) || isExposed(place, frame);
  });
  if (length !== undefined) {
    return { constant: BigInt(length) };
  }
  return hostOrderResults.has(name) ? { hostOrder: true } : unknown;
}

/** Addresses inside an array, as `fd + 1`, are not followed into functions: who gets one may keep what lies there. */
export function escapeInside(args: readonly Operand[], path: Path, frame: Frame): void {
  for (const { value, expr } of args) {
    if (baseOf(expr) !== expr && value.target === undefined) letGo(value, expr, path, frame);
  }
}

/** Not of the project: such a function reaches only what it is given. */
export function isLibrary(expr: ExprOf<'call'>, frame: Frame): boolean {
  const name = calledName(expr);
  return name !== undefined && !frame.isLocal(name) && !frame.scope.file.symbols.function(name);
}

/** Somebody else knows the object now: no claim is made any more about what becomes of it. */
export function letGo(value: Value, arg: Expr, path: Path, frame: Frame): void {
  const target = value.target ?? frame.targetOf(baseOf(arg), path);
  // What a pointer of which is not known where it leads leads to has a name of its own: `p->fd`.
  const whole = target === undefined ? frame.pointer(unwrap(arg), path) : objectOf(target);
  const reaches = (place: Place) =>
    whole !== undefined && isWithin(place, whole) && (target !== undefined || place !== whole);
  const reached = [...path.entries()].filter(([place]) => reaches(place));
  for (const resource of [value, ...reached.map(([, inner]) => inner)].flatMap(resourcesOf)) {
    if (path.holding(resource)?.state === 'open') path.hold(resource, { state: 'escaped' });
  }
}

function stringOf(arg: Expr): string | undefined {
  const inner = unwrap(arg);
  return inner.kind === 'string' ? inner.value : undefined;
}

export function isExposed(place: Place, frame: Frame): boolean {
  for (let current: Frame | undefined = frame; current; current = current.caller) {
    if (current.depth === depthOf(place)) return current.reachable.exposed.has(nameOf(place));
  }
  return true;
}

/** What an address is counted from: `a` in `a + 1`. */
export function baseOf(arg: Expr): Expr {
  const inner = unwrap(arg);
  return inner.kind === 'binary' && (inner.op === '+' || inner.op === '-') ? baseOf(inner.left) : arg;
}

/** The whole array that an element stands for, when it is its first. */
function objectOf(target: Place): Place {
  return target.endsWith('[0]') ? target.slice(0, -3) : target;
}

export function forgetObject(target: Place, path: Path): void {
  path.forget(objectOf(target));
}
