import { rootName } from '../../analysis/aliasing';
import type { FunctionScope } from '../../analysis/context';
import { changedBy, unwrap } from '../../analysis/operators';
import { type Expr, type FunctionDefinition, someExprIn, walkExpr, walkStmt } from '../../c/ast';
import { calledName } from '../../c/cfg';
import type { Rule, RuleContext } from '../rule';
import { leavesAtEnd } from '../shared/endings';
import { isEndless, isLoop, type Loop } from '../shared/loops';
import { arms, around, contains } from '../shared/statements';
import { assignmentsTo, callsIn } from '../shared/uses';
import { type FileCall, fileCalls, lastName, ownCalls, threadCreation } from '../shared/whole-file';
import { standsAlone } from '../subjects/locks/callers';
import { checkHeld, checkOne, shown, stateBefore, waiting } from './wait-held';

const waking = /^(?:[pP]thread_cond|cnd)_(?:signal|broadcast)$/;

export const withoutMutex: Rule = {
  meta: {
    id: 'condvar/without-mutex',
    severity: 'warning',
    preset: 'recommended',
    title: 'A condition variable is used without the mutex that belongs to it',
    explanation:
      'The mutex makes testing the condition and going to sleep one step. Without it the condition can become true, and be signalled, just between the two: the signal wakes nobody and the thread sleeps for ever.',
    silence:
      'Functions whose callers may hold the mutex, conditions that are not plain variables, changes before the first thread is started, and atomic variables.',
    references: [{ page: 'pthread_cond_wait', section: 3 }],
    example: {
      bad: `#include <pthread.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t filled = PTHREAD_COND_INITIALIZER;
static int count;

int take(void) {
  pthread_mutex_lock(&lock);
  while (count == 0)
    pthread_cond_wait(&filled, &lock);
  int left = --count;
  pthread_mutex_unlock(&lock);
  return left;
}

void *fill(void *arg) {
  count++;
  pthread_cond_signal(&filled);
  return arg;
}

int start(pthread_t *thread) {
  return pthread_create(thread, NULL, fill, NULL);
}
`,
      good: `#include <pthread.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t filled = PTHREAD_COND_INITIALIZER;
static int count;

int take(void) {
  pthread_mutex_lock(&lock);
  while (count == 0)
    pthread_cond_wait(&filled, &lock);
  int left = --count;
  pthread_mutex_unlock(&lock);
  return left;
}

void *fill(void *arg) {
  pthread_mutex_lock(&lock);
  count++;
  pthread_mutex_unlock(&lock);
  pthread_cond_signal(&filled);
  return arg;
}

int start(pthread_t *thread) {
  return pthread_create(thread, NULL, fill, NULL);
}
`,
    },
  },
  check: (context) => ({
    end() {
      for (const wait of ownCalls(context, waiting)) {
        checkHeld(wait, context);
        checkOne(wait, context);
      }
      const woken = ownCalls(context, waking);
      if (woken.length > 0) checkChanges(woken, context);
    },
  }),
};

interface Condition {
  mutex: string;
  shownMutex: string;
  condvar: string;
  names: Set<string>;
  wait: FileCall;
}

/** What the loops around the waits of the file test. */
function conditionsIn(context: RuleContext): Condition[] {
  return fileCalls(context, waiting).flatMap((wait) => {
    const [condvar, mutex] = wait.expr.args.map((arg) => lastName(arg));
    const loop = around(wait.within, wait.expr).findLast(isLoop);
    if (condvar === undefined || mutex === undefined || !loop) return [];
    const { file } = context.scope;
    const scope = file.scopeOf(wait.within);
    const names = new Set<string>();
    const isShared = (expr: Expr) =>
      expr.kind === 'member' ||
      (expr.kind === 'name' && !scope.typeOf(expr.name) && file.symbols.global(expr.name) !== undefined);
    for (const test of testsOf(loop, wait.expr, context.in(scope))) {
      for (const part of [test, ...copiesIn(test, loop, wait, scope)])
        walkExpr(part, (expr) => {
          const name = isShared(expr) ? lastName(expr) : undefined;
          if (name !== undefined && !isAtomic(expr, context)) names.add(name);
        });
    }
    const shownMutex = shown(wait.expr.args[1] ?? wait.expr, wait.within, context);
    return [{ mutex, shownMutex, condvar, names, wait }];
  });
}

/** `while (!ready) { wait(); ready = flag; }`: what the variables of the function that the loop tests are copies of. */
function copiesIn(test: Expr, loop: Loop, { within }: FileCall, scope: FunctionScope): Expr[] {
  const copies: Expr[] = [];
  walkExpr(test, (expr) => {
    if (expr.kind !== 'name' || !scope.typeOf(expr.name)) return;
    const set = assignmentsTo(within, expr.name).filter(({ value }) => contains(loop, value));
    const [only, ...others] = set.map(({ value }) => unwrap(value));
    if (only && others.length === 0 && (only.kind === 'name' || only.kind === 'member')) copies.push(only);
  });
  return copies;
}

/** What a loop waits for: its own test, or in an endless one that of the branch which waits, or which leaves behind the wait. */
function testsOf(loop: Loop, wait: Expr, context: RuleContext): Expr[] {
  if (!isEndless(loop, context)) return loop.test ? [loop.test] : [];
  const block = loop.body.kind === 'block' ? loop.body.body : [];
  return block.flatMap((stmt) => {
    if (stmt.kind !== 'if' || stmt.alternative) return [];
    const waits = contains(stmt.consequent, wait) && leavesAtEnd(stmt.consequent, context);
    const { consequent } = stmt;
    const last = consequent.kind === 'block' ? consequent.body.at(-1) : consequent;
    return waits || (stmt.start > wait.end && last?.kind === 'break') ? [stmt.test] : [];
  });
}

