import type { Expr } from '../../c/ast';
import type { Rule, RuleContext } from '../rule';
import { leavesAtEnd } from '../shared/endings';
import { calls, reachedFrom } from '../shared/globals';
import { failureBranch, isLoop } from '../shared/loops';
import { arms, around, contains } from '../shared/statements';
import {
  type FileCall,
  fileCalls,
  fileMentions,
  fileNames,
  isProgram,
  lastName,
  ownCalls,
  routineOf,
  textOf,
  threadStarts,
} from '../shared/whole-file';
import { actsIn } from '../subjects/locks/acts';
import { stateAt } from '../subjects/locks/states';

const initialising = /^(?:sem_init|pthread_(?:mutex|cond|rwlock|barrier)_init|mtx_init|cnd_init)$/;
const destroying =
  /^(?:sem_destroy|pthread_(?:mutex|cond|rwlock|barrier|spin)_destroy|mtx_destroy|cnd_destroy)$/;
const creating = /^(?:pthread_create|thrd_create)$/;
const joining =
  /^(?:pthread_(?:join|timedjoin_np|tryjoin_np|barrier_wait|cond_wait)|thrd_join|sem_wait|pthread_detach|sleep|pause|pthread_cancel)$/;

export const lifetime: Rule = {
  meta: {
    id: 'posix-sem/lifetime',
    severity: 'error',
    preset: 'recommended',
    title: 'A semaphore or lock is initialised twice, or destroyed while it is in use',
    explanation:
      'Initialising a semaphore, mutex or condition variable again while somebody waits on it, or destroying it then, is undefined: the waiting threads sleep for ever, or two come in at once.',
    silence:
      'Objects that differ from round to round, objects destroyed in between, and threads that somebody waits for in another way than by joining them.',
    references: [
      { page: 'sem_init', section: 3 },
      { page: 'sem_destroy', section: 3 },
      { page: 'pthread_mutex_init', section: 3 },
    ],
    example: {
      bad: `#include <pthread.h>
#include <semaphore.h>
#include <stddef.h>

static sem_t gate;

static void *pass(void *arg) {
  if (sem_wait(&gate) == -1)
    return NULL;
  sem_post(&gate);
  return arg;
}

int main(void) {
  pthread_t thread;
  if (sem_init(&gate, 0, 1) == -1)
    return 1;
  if (pthread_create(&thread, NULL, pass, NULL) != 0)
    return 1;
  if (sem_destroy(&gate) == -1)
    return 1;
  return pthread_join(thread, NULL);
}
`,
      good: `#include <pthread.h>
#include <semaphore.h>
#include <stddef.h>

static sem_t gate;

static void *pass(void *arg) {
  if (sem_wait(&gate) == -1)
    return NULL;
  sem_post(&gate);
  return arg;
}

int main(void) {
  pthread_t thread;
  if (sem_init(&gate, 0, 1) == -1)
    return 1;
  if (pthread_create(&thread, NULL, pass, NULL) != 0)
    return 1;
  if (pthread_join(thread, NULL) != 0)
    return 1;
  return sem_destroy(&gate) == -1;
}
`,
    },
  },
  check: (context) => ({
    end() {
      const made = ownCalls(context, initialising);
      for (const [index, call] of made.entries()) checkAgain(call, made.slice(0, index), context);
      for (const call of ownCalls(context, destroying)) {
        checkInUse(call, context);
        checkHeld(call, context);
      }
    },
  }),
};

function objectOf({ expr, within }: FileCall, context: RuleContext): string | undefined {
  return expr.args[0] && textOf(expr.args[0], within, context).replace(/^&/, '');
}

/* ------------------------------------------------------------- destroyed while held */

