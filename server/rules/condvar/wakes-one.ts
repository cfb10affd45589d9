import { surveyOf } from '../../analysis/survey';
import { type FunctionDefinition, somePart, walkStmt } from '../../c/ast';
import type { Rule, RuleContext } from '../rule';
import { isLoop } from '../shared/loops';
import { around } from '../shared/statements';
import {
  callsOf,
  callsTo,
  type FileCall,
  fileCalls,
  isAllRead,
  lastName,
  ownCalls,
  routineOf,
  textOf,
  threadCreations,
} from '../shared/whole-file';
import {
  type Atom,
  type Awaited,
  awaitedIn,
  type Change,
  changes,
  concerns,
  wakingCall,
} from '../subjects/conditions';
import { actsIn } from '../subjects/locks/acts';
import { isMutex } from '../subjects/locks/callers';
import { passesTurn } from './turns';

export const wakesOne: Rule = {
  meta: {
    id: 'condvar/wakes-one',
    severity: 'warning',
    preset: 'recommended',
    title: 'A signal wakes one of several threads that may all go on',
    explanation:
      'A signal wakes one thread. Where the change behind it lets all go on that wait, as the end of the work or the opening of a gate does, the others sleep for ever, for no further signal comes. Where each thread waits for its own turn, mostly another one is woken.',
    silence:
      'Conditions that the thread which wakes takes back, threads that pass the signal on, and waits of which is not known that several threads come to them.',
    references: [{ page: 'pthread_cond_broadcast', section: 3 }],
    example: {
      bad: `#include <pthread.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t started = PTHREAD_COND_INITIALIZER;
static int go;

static void *run(void *arg) {
  pthread_mutex_lock(&lock);
  while (!go)
    pthread_cond_wait(&started, &lock);
  pthread_mutex_unlock(&lock);
  return arg;
}

int main(void) {
  pthread_t threads[4];
  for (int i = 0; i < 4; i++)
    if (pthread_create(&threads[i], NULL, run, NULL) != 0) return 1;
  pthread_mutex_lock(&lock);
  go = 1;
  pthread_cond_signal(&started);
  pthread_mutex_unlock(&lock);
  for (int i = 0; i < 4; i++) pthread_join(threads[i], NULL);
  return 0;
}
`,
      good: `#include <pthread.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t started = PTHREAD_COND_INITIALIZER;
static int go;

static void *run(void *arg) {
  pthread_mutex_lock(&lock);
  while (!go)
    pthread_cond_wait(&started, &lock);
  pthread_mutex_unlock(&lock);
  return arg;
}

int main(void) {
  pthread_t threads[4];
  for (int i = 0; i < 4; i++)
    if (pthread_create(&threads[i], NULL, run, NULL) != 0) return 1;
  pthread_mutex_lock(&lock);
  go = 1;
  pthread_cond_broadcast(&started);
  pthread_mutex_unlock(&lock);
  for (int i = 0; i < 4; i++) pthread_join(threads[i], NULL);
  return 0;
}
`,
    },
  },
  check: (context) => ({
    end() {
      const signals = ownCalls(context, wakingCall);
      if (signals.length === 0 || !isAllRead(context)) return;
      const awaited = awaitedIn(context);
      for (const signal of signals) {
        const condvar = signal.expr.args[0] && lastName(signal.expr.args[0]);
        // Whoever broadcasts on another way has thought of it.
        const isOne = /signal$/.test(signal.name) && !broadcastsToo(signals, condvar);
        const found =
          isOne &&
          awaited.find((one) => one.condvar === condvar && !one.limited && letsAllGo(one, signal, context));
        const turns =
          isOne &&
          awaited.find((one) => one.condvar === condvar && !one.limited && passesTurn(one, signal, context));
        if (found) report(signal, found, context);
        else if (turns) reportTurn(signal, turns, context);
      }
    },
  }),
};

function broadcastsToo(signals: readonly FileCall[], condvar: string | undefined): boolean {
  return signals.some(
    ({ name, expr }) => /broadcast$/.test(name) && expr.args[0] && lastName(expr.args[0]) === condvar,
  );
}

function report({ name, expr }: FileCall, { wait }: Awaited, context: RuleContext): void {
  const condvar = expr.args[0]
    ? textOf(expr.args[0], context.scope.definition, context).replace(/^&/, '')
    : '';
  const all = name.replace(/signal$/, 'broadcast');
  context.report({
    span: expr,
    message: `Several threads wait on \`${condvar}\`, and what is changed here lets all of them go on, but \`${name}\` wakes one: the others sleep for ever. Call \`${all}\`.`,
    related: [{ span: { ...wait.expr, within: wait.within }, message: 'They wait here' }],
  });
}

