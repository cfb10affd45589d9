import type { CallEvent } from '../../analysis/events';
import {
  type Expr,
  type FunctionDefinition,
  type Stmt,
  someExprIn,
  somePart,
  someStmtIn,
  walkStmt,
} from '../../c/ast';
import { calledName } from '../../c/cfg';
import type { Rule, RuleContext } from '../rule';
import { fixOf, renamed } from '../shared/edits';
import { leavesAtEnd } from '../shared/endings';
import { exitsOf, failureBranch, isEndless, isLoop } from '../shared/loops';
import { givesUp, tellsFailure } from '../shared/reporting';
import { around, contains } from '../shared/statements';
import { isDirect } from '../shared/support';
import { callsIn, variableIn } from '../shared/uses';
import { lockCall } from '../subjects/file-locks';

export const busy: Rule = {
  meta: {
    id: 'fcntl-lock/busy',
    severity: 'information',
    preset: 'recommended',
    title: 'A lock that somebody else has is treated as a failure, or asked for again at once',
    explanation:
      'F_SETLK does not wait: it fails with EACCES or EAGAIN while another process has the lock, which is no fault. A program that takes that for an error reports one where there is none; one that asks again at once takes a whole processor.',
    silence: 'Functions that look at errno, and loops that wait between their tries.',
    references: [{ page: 'fcntl', section: 2 }],
    example: {
      bad: `#include <err.h>
#include <fcntl.h>
#include <unistd.h>

void lock(int fd) {
  struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
  if (fcntl(fd, F_SETLK, &lock) == -1)
    err(1, "fcntl");
}
`,
      good: `#include <err.h>
#include <fcntl.h>
#include <unistd.h>

void lock(int fd) {
  struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
  if (fcntl(fd, F_SETLKW, &lock) == -1)
    err(1, "fcntl");
}
`,
    },
  },
  check: () => ({
    call(event, context) {
      const lock = lockCall(event);
      const takes = lock && !lock.waits && lock.does !== 'unlock' && lock.kind !== 'flock';
      if (!takes || !isDirect(event.at, event.expr)) {
        return;
      }
      const waiting = event.name === 'lockf' ? 'F_LOCK' : 'F_SETLKW';
      if (spins(event, context) || spinsInside(event, context)) {
        context.report({
          span: event.at,
          severity: 'warning',
          message: `While another process has the lock this loop asks again and again and takes a whole processor. Use ${waiting}, which waits.`,
          ...fixOf(
            'Wait for the lock',
            renamed(event.args[1]?.expr, 'F_SETLK', 'F_SETLKW', context) ??
              renamed(event.args[1]?.expr, 'F_OFD_SETLK', 'F_OFD_SETLKW', context) ??
              renamed(event.args[1]?.expr, 'F_TLOCK', 'F_LOCK', context),
          ),
        });
        return;
      }
      const branch = lock.does === 'unknown' ? undefined : branchOnFailure(event, context);
      const calls = (test: (name: string) => boolean) =>
        branch !== undefined && someExprIn(branch, (expr) => test(calledName(expr) ?? ''));
      if (calls(tellsFailure)) {
        const ends = calls((called) => givesUp(called, context));
        context.report({
          span: event.at,
          message: `When another process has the lock, \`${event.name}\` fails with EACCES or EAGAIN, and the program ${ends ? 'stops' : 'complains'} as if something were broken. Tell these two from other errors, or use ${waiting}, which waits.`,
        });
      }
    },
  }),
};

/** A loop that does nothing but try. */
function spins(event: CallEvent, { scope }: RuleContext): boolean {
  const loop = around(scope.definition, event.expr).findLast(isLoop);
  if (!loop?.test || !contains(loop.test, event.expr)) {
    return false;
  }
  // It goes on only when a signal came in between.
  const names = (name: RegExp) =>
    somePart(loop.test!, (part) => part.kind === 'name' && name.test(part.name));
  if (names(/^EINTR$/) && !names(/^E(?:AGAIN|ACCES|WOULDBLOCK)$/)) {
    return false;
  }
  let works = false;
  walkStmt(loop.body, {
    expr: (expr) => {
      works ||= expr.kind === 'call' || expr.kind === 'update' || expr.kind === 'assign';
    },
    stmt: (stmt) => {
      works ||= stmt.kind === 'break' || stmt.kind === 'return' || stmt.kind === 'goto';
    },
  });
  const counts = callsIn(scope.definition, /sleep|yield|poll|select/).some((call) => contains(loop, call));
  return !works && !counts;
}

/** An endless loop that does nothing but try, count and leave. */
function spinsInside(event: CallEvent, context: RuleContext): boolean {
  const { definition } = context.scope;
  const loop = around(definition, event.expr).findLast(isLoop);
  if (!loop || !isEndless(loop, context) || exitsOf(loop, context).length === 0) {
    return false;
  }
  const lock = event.args[2] && variableIn(event.args[2].expr);
  const names = new Set<string>();
  let works = false;
  walkStmt(loop.body, {
    expr: (expr) => {
      if (expr.kind === 'name') names.add(expr.name);
      works ||= expr.kind === 'call' && expr !== event.expr;
      // The next round asks for another lock.
      works ||= expr.kind === 'assign' && lock !== undefined && variableIn(expr.target) === lock;
    },
    stmt: ({ kind }) => {
      works ||= kind === 'unknown' || kind === 'either';
    },
  });
  const asksForBusy = ['EAGAIN', 'EACCES', 'EWOULDBLOCK'].some((name) => names.has(name));
  return !works && (asksForBusy || !names.has('errno')) && !leavesWhenBusy(loop, context);
}

/** `if (errno == EAGAIN) return LOCKED;`: who finds it taken goes no further. */
function leavesWhenBusy(loop: Stmt, context: RuleContext): boolean {
  return someStmtIn(
    loop,
    (stmt) =>
      stmt.kind === 'if' &&
      isBusy(stmt.test) &&
      leavesAtEnd(stmt.consequent, context) &&
      !someStmtIn(stmt.consequent, ({ kind }) => kind === 'continue'),
  );
}

/** `errno == EAGAIN`, and no more than this kind of failure. */
function isBusy(test: Expr): boolean {
  if (test.kind === 'logical' && test.op === '||') return isBusy(test.left) && isBusy(test.right);
  return (
    test.kind === 'binary' &&
    test.op === '==' &&
    test.right.kind === 'name' &&
    /^E(?:AGAIN|ACCES|WOULDBLOCK)$/.test(test.right.name)
  );
}

/** What is done where the lock is not given, when nothing in the function tells errors apart. */
function branchOnFailure(event: CallEvent, context: RuleContext): Stmt | undefined {
  return looksAtErrno(context.scope.definition) ? undefined : failureBranch(event.expr, context);
}

function looksAtErrno({ body }: FunctionDefinition): boolean {
  return someExprIn(
    body,
    (expr) => expr.kind === 'name' && /^(?:errno|EAGAIN|EACCES|EWOULDBLOCK)$/.test(expr.name),
  );
}
