import type { BinaryOp, Expr, ExprOf } from '../c/ast';
import { type Bits, under } from './bits';
import type { Frame } from './frame';
import { choicesOf, oneOf, unknown, type Value } from './values';

/** What is known of numbers that are written down, counted up and put together of bits. */

/** A signed number that counts up from 0 or more stays there: past its highest value nothing is defined. */
export function countedUp({ op, operand }: ExprOf<'update'>, { min }: Value, frame: Frame): Value {
  const type = frame.typeOf(operand);
  return op === '++' && min !== undefined && min >= 0n && type?.k === 'int' && type.signed
    ? { min: 1n }
    : unknown;
}

const literals = new WeakMap<Expr, Value>();

export function literal(expr: Expr, frame: Frame): Value {
  let value = literals.get(expr);
  if (!value) {
    const constant = frame.scope.evaluator.constant(expr);
    value = constant === undefined ? unknown : { constant, hostOrder: true };
    literals.set(expr, value);
  }
  return value;
}

/** Operators whose results are in the machine's order where both sides are. */
export const arithmetic = new Set<BinaryOp>(['+', '-', '*', '/', '%']);

/** What flags put together of a few choices can be. */
export function bitwise(op: BinaryOp, left: Value, right: Value): Value {
  if (op === '&' && right.constant !== undefined && left.bits) return masked(left.bits, right.constant);
  const [ones, others] = [choicesOf(left), choicesOf(right)];
  if (!ones || !others || (op !== '|' && op !== '&')) {
    return unknown;
  }
  return oneOf(ones.flatMap((a) => others.map((b) => (op === '|' ? a | b : a & b))));
}

/** The bits under a mask, as far as tests told of them. */
function masked(bits: Bits, mask: bigint): Value {
  const known = under(bits, mask);
  if (known === 'none' || known === 'all') return { constant: known === 'none' ? 0n : mask };
  return known === 'some' ? { nonzero: true } : unknown;
}