function reportTurn({ name, expr }: FileCall, { wait }: Awaited, context: RuleContext): void {
  const all = name.replace(/signal$/, 'broadcast');
  context.report({
    span: expr,
    message: `Each thread waits here for its own turn, and \`${name}\` wakes any one of them: where that is not the one whose turn it is, it waits on, and nobody is woken any more. Call \`${all}\`.`,
    related: [{ span: { ...wait.expr, within: wait.within }, message: 'They wait here' }],
  });
}

/** What this function changes ends the wait, and nobody who wakes takes it back. */
function letsAllGo(awaited: Awaited, signal: FileCall, context: RuleContext): boolean {
  const { definition, file } = context.scope;
  const { within, expr: wait } = awaited.wait;
  const own = surveyOf(file)
    .of(changes, definition, file)
    .map(([, change]) => change);
  // What is put where a pointer led to nothing is taken by the first who comes: `tail->next = node`.
  const isForOne = ({ values }: Change) => values.includes('something');
  const ended = awaited.atoms.filter((atom) =>
    own.some((change) => concerns(change, atom) && atom.effectOf(change) === 'ends' && !isForOne(change)),
  );
  return (
    ended.length > 0 &&
    // What stands behind its own wait is for the next one.
    (within !== definition || signal.expr.start < wait.start) &&
    ended.every((atom) => !isTakenBack(atom, awaited, context)) &&
    !passesOn(awaited, context) &&
    areSeveral(awaited, context)
  );
}

/** The function that waits changes what it has waited for, or something else that keeps the others waiting, or calls one that does. */
function isTakenBack(atom: Atom, { atoms, wait }: Awaited, context: RuleContext): boolean {
  const kept = atoms.filter((other) => other === atom || (atom.joined && other.joined));
  const changers = kept.flatMap((one) =>
    context
      .ask(changes, one.name)
      .filter((change) => concerns(change, one) && one.effectOf(change) !== 'ends')
      .map((change) => change.within),
  );
  return reaches(wait.within, new Set(changers), context, 0);
}

function reaches(
  from: FunctionDefinition,
  goals: ReadonlySet<FunctionDefinition>,
  context: RuleContext,
  depth: number,
): boolean {
  if (goals.has(from)) return true;
  return (
    depth < 3 &&
    callsOf(from).some(({ name }) => {
      const callee = context.functionNamed(name);
      return callee !== undefined && reaches(callee.definition, goals, context, depth + 1);
    })
  );
}

/** Before it gives the mutex back, the thread that has woken wakes the next one. */
function passesOn({ wait, condvar, mutex }: Awaited, context: RuleContext): boolean {
  const { within, expr } = wait;
  const scope = context.scope.file.scopeOf(within);
  const unlock = actsIn(scope, context).find(
    (act) => isMutex(act) && act.op === 'unlock' && act.last === mutex && act.call.start > expr.end,
  );
  return fileCalls(context, wakingCall).some(
    (wake) =>
      wake.within === within &&
      wake.expr.start > expr.end &&
      wake.expr.args[0] !== undefined &&
      lastName(wake.expr.args[0]) === condvar &&
      (!unlock || wake.expr.start < unlock.call.start),
  );
}

/** Several threads run the function that waits, or it counts those that do. */
function areSeveral({ wait }: Awaited, context: RuleContext): boolean {
  return isRunBySeveral(wait.within, context, 0) || countsWaiters(wait);
}

function isRunBySeveral(definition: FunctionDefinition, context: RuleContext, depth: number): boolean {
  const starts = threadCreations(context).filter((start) => {
    const routine = routineOf(start);
    return routine !== undefined && lastName(routine) === definition.name;
  });
  // `pthread_create(&threads[count++], ...)` is one of several.
  const isOneOfMany = ({ within, expr }: FileCall) =>
    around(within, expr).some(isLoop) ||
    (expr.args[0] !== undefined &&
      somePart(expr.args[0], (part) => part.kind === 'index' && part.index.kind === 'update'));
  if (starts.length > 1 || starts.some(isOneOfMany)) return true;
  return (
    depth < 3 &&
    starts.length === 0 &&
    callsTo(context, definition.name).some(
      ({ within }) => within !== definition && isRunBySeveral(within, context, depth + 1),
    )
  );
}

/** `waiting++; while (...) pthread_cond_wait(...); waiting--;` */
function countsWaiters({ expr, within }: FileCall): boolean {
  const before = new Set<string>();
  let counts = false;
  walkStmt(within.body, {
    expr: (inner) => {
      if (inner.kind !== 'update' || inner.operand.kind !== 'member') return;
      const name = inner.operand.field;
      if (inner.op === '++' && inner.end <= expr.start) before.add(name);
      if (inner.op === '--' && inner.start >= expr.end) counts ||= before.has(name);
    },
  });
  return counts;
}
