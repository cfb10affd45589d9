import { withoutCasts } from '../../analysis/operators';
import { type Expr, type ExprOf, type Stmt, someExprIn } from '../../c/ast';
import { calledName } from '../../c/cfg';
import { comesBackAlways, printsText } from '../../c/library';
import type { RuleContext } from '../rule';
import { targetOf } from '../shared/dropped';
import { leavesAtEnd, soundsLikeEnding } from '../shared/endings';
import { isLoop, loopAround } from '../shared/loops';
import { tellsFailure } from '../shared/reporting';
import { around, contains } from '../shared/statements';
import { pathOf, usesOf } from '../shared/uses';
import { type ChildBranch, childBranches } from './branches';
import { runsIntoWork } from './comebacks';

/**
 * A child's branch that nothing ends, as the text of the function tells: the last thing in it comes back, so that all before it does, too,
 * and behind it stands what its parent does.
 */
export interface OpenBranch extends ChildBranch {
  /** The program that is started there, where nothing but a report of its failure follows. */
  exec?: ExprOf<'call'>;
  /** Behind the branch the parent waits for the child, or kills it. */
  minded: boolean;
}

export function openBranches(context: RuleContext): OpenBranch[] {
  const { definition } = context.scope;
  if (definition.broken) return [];
  const branches = childBranches(definition, context);
  return branches.flatMap((whole) => {
    const isOnly = branches.filter(({ fork }) => fork === whole.fork).length === 1;
    const branch = withoutBreak(whole, context);
    if (
      !isOnly ||
      branch.body.some((stmt) => leaves(stmt, context)) ||
      !comesOut(branch.body.at(-1), context)
    )
      return [];
    const exec = startedAtEnd(branch, context);
    const isNextRound = exec !== undefined && comesRound(branch, context);
    if ((!isNextRound && !runsIntoWork(branch, context)) || isSorted(branch, context)) return [];
    return [{ ...branch, ...(exec ? { exec } : {}), minded: isMinded(branch, context) }];
  });
}

/** In a `switch`, `break` leads to what stands behind it; the end of an inner block is that of the branch. */
function withoutBreak(branch: ChildBranch, context: RuleContext): ChildBranch {
  const test = around(context.scope.definition, branch.span).findLast(
    (stmt) => stmt.kind === 'switch' || isLoop(stmt),
  );
  let body = branch.body.filter(({ kind }) => kind !== 'empty');
  for (let last = body.at(-1); last; last = body.at(-1)) {
    if (last.kind === 'block')
      body = [...body.slice(0, -1), ...last.body.filter(({ kind }) => kind !== 'empty')];
    else if (last.kind === 'break' && test?.kind === 'switch') body = body.slice(0, -1);
    else break;
  }
  return body.length > 0 ? { ...branch, body } : branch;
}

/** The branch may end here. A program that cannot be started does not end it. */
function leaves(stmt: Stmt, context: RuleContext): boolean {
  const name = calledIn(stmt);
  const isStart = name !== undefined && /^f?exec[lv]/.test(name);
  return !isStart && (leavesAtEnd(stmt, context) || soundsLikeEnding(name));
}

function calledIn(stmt: Stmt): string | undefined {
  return stmt.kind === 'expr' ? calledName(withoutCasts(stmt.expr)) : undefined;
}

/** A call of the C library that comes back, in a statement of its own. */
function comesOut(stmt: Stmt | undefined, context: RuleContext): boolean {
  const name = stmt && calledIn(stmt);
  if (name === undefined || context.scope.file.symbols.macro(name)) return false;
  // A signal that the process sends itself or waits for may end it.
  if (/^(?:raise|kill|pause|sigsuspend)$/.test(name)) return false;
  const known = context.scope.call(name);
  const stays = known?.effects.every(({ op }) => !/^(?:exit|exec|fork|kill|raise)$/.test(op));
  return comesBackAlways(name) || tellsFailure(name) || (stays ?? false);
}

/** The call that starts a program, where no more than messages stand behind it. */
export function startedAtEnd({ body }: { body: Stmt[] }, context: RuleContext): ExprOf<'call'> | undefined {
  const { scope } = context;
  const last = body.findLast((stmt) => stmt.kind !== 'expr' || !isIdle(calledName(stmt.expr) ?? ''));
  if (last?.kind === 'if' && last.alternative) {
    const [first, second] = [last.consequent, last.alternative].map((arm) =>
      startedAtEnd({ body: arm.kind === 'block' ? arm.body : [arm] }, context),
    );
    return first && second;
  }
  const call = last?.kind === 'expr' && last.expr.kind === 'call' ? last.expr : undefined;
  const known = call && scope.call(calledName(call) ?? '');
  return known?.effects.some(({ op }) => op === 'exec') ? call : undefined;
}

function isIdle(name: string): boolean {
  return tellsFailure(name) || printsText(name) || name === 'free';
}

/** Behind its branch the child comes to the same fork again. */
function comesRound({ fork, span }: ChildBranch, { scope: { definition } }: RuleContext): boolean {
  const loop = loopAround(definition, fork);
  return loop !== undefined && contains(loop, span);
}

/** In front of the branch somebody else than a failed fork has been sent away: what stands behind may be the child's alone. */
function isSorted({ fork, span }: ChildBranch, context: RuleContext): boolean {
  const { definition } = context.scope;
  const target = targetOf(definition, fork);
  const pid = pathOf(target);
  if (!target) return false;
  if (pid === undefined) return true;
  return usesOf(definition, pid).some(({ expr, around: [outer] }) => {
    if (expr.start < fork.end || expr.start > span.start || isTarget(expr, outer)) return false;
    const test = around(definition, expr).findLast((stmt) => stmt.kind === 'if' || stmt.kind === 'switch');
    if (test?.kind === 'switch') return !contains(test, span);
    return test?.kind !== 'if' || (!contains(test, span) && !asksForFailure(test.test, context));
  });
}

function isTarget(expr: Expr, outer: Expr | undefined): boolean {
  return outer?.kind === 'assign' && outer.target === expr;
}

function asksForFailure(test: Expr, { scope }: RuleContext): boolean {
  const limit = test.kind === 'binary' ? scope.evaluator.constant(test.right, scope) : undefined;
  return test.kind === 'binary' && ((test.op === '==' && limit === -1n) || (test.op === '<' && limit === 0n));
}

/** A call behind the branch waits for the child or kills it, and no test of the fork's result stands around that call. */
function isMinded({ fork, span }: ChildBranch, { scope: { definition } }: RuleContext): boolean {
  const pid = pathOf(targetOf(definition, fork));
  if (pid === undefined) return false;
  const asks = (test: Expr) =>
    someExprIn(
      { kind: 'expr', expr: test, start: test.start, end: test.end },
      (part) => pathOf(part) === pid,
    );
  return usesOf(definition, pid).some(({ expr, around: [outer] }) => {
    if (expr.start < span.end || outer?.kind !== 'call') return false;
    const { callee } = outer;
    const name = callee.kind === 'member' ? callee.field : (calledName(outer) ?? '');
    const isChoice = around(definition, expr).some(
      (stmt) =>
        (stmt.kind === 'if' || stmt.kind === 'switch') &&
        !contains(stmt.kind === 'if' ? stmt.test : stmt.value, expr) &&
        asks(stmt.kind === 'if' ? stmt.test : stmt.value),
    );
    return /wait|kill/.test(name) && !isChoice;
  });
}
