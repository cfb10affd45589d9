import { changedBy } from '../../analysis/operators';
import { type Expr, type FunctionDefinition, somePart, walkStmt } from '../../c/ast';
import { calledName } from '../../c/cfg';
import type { Rule, RuleContext } from '../rule';
import { leavesAtEnd } from '../shared/endings';
import { reachedFrom } from '../shared/globals';
import { isLoop } from '../shared/loops';
import { areApart, arms, around } from '../shared/statements';
import { callsIn } from '../shared/uses';
import { callsOf, lastName, routineOf, threadCreations, threadStarts } from '../shared/whole-file';
import { actsIn, type LockAct, mayBeSame } from '../subjects/locks/acts';
import { stateAt } from '../subjects/locks/states';

const joining = /^(?:[pP]thread_(?:timed|clock)?join|thrd_join)$/;
/** By the names that wrappers give it, too. */
const waiting = /(?:^|_)(?:cond|cnd)_(?:timed_?|clock_?)?wait$/i;

const program = (before: string, behind: string) => `#include <pthread.h>
#include <stdbool.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static bool stop;

static void *work(void *arg) {
  bool ends = false;
  while (!ends) {
    pthread_mutex_lock(&lock);
    ends = stop;
    pthread_mutex_unlock(&lock);
  }
  return arg;
}

int main(void) {
  pthread_t worker;
  if (pthread_create(&worker, 0, work, 0) != 0) return 1;
  pthread_mutex_lock(&lock);
  stop = true;
${before}  if (pthread_join(worker, 0) != 0) return 1;
${behind}  return 0;
}
`;

const unlock = '  pthread_mutex_unlock(&lock);\n';

export const joinedHolding: Rule = {
  meta: {
    id: 'thread/joined-holding',
    severity: 'warning',
    preset: 'recommended',
    title: 'A thread is joined by one who holds the lock that the thread needs',
    explanation:
      'To join a thread is to wait for its end. When the thread still has to take a lock that the one who joins it holds, it never ends: both wait for each other, for ever.',
    silence:
      'Threads that do not take the lock as far as their text tells, elements of arrays where another one that is given back may be the same, and a function that has waited for a condition with the lock before it joins: the thread may have done with it.',
    references: [
      { page: 'pthread_join', section: 3 },
      { page: 'pthread_mutex_lock', section: 3 },
    ],
    example: { bad: program('', unlock), good: program(unlock, '') },
  },
  check: (context) => ({
    end() {
      const joins = joinsIn(context);
      if (joins.length === 0) return;
      const acts = actsIn(context.scope, context).filter(
        // A lock for reading others may have as well.
        ({ kind, call }) =>
          kind === 'mutex' ||
          kind === 'spinlock' ||
          (kind === 'rwlock' && !/rdlock$/.test(calledName(call) ?? '')),
      );
      const needed = acts.length > 0 ? neededBy(context) : new Map<string, FunctionDefinition>();
      const told = new Set<string>();
      for (const join of joins) {
        for (const act of acts) {
          const routine = needed.get(act.last);
          if (!routine || told.has(act.key) || !isHeld(join, act, acts, context)) continue;
          if (
            isForEnded(
              join,
              acts.find(({ key, op }) => key === act.key && op === 'lock'),
              routine,
              context,
            )
          )
            continue;
          told.add(act.key);
          context.report({
            span: join,
            message: `\`${act.name}\` is held while this waits for the end of threads, and \`${routine.name}\` takes it before it ends: each waits for the other, for ever. Unlock it before the threads are joined.`,
          });
        }
      }
    },
  }),
};

/** Calls that join a thread, be it by a function of the project. */
function joinsIn(context: RuleContext): Expr[] {
  return callsOf(context.scope.definition).flatMap(({ name, expr }) => {
    if (joining.test(name)) return [expr];
    const helper = /join|wait|stop|end/i.test(name) ? context.functionNamed(name) : undefined;
    return helper && callsIn(helper.definition, joining).length > 0 ? [expr] : [];
  });
}

/** The last names of the locks that the threads take which this function has started, or else others of the file; and which thread takes each. */
function neededBy(context: RuleContext): Map<string, FunctionDefinition> {
  const { definition } = context.scope;
  const needed = new Map<string, FunctionDefinition>();
  const own = threadCreations(context).filter(({ within }) => within === definition);
  const names = own.flatMap((call) => {
    const routine = routineOf(call);
    return (routine && lastName(routine)) ?? [];
  });
  for (const name of names.length > 0 ? names : threadStarts(context)) {
    const routine = context.functionNamed(name);
    if (!routine || routine.definition === definition) continue;
    for (const within of reachedFrom(routine.definition, context.in(routine))) {
      for (const { op, last } of actsIn(routine.file.scopeOf(within), context.in(routine))) {
        if (op === 'lock' && !needed.has(last)) needed.set(last, routine.definition);
      }
    }
  }
  return needed;
}

/** Under the lock it is asked for what the thread stores before it ends: then that no longer needs the lock. */
function isForEnded(
  join: Expr,
  taken: LockAct | undefined,
  routine: FunctionDefinition,
  context: RuleContext,
): boolean {
  const stored = new Set<string>();
  walkStmt(routine.body, {
    expr: (expr) => {
      const target = changedBy(expr);
      const name = target && lastName(target);
      if (name !== undefined) stored.add(name);
    },
  });
  const names = (test: Expr) =>
    somePart(test, (part) => {
      const name = part.kind === 'member' ? part.field : part.kind === 'name' ? part.name : undefined;
      return name !== undefined && stored.has(name);
    });
  return around(context.scope.definition, join).some(
    (stmt) => stmt.kind === 'if' && stmt.start > (taken?.call.end ?? 0) && names(stmt.test),
  );
}

/** Taken by the function in front of the call, or by its caller: then the function gives it back behind the call. */
function isHeld(join: Expr, act: LockAct, acts: readonly LockAct[], context: RuleContext): boolean {
  const { definition } = context.scope;
  const own = acts.filter(({ key }) => key === act.key);
  // Of the elements of an array any may be the one that is given back.
  const isOfRing = acts.some(
    (other) => other.op !== 'lock' && other.key !== act.key && mayBeSame(act, other),
  );
  if (isOfRing) return false;
  const state = stateAt(join, definition.body, own, context);
  const hasWaited = callsIn(definition, waiting).some(
    ({ start, args: [, mutex] }) => start < join.start && mutex && lastName(mutex) === act.last,
  );
  const arm = arms(definition, join);
  const isEntered =
    state === 'untouched' &&
    own.every(({ op }) => op === 'unlock') &&
    own.some(
      ({ call }) =>
        call.start > join.end &&
        `${arms(definition, call).map(({ start }) => start)}` === `${arm.map(({ start }) => start)}`,
    ) &&
    !callsIn(definition, /lock|enter|acquire/i).some(
      (call) => call.end < join.start && !/unlock|init|destroy/i.test(calledName(call) ?? ''),
    );
  return !hasWaited && (state === 'locked' || isEntered || isTakenAside(join, own, context));
}

/** A branch in front of the join takes it and goes on, and between the two nobody gives it back. */
function isTakenAside(join: Expr, own: readonly LockAct[], context: RuleContext): boolean {
  const { definition } = context.scope;
  const last = own.findLast(({ call }) => call.end <= join.start);
  if (last?.op !== 'lock' || around(definition, join).some(isLoop) || areApart(last.call, join, definition))
    return false;
  const ways = arms(definition, join);
  const aside = arms(definition, last.call).filter((arm) => !ways.includes(arm));
  return aside.length > 0 && aside.every((arm) => !leavesAtEnd(arm, context));
}
