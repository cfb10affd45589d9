import { unwrap } from '../../analysis/operators';
import { type Expr, type FunctionDefinition, type Stmt, someStmtIn } from '../../c/ast';
import { calledName } from '../../c/cfg';
import { isEntry } from '../../c/entry';
import type { Rule, RuleContext } from '../rule';
import { endsProcess } from '../shared/endings';
import { isEndless, isLoop, loopAround } from '../shared/loops';
import { contains } from '../shared/statements';
import { callsIn, declaratorOf, usesOf, variableIn } from '../shared/uses';
import { type FileCall, fileCalls, fileMentions, lastName, ownCalls, routineOf } from '../shared/whole-file';
import { creating, isForgotten, isOfStart, isOverwritten } from './identifiers';
import { checkRanges } from './joined-short';
import { checkKept } from './kept-in-vain';
import { checkDestroyed } from './left-running';

export const neverJoined: Rule = {
  meta: {
    id: 'thread/never-joined',
    severity: 'warning',
    preset: 'recommended',
    title: 'A thread is neither joined nor detached',
    explanation:
      'A thread that has ended keeps its stack and its entry until somebody joins it, unless it is detached: a program that starts one for each request runs out of them. And when `main` returns, the process ends with all threads that are still at work.',
    silence:
      'Threads whose identifier is kept or handed on, those made with attributes of which is not known that they leave them joinable, those that never end, and files that detach a thread anywhere. Of `main`, all that does anything behind the start which may take its time, but to join other threads that run the same function.',
    references: [
      { page: 'pthread_detach', section: 3 },
      { page: 'pthread_join', section: 3 },
    ],
    example: {
      bad: `#include <pthread.h>
#include <stdint.h>
#include <sys/socket.h>
#include <unistd.h>

static void *answer(void *arg) {
  int client = (int)(intptr_t)arg;
  (void)!write(client, "hello", 5);
  close(client);
  return NULL;
}

void serve(int listener) {
  pthread_t thread;
  for (;;) {
    int client = accept(listener, NULL, NULL);
    if (client == -1)
      continue;
    if (pthread_create(&thread, NULL, answer, (void *)(intptr_t)client) != 0)
      close(client);
  }
}
`,
      good: `#include <pthread.h>
#include <stdint.h>
#include <sys/socket.h>
#include <unistd.h>

static void *answer(void *arg) {
  int client = (int)(intptr_t)arg;
  (void)!write(client, "hello", 5);
  close(client);
  return NULL;
}

void serve(int listener) {
  pthread_t thread;
  for (;;) {
    int client = accept(listener, NULL, NULL);
    if (client == -1)
      continue;
    if (pthread_create(&thread, NULL, answer, (void *)(intptr_t)client) != 0)
      close(client);
    else
      pthread_detach(thread);
  }
}
`,
    },
  },
  check: (context) => ({
    end() {
      const starts = ownCalls(context, creating);
      if (starts.length > 0) checkDestroyed(context);
      for (const start of starts) if (isOverSometime(start, context)) checkKept(start, context);
      if (starts.length === 0 || fileMentions(context, /^(?:[pP]thread|thrd)_(?:detach|exit)$/)) return;
      for (const start of starts) judge(start, context);
      checkRanges(context);
    },
  }),
};

/** The identifier is stored in a variable of the function that nothing else looks at, and no attributes tell of the thread. */
function isLost({ expr: { args }, expr }: FileCall, context: RuleContext): boolean {
  const { scope } = context;
  const [identifier, attributes] = args;
  const name = identifier && variableIn(identifier);
  return (
    name !== undefined &&
    attributes !== undefined &&
    isJoinable(attributes, context) &&
    declaratorOf(scope, name)?.storage.length === 0 &&
    usesOf(scope.definition, name).every(
      (use) => isOfStart(use.expr, scope.definition) || isOverwritten(use),
    ) &&
    usesOf(scope.definition, name).some((use) => contains(expr, use.expr))
  );
}

/** No attributes, or those of this function's own that are never told to detach. */
function isJoinable(attributes: Expr, context: RuleContext): boolean {
  const { scope } = context;
  const none = unwrap(attributes);
  if (none.kind === 'null' || scope.evaluator.constant(none, scope) === 0n) return true;
  const name = variableIn(none);
  const isInitialised = ownCalls(context, /^pthread_attr_init$/).some(
    ({ expr: { args } }) => args[0] !== undefined && variableIn(args[0]) === name,
  );
  return name !== undefined && isInitialised && !fileMentions(context, /detach/i);
}