function isAtomic(expr: Expr, context: RuleContext): boolean {
  const { file } = context.scope;
  const type = expr.kind === 'name' ? file.symbols.global(expr.name) : undefined;
  const qualities = expr.kind === 'name' ? (file.symbols.qualities.get(expr.name) ?? []) : [];
  return (type?.k === 'named' && /atomic/i.test(type.name)) || qualities.some((word) => /atomic/i.test(word));
}

function checkChanges(woken: readonly FileCall[], context: RuleContext): void {
  const { definition } = context.scope;
  const started = ownCalls(context, threadCreation).map(({ expr }) => expr.start);
  // Phases that wait on one condition variable may have a mutex each: the change belongs to the one that it holds.
  const conditions = conditionsIn(context);
  for (const { mutex, shownMutex, condvar, names, wait } of conditions) {
    if (!woken.some(({ expr }) => expr.args[0] && lastName(expr.args[0]) === condvar)) continue;
    walkStmt(definition.body, {
      expr: (expr) => {
        const target = changedBy(expr);
        const name =
          target && (target.kind === 'name' || target.kind === 'member') ? lastName(target) : undefined;
        const isLocal = target?.kind === 'name' && context.scope.typeOf(target.name) !== undefined;
        if (
          !target ||
          name === undefined ||
          isLocal ||
          !names.has(name) ||
          (started.length > 0 && expr.start < Math.min(...started)) ||
          isNew(target, definition)
        )
          return;
        if (wakesUnderMutex(woken, condvar, mutex, expr, context)) return;
        if (isOverBefore(woken, { condvar, mutex, names }, name, expr, context)) return;
        const state = stateBefore(expr, mutex, context);
        const others = conditions.filter((other) => other.condvar === condvar && other.mutex !== mutex);
        if (others.some((other) => stateBefore(expr, other.mutex, context) === 'locked')) return;
        const isFree = () => standsAlone(definition, mutex, context) || isNobodysBehind(expr, mutex, context);
        if (state === 'unlocked' || (state === 'untouched' && isFree())) {
          // Whoever waits with a limit is only late.
          const isLimited = /timed|clock/.test(wait.name);
          const harm = isLimited ? 'does not hear of it before its time is over' : 'sleeps for ever';
          context.report({
            span: expr,
            ...(isLimited ? { severity: 'information' as const } : {}),
            message: `\`${shown(target, definition, context)}\` is changed without holding \`${shownMutex}\`, so the change and its signal can fall between the test and the wait of another thread, which then ${harm}. Lock the mutex around the change.`,
            related: [{ span: { ...wait.expr, within: wait.within }, message: 'It is waited for here' }],
          });
        }
      },
    });
  }
}

/** The function joins threads behind it, or destroys the mutex: no caller can hold that. */
function isNobodysBehind(change: Expr, mutex: string, { scope: { definition } }: RuleContext): boolean {
  return callsIn(definition, /^(?:[pP]thread_(?:join|mutex_destroy)|thrd_join|mtx_destroy)$/).some(
    (call) =>
      call.start > change.end &&
      (/join$/.test(calledName(call) ?? '') || (call.args[0] && lastName(call.args[0])) === mutex),
  );
}

/** Whoever has tested before the change waits by the time the mutex is had for the signal behind it: nobody misses that. */
function wakesUnderMutex(
  woken: readonly FileCall[],
  condvar: string,
  mutex: string,
  change: Expr,
  context: RuleContext,
): boolean {
  const behind = woken.filter(
    ({ expr }) => expr.start > change.start && expr.args[0] && lastName(expr.args[0]) === condvar,
  );
  return behind.length > 0 && behind.every(({ expr }) => stateBefore(expr, mutex, context) === 'locked');
}

/** Another part of the condition has been changed under the mutex and signalled above: who waited for it waits no more. */
function isOverBefore(
  woken: readonly FileCall[],
  { condvar, mutex, names }: Pick<Condition, 'condvar' | 'mutex' | 'names'>,
  own: string,
  change: Expr,
  context: RuleContext,
): boolean {
  const { definition } = context.scope;
  const signals = woken.filter(({ expr }) => expr.args[0] && lastName(expr.args[0]) === condvar);
  if (!signals.every(({ expr }) => expr.start < change.start)) return false;
  return someExprIn(definition.body, (expr) => {
    const target = changedBy(expr);
    const name =
      target && (target.kind === 'name' || target.kind === 'member') ? lastName(target) : undefined;
    return (
      name !== undefined &&
      name !== own &&
      names.has(name) &&
      signals.some((signal) => expr.start < signal.expr.start) &&
      arms(definition, expr).every((arm) => contains(arm, change)) &&
      stateBefore(expr, mutex, context) === 'locked'
    );
  });
}

/** The place lies in memory that the function has just got, and has not yet put where others find it. */
function isNew(target: Expr, definition: FunctionDefinition): boolean {
  const root = target.kind === 'member' && target.arrow ? rootName(target) : undefined;
  if (root === undefined) {
    return false;
  }
  const [got, ...others] = assignmentsTo(definition, root);
  const isMade =
    got !== undefined && others.length === 0 && /alloc|new|create/i.test(calledName(unwrap(got.value)) ?? '');
  return (
    isMade &&
    !someExprIn(
      definition.body,
      (expr) =>
        expr.kind === 'assign' &&
        expr.start < target.start &&
        unwrap(expr.value).kind === 'name' &&
        rootName(expr.value) === root,
    )
  );
}
