import { type Expr, type Stmt, someExprIn, walkExpr, walkStmt } from '../../c/ast';
import { calledName } from '../../c/cfg';
import { comesBackAlways } from '../../c/library';
import type { Rule, RuleContext } from '../rule';
import { endsProcess } from '../shared/endings';
import { failureBranch, isLoop } from '../shared/loops';
import { arms, around, contains, isStatement } from '../shared/statements';
import { declaratorOf } from '../shared/uses';
import { Ways } from '../shared/ways';
import { type FileCall, fileCalls, lastName, ownCalls, textOf, threadCreation } from '../shared/whole-file';

const ending = /^(?:[pP]thread|thrd)_(?:join|detach)$/;

export const joinedTwice: Rule = {
  meta: {
    id: 'thread/joined-twice',
    severity: 'error',
    preset: 'recommended',
    title: 'A thread is joined that was joined or detached before',
    explanation:
      'A thread can be joined once, and not at all when it is detached: its identifier means nothing then, or already another thread. The call fails, crashes, or waits for a thread that has nothing to do with it, and whoever was meant to be waited for is not.',
    silence:
      'Identifiers that may be those of other threads by then, joins under different conditions, and those that are tried again where the first has failed.',
    references: [
      { page: 'pthread_join', section: 3 },
      { page: 'pthread_detach', section: 3 },
    ],
    example: {
      bad: `#include <pthread.h>

#define WORKERS 4

static void *work(void *arg) {
  return arg;
}

int main(void) {
  pthread_t workers[WORKERS];
  for (int i = 0; i < WORKERS; i++)
    if (pthread_create(&workers[i], NULL, work, NULL) != 0)
      return 1;
  for (int i = 0; i < WORKERS; i++)
    pthread_join(workers[0], NULL);
  return 0;
}
`,
      good: `#include <pthread.h>

#define WORKERS 4

static void *work(void *arg) {
  return arg;
}

int main(void) {
  pthread_t workers[WORKERS];
  for (int i = 0; i < WORKERS; i++)
    if (pthread_create(&workers[i], NULL, work, NULL) != 0)
      return 1;
  for (int i = 0; i < WORKERS; i++)
    pthread_join(workers[i], NULL);
  return 0;
}
`,
    },
  },
  check: (context) => ({
    end() {
      const ends = ownCalls(context, ending).filter(({ expr: { args } }) => args[0] && isPlain(args[0]));
      if (ends.length === 0) return;
      ends.sort((a, b) => a.expr.start - b.expr.start);
      for (const [index, end] of ends.entries()) {
        if (!judgeDetached(end, context)) judgeAgain(end, ends.slice(0, index + 1), context);
      }
    },
  }),
};

const isJoin = ({ name }: FileCall) => /join$/.test(name);

/** A place that holds an identifier, and no call that gives one. */
function isPlain(expr: Expr): boolean {
  let plain = true;
  walkExpr(expr, ({ kind }) => {
    if (!['name', 'member', 'index', 'number', 'binary'].includes(kind)) plain = kind === 'unary' && plain;
  });
  return plain;
}

/* ------------------------------------------------------------------ once more */

function judgeAgain(end: FileCall, upTo: readonly FileCall[], context: RuleContext): void {
  const { within } = end;
  const id = textOf(end.expr.args[0]!, within, context);
  const same = upTo.filter(({ expr }) => textOf(expr.args[0]!, within, context) === id);
  const first = same.findLast((other) => comesAgain(other, end, context));
  if (!first || (!isJoin(first) && !isJoin(end))) return;
  const was = isJoin(first) ? 'joined' : 'detached';
  const name = context.source(end.expr.args[0]!);
  if (first === end) {
    context.report({
      span: end.expr,
      message: `Each round ${isJoin(end) ? 'joins' : 'detaches'} \`${name}\`, which after the first one is no thread any more: the others are not waited for. Take the identifier of the round's own thread.`,
    });
    return;
  }
  context.report({
    span: end.expr,
    message: `\`${name}\` was ${was} before and names no thread that can be ${isJoin(end) ? 'joined' : 'detached'}: the call fails, crashes or waits for another thread, and the one that was meant is not waited for. Join each thread once.`,
    related: [{ span: first.expr, message: `It is ${was} here` }],
  });
}

