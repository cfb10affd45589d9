import { rootName } from '../../analysis/aliasing';
import type { Location, Role } from '../../analysis/path';
import { type Expr, parameterIndex } from '../../c/ast';
import type { Caller, RuleContext } from '../rule';
import { excerpt } from '../shared/support';
import { callOfCaller, textOf } from '../shared/whole-file';
import { wasBefore } from './using';

/** What is done in a helper, as the functions see it that call it. */

/**
 * The call that led the walk here from a function in which something had happened before it in any case: what is wrong here is wrong there.
 */
export function ledHereBehind(context: RuleContext, happened: Location, role: Role): Caller | undefined {
  return context
    .callers()
    .find(({ scope, call }) => wasBefore(context.in(scope), happened, call.start, role));
}

/** Where something is done with a handle: the call itself, and the calls that led the walk there with the handle among their arguments. */
export interface Standpoint {
  context: RuleContext;
  at: Location;
  /** What the handle is called there. */
  handle: string;
}

export function* standpoints(context: RuleContext, at: Location, operand: Expr): Generator<Standpoint> {
  yield { context, at, handle: excerpt(context, operand) };
  let { definition } = context.scope;
  let name = rootName(operand);
  for (const caller of context.callers()) {
    const { scope, call } = caller;
    const made = callOfCaller(caller);
    const arg = made?.expr.args[parameterIndex(definition.type.params, name)];
    if (!arg || made.name !== definition.name) return;
    const outer = context.in(scope);
    yield { context: outer, at: call, handle: textOf(arg, scope.definition, context) };
    definition = scope.definition;
    name = rootName(arg);
  }
}
