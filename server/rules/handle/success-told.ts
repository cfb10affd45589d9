import type { Call } from '../../../catalog/schema';
import { resultsOf } from '../../analysis/results';
import { type Expr, type ExprOf, type Stmt, someExprIn, walkStmt } from '../../c/ast';
import { calledName } from '../../c/cfg';
import type { RuleContext } from '../rule';
import { endsProcess } from '../shared/endings';
import { Result, resultName } from '../shared/loops';
import { isErrno, tellsErrno } from '../shared/reporting';
import { around, contains, statementBehind } from '../shared/statements';
import { callsOf } from '../shared/whole-file';

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
  return callsOf(scope.definition).flatMap(({ name, expr }) => {
    const call = scope.call(name);
    return call && which(call) && isYesOrNo(call) ? (toldBehind(call, expr, context) ?? []) : [];
  });
}

/** Calls that may be made in the hope that they fail: nobody answers, the process is gone, the lock is somebody else's. */
const asking = /^(?:kill|connect|access|flock|lockf|fcntl|sem_trywait|semop|msgrcv|tcgetattr)$/;

/** It returns a handle, or 0 and nothing else, and says in errno why it failed. */
function isYesOrNo(call: Call): boolean {
  const makes = call.effects.some(({ op, at }) => at === 'return' && /^(?:create|open|accept)$/.test(op));
  const isZero = resultsOf(call)?.success.constant === 0n;
  if (asking.test(call.name)) return false;
  return call.returns.failure.value === '-1' && call.returns.failure.reports === 'errno' && (makes || isZero);
}

function toldBehind(call: Call, expr: ExprOf<'call'>, context: RuleContext): SuccessTold | undefined {
  const { definition } = context.scope;
  const stmt = around(definition, expr).at(-1);
  const direct = stmt?.kind === 'if' && contains(stmt.test, expr);
  const next = direct ? stmt : statementBehind(definition, expr);
  const name = resultName(definition, expr);
  if (next?.kind !== 'if' || (!direct && name === undefined)) return undefined;
  const result = new Result(expr, name, context);
  const good = resultsOf(call)?.success.constant === 0n ? 0n : 3n;
  const isWrong = result.holds(next.test, good) === true && result.holds(next.test, -1n) === false;
  const tells = isWrong ? firstTold(next.consequent, context) : undefined;
  return tells && { call, expr, test: next.test, tells };
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
  if (!first) return undefined;
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