function checkHeld({ name, expr, within }: FileCall, context: RuleContext): void {
  const [lock] = expr.args;
  const isLock = /^pthread_(?:mutex|rwlock)_destroy$/.test(name);
  const last = lock && isLock ? lastName(lock) : undefined;
  const acts = actsIn(context.scope, context).filter(
    (act) => act.last === last && (act.kind === 'mutex' || act.kind === 'rwlock'),
  );
  const taken = acts.findLast(({ op, call }) => op === 'lock' && call.start < expr.start);
  // Of a mutex whose owners die, taking it may leave it unusable.
  const isRobust = fileNames(context, /^(?:EOWNERDEAD|ENOTRECOVERABLE|PTHREAD_MUTEX_ROBUST)$/);
  // Some take a lock only to destroy it, to be sure that nobody is at work.
  const onlyFor =
    taken && /^[\s;]*$/.test(context.source({ start: taken.call.end, end: expr.start, within }));
  // `if (status) { pthread_mutex_destroy(&m); ... }` behind a lock that could not be had.
  const failed = taken && failureBranch(taken.call, context, 1n);
  if (failed && contains(failed, expr)) return;
  if (!lock || !taken || onlyFor || isRobust || stateAt(expr, within.body, acts, context) !== 'locked') {
    return;
  }
  const object = textOf(lock, within, context).replace(/^&/, '');
  context.report({
    span: expr,
    message: `\`${object}\` is destroyed while this thread still holds it, which is undefined, and whoever waits for it waits for ever. Unlock it before, when the shared data is no longer touched.`,
    related: [{ span: taken.call, message: 'It is locked here' }],
  });
}

/* ------------------------------------------------------------------ made twice */

function checkAgain(call: FileCall, earlier: FileCall[], context: RuleContext): void {
  const { expr, within } = call;
  const object = objectOf(call, context);
  const inner = arms(within, expr);
  const first = earlier.find(
    (other) =>
      other.name === call.name &&
      objectOf(other, context) === object &&
      arms(within, other.expr).every((arm) => inner.includes(arm)) &&
      isFixed(other.expr.args[0], call) &&
      !isRetry(other, call),
  );
  const destroyed = ownCalls(context, destroying).some(
    (other) =>
      objectOf(other, context) === object &&
      first &&
      other.expr.start > first.expr.start &&
      other.expr.start < expr.start,
  );
  if (first && !destroyed) {
    context.report({
      span: expr,
      message: `\`${object}\` is initialised a second time here, which is undefined and forgets who waits on it or holds it. Initialise it once, before anybody uses it.`,
      related: [{ span: first.expr, message: 'It is initialised here already' }],
    });
    return;
  }
  const starter = startedInRound(call, context);
  if (starter && isFixed(expr.args[0], call)) {
    context.report({
      span: expr,
      message: `\`${object}\` is initialised in each round of this loop, also while the threads or processes of the rounds before use it. Initialise it once, before the loop.`,
      related: [{ span: starter.expr, message: 'Its users are started here, in the same loop' }],
    });
  }
}

/** The second call lies where the first one failed. */
function isRetry(first: FileCall, second: FileCall): boolean {
  const { within } = first;
  const stmt = around(within, first.expr).at(-1);
  return stmt?.kind === 'if' && stmt.start <= second.expr.start && second.expr.end <= stmt.end;
}

/** One object, whatever the round of a loop: no index, and no pointer that may move. */
function isFixed(object: Expr | undefined, { within, expr }: FileCall): boolean {
  const inner = object?.kind === 'unary' && object.op === '&' ? object.operand : undefined;
  const loops = around(within, expr).filter(isLoop);
  const declaredInside = loops.some(
    (loop) =>
      loop.body.kind === 'block' &&
      loop.body.body.some(
        (stmt) =>
          stmt.kind === 'decl' &&
          stmt.declaration.declarators.some(({ name }) => name === lastName(inner ?? expr)),
      ),
  );
  return inner?.kind === 'name' && !declaredInside;
}

/** A fork or a thread in the loop that holds the call. */
function startedInRound({ expr, within }: FileCall, context: RuleContext): FileCall | undefined {
  const loop = around(within, expr).findLast(isLoop);
  if (!loop || leavesAtEnd(loop.body, context)) {
    return undefined;
  }
  const inside = ({ expr: other }: FileCall) => loop.start <= other.start && other.end <= loop.end;
  const ends = ownCalls(context, /^(?:pthread_join|thrd_join|wait|waitpid)$/).concat(
    ownCalls(context, destroying),
  );
  return ends.some(inside) ? undefined : ownCalls(context, creating).find(inside);
}

