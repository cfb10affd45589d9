import { rootName } from '../../analysis/aliasing';
import { changedBy, unwrap } from '../../analysis/operators';
import { type Expr, type FunctionDefinition, someExprIn, walkExpr, walkStmt } from '../../c/ast';
import { calledName } from '../../c/cfg';
import type { Rule, RuleContext } from '../rule';
import { leavesAtEnd } from '../shared/endings';
import { isEndless, isLoop, type Loop } from '../shared/loops';
import { arms, around, contains } from '../shared/statements';
import { assignmentsTo, callsIn, variableIn } from '../shared/uses';
import {
  callsTo,
  type FileCall,
  fileCalls,
  lastName,
  ownCalls,
  textOf,
  threadCreation,
} from '../shared/whole-file';
import { callsLocking, isMutex, standsAlone } from '../subjects/lock-callers';
import { type LockState, stateAt } from '../subjects/lock-states';
import { actsIn, type LockAct } from '../subjects/locks';

const waiting = /^(?:pthread_cond_(?:timed|clock)?wait|Pthread_cond_wait|cnd_(?:timed)?wait)$/;
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

/* ----------------------------------------------------------- the wait itself */

function checkHeld({ name, expr, within }: FileCall, context: RuleContext): void {
  const [condition, mutex] = expr.args;
  const last = mutex && lastName(mutex);
  if (!condition || !mutex || last === undefined || isCallers(condition, mutex, within)) {
    return;
  }
  const instead = heldInstead(condition, mutex, expr, context);
  if (instead !== undefined) {
    context.report({
      span: expr,
      severity: 'error',
      message: `\`${name}\` is given \`${shown(mutex, within, context)}\`, which is not locked here, while this thread holds \`${instead}\`: a signal can come between the test and the wait, and who needs \`${instead}\` to send it waits for ever. Pass \`${instead}\`.`,
    });
    return;
  }
  const state = stateBefore(expr, last, context);
  const isWrong =
    state === 'unlocked' ||
    (state === 'untouched' && standsAlone(within, last, context)) ||
    isFreeNextRound(expr, last, context);
  if (isWrong) {
    context.report({
      span: expr,
      severity: 'error',
      message: `\`${name}\` is called without holding \`${shown(mutex, within, context)}\`, so a signal can come between the test and the wait, and this thread sleeps for ever. Lock the mutex before the condition is tested.`,
    });
  }
}

/**
 * `wait(&to->filled, &from->lock)`: the mutex of the same structure as the condition variable is held, and the one of another is not. Or
 * one is held to the end, and the one that is given nobody locks for this.
 */
function heldInstead(condition: Expr, mutex: Expr, wait: Expr, context: RuleContext): string | undefined {
  const { definition } = context.scope;
  const [own, other] = [variableIn(condition), variableIn(mutex)];
  if (own === undefined || other === undefined) return undefined;
  const acts = actsIn(context.scope, context).filter(isMutex);
  const asked = shown(mutex, definition, context);
  const stateOf = (name: string) =>
    stateAt(
      wait,
      definition.body,
      acts.filter((act) => act.name === name),
      context,
    );
  const isAsked = (act: LockAct) => act.name === asked || act.last === lastName(mutex);
  const isUntouched = !acts.some(isAsked) && !callsLocking(wait, context);
  const held = acts.find(
    (act) =>
      act.op === 'lock' &&
      act.name !== asked &&
      act.call.args[0] !== undefined &&
      (own === other
        ? isUntouched && isGivenBehind(act, wait, acts) && !isTakenByCallers(mutex, context)
        : variableIn(act.call.args[0]) === own),
  );
  return held && stateOf(held.name) === 'locked' && /^un/.test(stateOf(asked)) ? held.name : undefined;
}

function isGivenBehind({ kind, name }: LockAct, wait: Expr, acts: readonly LockAct[]): boolean {
  return (
    kind === 'mutex' &&
    acts.some((act) => act.op === 'unlock' && act.name === name && act.call.start > wait.end)
  );
}

