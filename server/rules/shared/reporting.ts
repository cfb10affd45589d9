import type { FileContext } from '../../analysis/context';
import { unwrap } from '../../analysis/operators';
import { type Expr, type FunctionDefinition, someExprIn } from '../../c/ast';
import { calledName } from '../../c/cfg';
import { endsProcess, type Project } from './endings';
import { statementBehind } from './statements';
import { assignmentsTo } from './uses';

/** Functions that tell a person of a failure, by the names that people give them. */

/** Those that put what errno means into words, in the C library and as programs name their own. */
const errnoTellers =
  /^(?:perror|v?warn|v?err|err_?sys|err_?ret|err_?dump|err_?[eE]xit|errMsg|unix_error|sys_?err(?:or)?|die_errno|fatal_errno|pdie|handle_error|perror_exit)$/;

/** Those that come back all the same. */
const comesBack = /^(?:perror|v?warn|err_?ret|errMsg)$/;

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
  return endsProcess(name, project) || (tellsErrno(name) && !comesBack.test(name ?? ''));
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
 * `errno = 0; semop(...); if (errno) ...`: the next statement asks errno whether the call has failed, which was 0 before; or a macro that
 * ends the program where errno is set, which a failure always does.
 */
export function isJudgedByErrno(
  definition: FunctionDefinition,
  call: Expr,
  { symbols }: Pick<FileContext, 'symbols'>,
): boolean {
  const behind = statementBehind(definition, call);
  const macro = behind?.kind === 'expr' ? symbols.macro(calledName(behind.expr) ?? '')?.body : undefined;
  if (macro !== undefined && /\bif\s*\(\s*errno\b/.test(macro) && /\b_?exit\s*\(|\babort\s*\(/.test(macro))
    return true;
  const test = behind?.kind === 'if' ? unwrap(behind.test) : undefined;
  const asked = test?.kind === 'binary' && test.op === '!=' ? unwrap(test.left) : test;
  return (
    asked?.kind === 'name' &&
    asked.name === 'errno' &&
    someExprIn(
      definition.body,
      (expr) =>
        expr.kind === 'assign' &&
        expr.start < call.start &&
        expr.target.kind === 'name' &&
        expr.target.name === 'errno' &&
        expr.value.kind === 'number' &&
        expr.value.text === '0',
    )
  );
}
