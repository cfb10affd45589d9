import type { Call } from '../../../catalog/schema';
import { resultsOf } from '../../analysis/results';
import {
  type Expr,
  type ExprOf,
  expressionsOf,
  type Stmt,
  someExprIn,
  somePart,
  walkExpr,
  walkStmt,
} from '../../c/ast';
import { calledName } from '../../c/cfg';
import type { RuleContext } from '../rule';
import { endsProcess } from '../shared/endings';
import { Result, resultName } from '../shared/loops';
import { isErrno, tellsErrno } from '../shared/reporting';
import { statementBehind } from '../shared/statements';
import { makesHandle } from '../shared/support';
import { branchOf } from './using';

/** A test that is the wrong way round: where the call went well, the program tells why it failed. */
export interface SuccessTold {
  call: Call;
  expr: ExprOf<'call'>;
  test: Expr;
  /** Where errno is put into words, although nothing has set it. */
  tells: Expr;
}

/** Those of the calls of a function that pass the test and whose success is told as a failure. */
export function successesTold(context: RuleContext, which: (call: Call) => boolean): SuccessTold[] {
  const { scope } = context;
  const found: SuccessTold[] = [];
  const look = (test: If, from: Stmt) => {
    const tells = isMeantToFail(test, context) ? undefined : firstTold(test.consequent, context);
    for (const expr of tells ? callsOfOne(from) : []) {
      const call = scope.call(calledName(expr) ?? '');
      if (call && which(call) && isYesOrNo(call) && isTakenWrong(call, expr, test, from !== test, context))
        found.push({ call, expr, test: test.test, tells: tells! });
    }
  };
  // One walk for all, since a function may be long.
  walkStmt(scope.definition.body, {
    stmt: (stmt) => {
      if (stmt.kind === 'if') look(stmt, stmt);
      const body = stmt.kind === 'block' ? stmt.body : [];
      body.forEach((next, index) => {
        const before = body[index - 1];
        if (next.kind === 'if' && before && keepsResult(before)) look(next, before);
      });
    },
  });
  return found;
}

type If = Extract<Stmt, { kind: 'if' }>;

/** `result = call(...);`, be it with the declaration. */
function keepsResult(stmt: Stmt): boolean {
  return stmt.kind === 'decl' || (stmt.kind === 'expr' && stmt.expr.kind === 'assign');
}

/** The calls of a statement itself, or of the test that it begins with. */
function callsOfOne(stmt: Stmt): ExprOf<'call'>[] {
  const found: ExprOf<'call'>[] = [];
  for (const expr of expressionsOf(stmt)) {
    walkExpr(expr, (inner) => {
      if (inner.kind === 'call') found.push(inner);
    });
  }
  return found;
}

/** Calls that may be made in the hope that they fail: nobody answers, the process is gone, the lock is somebody else's. */
const asking = /^(?:kill|connect|access|flock|lockf|fcntl|sem_trywait|semop|msgrcv|tcgetattr)$/;

/** It returns a handle, or 0 and nothing else, and says in errno why it failed. */
function isYesOrNo(call: Call): boolean {
  const makes = call.effects.some((effect) => effect.at === 'return' && makesHandle(effect));
  const isZero = resultsOf(call)?.success.constant === 0n;
  if (asking.test(call.name)) return false;
  return call.returns.failure.value === '-1' && call.returns.failure.reports === 'errno' && (makes || isZero);
}

/** The test holds for what the call gives when it went well, and not for -1. */
function isTakenWrong(
  call: Call,
  expr: ExprOf<'call'>,
  test: If,
  isKept: boolean,
  context: RuleContext,
): boolean {
  const name = resultName(context.scope.definition, expr);
  if (isKept && name === undefined) return false;
  const result = new Result(expr, name, context);
  const good = resultsOf(call)?.success.constant === 0n ? 0n : 3n;
  return result.holds(test.test, good) === true && result.holds(test.test, -1n) === false;
}

/** A test of the program's tries what must fail: it says so, or asks right behind in errno whether it failed as it should. */
function isMeantToFail(test: If, context: RuleContext): boolean {
  const behind = statementBehind(context.scope.definition, test);
  const asks =
    behind?.kind === 'if' && somePart(behind.test, (part) => part.kind === 'name' && part.name === 'errno');
  return asks || /\b(?:should|must|expect(?:ed)?|unexpected(?:ly)?)\b/i.test(context.source(test.consequent));
}

/** errno put into words, where no other call comes before that could have set it. */
function firstTold(branch: Stmt, context: RuleContext): Expr | undefined {
  const calls: ExprOf<'call'>[] = [];
  walkStmt(branch, {
    expr: (expr) => {
      if (expr.kind === 'call') calls.push(expr);
    },
  });
  const [first] = calls.sort((a, b) => a.start - b.start);
  // What another test stands before tells of what that has found.
  if (!first || branchOf(branch, first.start) !== branch) return undefined;
  const name = calledName(first);
  const own = name === undefined ? undefined : context.functionNamed(name)?.definition;
  // A function of the project may look at errno for any reason, unless it is there to give up.
  const isTelling = own
    ? endsProcess(name, context) && someExprIn(own.body, isErrno)
    : tellsErrno(name) || first.args.some(wordsOfErrno);
  return isTelling ? first : undefined;
}

/** `strerror(errno)` */
function wordsOfErrno(arg: Expr): boolean {
  return calledName(arg) === 'strerror' && arg.kind === 'call' && arg.args.some(isErrno);
}
