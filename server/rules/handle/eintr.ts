import type { CallEvent } from '../../analysis/events';
import { type Expr, type FunctionDefinition, parameterIndex, type Stmt, someExprIn } from '../../c/ast';
import { calledName } from '../../c/cfg';
import type { Rule, RuleContext } from '../rule';
import { endsProcess, leavesAtEnd } from '../shared/endings';
import { exitsOf, failureBranch, loopAround, Result, resultPlace } from '../shared/loops';
import { callsTo, fileCalls, fileMakes, isProgram } from '../shared/whole-file';
import { installedIn } from '../subjects/installed-handlers';

export const eintr: Rule = {
  meta: {
    id: 'handle/eintr',
    severity: 'information',
    preset: 'recommended',
    title: 'A call that a signal interrupts is treated as failed for good',
    explanation:
      'When a handler has run, a call that waits comes back with -1 and EINTR unless the handler was installed with SA_RESTART, and some calls do so in any case. Nothing has gone wrong, yet the program ends.',
    silence:
      'Handlers that only ignore signals or end the program, functions that mention EINTR, programs that block signals or wait for them at a place of their own, and, where this is only a part of a program, handlers that another function installs.',
    references: [
      { page: 'signal', section: 7 },
      { page: 'sigaction', section: 2 },
    ],
    example: {
      bad: `#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/sem.h>

static volatile sig_atomic_t reload;

static void on_hangup(int sig) {
  reload = sig;
}

int main(int argc, char **argv) {
  struct sembuf take = {0, -1, 0};
  if (argc < 2 || signal(SIGHUP, on_hangup) == SIG_ERR)
    return 1;
  if (semop(atoi(argv[1]), &take, 1) == -1) {
    perror("semop");
    exit(EXIT_FAILURE);
  }
  return reload;
}
`,
      good: `#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/sem.h>

static volatile sig_atomic_t reload;

static void on_hangup(int sig) {
  reload = sig;
}

int main(int argc, char **argv) {
  struct sembuf take = {0, -1, 0};
  if (argc < 2 || signal(SIGHUP, on_hangup) == SIG_ERR)
    return 1;
  while (semop(atoi(argv[1]), &take, 1) == -1) {
    if (errno == EINTR)
      continue;
    perror("semop");
    exit(EXIT_FAILURE);
  }
  return reload;
}
`,
    },
  },
  check: () => ({
    call(event, context) {
      const restarted = restartOf(event);
      if (restarted === undefined || !knowsHandlers(context) || isOnlyAsked(event)) return;
      if (isOfFile(event, context)) return;
      if (stopsService(event, restarted, context) || !isFatal(event, context)) return;
      const handler = handlerThat(restarted, context);
      if (handler === undefined) return;
      context.report({
        span: event.at,
        message: `When \`${handler}\` has run, this \`${event.name}\` returns -1 with EINTR, and the program ends although nothing has gone wrong. Call it again when errno is EINTR${restarted === 'never' ? '' : ', or install the handler with SA_RESTART'}.`,
      });
    },
  }),
};

/** With no time to wait, the call only asks what is ready: the next round asks again. */
function isOnlyAsked({ site, args }: CallEvent): boolean {
  const index = parameterIndex(site?.call.params, 'timeout');
  return /^(?:poll|epoll_wait)$/.test(site?.call.name ?? '') && args[index]?.value.constant === 0n;
}

/** No signal interrupts what is read from a file; FIFOs and terminals are hardly ever made or written to by the same open. */
function isOfFile({ name, args }: CallEvent, context: RuleContext): boolean {
  const origins = name === 'read' ? (args[0]?.value.origins ?? []) : [];
  return (
    origins.length > 0 &&
    origins.every(({ site: { call, expr, within } }) => {
      const flags = /^open(?:at)?$/.test(call.name) ? expr.args[call.name === 'open' ? 1 : 2] : undefined;
      const text = flags && context.code({ ...flags, within });
      return text !== undefined && /\bO_(?:RDWR|CREAT|TRUNC|APPEND)\b/.test(text) && !isDevice(expr.args);
    })
  );
}

