import { rootName } from '../../analysis/aliasing';
import { unwrap, withoutCasts } from '../../analysis/operators';
import { type Expr, somePart } from '../../c/ast';
import type { RuleContext } from '../rule';
import { loopAround } from '../shared/loops';
import { rangeOf } from '../shared/ranges';
import { type FileCall, lastName, ownCalls, routineOf, threadCreations } from '../shared/whole-file';
import { type Atom, type Awaited, changes, concerns } from '../subjects/conditions';

/**
 * Each of several threads waits on one condition variable until a number is its own: `while (turn != me)`. Who moves the number on and
 * wakes one thread wakes any of them, which mostly is another one and goes to sleep again.
 */
export function passesTurn(awaited: Awaited, signal: FileCall, context: RuleContext): boolean {
  const turn = awaited.atoms.find((atom) => isOwnNumber(atom, awaited.wait, context));
  if (!turn || awaited.atoms.length > 2 || ![signal, awaited.wait].every(isOfAll)) return false;
  const moved = context
    .ask(changes, turn.name)
    .filter((change) => change.within === signal.within && concerns(change, turn));
  return (
    moved.some(
      ({ values, expr }) => values.every((value) => value === undefined) && expr.end <= signal.expr.start,
    ) && threadCreations(context).some((start) => isOneOfMany(start, awaited.wait, context))
  );
}

/** The one side of `!=` is shared, and the other one this thread's own: a parameter, or what is made of one. */
function isOwnNumber(
  { holds, name }: Atom,
  { within, expr: awaits }: FileCall,
  context: RuleContext,
): boolean {
  const test = holds && unwrap(holds);
  if (test?.kind !== 'binary' || test.op !== '!=') return false;
  const [left, right] = [withoutCasts(test.left), withoutCasts(test.right)];
  const [other] = lastName(left) === name ? [right] : lastName(right) === name ? [left] : [];
  const root = other && rootOf(other);
  const scope = context.scope.file.scopeOf(within);
  if (!other || root === undefined || scope.typeOf(root) === undefined) return false;
  // What the thread's own structure holds may be a condition variable of its own, too.
  const isOwnStructure = awaits.args[0] !== undefined && rootOf(withoutCasts(awaits.args[0])) === root;
  return !isOwnStructure && scope.evaluator.constant(other, scope) === undefined;
}

/** The condition variable is one for all, and no element of several. */
function isOfAll({ expr: { args } }: FileCall): boolean {
  return args[0] !== undefined && !somePart(args[0], ({ kind }) => kind === 'index');
}

function rootOf(expr: Expr): string | undefined {
  return expr.kind === 'unary' && /^[*&]$/.test(expr.op)
    ? rootOf(withoutCasts(expr.operand))
    : rootName(expr);
}

/** A loop starts three threads or more that run the function, or a number that is not written down. */
function isOneOfMany(start: FileCall, { within: waiter }: FileCall, context: RuleContext): boolean {
  const routine = routineOf(start);
  const name = routine && lastName(routine);
  const started = name === waiter.name || (name !== undefined && callsIt(name, waiter.name, context));
  const loop = loopAround(start.within, start.expr);
  if (!started || !loop) return false;
  const range = rangeOf(loop, context.scope.file.scopeOf(start.within));
  const two = range?.to.base === '' && range.to.plus - range.from <= 2n;
  return !two;
}

function callsIt(routine: string, name: string, context: RuleContext): boolean {
  const scope = context.functionNamed(routine);
  return scope !== undefined && ownCalls(context.in(scope), new RegExp(`^${name}$`)).length > 0;
}
