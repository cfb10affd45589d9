import { unwrap, withoutCasts } from '../../analysis/operators';
import { type Expr, type FunctionDefinition, type Stmt, someExprIn, someStmtIn } from '../../c/ast';
import { calledName } from '../../c/cfg';
import type { RuleContext } from '../rule';
import { comesBack, endsProcess, leavesAtEnd, type Project, soundsLikeEnding } from './endings';
import { statementBehind } from './statements';
import { assignmentsTo } from './uses';

/** Functions that tell a person of a failure, by the names that people give them. */

/** Those that put what errno means into words, in the C library and as programs name their own. */
const errnoTellers =
  /^(?:perror|v?warn|v?err|err_?sys|err_?ret|err_?dump|err_?[eE]xit|errMsg|unix_error|sys_?err(?:or)?|die_errno|fatal_errno|pdie|handle_error|perror_exit)$/;

/** Those that come back all the same. */
const returning = /^(?:perror|v?warn|err_?ret|errMsg)$/;

export function tellsErrno(name: string | undefined): boolean {
  return name !== undefined && errnoTellers.test(name);
}

/** Tells of a failure, be it with errno, with words of its own, or into a log. */
export function tellsFailure(name: string | undefined): boolean {
  return (
    name !== undefined &&
    (tellsErrno(name) || /^(?:error|die|fatal_?\w*|v?errx|panic|log_?(?:err|error|fatal)\w*)$/.test(name))
  );
}

/** Tells of a failure and ends the program. */
export function givesUp(name: string | undefined, project: Project): boolean {
  return endsProcess(name, project) || (tellsErrno(name) && !returning.test(name ?? ''));
}

/** The variable that tells why a call has failed. */
export function isErrno(expr: Expr | undefined): boolean {
  return expr?.kind === 'name' && expr.name === 'errno';
}

/** `EBUSY`: an error number by its name. */
export function namesError(value: Expr | undefined): boolean {
  return value?.kind === 'name' && /^E[A-Z0-9]+$/.test(value.name);
}

/** `-errno`, be it that a variable has kept it over the calls that clean up. */
export function isErrorNumber(value: Expr, definition: FunctionDefinition): boolean {
  const number = unwrap(value);
  if (number.kind !== 'unary' || number.op !== '-') return false;
  const operand = unwrap(number.operand);
  return (
    isErrno(operand) ||
    (operand.kind === 'name' &&
      assignmentsTo(definition, operand.name).some(({ value: kept }) => isErrno(unwrap(kept))))
  );
}

/**
 * `errno = 0; semop(...); if (errno) ...`: the next statement asks errno whether the call has failed, which was 0 before; or it leaves, or
 * ends the program, wherever errno is set, which a failure always does.
 */
export function isJudgedByErrno(definition: FunctionDefinition, call: Expr, context: RuleContext): boolean {
  const behind = statementBehind(definition, call);
  if (behind?.kind === 'expr') return endsWhereSet(calledName(behind.expr) ?? '', context);
  if (behind?.kind !== 'if' || !asksErrno(behind.test)) return false;
  return leavesAtEnd(behind.consequent, context) || isZeroBefore(definition, call);
}

/** `if (errno)`, `if (errno != 0)` */
function asksErrno(test: Expr): boolean {
  const inner = unwrap(test);
  return isErrno(inner.kind === 'binary' && inner.op === '!=' ? unwrap(inner.left) : inner);
}

/** A macro or function that asks errno, and ends the program where it is set. */
function endsWhereSet(name: string, context: RuleContext): boolean {
  const macro = context.scope.file.symbols.macro(name)?.body;
  if (macro !== undefined)
    return /\bif\s*\(\s*errno\b/.test(macro) && /\b_?exit\s*\(|\babort\s*\(/.test(macro);
  const found = context.functionNamed(name)?.definition;
  const ends = (arm: Stmt) => {
    const last = arm.kind === 'block' ? arm.body.at(-1) : arm;
    return last?.kind === 'expr' && endsProcess(calledName(last.expr), context);
  };
  return (
    found !== undefined &&
    someStmtIn(found.body, (stmt) => stmt.kind === 'if' && asksErrno(stmt.test) && ends(stmt.consequent))
  );
}

/** `errno = 0;` */
function isZeroBefore({ body }: FunctionDefinition, call: Expr): boolean {
  return someExprIn(
    body,
    (expr) =>
      expr.kind === 'assign' &&
      expr.start < call.start &&
      isErrno(expr.target) &&
      expr.value.kind === 'number' &&
      expr.value.text === '0',
  );
}

/** A branch of messages and nothing else: nobody is told by a variable or by a jump. */
export function onlyReports(branch: Stmt, context: RuleContext): boolean {
  const body = branch.kind === 'block' ? branch.body : [branch];
  return (
    body.length > 0 &&
    body.every((stmt) => {
      const name = stmt.kind === 'expr' ? calledName(withoutCasts(stmt.expr)) : undefined;
      return name !== undefined && !soundsLikeEnding(name) && isMessage(name, context);
    })
  );
}

function isMessage(name: string, context: RuleContext): boolean {
  return (
    /^(?:perror|f?puts|v?f?printf|v?syslog|v?warnx?|fflush)$/.test(name) ||
    (/^(?:log|msg|report|complain|print|show|warn)/i.test(name) && comesBack(name, context))
  );
}