/* ------------------------------------------------------------- destroyed in use */

function checkInUse(call: FileCall, context: RuleContext): void {
  const { expr, within } = call;
  const object = objectOf(call, context);
  const last = expr.args[0] && lastName(expr.args[0]);
  const started = ownCalls(context, creating).filter((other) => other.expr.start < expr.start);
  const [first] = started;
  const joins = ownCalls(context, joining);
  const later = joins.find((other) => other.expr.start > expr.end && /join$/.test(other.name));
  const unconditional = arms(within, expr).length === 0;
  const before = joins.filter(
    (other) => other.expr.start < expr.start && first && other.expr.start > first.expr.start,
  );
  if (!first || !later || !unconditional || !usedByThreads(last, context)) {
    checkNotJoined(call, context);
    return;
  }
  // Of some who were started the function may have seen the end: not of those that it joins later.
  const isOfUser = ({ expr: { args } }: FileCall) =>
    started.some(
      (start) =>
        args[0] &&
        start.expr.args[0] &&
        lastName(start.expr.args[0]) === lastName(args[0]) &&
        runsWith(start, last, context),
    );
  if (before.length > 0 && !(before.every(({ name }) => /join$/.test(name)) && isOfUser(later))) return;
  context.report({
    span: expr,
    message: `\`${object}\` is destroyed here while the threads that use it may still run, so they wait on something that is no more. Join the threads first.`,
    related: [
      { span: first.expr, message: 'The threads are started here' },
      { span: later.expr, message: 'They are joined only here' },
    ],
  });
}

/** The threads are told to end, and nobody waits until they have: they may well look at it once more. */
function checkNotJoined(call: FileCall, context: RuleContext): void {
  const { expr, within } = call;
  const last = expr.args[0] && lastName(expr.args[0]);
  const [told] = ownCalls(context, /^(?:pthread_cond_broadcast|cnd_broadcast)$/).filter(
    (other) => other.expr.start < expr.start,
  );
  if (!told || within.name === 'main' || arms(within, expr).length > 0) return;
  const isSeenToEnd =
    fileMentions(
      context,
      /^(?:\w*join\w*|pthread_(?:detach|cancel|exit|attr_setdetachstate)|thrd_detach|u?sleep|nanosleep)$/,
    ) || calls(reachedFrom(within, context), joining);
  const isAtHome = fileCalls(context, creating).some(({ within: starter }) => starter !== within);
  if (isSeenToEnd || !isAtHome || !isProgram(context) || !usedByThreads(last, context)) return;
  context.report({
    span: expr,
    severity: 'warning',
    message: `\`${objectOf(call, context)}\` is destroyed here right behind the call that tells the threads to end, and nothing in this program waits until they have: they still use it on their way out. Join them first.`,
    related: [{ span: told.expr, message: 'They are told here' }],
  });
}

/** The thread uses the object, be it in functions that it calls. */
function runsWith(start: FileCall, last: string | undefined, context: RuleContext): boolean {
  const routine = routineOf(start);
  return routine !== undefined && uses(lastName(routine) ?? '', last, context);
}

function uses(name: string, last: string | undefined, context: RuleContext): boolean {
  const { file } = context.scope;
  const routine = file.callee(name);
  return (
    routine !== undefined &&
    reachedFrom(routine.definition, context).some((each) =>
      actsIn(file.scopeOf(each), context).some((act) => act.last === last),
    )
  );
}

function usedByThreads(last: string | undefined, context: RuleContext): boolean {
  const threads = threadStarts(context);
  const waits = fileCalls(context, /^pthread_(?:cond_|barrier_)/).filter(({ within }) =>
    threads.has(within.name),
  );
  return (
    [...threads].some((name) => uses(name, last, context)) ||
    waits.some(({ expr }) => expr.args.some((arg) => lastName(arg) === last))
  );
}
