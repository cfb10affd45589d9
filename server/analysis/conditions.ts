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
  const holds = (arg?: Operand, choice?: bigint): boolean | undefined => {
    const values = new Map<string, Expr>();
    call.params.forEach(({ name }, index) => {
      const given = args[index];
      if (given) values.set(name, literal(given, given === arg ? choice : given.value.constant));
    });
    const value = scope.evaluator.constant(substitute(condition, values), scope);
    return value === undefined ? undefined : value !== 0n;
  };
  const open = args.find(({ value }) => value.constant === undefined && value.among);
  const [first, ...others] = open?.value.among?.map((choice) => holds(open, choice)) ?? [holds()];
  return others.every((other) => other === first) ? first : undefined;
}

/** The argument, or its value as a number when that is known. */
function literal({ expr }: Operand, constant: bigint | undefined): Expr {
  const { start, end } = expr;
  if (constant === undefined) {
    return expr;
  }
  const number: Expr = {
    kind: 'number',
    text: `${constant < 0n ? -constant : constant}`,
    start,
    end,
  };
  return constant < 0n ? { kind: 'unary', op: '-', operand: number, start, end } : number;
}
