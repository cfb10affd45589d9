import type { Call } from '../../../catalog/schema';
import {
  type Expr,
  expressionsOf,
  type Stmt,
  someExprIn,
  somePart,
  someStmtIn,
  statementsOf,
  walkExpr,
  walkStmt,
} from '../../c/ast';
import { calledName } from '../../c/cfg';
import type { Rule, RuleContext } from '../rule';
import { fixOf, lineOf } from '../shared/edits';
import { leavesAtEnd } from '../shared/endings';
import { Result, resultPlace } from '../shared/loops';
import { isErrno, tellsErrno } from '../shared/reporting';
import { around } from '../shared/statements';
import { excerpt } from '../shared/support';

export const errnoClobbered: Rule = {
  meta: {
    id: 'handle/errno-clobbered',
    severity: 'warning',
    preset: 'recommended',
    title: '`errno` is read after another call that may have changed it',
    explanation:
      'Every call of the system and of the C library may set errno, also one that succeeds. The message then names the wrong cause, and a test for EINTR or EAGAIN takes the wrong way.',
    silence:
      'A value saved and put back, calls that leave it alone, and failures that are looked at in another function. Where only `inet_ntop` or calls that set handlers and masks of signals came between, which hardly ever fail, it is information.',
    references: [
      { page: 'errno', section: 3 },
      { page: 'perror', section: 3 },
    ],
    example: {
      bad: `#include <stdio.h>
#include <unistd.h>

int publish(const char *draft, const char *name) {
  if (rename(draft, name) == -1) {
    unlink(draft);
    perror(name);
    return -1;
  }
  return 0;
}
`,
      good: `#include <stdio.h>
#include <unistd.h>

int publish(const char *draft, const char *name) {
  if (rename(draft, name) == -1) {
    perror(name);
    unlink(draft);
    return -1;
  }
  return 0;
}
`,
    },
  },
  check: (context) => ({
    end() {
      const written = new Set<Expr>();
      walkStmt(context.scope.definition.body, {
        expr: (expr) => {
          if (isSetting(expr)) written.add(expr.target);
          else if (isUse(expr) && !written.has(expr)) checkUse(expr, context);
        },
      });
    },
  }),
};

function isUse(expr: Expr): boolean {
  return isErrno(expr) || tellsErrno(calledName(expr));
}

function isSetting(expr: Expr): expr is Extract<Expr, { kind: 'assign' }> {
  return expr.kind === 'assign' && isErrno(expr.target);
}

/** What stands there puts a value into errno, such as one that was saved. */
function restores(stmt: Stmt): boolean {
  return someExprIn(stmt, (expr) => isSetting(expr));
}

/** Calls that leave errno alone, or that nobody expects to fail. */
const harmless =
  /^(?:free|get\w+id|umask|str(?:error|len|cpy|ncpy|cat|cmp|ncmp)|mem\w+|FD_\w+|sig(?:empty|fill|add|del)set|hton\w|ntoh\w|pthread_\w+|perror|warnx?|errx?|assert|freeaddrinfo|gai_strerror|CMSG_\w+|W[A-Z]+|_?exit|abort|f?printf|vf?printf|fputs|s?n?printf|clearerr|va_\w+|alarm|time|gettimeofday|clock_gettime)$/;

function isClobber(call: Call): boolean {
  return call.returns.failure.reports === 'errno' && !harmless.test(call.name);
}

/** printf and its kin ask what standard output is when they first write there, and set errno. */
const chatty = /^(?:printf|puts|putchar)$/;

