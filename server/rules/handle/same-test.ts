import { conjuncts, unwrap } from '../../analysis/operators';
import type { Location } from '../../analysis/path';
import type { Resource } from '../../analysis/values';
import type { Expr, FunctionDefinition } from '../../c/ast';
import type { RuleContext } from '../rule';
import { around } from '../shared/statements';
import { callsIn, variableIn } from '../shared/uses';
import { textOf } from '../shared/whole-file';
import { isOnWay } from './leaking';

/** Opened under a test, and closed where the same is asked again: the two go together on all ways, be it one element of a pair that is closed. */
export function isClosedUnderSameTest(
  { site: { expr, within } }: Resource,
  name: string,
  context: RuleContext,
  before?: Location,
): boolean {
  const text = (part: Expr) => textOf(part, within, context);
  const testsAt = (place: Expr) =>
    around(within, place).flatMap((stmt) => (stmt.kind === 'if' ? conjuncts(stmt.test).map(text) : []));
  const tests = testsAt(expr);
  const isMeant = (arg: Expr) => variableIn(arg) === name || isWritten(arg, name, within, context);
  return (
    tests.length > 0 &&
    callsIn(within, /close/i).some(
      (call) =>
        call.start > expr.end &&
        (!before || isOnWay(call, before, context)) &&
        call.args.some(isMeant) &&
        testsAt(call).some((test) => tests.includes(test)),
    )
  );
}

/** `ends[1]`, be it written `ends[WRITE_END]`. */
export function isWritten(
  expr: Expr,
  name: string,
  within: FunctionDefinition,
  context: RuleContext,
): boolean {
  const inner = unwrap(expr);
  if (textOf(inner, within, context) === name) return true;
  if (inner.kind !== 'index' || inner.array.kind !== 'name') return false;
  const index = context.scope.evaluator.constant(inner.index, context.scope);
  return index !== undefined && `${inner.array.name}[${index}]` === name;
}
