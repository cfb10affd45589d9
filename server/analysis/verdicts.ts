import type { Expr } from '../c/ast';
import { compare } from './comparisons';
import type { Operand } from './events';
import type { Frame } from './frame';
import { comparedNames } from './named';
import type { Comparison } from './operators';
import type { Path } from './path';
import { resultsOf } from './results';
import { type Origin, unknown, type Value } from './values';

/** What a comparison gives: a number where it is decided, or else the verdict on the call that gave one of its sides. */
export function compared(
  op: Comparison,
  left: Operand,
  right: Operand,
  whole: Expr,
  path: Path,
  frame: Frame,
): Value {
  const a = withConstant(left, path, frame);
  const b = withConstant(right, path, frame);
  // Constants are compared as their types say, values that are only bounded as numbers.
  const exact = a.constant !== undefined && b.constant !== undefined;
  const folded = exact ? frame.constant(whole, path) : undefined;
  const plain = !exact || (isSignedInt(left, frame) && isSignedInt(right, frame));
  const alike = isOneHandle(a, b) ? compare(op, { constant: 0n }, { constant: 0n }) : undefined;
  const bounded =
    folded !== undefined ? folded !== 0n : plain ? (alike ?? compare(op, a, b)) : equalled(op, a, b);
  const decided = bounded ?? comparedNames(op, a, b);
  if (decided !== undefined) {
    return { constant: decided ? 1n : 0n, hostOrder: true };
  }
  const verdict =
    verdictOn(a, path, (value) => compare(op, value, b)) ??
    verdictOn(b, path, (value) => compare(op, a, value));
  return verdict ? { verdict } : unknown;
}

/** What no conversion changes: equal numbers stay equal, and no other number becomes 0. A pointer is not NULL, or it is. */
function equalled(op: Comparison, { constant: a }: Value, { constant: b }: Value): boolean | undefined {
  const isSure = a !== undefined && b !== undefined && (a === b || a === 0n || b === 0n);
  return isSure && (op === '==' || op === '!=') ? (a === b) === (op === '==') : undefined;
}

/** Both are the same descriptor, and no other that the same call may have made: `if (in != out) close(out);` */
function isOneHandle(a: Value, b: Value): boolean {
  const [one, ...others] = [...(a.origins ?? []), ...(b.origins ?? [])];
  const is = ({ resource }: Origin) => resource !== undefined && resource === one?.resource;
  return others.length === 1 && !a.several && !b.several && others.every(is);
}

function withConstant({ expr, value }: Operand, path: Path, frame: Frame): Value {
  if (value.constant !== undefined) {
    return value;
  }
  const constant = frame.constant(expr, path);
  return constant === undefined ? value : { ...value, constant };
}

/** Which outcome of the call that gave a value a test of it tells. */
export function verdictOn(
  value: Value,
  path: Path,
  test: (value: Value) => boolean | undefined,
): Value['verdict'] {
  const origin = untested(value, path);
  const results = origin && resultsOf(origin.site.call);
  if (!origin || !results) {
    return undefined;
  }
  const failed = test(results.failure);
  const fine = test(results.success);
  if (failed === undefined || fine === undefined || failed === fine) {
    return undefined;
  }
  return { site: origin.site, whenTrue: failed ? 'failure' : 'success' };
}

/** Compared as it is: an int, or a number small enough for one, which no conversion changes. */
function isSignedInt({ expr, value }: Operand, frame: Frame): boolean {
  const type = frame.typeOf(expr);
  const { constant } = value;
  const small = constant === undefined || (constant <= 0x7fff_ffffn && constant >= -0x8000_0000n);
  return (
    small && (type === undefined || (type.k === 'int' && (type.signed || type.size < 4)) || type.k === 'enum')
  );
}

/** The origin of a value whose call has not been tested on this path. */
export function untested(value: Value, path: Path): Origin | undefined {
  const origin = value.origins?.length === 1 ? value.origins[0] : undefined;
  return origin && origin.at === 'return' && path.outcome(origin.site) === 'untested' ? origin : undefined;
}
