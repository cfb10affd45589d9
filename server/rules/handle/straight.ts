import { isComparison } from '../../analysis/operators';
import { type Expr, type Span, type Stmt, someExprIn, somePart, someStmtIn, walkStmt } from '../../c/ast';
import { calledName } from '../../c/cfg';
import { printsText } from '../../c/library';
import type { RuleContext } from '../rule';
import { isErrno } from '../shared/reporting';
import { around } from '../shared/statements';
import { declaratorOf, isAddressTaken } from '../shared/uses';
import { branching, branchOf, contains, returns } from './using';

/** Whether control comes from a call that has failed to a use of what it should have made, whatever else is asked on the way. */

/**
 * True when nothing between two places decides by something else that may hang together with the handle whether control comes from
 * one to the other, and nothing is called on the way where the handle is missing, or with it, that may not return.
 */
export function isStraight(context: RuleContext, from: number, to: number, handle: string): boolean {
  const { definition } = context.scope;
  const forgotten = isOnlyTold(context, { from, to }, handle);
  const { body } = definition;
  // A use in no branch of its own is come to from the call in its branch as well.
  const isOnTheWay = contains(branchOf(body, from), to) || (forgotten && contains(branchOf(body, to), from));
  if (!isOnTheWay) return false;
  const about = (part: Span) => context.source(part).includes(handle);
  const apart = (test: Expr) =>
    forgotten ||
    about(test) ||
    asksFork(test) ||
    asksErrno(test) ||
    isIndependent(test, { from, to }, context);
  const arms: Span[] = [];
  let straight = true;
  walkStmt(definition.body, {
    stmt: (stmt) => {
      if (stmt.start <= from || stmt.start >= to || !branching.has(stmt.kind)) return;
      if (stmt.kind === 'if') {
        if (about(stmt.test)) arms.push(stmt);
        if (!apart(stmt.test)) straight = false;
      } else if (stmt.end > to ? !isEntered(stmt, to, apart) : jumpsOut(stmt)) straight &&= forgotten;
    },
    expr: (expr) => {
      if (expr.kind === 'logical' && contains(expr.right, to) && !apart(expr.left)) straight = false;
      if (expr.kind === 'conditional' && contains(expr, to)) straight = false;
      if (expr.kind !== 'call' || expr.start <= from || expr.end > to || returns(context, expr)) return;
      if (about(expr) || arms.some((arm) => contains(arm, expr.start))) straight = false;
    },
  });
  return straight;
}

/** A place in a loop that control comes to: in its test, or in a body that is not left out for a reason of its own. */
function isEntered(loop: Stmt, to: number, apart: (test: Expr) => boolean): boolean {
  if (loop.kind === 'do') return true;
  if (loop.kind !== 'while' && loop.kind !== 'for') return false;
  return loop.test === undefined || contains(loop.test, to) || apart(loop.test);
}

/**
 * A test that says nothing of what happened between two places: of local variables that are not changed there, or of what a call of the
 * library has just returned.
 */
function isIndependent(test: Expr, way: { from: number; to: number }, context: RuleContext): boolean {
  if (test.kind === 'number') return true;
  if (test.kind === 'unary' && test.op === '!') return isIndependent(test.operand, way, context);
  if (test.kind === 'logical')
    return isIndependent(test.left, way, context) && isIndependent(test.right, way, context);
  if (test.kind === 'binary' && isComparison(test.op)) {
    const sides = [test.left, test.right].map((side) => (side.kind === 'assign' ? side.value : side));
    return sides.every((side) => isIndependent(side, way, context));
  }
  if (test.kind === 'cast') return isIndependent(test.value, way, context);
  if (test.kind === 'unary' && test.op === '-') return isIndependent(test.operand, way, context);
  if (test.kind === 'call') return context.scope.call(calledName(test) ?? '') !== undefined;
  if (test.kind !== 'name') return false;
  if (context.scope.evaluator.constant(test, context.scope) !== undefined) return true;
  const { definition } = context.scope;
  const isLocal =
    definition.type.params.some(({ name }) => name === test.name) ||
    declaratorOf(context.scope, test.name) !== undefined;
  return (
    isLocal && !isAddressTaken(definition, test.name) && !isChanged(definition.body, test.name, way, context)
  );
}

/** A variable is changed between two places to more than what a call of the library returns. */
function isChanged(
  body: Stmt,
  name: string,
  { from, to }: { from: number; to: number },
  { scope }: RuleContext,
): boolean {
  const is = (expr: Expr) => expr.kind === 'name' && expr.name === name;
  return someExprIn(body, (expr) => {
    const fresh =
      expr.kind === 'assign' && expr.op === '=' && scope.call(calledName(expr.value) ?? '') !== undefined;
    const changed =
      (expr.kind === 'assign' && is(expr.target) && !fresh) || (expr.kind === 'update' && is(expr.operand));
    return changed && expr.start >= from && expr.end <= to;
  });
}

/** Why the call has failed is asked where that is known. */
function asksErrno(test: Expr): boolean {
  return somePart(test, isErrno);
}

/** `if (fork() == 0)` asks which process this is, and there is one on each way. */
function asksFork(test: Expr): boolean {
  return somePart(test, (inner) => /^[fF]ork$/.test(calledName(inner) ?? ''));
}

function jumpsOut(loop: Stmt): boolean {
  return someStmtIn(loop, ({ kind }) => kind === 'return' || kind === 'goto');
}

/**
 * What a failure leaves behind is a text for a person, and nothing that the program could remember it by: a call that is tested by an `if`
 * around it, or by the first statement behind that has to do with the handle, of which the one branch only prints. What is asked later,
 * unless it is asked of the handle, is another matter.
 */
function isOnlyTold(
  context: RuleContext,
  { from, to }: { from: number; to: number },
  handle: string,
): boolean {
  const { definition } = context.scope;
  const [block, stmt] = around(definition, { start: from }).slice(-2);
  if (!stmt) return false;
  const about = (part: Span) => context.source(part).includes(handle);
  const behind = block?.kind === 'block' ? block.body.slice(block.body.indexOf(stmt) + 1) : [];
  const tested = stmt.kind === 'if' ? stmt : behind.find(about);
  if (tested?.kind !== 'if' || !onlyPrints(tested, context)) return false;
  if (tested === stmt ? !contains(tested.test, from) : !about(tested.test)) return false;
  // A second question may be where it is remembered.
  return !someStmtIn(
    definition.body,
    (other) =>
      other.kind === 'if' &&
      other.start >= tested.end &&
      other.end <= to &&
      about(other.test) &&
      !onlyPrints(other, context),
  );
}

function onlyPrints(
  { consequent, alternative }: Extract<Stmt, { kind: 'if' }>,
  context: RuleContext,
): boolean {
  return alternative === undefined && isPrinting(consequent, context, 2);
}

/** Only calls that print, of the C library or of the project's functions that do no more than that. */
function isPrinting(stmt: Stmt, context: RuleContext, depth: number): boolean {
  if (stmt.kind === 'block') return stmt.body.every((inner) => isPrinting(inner, context, depth));
  if (stmt.kind !== 'expr') return false;
  const name = calledName(stmt.expr);
  if (name === undefined) return false;
  if (printsText(name)) return true;
  const own = depth > 0 ? context.functionNamed(name)?.definition : undefined;
  return own !== undefined && isPrinting(own.body, context, depth - 1);
}