function isTakenByCallers(mutex: Expr, context: RuleContext): boolean {
  const last = lastName(mutex);
  return callsTo(context, context.scope.definition.name).some(({ within }) =>
    actsIn(context.scope.file.scopeOf(within), context).some((act) => act.last === last),
  );
}

/** The round that has waited gives the mutex back, and nothing in the loop takes it again for the next. */
function isFreeNextRound(wait: Expr, last: string, context: RuleContext): boolean {
  const { definition } = context.scope;
  const loop = around(definition, wait).findLast(isLoop);
  const acts = actsIn(context.scope, context).filter((act) => isMutex(act) && act.last === last);
  const inside = acts.filter(({ call }) => loop !== undefined && contains(loop.body, call));
  return (
    loop !== undefined &&
    isEndless(loop, context) &&
    !leavesAtEnd(loop.body, context) &&
    acts.some(({ op, call }) => op === 'lock' && call.end <= loop.start) &&
    inside.every(({ op }) => op === 'unlock') &&
    inside.some(({ call }) => call.start > wait.end && arms(definition, call).at(-1) === loop.body) &&
    !callsIn(definition, /lock/i).some(
      (call) => contains(loop.body, call) && !inside.some((act) => act.call === call),
    )
  );
}

/** The caller gives both, the mutex perhaps in a structure of the program's own. */
function isCallers(condition: Expr, mutex: Expr, within: FunctionDefinition): boolean {
  const root = variableIn(mutex);
  return (
    isParameter(mutex, within) ||
    (isParameter(condition, within) &&
      within.type.params.some(({ name }) => name !== undefined && name === root))
  );
}

function isParameter(mutex: Expr, { type }: FunctionDefinition): boolean {
  const inner = unwrap(mutex);
  return inner.kind === 'name' && type.params.some(({ name }) => name === inner.name);
}

/** What the function has done with the mutex on the way to a place. */
function stateBefore(at: Expr, last: string, context: RuleContext): LockState {
  const { definition } = context.scope;
  const acts = actsIn(context.scope, context).filter((act) => isMutex(act) && act.last === last);
  const state = stateAt(at, definition.body, acts, context);
  return state !== 'locked' && callsLocking(at, context) ? 'unsure' : state;
}

/** A wait in another function on the same condition variable names another mutex; what stands in one function comes in turn. */
function checkOne({ name, expr, within }: FileCall, context: RuleContext): void {
  const [condition, mutex] = expr.args;
  if (!condition || !mutex || isParameter(mutex, within) || isParameter(condition, within)) {
    return;
  }
  const same = fileCalls(context, waiting).filter(
    (other) =>
      other.expr.args[0] &&
      textOf(other.expr.args[0], other.within, context) === textOf(condition, within, context),
  );
  const [first] = same;
  const theirs = first?.expr.args[1];
  if (
    !first ||
    !theirs ||
    first.within === within ||
    lastName(theirs) === lastName(mutex) ||
    isParameter(theirs, first.within)
  ) {
    return;
  }
  context.report({
    span: expr,
    severity: 'error',
    message: `\`${name}\` waits on \`${shown(condition, within, context)}\` with \`${shown(mutex, within, context)}\`, and another wait on it uses \`${shown(theirs, first.within, context)}\`, which is undefined while both wait. Use one mutex for all waits on one condition variable.`,
    related: [{ span: { ...first.expr, within: first.within }, message: 'The other wait is here' }],
  });
}

function shown(expr: Expr, within: FunctionDefinition, context: RuleContext): string {
  return textOf(expr, within, context).replace(/^&/, '');
}

/* ------------------------------------------------------------- the condition */

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
    for (const test of testsOf(loop, wait.expr, context.in(scope))) {
      walkExpr(test, (expr) => {
        const shared =
          expr.kind === 'member' ||
          (expr.kind === 'name' && !scope.typeOf(expr.name) && file.symbols.global(expr.name));
        const name = shared ? lastName(expr) : undefined;
        if (name !== undefined && !isAtomic(expr, context)) names.add(name);
      });
    }
    const shownMutex = shown(wait.expr.args[1] ?? wait.expr, wait.within, context);
    return [{ mutex, shownMutex, condvar, names, wait }];
  });
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
