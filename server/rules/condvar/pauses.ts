import type { CallEvent } from '../../analysis/events';
import { type Expr, type Stmt, someExprIn, somePart, someStmtIn, statementsOf, walkStmt } from '../../c/ast';
import { calledName } from '../../c/cfg';
import type { RuleContext } from '../rule';
import { lostAfter } from '../shared/dropped';
import { isLoop, resultName } from '../shared/loops';
import { around, contains, isStatement } from '../shared/statements';
import { callsIn } from '../shared/uses';
import { callsTo } from '../shared/whole-file';

/** Waits for a condition variable that are pauses: they may end early, and nobody behind them relies on a condition. */

/** A wait of limited time, of whose end the function hears and goes on all the same: it can rely on no condition. */
export function isDelay({ name, expr }: CallEvent, context: RuleContext): boolean {
  const { definition } = context.scope;
  const isTimed = limited.test(name);
  // Whose result nobody reads cannot be told from one that ran out: it is a pause that may be cut short.
  if (
    isTimed &&
    lostAfter(expr, context) !== undefined &&
    !around(definition, expr).some((stmt) => stmt.kind === 'if' && asksOthers(stmt.test, context))
  ) {
    return true;
  }
  const result = isTimed ? resultName(definition, expr) : undefined;
  let [looks, tells] = [false, false];
  walkStmt(definition.body, {
    stmt: (stmt) => {
      const test = stmt.kind === 'return' ? stmt.value : 'test' in stmt ? stmt.test : undefined;
      if (!test || !mentions(test, expr, result)) return;
      looks = true;
      tells ||= stmt.kind !== 'if' || leaves(stmt);
    },
  });
  return result !== undefined && looks && !tells;
}

/** What a test asks may be changed by others: plain variables of the function are its own, and no condition that anybody signals. */
function asksOthers(test: Expr, { scope }: RuleContext): boolean {
  return somePart(
    test,
    (part) =>
      ['call', 'member', 'index', 'statements'].includes(part.kind) ||
      (part.kind === 'unary' && part.op === '*') ||
      (part.kind === 'name' &&
        !constant.test(part.name) &&
        scope.typeOf(part.name) === undefined &&
        scope.evaluator.constant(part, scope) === undefined),
  );
}

function mentions(test: Expr, call: Expr, result: string | undefined): boolean {
  return somePart(test, (inner) => inner === call || (inner.kind === 'name' && inner.name === result));
}

const limited = /timed|clock/;

/**
 * One of limited time of whose end nobody hears, or the other choice beside it, where the round goes round or a function ends that returns
 * nothing: what it is for is tested where the next round or the caller comes to it.
 */
export function isPause({ expr }: CallEvent, path: readonly Stmt[], context: RuleContext): boolean {
  const { definition } = context.scope;
  const loop = path.findLastIndex(isLoop);
  const choice = path.find((stmt, at) => at > loop && stmt.kind === 'if' && stmt.alternative !== undefined);
  const isUntold = callsIn(definition, /^(?:pthread_cond|cnd)_(?:timed|clock)wait$/).some(
    (wait) =>
      isStatement(definition, wait) && (wait.start === expr.start || (choice && contains(choice, wait))),
  );
  const last = path.at(-1);
  if (!isUntold || last === undefined) return false;
  const following = after(last, path.slice(Math.max(0, loop), -1));
  const end = following.findIndex(({ kind }) => kind === 'return');
  const behind = end < 0 ? following : following.slice(0, end + 1);
  // What it returns is the same however the wait has ended.
  const tellsNothing = loop < 0 && end >= 0 && isConstant(behind[end], context);
  const goesRound = loop >= 0 || definition.type.returns.k === 'void' || tellsNothing;
  return goesRound && behind.every((stmt) => isQuiet(stmt, context));
}

/**
 * Behind a wait that may be of limited time the function does nothing but to tell its caller how that ended: all who call it do so in a
 * loop and test nothing here, or a comment leaves it to them to look again.
 */
export function isLeftToCaller({ expr }: CallEvent, path: readonly Stmt[], context: RuleContext): boolean {
  const { definition } = context.scope;
  const last = path.at(-1);
  const isTimed = callsIn(definition, /^(?:pthread_cond|cnd)_(?:timed|clock)wait$/).length > 0;
  if (!last || !isTimed || definition.type.returns.k === 'void' || path.some(isLoop)) return false;
  const ownBranches = last.kind === 'if' ? statementsOf(last) : [];
  const behind = [...ownBranches, ...after(last, path.slice(0, -1))];
  const text = context.source({ start: expr.end, end: definition.body.end });
  const isSaid = (text.match(comments) ?? []).some((comment) => /\bcallers?\b/i.test(comment));
  // Who leaves it to the caller may give back the mark that was waited for.
  if (!behind.every((stmt) => isQuiet(stmt, context, isSaid))) return false;
  if (isSaid) return true;
  const callers = callsTo(context, definition.name);
  return (
    path.every((stmt) => stmt.kind !== 'if' || stmt === last) &&
    callers.length > 0 &&
    callers.every((call) => around(call.within, call.expr).some(isLoop))
  );
}

function isConstant(stmt: Stmt | undefined, { scope }: RuleContext): boolean {
  const value = stmt?.kind === 'return' ? stmt.value : undefined;
  return value !== undefined && scope.evaluator.constant(value, scope) !== undefined;
}

const comments = /\/\*[\s\S]*?\*\/|\/\/.*/g;

/** It jumps, unlocks, tells of what happens or counts for itself: nothing that others see is done in the belief that the condition holds. */
function isQuiet(stmt: Stmt, context: RuleContext, marks = false): boolean {
  const { scope } = context;
  const isTelling = (expr: Expr) => /lock|log|print|trace|debug|dbg|assert/i.test(calledName(expr) ?? '');
  if (stmt.kind === 'expr' && isTelling(stmt.expr)) return true;
  if (stmt.kind === 'block' || stmt.kind === 'label')
    return statementsOf(stmt).every((inner) => isQuiet(inner, context, marks));
  return !someExprIn(
    stmt,
    (expr) =>
      ['call', 'member', 'index', 'statements'].includes(expr.kind) ||
      (expr.kind === 'unary' && expr.op === '*') ||
      (expr.kind === 'name' &&
        !marks &&
        !constant.test(expr.name) &&
        scope.typeOf(expr.name) === undefined &&
        scope.evaluator.constant(expr, scope) === undefined),
  );
}

const constant = /^(?:[A-Z][A-Z0-9_]*|true|false)$/;

/** Contains a jump out of the normal order. */
export function leaves(stmt: Stmt): boolean {
  return someStmtIn(
    stmt,
    ({ kind }) => kind === 'break' || kind === 'return' || kind === 'goto' || kind === 'continue',
  );
}

/** What follows a statement in the blocks around it. */
export function after(stmt: Stmt, around: Stmt[]): Stmt[] {
  let inner = stmt;
  const following: Stmt[] = [];
  for (const outer of [...around].reverse()) {
    if (outer.kind === 'block') {
      following.push(...outer.body.slice(outer.body.indexOf(inner) + 1));
    }
    inner = outer;
  }
  return following;
}

/** `timedwait(...) == 0 && queue->first`: what was waited for is asked in the same test, behind the wait. */
export function asksBehind(test: Expr, { expr }: CallEvent): boolean {
  return somePart(
    test,
    (part) =>
      part.kind === 'logical' &&
      part.op === '&&' &&
      contains(part.left, expr) &&
      somePart(part.right, ({ kind }) => kind === 'member' || kind === 'index' || kind === 'call'),
  );
}