function judge(start: FileCall, context: RuleContext): void {
  const { definition } = context.scope;
  const { expr } = start;
  const name = variableIn(expr.args[0]!) ?? '';
  const routine = routineRun(start);
  const started = routine === undefined ? undefined : context.functionNamed(routine)?.definition;
  if (!started) return;
  if (isEntry(definition) && isForgotten(start, context) && endsAtOnce(start, context)) {
    const isAlone = callsIn(definition, /join/i).length === 0;
    const others = isAlone
      ? 'goes on to its end without waiting for the thread'
      : 'waits for others, but not for this thread';
    context.report({
      span: expr,
      message: `\`main\` ${others} that runs \`${routine}\`: the process ends, and the thread with it, wherever that has come to. Join \`${context.source(expr.args[0]!).replace(/^&/, '')}\` before \`main\` returns.`,
    });
    return;
  }
  if (!isLost(start, context)) return;
  // `main` starts so many, and the process ends with them.
  if (isEntry(definition) && !isServing(definition, expr, context)) return;
  if (!isForEach(start, context) || !mayEnd(started, context)) return;
  context.report({
    span: expr,
    ...(isServing(definition, expr, context) ? {} : { severity: 'information' as const }),
    message: `Each thread that runs \`${routine}\` keeps its stack when it has ended, as nobody joins or detaches it: after some thousands no more can be made. Call \`pthread_detach\` for \`${name}\`, or join it.`,
  });
}

/** The identifier of the last thread is overwritten by that of the next. */
function isForEach({ expr }: FileCall, { scope }: RuleContext): boolean {
  const identifier = unwrap(expr.args[0]!);
  const isOne = identifier.kind === 'unary' && identifier.op === '&' && identifier.operand.kind === 'name';
  return isOne && loopAround(scope.definition, expr) !== undefined;
}

/** Those who run for ever need nobody to wait for them. */
function isOverSometime(start: FileCall, context: RuleContext): boolean {
  const routine = routineRun(start);
  const started = routine === undefined ? undefined : context.functionNamed(routine)?.definition;
  return started !== undefined && mayEnd(started, context);
}

/** Some way leads out of the thread's function, which is not just one loop without an end. */
function mayEnd({ body }: FunctionDefinition, context: RuleContext): boolean {
  const last = body.kind === 'block' ? body.body.at(-1) : undefined;
  const loops = body.kind === 'block' ? body.body.filter(isLoop) : [];
  const leaves = (stmt: Stmt) =>
    someStmtIn(stmt, ({ kind }) => kind === 'return' || kind === 'break' || kind === 'goto');
  return last === undefined || !loops.some((loop) => isEndless(loop, context) && !leaves(loop));
}

/** What is over at once, or only tells of something. */
const brief =
  /^(?:f?printf|v?fprintf|puts|fputs|putchar|perror|f?close|fclose|fflush|free|exit|_exit|strerror|[pP]thread_(?:create|(?:mutex|cond|rwlock|barrier|spin|attr|condattr|mutexattr)_(?:init|destroy))|sem_(?:init|destroy|close|unlink))$/;

/** Behind the start `main` does nothing that takes its time, and no loop but those that start threads. */
function endsAtOnce(start: FileCall, context: RuleContext): boolean {
  const { expr } = start;
  const { definition } = context.scope;
  const joins = fileCalls(context, /join/i);
  if (!joins.every((join) => isOfFellow(join, start, context))) return false;
  if (fileCalls(context, /atexit|fork/i).length > 0) return false;
  const behind = callsIn(definition, /./).filter((call) => call.start > expr.start);
  return (
    behind.every((call) => {
      const name = calledName(call);
      return brief.test(name ?? '') || /join/i.test(name ?? '') || endsProcess(name, context);
    }) &&
    !someStmtIn(
      definition.body,
      (stmt) =>
        isLoop(stmt) &&
        stmt.end > expr.end &&
        !contains(stmt, expr) &&
        !isCounted(stmt) &&
        !callsIn(definition, creating).some((call) => contains(stmt, call)),
    ) &&
    !isServing(definition, expr, context)
  );
}

/** It goes through some elements or the like; one with nothing in it is there to pass the time. */
function isCounted(loop: Stmt): boolean {
  return (
    loop.kind === 'for' &&
    loop.test?.kind === 'binary' &&
    loop.update?.kind === 'update' &&
    loop.body.kind !== 'empty' &&
    !(loop.body.kind === 'block' && loop.body.body.length === 0)
  );
}

/** `main` waits for another thread that runs the same function: this one has no longer to live than that. */
function isOfFellow({ expr, name, within }: FileCall, start: FileCall, context: RuleContext): boolean {
  const joined = expr.args[0] && variableIn(expr.args[0]);
  return (
    within === context.scope.definition &&
    joined !== undefined &&
    /^[pP]thread_join$/.test(name) &&
    ownCalls(context, creating).some(
      (other) =>
        other.expr !== start.expr &&
        other.expr.args[0] !== undefined &&
        variableIn(other.expr.args[0]) === joined &&
        routineRun(other) === routineRun(start),
    )
  );
}

/** The name of the function that a thread runs. */
function routineRun(start: FileCall): string | undefined {
  const routine = routineOf(start);
  return routine && lastName(routine);
}

/** The start stands in a loop without an end, or in one that accepts connections. */
function isServing(definition: FunctionDefinition, expr: FileCall['expr'], context: RuleContext): boolean {
  const loop = loopAround(definition, expr);
  return (
    loop !== undefined &&
    (isEndless(loop, context) || callsIn(definition, /accept/i).some((call) => contains(loop, call)))
  );
}
