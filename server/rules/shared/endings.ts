import { FileIndex } from '../../analysis/survey';
import { type Expr, type Stmt, someExprIn, someStmtIn, statementsOf, walkStmt } from '../../c/ast';
import { calledName } from '../../c/cfg';
import { comesBackAlways } from '../../c/library';
import type { RuleContext } from '../rule';

/** Where control does not go on, as far as names, the structure and the functions of the project tell. */

/** Who knows which functions of the project never come back. */
export type Project = Pick<RuleContext, 'neverReturns'>;

/** Functions of the C library that do not come back, and those with which programs commonly give up. */
const ending =
  /^(?:_?exit|_Exit|quick_exit|abort|(?:sig)?longjmp|pthread_exit|thrd_exit|v?errx?|die|fatal\w*|panic|err_?[eE]xit.*|err_?(?:sys|quit|dump)|usage\w*|unix_error|posix_error|exec[lv]p?e?|fexecve)$/;

/** A call by such a name, or by that of its wrapper with a capital, ends the process or jumps away. */
function soundsEnding(name: string): boolean {
  return ending.test(name.replace(/^[A-Z](?=[a-z])/, (first) => first.toLowerCase()));
}

/** A call of this function ends the process or jumps away, by its name or by what it does. */
export function endsProcess(name: string | undefined, { neverReturns }: Project): boolean {
  return name !== undefined && (soundsEnding(name) || neverReturns(name));
}

/** The thread ends here. */
export function endsThread(stmt: Stmt): boolean {
  return stmt.kind === 'expr' && /^(?:pthread|thrd)_exit$/.test(calledName(stmt.expr) ?? '');
}

/** A branch whose end is never passed: it jumps away or ends the process. */
export function leavesAtEnd(arm: Stmt, project: Project): boolean {
  const last = arm.kind === 'block' ? arm.body.at(-1) : arm;
  if (!last) {
    return false;
  }
  if (last.kind === 'if') {
    return (
      last.alternative !== undefined &&
      leavesAtEnd(last.consequent, project) &&
      leavesAtEnd(last.alternative, project)
    );
  }
  return (
    ['return', 'break', 'continue', 'goto'].includes(last.kind) ||
    (last.kind === 'expr' && endsProcess(calledName(last.expr), project)) ||
    (last.kind === 'block' && leavesAtEnd(last, project)) ||
    isNeverLeft(last)
  );
}

/** `for (;;) pause();`: a loop without an end of its own, out of which nothing jumps. */
function isNeverLeft(stmt: Stmt): boolean {
  if (stmt.kind !== 'for' && stmt.kind !== 'while') return false;
  const { test } = stmt;
  const isOn =
    test === undefined ||
    (test.kind === 'number' && /^[1-9]\d*$/.test(test.text)) ||
    (test.kind === 'name' && /^(?:true|TRUE)$/.test(test.name));
  return isOn && !breaksOut(stmt.body);
}

/** A `break` of this statement itself, and not of a loop or `switch` in it; a jump to a label may lead anywhere. */
function breaksOut(stmt: Stmt): boolean {
  if (stmt.kind === 'break') return true;
  const isOwn = /^(?:for|while|do|switch)$/.test(stmt.kind);
  return isOwn
    ? someStmtIn(stmt, ({ kind }) => kind === 'goto' || kind === 'unknown')
    : stmt.kind === 'goto' || stmt.kind === 'unknown' || statementsOf(stmt).some(breaksOut);
}

/** What functions of a program that end it are called, in one spelling or another. */
const likeEnding = /(?<!at|on_)exit|die|fatal|abort|panic|^v?err|err_sys|handle_error/i;

/** Whether a call may end the process, as far as its name tells: where it is better to believe too much. */
export function soundsLikeEnding(name: string | undefined): boolean {
  return name !== undefined && (likeEnding.test(name) || soundsEnding(name));
}

/** A branch in which something jumps away or, by its name, ends the process, whatever else it does. */
export function leavesSomewhere(arm: Stmt): boolean {
  return (
    someStmtIn(arm, ({ kind }) => kind === 'return' || kind === 'goto') ||
    someExprIn(arm, (expr) => soundsLikeEnding(calledName(expr)))
  );
}