function checkUse(use: Expr, context: RuleContext): void {
  const { definition } = context.scope;
  const chain = around(definition, use);
  const innermost = chain.at(-1);
  if (innermost && asksOfItsOwn(use, innermost)) return;
  // `if (errno == EINTR) errno = ETIMEDOUT;`: one cause told as another one.
  if (innermost?.kind === 'if' && use.end <= innermost.test.end && restores(innermost)) return;
  const clobbers: Expr[] = [];
  // Outwards: what ran before the use, up to the test of the call that failed.
  for (let i = chain.length - 1; i > 0; i--) {
    const [stmt, outer] = [chain[i]!, chain[i - 1]!];
    const choice = chain[i - 2];
    if (outer.kind === 'block' && choice?.kind === 'switch') {
      checkCase(use, stmt, outer.body, choice, chain[i - 3], clobbers, context);
      return;
    }
    if (outer.kind === 'block' && stmt.kind === 'if' && afterLoop(use, stmt, outer.body, context)) return;
    if (outer.kind === 'block' && !before(outer.body, stmt, clobbers, context)) return;
    if (outer.kind === 'if') {
      const isBranch = stmt === outer.consequent || stmt === outer.alternative;
      const failed = isBranch ? callIn(outer.test, context) : undefined;
      if (failed && isSuccess(failed, outer.test, stmt === outer.consequent, context)) return;
      if (failed) {
        report(use, failed, clobbers, context);
        return;
      }
      const tested = isBranch ? variableTested(outer.test, stmt === outer.consequent, context) : undefined;
      if (tested) {
        laterTest(use, tested, outer, chain[i - 2], clobbers, context);
        return;
      }
      // Another function failed, of which is not known what it does to errno.
      if (isBranch && calls(outer.test)) return;
    } else if (outer.kind === 'while') {
      const failed = callIn(outer.test, context);
      if (failed && isRunOnFailure(failed, outer.test, context)) report(use, failed, clobbers, context);
      return;
    } else if (outer.kind !== 'block') return;
  }
}

/** `if (rename(a, b) == -1 && errno != ENOENT)`: a call stands in front of errno in the same breath. */
function asksOfItsOwn(use: Expr, stmt: Stmt): boolean {
  return expressionsOf(stmt).some((expr) =>
    somePart(expr, (part) => part.kind === 'call' && part.end <= use.start),
  );
}

/** `while ((n = read(...)) > 0) ...` ended because the call failed, or else nobody would ask errno; something ran since. */
function afterLoop(use: Expr, stmt: Stmt & { kind: 'if' }, body: Stmt[], context: RuleContext): boolean {
  if (use.start > stmt.test.end) {
    return false;
  }
  const clobbers: Expr[] = [];
  for (const earlier of body.slice(0, body.indexOf(stmt)).reverse()) {
    const call = statementCall(earlier);
    if (earlier.kind === 'while') {
      const failed = breaksOut(earlier.body) ? undefined : callIn(earlier.test, context);
      if (failed && clobbers.length > 0) report(use, failed, clobbers, context);
      return failed !== undefined;
    }
    if (!call || uses(call)) return false;
    if (clobbersErrno(call, context)) clobbers.push(call);
  }
  return false;
}

/** The branch is that of a test by which the call went well. */
function isSuccess(failed: Expr, test: Expr, holds: boolean, context: RuleContext): boolean {
  const failure = context.scope.call(calledName(failed) ?? '')?.returns.failure.value;
  const value = failure === '-1' ? -1n : failure === 'NULL' ? 0n : undefined;
  const result = new Result(failed, resultPlace(context.scope.definition, failed), context);
  const told = value === undefined ? undefined : result.holds(test, value);
  return told !== undefined && told !== holds;
}

/** `while (sem_wait(&gate) == -1)`: its body runs where the call has failed, and only there. */
function isRunOnFailure(failed: Expr, test: Expr, context: RuleContext): boolean {
  if (context.scope.call(calledName(failed) ?? '')?.returns.failure.value !== '-1') return false;
  const result = new Result(failed, resultPlace(context.scope.definition, failed), context);
  const successes = isYesOrNo(failed, context) ? [0n] : [0n, 1n];
  return result.holds(test, -1n) === true && successes.every((value) => result.holds(test, value) === false);
}

function breaksOut(body: Stmt): boolean {
  return someStmtIn(body, ({ kind }) => kind === 'break' || kind === 'goto');
}

function calls(test: Expr): boolean {
  return somePart(test, (expr) => expr.kind === 'call');
}

