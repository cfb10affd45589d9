import type { Call, Effect } from '../../catalog/schema';
import type { Expr } from '../c/ast';
import { substitute } from '../c/substitute';
import type { FunctionScope } from './context';
import type { Operand } from './events';

/**
 * Whether an effect with a condition happens in a call: the condition is C over the call's parameters and is folded
 * with the arguments put in. Undefined where it cannot be told.
 */
export function applies(
  effect: Effect,
  call: Call,
  args: readonly Operand[],
  scope: FunctionScope,
): boolean | undefined {
  if (effect.when === undefined) {
    return true;
  }
  const condition = scope.file.toolbox.fragments.expression(effect.when);
  if (!condition) {
    return undefined;
  }
  const values = new Map<string, Expr>();
  call.params.forEach(({ name }, index) => {
    const arg = args[index];
    if (arg) values.set(name, literal(arg));
  });
  const value = scope.evaluator.constant(substitute(condition, values), scope);
  return value === undefined ? undefined : value !== 0n;
}

/** The argument, or its value as a number when that is known. */
function literal({ expr, value }: Operand): Expr {
  const { start, end } = expr;
  if (value.constant === undefined) {
    return expr;
  }
  const number: Expr = {
    kind: 'number',
    text: `${value.constant < 0n ? -value.constant : value.constant}`,
    start,
    end,
  };
  return value.constant < 0n ? { kind: 'unary', op: '-', operand: number, start, end } : number;
}