/** Whoever comes to the second call has come through the first, and the identifier is still what it was. */
function comesAgain(first: FileCall, second: FileCall, context: RuleContext): boolean {
  const [one, other] = [branchesAround(first, context), branchesAround(second, context)];
  const sameBranches = one.length === other.length && one.every((branch, index) => branch === other[index]);
  if (!sameBranches || mayBeRepeated(first, second, context) || changes(first, second, context)) return false;
  const creations = ownCalls(context, threadCreation);
  const ways = new Ways(context, [first.expr, second.expr, ...creations.map(({ expr }) => expr)]);
  const own = creations.filter(({ expr: { args } }) =>
    args.some((arg) => rootOf(arg) === rootOf(idOf(first))),
  );
  // What makes it between them, or in the same round, makes another thread, under whatever condition.
  const loop = first === second ? around(first.within, first.expr).findLast(isLoop) : undefined;
  const span = loop ?? { start: first.expr.end, end: second.expr.start };
  if (own.some(({ expr }) => isIn(span, expr))) return false;
  return ways.leads(first.expr.start, second.expr.start, new Set(own.map(({ expr }) => expr.start))) === true;
}

const idOf = ({ expr }: FileCall) => expr.args[0]!;

/** The branches around a call, and the heads of the loops around it, as they are written. */
function branchesAround({ expr, within }: FileCall, context: RuleContext): (Stmt | string)[] {
  const chain = around(within, expr);
  return arms(within, expr).map((arm) => {
    const outer = chain[chain.indexOf(arm) - 1];
    if (!outer || !isLoop(outer)) return arm;
    return context.source({ start: outer.start, end: outer.body.start }).replace(/\s+/g, '');
  });
}

/** The call is made again where, or until, it has done what it is to do. */
function mayBeRepeated(first: FileCall, second: FileCall, context: RuleContext): boolean {
  const { within, expr } = first;
  const loop = around(within, expr).findLast(isLoop);
  if (first !== second || !loop) return first === second;
  const failure = failureBranch(expr, context);
  // Each round of a loop that counts is for the next one, whoever is handed the result.
  const counts = loop.kind === 'for' && loop.test && loop.update && contains(loop.body, expr);
  if (!isStatement(within, expr) && !failure && !counts) return true;
  return (
    // Not in every round, then: which thread is joined may be what decides.
    arms(within, expr).at(-1) !== loop.body ||
    leavesPast(loop.body, failure) ||
    (loop.kind === 'for' && loop.update === undefined && loop.test === undefined)
  );
}

function leavesPast(body: Stmt, failure: Stmt | undefined): boolean {
  let leaves = false;
  walkStmt(body, {
    stmt: (stmt) => {
      const jumps = ['break', 'return', 'goto'].includes(stmt.kind);
      leaves ||= jumps && !(failure && contains(failure, stmt));
    },
  });
  return leaves;
}

/** Between the calls something is stored in a variable of the identifier, or may be by a function. */
function changes(first: FileCall, second: FileCall, context: RuleContext): boolean {
  const { within } = first;
  const names = namesIn(idOf(first));
  const loops = around(within, second.expr).filter(isLoop);
  const own = first === second ? loops.at(-1) : undefined;
  const heads = first === second ? [] : [...loops, ...around(within, first.expr).filter(isLoop)];
  const span = own ?? { start: first.expr.end, end: second.expr.start };
  const isHead = (expr: Expr) => heads.some((loop) => contains(loop, expr) && !contains(loop.body, expr));
  const root = rootOf(idOf(first));
  const local = root !== undefined && declaratorOf(context.scope, root)?.storage.length === 0;
  return (
    someExprIn(within.body, (expr) => {
      if (expr.kind === 'assign')
        return isIn(span, expr) && names.has(rootOf(expr.target) ?? '') && !isHead(expr);
      if (expr.kind === 'update')
        return isIn(span, expr) && names.has(rootOf(expr.operand) ?? '') && !isHead(expr);
      if (expr.kind !== 'call' || !isIn(span, expr)) return false;
      const name = calledName(expr) ?? '';
      if (ending.test(name) || threadCreation.test(name)) return false;
      // It is given what the call gives, and not the identifier.
      if ([first, second].some((end) => expr !== end.expr && contains(expr, end.expr))) return false;
      return local
        ? expr.args.some((arg) => namesIn(arg).has(root))
        : !comesBackAlways(name) && !endsProcess(name, context);
    }) || isDeclaredIn(span, names, within.body)
  );
}