/** In the case of a switch over a result that tells of failure. */
function checkCase(
  use: Expr,
  stmt: Stmt,
  body: Stmt[],
  choice: Extract<Stmt, { kind: 'switch' }>,
  around: Stmt | undefined,
  clobbers: Expr[],
  context: RuleContext,
): void {
  const index = body.indexOf(stmt);
  const label = body.slice(0, index).findLastIndex(({ kind }) => kind === 'case');
  const marker = body[label];
  const value = marker?.kind === 'case' && marker.value;
  const isFailure = value && context.scope.evaluator.constant(value, context.scope) === -1n;
  if (!isFailure || !before(body.slice(label + 1), stmt, clobbers, context)) {
    return;
  }
  if (choice.value.kind === 'name') {
    laterTest(use, { name: choice.value.name, zero: false }, choice, around, clobbers, context);
    return;
  }
  const failed = callIn(choice.value, context, true);
  if (failed) report(use, failed, clobbers, context);
}

/** Adds the calls in front of a statement of a block; false when it cannot be told what ran. */
function before(body: Stmt[], stmt: Stmt, clobbers: Expr[], context: RuleContext): boolean {
  const index = body.indexOf(stmt);
  for (const earlier of body.slice(0, index).reverse()) {
    if (earlier.kind === 'label' || earlier.kind === 'case' || restores(earlier)) return false;
    if (earlier.kind === 'expr') {
      const call = statementCall(earlier);
      // What comes behind exec is about exec.
      if (call && /^f?exec/.test(calledName(call) ?? '')) return false;
      if (call && clobbersErrno(call, context)) clobbers.push(call);
      // The cause has been told already.
      if (call && uses(call)) return false;
    }
  }
  return true;
}

function statementCall(stmt: Stmt): Expr | undefined {
  const expr = stmt.kind === 'expr' ? stmt.expr : undefined;
  const inner = expr?.kind === 'cast' ? expr.value : expr;
  return inner?.kind === 'call' ? inner : undefined;
}

function clobbersErrno(expr: Expr, context: RuleContext): boolean {
  const name = calledName(expr);
  const call = name === undefined ? undefined : context.scope.call(name);
  return call !== undefined && (isClobber(call) || chatty.test(call.name));
}

function uses(call: Expr): boolean {
  return somePart(call, (inner) => isUse(inner));
}

/** The last call of a test whose failure sets errno. */
function callIn(test: Expr, context: RuleContext, forks = false): Expr | undefined {
  let found: Expr | undefined;
  walkExpr(test, (expr) => {
    const name = calledName(expr);
    const call = name === undefined ? undefined : context.scope.call(name);
    // What a call gets as an argument has run before it, whose failure is the last.
    const isArgument = found !== undefined && found.start <= expr.start && expr.end <= found.end;
    if (isArgument) return;
    if (call?.returns.failure.reports === 'errno' && (forks || !/fork/.test(call.name))) found = expr;
  });
  return found;
}

/** A result that has been kept, where a test of it leads to the treatment of failures. */
interface Tested {
  name: string;
  /** The test tells 0 from the rest, which is failure only of calls that give 0 and -1. */
  zero: boolean;
}

/** `x` in `if (x == -1)`, `if (x < 0)`, `if (x == NULL)`, `if (x != 0)`, on the side of the failure. */
function variableTested(test: Expr, holds: boolean, context: RuleContext): Tested | undefined {
  if (test.kind === 'logical' && test.op === '&&' && holds) {
    return variableTested(test.left, holds, context);
  }
  if (test.kind === 'name') {
    return holds ? { name: test.name, zero: true } : undefined;
  }
  if (test.kind === 'unary' && test.op === '!') {
    return test.operand.kind === 'name' ? { name: test.operand.name, zero: !holds } : undefined;
  }
  if (test.kind !== 'binary' || test.left.kind !== 'name') {
    return undefined;
  }
  const { name } = test.left;
  const constant = context.scope.evaluator.constant(test.right, context.scope);
  const isPointer = test.right.kind === 'null';
  const isEqual = test.op === '==' || test.op === '!=';
  if (isEqual && constant === 0n && !isPointer) {
    return (test.op === '!=') === holds ? { name, zero: true } : undefined;
  }
  const onFailure =
    (isEqual && (constant === -1n || isPointer) && (test.op === '==') === holds) ||
    (constant === 0n && ((test.op === '<' && holds) || (test.op === '>=' && !holds)));
  return onFailure ? { name, zero: false } : undefined;
}