/**
 * Functions behind a call of which this file goes on: their result is used, a statement follows that neither leaves nor gives up, or it is
 * what the rounds of a loop end with.
 */
const goneOnBehind = new FileIndex(function* ({ body }): Generator<[string, true]> {
  const alone = new Set<Expr>();
  const found = new Set<string>();
  walkStmt(body, {
    stmt: (stmt) => {
      const inside = statementsOf(stmt);
      inside.forEach((each, index) => {
        if (each.kind !== 'expr') return;
        alone.add(each.expr);
        const next = inside[index + 1];
        const name = calledName(each.expr);
        if (name !== undefined && next && goesOn(next)) found.add(name);
      });
      if (stmt.kind === 'expr') alone.add(stmt.expr);
      const last = stmt.kind === 'while' || stmt.kind === 'for' ? lastOf(stmt.body) : undefined;
      const name = last?.kind === 'expr' ? calledName(last.expr) : undefined;
      if (name !== undefined) found.add(name);
    },
    expr: (expr) => {
      const name = expr.kind === 'call' && !alone.has(expr) ? calledName(expr) : undefined;
      if (name !== undefined) found.add(name);
    },
  });
  for (const name of found) yield [name, true];
});

function lastOf(body: Stmt): Stmt | undefined {
  return body.kind === 'block' ? body.body.at(-1) : body;
}

/** Nobody expects to come to what tells of a failure or leaves. */
function goesOn(next: Stmt): boolean {
  if (next.kind === 'expr')
    return !/exit|abort|err|warn|print|log|fatal|die|kill/i.test(calledName(next.expr) ?? '');
  return /^(?:if|for|while|do|switch|decl)$/.test(next.kind);
}

/**
 * Whether a function of which no text is at hand comes back, as those of the C library do, and those behind which the same file goes on
 * in another place. One that starts a program may do so only where it fails.
 */
export function comesBackHere(name: string, { ask }: Pick<RuleContext, 'ask'>): boolean {
  if (comesBackAlways(name)) return true;
  return (
    !soundsLikeEnding(name) &&
    !/exec|run|spawn|child|loop|main/i.test(name) &&
    ask(goneOnBehind, name).length > 0
  );
}

/** Functions that come back, as people name those that only tell of a failure. */
const chatting = /^(?:errMsg|err_?msg|err_?ret|log_\w+)$/;

/** What else is named after telling, and comes back where the file goes on behind it, unless there are messages that end the program. */
const logging = /^(?:[a-z]{0,3}_?log(?:ging|f|ger|msg|it)?|\w*(?:warn(?:ing)?|debug|notice|trace)\w*)$/i;

function tellsAndGoesOn(name: string, context: RuleContext): boolean {
  return logging.test(name) && context.ask(fatalLevels, 'fatal').length === 0 && comesBackHere(name, context);
}

/** Functions that name a level of messages by which a program is ended. */
const fatalLevels = new FileIndex(function* ({ body }): Generator<[string, true]> {
  if (someExprIn(body, (part) => part.kind === 'name' && /FATAL|PANIC|EMERG/.test(part.name)))
    yield ['fatal', true];
});

/** Whether control comes back from a function of this name for certain: of the C library, or one of the project that calls only such. */
export function comesBack(name: string | undefined, context: RuleContext): boolean {
  const known = (called: string | undefined) =>
    called !== undefined &&
    !endsProcess(called, context) &&
    (context.scope.call(called) !== undefined ||
      comesBackAlways(called) ||
      chatting.test(called) ||
      tellsAndGoesOn(called, context));
  const callee = name === undefined || known(name) ? undefined : context.functionNamed(name);
  return (
    known(name) ||
    (callee !== undefined &&
      !someExprIn(callee.definition.body, (inner) => inner.kind === 'call' && !known(calledName(inner))))
  );
}

/** Whether a call may end the process, by its name or by those of what a function of the project calls. */
export function mayEndInside(name: string | undefined, { functionNamed }: RuleContext): boolean {
  const body = name === undefined ? undefined : functionNamed(name)?.definition.body;
  return (
    soundsLikeEnding(name) ||
    (body !== undefined && someExprIn(body, (inner) => soundsLikeEnding(calledName(inner))))
  );
}