const isIn = (span: { start: number; end: number }, { start, end }: Expr) =>
  span.start <= start && end <= span.end;

/** A variable of the round is another one in the next. */
function isDeclaredIn(span: { start: number; end: number }, names: ReadonlySet<string>, body: Stmt): boolean {
  let found = false;
  walkStmt(body, {
    stmt: (stmt) => {
      if (stmt.kind !== 'decl' || stmt.start < span.start || stmt.end > span.end) return;
      const isHead = stmt.declaration.declarators.every(({ init }) => init?.kind === 'number');
      found ||= !isHead && stmt.declaration.declarators.some(({ name }) => names.has(name));
    },
  });
  return found;
}

function namesIn(expr: Expr): Set<string> {
  const names = new Set<string>();
  walkExpr(expr, (part) => {
    if (part.kind === 'name') names.add(part.name);
  });
  return names;
}

function rootOf(expr: Expr): string | undefined {
  const [root] = namesIn(expr);
  return root;
}

/* --------------------------------------------------------- detached from the start */

/** All threads that the identifier may be of are made detached, or detach themselves first of all. */
function judgeDetached(end: FileCall, context: RuleContext): boolean {
  const last = lastName(idOf(end));
  const local = declaratorOf(context.scope, rootOf(idOf(end)) ?? '') !== undefined;
  const starts = (local ? ownCalls(context, threadCreation) : [...fileCalls(context, threadCreation)]).filter(
    ({ expr: { args } }) => args[0] && lastName(args[0]) === last,
  );
  const reasons = starts.map((start) => detachedBy(start, context));
  const [reason] = reasons;
  if (!isJoin(end) || !reason || reasons.some((one) => one === undefined)) return false;
  if (isToFail(context)) return true;
  const name = context.source(idOf(end));
  context.report({
    span: end.expr,
    message: `\`${name}\` is a detached thread, which cannot be joined: the call fails or crashes, and nobody waits for the thread. Either join it or detach it.`,
    related: [
      {
        span: { start: reason.expr.start, end: reason.expr.end, within: reason.within },
        message: 'It is detached here',
      },
    ],
  });
  return true;
}

/** A program that shows what such a call comes to says so. */
function isToFail(context: RuleContext): boolean {
  return /\bas expected\b/.test(context.source(context.scope.definition.body));
}

function detachedBy(start: FileCall, context: RuleContext): FileCall | undefined {
  const { args } = start.expr;
  const [, attributes, routine] = args;
  const name = routine && lastName(routine);
  if (!attributes || name === undefined) return undefined;
  const own = fileCalls(context, /^[pP]thread_detach$/).find(
    (call) =>
      call.within.name === name &&
      call.expr.args[0]?.kind === 'call' &&
      calledName(call.expr.args[0]) === 'pthread_self' &&
      arms(call.within, call.expr).length === 0,
  );
  if (own) return own;
  const of = lastName(attributes);
  const states = fileCalls(context, 'pthread_attr_setdetachstate').filter(
    ({ expr, within }) => within === start.within && expr.args[0] && lastName(expr.args[0]) === of,
  );
  const [only] = states;
  const state = only?.expr.args[1];
  const isSure =
    only &&
    states.length === 1 &&
    only.expr.start < start.expr.start &&
    arms(only.within, only.expr).length === 0;
  return isSure && state?.kind === 'name' && state.name === 'PTHREAD_CREATE_DETACHED' ? only : undefined;
}