/** A call that gives 0 when it succeeds and -1 when it fails, and nothing else. */
function isYesOrNo(call: Expr, { scope }: RuleContext): boolean {
  const { success, failure } = scope.call(calledName(call) ?? '')?.returns ?? {};
  return failure?.value === '-1' && success !== undefined && /^0\b/.test(success);
}

/** The result was kept, something else was called, and then the result is tested. */
function laterTest(
  use: Expr,
  { name: variable, zero }: Tested,
  test: Stmt,
  outer: Stmt | undefined,
  clobbers: Expr[],
  context: RuleContext,
): void {
  if (outer?.kind !== 'block') {
    return;
  }
  for (const stmt of outer.body.slice(0, outer.body.indexOf(test)).reverse()) {
    const value = valueStored(stmt, variable);
    if (value) {
      const failed = callIn(value, context);
      if (failed && (!zero || isYesOrNo(failed, context))) report(use, failed, clobbers, context);
      return;
    }
    if (leavesByItself(stmt, context)) continue;
    const call = statementCall(stmt);
    const name = call && calledName(call);
    if (call && clobbersErrno(call, context) && !chatty.test(name ?? '')) clobbers.push(call);
    else if (statementsOf(stmt).length > 0 || stmt.kind === 'label' || restores(stmt)) return;
  }
}

/** `if (n == 0) return total;`: whoever comes past it has run nothing there. */
function leavesByItself(stmt: Stmt, context: RuleContext): boolean {
  return (
    stmt.kind === 'if' && !stmt.alternative && !calls(stmt.test) && leavesAtEnd(stmt.consequent, context)
  );
}

function valueStored(stmt: Stmt, name: string): Expr | undefined {
  if (stmt.kind === 'decl') {
    return stmt.declaration.declarators.find((declarator) => declarator.name === name)?.init;
  }
  const expr = stmt.kind === 'expr' ? stmt.expr : undefined;
  return expr?.kind === 'assign' && expr.target.kind === 'name' && expr.target.name === name
    ? expr.value
    : undefined;
}

function report(use: Expr, failed: Expr, clobbers: readonly Expr[], context: RuleContext): void {
  const clobber = clobbers.at(-1);
  const between = clobber && calledName(clobber);
  const call = calledName(failed);
  if (!clobber || between === undefined || call === undefined) {
    return;
  }
  const what = use.kind === 'name' ? 'errno' : `\`${calledName(use)}\``;
  // These hardly ever fail as they are called, and what succeeds leaves errno alone in the kernel.
  const unlikely = clobbers.every((each) =>
    /^(?:inet_ntop|signal|sigaction|sigprocmask|pthread_sigmask)$/.test(calledName(each) ?? ''),
  );
  context.report({
    span: use,
    ...(unlikely ? { severity: 'information' } : {}),
    message: `${what} no longer tells why \`${call}\` failed: \`${excerpt(context, clobber)}\` has run since and may have changed errno. Move it behind this, or save errno first.`,
    related: [
      { span: clobber, message: `\`${between}\` may change errno` },
      { span: failed, message: `\`${call}\` failed here` },
    ],
    ...swapFix(use, clobber, context),
  });
}

/** The two statements the other way round, when one follows the other and both only do that. */
function swapFix(use: Expr, clobber: Expr, context: RuleContext) {
  const { definition } = context.scope;
  const [first, second] = [lineOf(clobber, definition), lineOf(use, definition)];
  const block = second?.parent;
  if (!first || !second || block?.kind !== 'block' || first.parent !== block || use.use || clobber.use) {
    return {};
  }
  const next = block.body[block.body.indexOf(first.stmt) + 1] === second.stmt;
  const reports =
    second.stmt.kind === 'expr' && /^(?:perror|v?warn|f?printf)$/.test(calledName(second.stmt.expr) ?? '');
  const closes = first.stmt.kind === 'expr' && /^f?close$/.test(calledName(first.stmt.expr) ?? '');
  const text = (stmt: Stmt) => context.source(stmt);
  return fixOf(
    'Report the failure first',
    next && reports && closes
      ? [
          { span: { start: first.stmt.start, end: first.stmt.end }, text: text(second.stmt) },
          { span: { start: second.stmt.start, end: second.stmt.end }, text: text(first.stmt) },
        ]
      : undefined,
  );
}