function isDevice(args: readonly Expr[]): boolean {
  return args.some((arg) => arg.kind === 'string' && arg.value.startsWith('/dev/'));
}

/** What handlers there are: the whole program is in the file, or the function installs them itself. */
function knowsHandlers(context: RuleContext): boolean {
  const { definition } = context.scope;
  return isProgram(context) || installedIn(context).some(({ within }) => within === definition);
}

/** Signals after which a program goes on, as a rule. */
const passing = /^SIG(?:CHLD|CLD|WINCH|HUP|USR1|USR2)$/;
const ending = /^SIG(?:TERM|INT|QUIT)$/;

/** A loop that serves for ever is left when a signal comes that does not mean that. */
function stopsService(
  event: CallEvent,
  restarted: 'never' | 'with SA_RESTART',
  context: RuleContext,
): boolean {
  const { definition } = context.scope;
  const serves = /^(?:p?select|p?poll|epoll_wait|accept|msgrcv|mq_receive)$/.test(event.name);
  if (!serves || /\bEINTR\b/.test(context.code(definition.body)) || event.path.role.kind === 'child') {
    return false;
  }
  const leaves =
    leavesLoop(event.expr, context) || (handsOnFailure(event.expr, context) && callersLeave(context));
  const handler = leaves ? passingHandler(event, restarted, context) : undefined;
  if (handler === undefined) {
    return false;
  }
  context.report({
    span: event.at,
    severity: 'warning',
    message: `When \`${handler.name}\` has run for ${handler.signal}, this \`${event.name}\` returns -1 with EINTR, and the loop is left although nothing has gone wrong. Go on with the loop when errno is EINTR.`,
  });
  return true;
}

/** A loop around the call is left where the call gives -1. */
function leavesLoop(call: Expr, context: RuleContext): boolean {
  const { definition } = context.scope;
  const loop = loopAround(definition, call);
  const result = new Result(call, resultPlace(definition, call), context);
  return (
    loop !== undefined &&
    (result.holds(loop.test ?? call, -1n) === false ||
      exitsOf(loop, context).some(
        ({ conditions, obscure }) =>
          !obscure &&
          conditions.length > 0 &&
          conditions.every(({ test, truth }) => result.holds(test, -1n) === truth),
      ))
  );
}

/** `int c = accept(...); if (c == -1) perror("accept"); return c;`: whoever calls the function gets the -1. */
function handsOnFailure(call: Expr, context: RuleContext): boolean {
  const { definition } = context.scope;
  const name = resultPlace(definition, call);
  const last = definition.body.kind === 'block' ? definition.body.body.at(-1) : undefined;
  const value = last?.kind === 'return' ? last.value : undefined;
  const isIt = value === call || (value?.kind === 'name' && value.name === name);
  const branch = failureBranch(call, context);
  return isIt && !loopAround(definition, call) && !(branch && leavesAtEnd(branch, context));
}

/** Every call of the function stands in a loop that is left where it gives -1. */
function callersLeave(context: RuleContext): boolean {
  const calls = callsTo(context, context.scope.definition.name);
  return (
    calls.length > 0 &&
    calls.every(({ expr, within }) => {
      const there = context.in(context.scope.file.scopeOf(within));
      return leavesLoop(expr, there) && !/\bEINTR\b/.test(context.code({ ...within.body, within }));
    })
  );
}

/** A handler that comes back, of a signal that ends nothing and may come while the call waits. */
function passingHandler(
  { name }: CallEvent,
  restarted: 'never' | 'with SA_RESTART',
  context: RuleContext,
): { name: string; signal: string } | undefined {
  const found = new Map<string, string>();
  const ends = new Set<string>();
  for (const { handler, signal, restarts } of installedIn(context)) {
    if (signal?.kind !== 'name' || !comesBack(handler, signal, context)) continue;
    if (isTakenBack(signal.name, context) || ending.test(signal.name)) ends.add(handler);
    else if (passing.test(signal.name) && (restarted === 'never' || !restarts))
      found.set(handler, signal.name);
  }
  if (choosesWhen(name, context)) {
    return undefined;
  }
  const [first] = [...found].filter(([handler]) => !ends.has(handler));
  return first && { name: first[0], signal: first[1] };
}

