import { calls as catalog } from '../../../catalog';
import { unwrap } from '../../analysis/operators';
import { type Expr, type FunctionDefinition, someExprIn, somePart, walkStmt } from '../../c/ast';
import { calledName } from '../../c/cfg';
import type { Rule, RuleContext } from '../rule';
import { endsProcess } from '../shared/endings';
import { reachedFrom } from '../shared/globals';
import { isErrno } from '../shared/reporting';
import { around } from '../shared/statements';
import { installation, installs } from '../subjects/signal-handlers';

export const signalErrno: Rule = {
  meta: {
    id: 'signal/errno',
    severity: 'information',
    preset: 'recommended',
    title: 'A signal handler may change errno under the code that it interrupts',
    explanation:
      'A handler may run between a call that failed and the code that looks at errno. When the handler makes a call that fails itself, the interrupted code sees the wrong error.',
    silence:
      'Handlers that give errno a value, that end the process or jump away, and calls that cannot fail.',
    references: [{ page: 'signal-safety', section: 7 }],
    example: {
      bad: `#include <signal.h>
#include <unistd.h>

static int wake = STDERR_FILENO;

static void on_usr1(int sig) {
  (void)sig;
  write(wake, "x", 1);
}

int watch(void) {
  struct sigaction action = {.sa_handler = on_usr1};
  sigemptyset(&action.sa_mask);
  return sigaction(SIGUSR1, &action, NULL);
}
`,
      good: `#include <errno.h>
#include <signal.h>
#include <unistd.h>

static int wake = STDERR_FILENO;

static void on_usr1(int sig) {
  int saved = errno;
  (void)sig;
  write(wake, "x", 1);
  errno = saved;
}

int watch(void) {
  struct sigaction action = {.sa_handler = on_usr1};
  sigemptyset(&action.sa_mask);
  return sigaction(SIGUSR1, &action, NULL);
}
`,
    },
  },
  check: () => ({
    call(event, context) {
      const handler = installs(event) ? installation(event, context)?.handler : undefined;
      if (!handler) return;
      const reached = reachedFrom(handler, context);
      if (reached.some((each) => leaves(each, context) || restoresErrno(each))) return;
      const first = failing(handler, context);
      if (!first) return;
      context.report({
        span: { start: first.start, end: first.end, within: handler },
        ...(savesErrno(handler) ? { severity: 'warning' as const } : {}),
        message: `\`${calledName(first)}\` may change errno, and \`${handler.name}\` may interrupt code that is just about to look at it. Save errno at the start of the handler and restore it at the end.`,
        related: [{ span: event.at, message: `\`${handler.name}\` becomes a signal handler here` }],
      });
    },
  }),
};

/** The handler ends the process, other than where one of its own calls has failed. */
function leaves(handler: FunctionDefinition, context: RuleContext): boolean {
  return someExprIn(handler.body, (expr) => {
    const ends = endsProcess(calledName(expr), context) || calledName(expr) === 'raise';
    return ends && !around(handler, expr).some((stmt) => stmt.kind === 'if' && isMade(stmt.test));
  });
}

function isMade(test: Expr): boolean {
  return somePart(test, ({ kind }) => kind === 'call');
}

/** To look at errno, or to set it to 0, is not to put it back. */
function restoresErrno({ body }: FunctionDefinition): boolean {
  return someExprIn(
    body,
    (expr) => expr.kind === 'assign' && isErrno(expr.target) && unwrap(expr.value).kind !== 'number',
  );
}

/** It keeps errno in a variable, and forgets to put it back. */
function savesErrno({ body }: FunctionDefinition): boolean {
  let saves = false;
  walkStmt(body, {
    stmt: (stmt) => {
      if (stmt.kind === 'decl')
        saves ||= stmt.declaration.declarators.some(({ init }) => init !== undefined && isErrno(init));
    },
  });
  return saves || someExprIn(body, (expr) => expr.kind === 'assign' && isErrno(expr.value));
}

/** The first call that is right in a handler but for errno. */
function failing(handler: FunctionDefinition, context: RuleContext): Expr | undefined {
  let first: Expr | undefined;
  walkStmt(handler.body, {
    expr: (expr) => {
      const name = calledName(expr);
      if (first || name === undefined || context.scope.file.symbols.function(name)?.definition) return;
      const call = catalog.get(name)?.record;
      const fails = call?.asyncSignalSafe === true && call.returns.failure.reports === 'errno';
      if (fails && !harmless.test(name)) first = expr;
    },
  });
  return first;
}

/** Calls that fail only when the program is wrong anyway. */
const harmless =
  /^(?:sig(?:action|nal|emptyset|fillset|addset|delset|ismember|procmask)|alarm|getpid|getppid)$/;
