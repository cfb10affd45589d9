import { type Stmt, someExprIn, someStmtIn } from '../../c/ast';
import { calledName } from '../../c/cfg';

/** Where control does not go on, as far as names and the structure tell. */

/** Functions of the C library that do not come back, and those with which programs commonly give up. */
const ending =
  /^(?:_?exit|_Exit|quick_exit|abort|(?:sig)?longjmp|pthread_exit|thrd_exit|v?errx?|die|fatal\w*|panic|err_?[eE]xit.*|err_?(?:sys|quit|dump)|usage\w*|unix_error|posix_error|exec[lv]p?e?|fexecve)$/;

/** A call of such a function, or of its wrapper with a capital, ends the process or jumps away. */
export function endsProcess(name: string | undefined): boolean {
  return name !== undefined && ending.test(name.replace(/^[A-Z](?=[a-z])/, (first) => first.toLowerCase()));
}

/** The thread ends here. */
export function endsThread(stmt: Stmt): boolean {
  return stmt.kind === 'expr' && /^(?:pthread|thrd)_exit$/.test(calledName(stmt.expr) ?? '');
}

/** A branch whose end is never passed: it jumps away or ends the process. */
export function leavesAtEnd(arm: Stmt): boolean {
  const last = arm.kind === 'block' ? arm.body.at(-1) : arm;
  if (!last) {
    return false;
  }
  if (last.kind === 'if') {
    return last.alternative !== undefined && leavesAtEnd(last.consequent) && leavesAtEnd(last.alternative);
  }
  return (
    ['return', 'break', 'continue', 'goto'].includes(last.kind) ||
    (last.kind === 'expr' && endsProcess(calledName(last.expr))) ||
    (last.kind === 'block' && leavesAtEnd(last))
  );
}

/** What functions of a program that end it are called, in one spelling or another. */
const likeEnding = /(?<!at|on_)exit|die|fatal|abort|panic|^v?err|err_sys|handle_error/i;

/** Whether a call may end the process, as far as its name tells: where it is better to believe too much. */
export function soundsLikeEnding(name: string | undefined): boolean {
  return name !== undefined && (likeEnding.test(name) || endsProcess(name));
}

/** A branch in which something jumps away or, by its name, ends the process, whatever else it does. */
export function leavesSomewhere(arm: Stmt): boolean {
  return (
    someStmtIn(arm, ({ kind }) => kind === 'return' || kind === 'goto') ||
    someExprIn(arm, (expr) => soundsLikeEnding(calledName(expr)))
  );
}
