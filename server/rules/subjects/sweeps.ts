import type { Location } from '../../analysis/path';
import { type Expr, type ExprOf, type FunctionDefinition, someExprIn } from '../../c/ast';
import { calledName } from '../../c/cfg';
import type { RuleContext } from '../rule';
import { loopAround } from '../shared/loops';
import { callsIn, variableIn } from '../shared/uses';

/** Closing descriptors by their numbers, whatever they are: loops that count, closefrom(3), and functions that do so. */

/** What closes many by its name: `close_range`, `closeallfiles`, `close_other_fds`. */
const byName =
  /^(?:\w*_)?close_?(?:from|range|all|desc|fds?_?from|(?:\w+_)?fds$|other|rest|unused|extra|inherited)|close_?(?:files|descriptors)/i;

/** The call is `close`, and what it gets is a number that a loop around it counts. */
export function closesCounted(call: ExprOf<'call'>, definition: FunctionDefinition): boolean {
  const name = call.args[0] && variableIn(call.args[0]);
  const loop = calledName(call) === 'close' && name !== undefined ? loopAround(definition, call) : undefined;
  const counts = (expr: Expr) => expr.kind === 'update' && variableIn(expr.operand) === name;
  return loop !== undefined && someExprIn(loop, counts);
}

/** A loop closes all numbers from here on: `for (i = 3; i < most; i++) close(i);` */
export function isSweptUp({ start, within }: Location): boolean {
  return callsIn(within, /^(?:close|closefrom|close_range)$/).some(
    (call) => call.end > start && (calledName(call) !== 'close' || closesCounted(call, within)),
  );
}

const sweepers = new WeakMap<FunctionDefinition, boolean>();

/** A function of the project that closes one number after the other, itself or by way of another one; by its name, where its text is not at hand. */
export function sweepsUp(name: string, context: RuleContext, levels = 3): boolean {
  const callee = levels > 0 ? context.functionNamed(name) : undefined;
  if (!callee) return byName.test(name);
  const { definition } = callee;
  let sweeps = sweepers.get(definition);
  if (sweeps === undefined) {
    sweeps = callsIn(definition, /^close$/).some((call) => closesCounted(call, definition));
    sweepers.set(definition, sweeps);
  }
  return (
    sweeps ||
    callsIn(definition, /^(?!close$)\w*(?:close|fd|desc)/i).some((call) =>
      sweepsUp(calledName(call) ?? '', { ...context, scope: callee }, levels - 1),
    )
  );
}
