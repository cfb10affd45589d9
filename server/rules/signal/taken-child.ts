import { type Expr, type Stmt, someExprIn } from '../../c/ast';
import type { RuleContext } from '../rule';
import { targetOf } from '../shared/dropped';
import { isLoop } from '../shared/loops';
import { around, contains } from '../shared/statements';
import { fileMakes, ownCalls } from '../shared/whole-file';
import { makesSeveral, type Wait, waitsOf } from '../subjects/child-handlers';

/** Calls that take a signal where no handler does. */
const taking = /^(?:sigwait|sigwaitinfo|sigtimedwait|signalfd)$/;

/** A program that takes SIGCHLD as a message, and reaps one child for it. */
export function waitForTaken(own: RuleContext): Wait | undefined {
  const { definition } = own.scope;
  if (ownCalls(own, /^wait(?:pid|[34])$/).length === 0 || !fileMakes(own, taking)) return undefined;
  const [wait, ...others] = waitsOf(definition, own);
  if (!wait || others.length > 0 || wait.within !== definition || !wait.any || wait.returns !== true) {
    return undefined;
  }
  const chain = around(definition, wait.call);
  const asking = chain.findLastIndex((stmt) => asksForChild(stmt, wait.call));
  if (asking < 0 || chain.slice(asking + 1).some(isLoop)) return undefined;
  return makesSeveral(wait, own) || tellsWhich(wait, own) ? wait : undefined;
}

/** `if (signal == SIGCHLD) ...`, or the case of a switch. */
function asksForChild(stmt: Stmt, place: Expr): boolean {
  if (stmt.kind === 'if') {
    const isChild = (expr: Expr) =>
      expr.kind === 'binary' && expr.op === '==' && [expr.left, expr.right].some(isNamedSo);
    return contains(stmt.consequent, place) && isChild(stmt.test);
  }
  if (stmt.kind !== 'switch' || stmt.body.kind !== 'block') return false;
  const last = stmt.body.body.findLast((inner) => inner.kind === 'case' && inner.start < place.start);
  return last?.kind === 'case' && last.value !== undefined && isNamedSo(last.value);
}

const isNamedSo = (expr: Expr) => expr.kind === 'name' && /^SIGCH?LD$/.test(expr.name);

/** `if (pid == main_child)`: there are others, be it that they come from children which have ended. */
function tellsWhich({ call, within }: Wait, { scope }: RuleContext): boolean {
  const target = targetOf(within, call);
  const name = target?.kind === 'name' ? target.name : undefined;
  return someExprIn(within.body, (expr) => {
    if (expr.kind !== 'binary' || (expr.op !== '==' && expr.op !== '!=')) return false;
    const sides = [expr.left, expr.right];
    const other = sides.find((side) => !(side.kind === 'name' && side.name === name));
    return (
      name !== undefined &&
      sides.some((side) => side.kind === 'name' && side.name === name) &&
      other !== undefined &&
      /^(?:name|member)$/.test(other.kind) &&
      scope.evaluator.constant(other, scope) === undefined
    );
  });
}