/** The program blocks signals, or waits for them, where it wants to: others of its calls need not meet any. */
function choosesWhen(name: string, context: RuleContext): boolean {
  const letsIn = /^(?:pselect|ppoll)$/.test(name);
  return !letsIn && fileMakes(context, /^(?:sigprocmask|pthread_sigmask|pause|sigsuspend)$/);
}

/** A process that inherits the handler may give the signal its default action again. */
function isTakenBack(signal: string, context: RuleContext): boolean {
  return fileCalls(context, /^(?:signal|sigaction)$/).some(({ expr, within }) => {
    const [which, action] = expr.args;
    const text = context.code({ ...within.body, within });
    return (
      which?.kind === 'name' &&
      which.name === signal &&
      (action?.kind === 'name' ? /^SIG_(?:DFL|IGN)$/.test(action.name) : /\bSIG_(?:DFL|IGN)\b/.test(text))
    );
  });
}

function restartOf({ site }: CallEvent): 'never' | 'with SA_RESTART' | undefined {
  const blocking = site?.call.blocking;
  const waits =
    /^(?:semop|semtimedop|msgsnd|msgrcv|poll|ppoll|select|pselect|epoll_wait|read|recv|recvfrom|accept|mq_receive|mq_send|sem_wait|waitpid|wait[34]?|waitid|connect)$/;
  return blocking?.blocks && blocking.restarted !== 'always' && site && waits.test(site.call.name)
    ? blocking.restarted
    : undefined;
}

/** A failure ends the program, and the function never speaks of EINTR. */
function isFatal(event: CallEvent, context: RuleContext): boolean {
  const { definition } = context.scope;
  if (/\bEINTR\b/.test(context.code(definition.body)) || event.path.role.kind === 'child') {
    return false;
  }
  if (choosesWhen(event.name, context)) {
    return false;
  }
  const branch = failureBranch(event.expr, context);
  return branch !== undefined && someExprIn(branch, (expr) => endsProcess(calledName(expr), context));
}

/** A handler of the file that comes back, after which the call is not started again. */
function handlerThat(restarted: 'never' | 'with SA_RESTART', context: RuleContext): string | undefined {
  return installedIn(context).find(
    ({ handler, signal, restarts }) =>
      (restarted === 'never' || !restarts) && comesBack(handler, signal, context),
  )?.handler;
}

/** The handler returns, at least for this signal. */
function comesBack(name: string, signal: Expr | undefined, context: RuleContext): boolean {
  const definition = context.functionNamed(name)?.definition;
  if (definition?.body.kind !== 'block') {
    return false;
  }
  const leaves = (called: string | undefined) =>
    endsProcess(called, context) || /^(?:raise|kill)$/.test(called ?? '');
  // What it does under a condition, such as when a write fails, does not always happen.
  const statements = definition.body.body;
  const last = statements.findIndex((stmt) => stmt.kind === 'expr' && leaves(calledName(stmt.expr)));
  return last < 0 || statements.slice(0, last).some((stmt) => returnsFor(stmt, signal, definition));
}

/** `if (sig == SIGCHLD) return;` */
function returnsFor(stmt: Stmt, signal: Expr | undefined, { type }: FunctionDefinition): boolean {
  const test = stmt.kind === 'if' ? stmt.test : undefined;
  const isSignal =
    test?.kind === 'binary' &&
    test.op === '==' &&
    test.left.kind === 'name' &&
    test.left.name === type.params[0]?.name &&
    test.right.kind === 'name' &&
    signal?.kind === 'name' &&
    test.right.name === signal.name;
  const block = isSignal && stmt.kind === 'if' ? stmt.consequent : undefined;
  return (block?.kind === 'block' ? block.body.at(-1) : block)?.kind === 'return';
}
