import { rootName } from '../../analysis/aliasing';
import { unwrap } from '../../analysis/operators';
import { surveyOf } from '../../analysis/survey';
import type { Expr, FunctionDefinition } from '../../c/ast';
import { calledName } from '../../c/cfg';
import { comesBackAlways } from '../../c/library';
import type { Rule, RuleContext } from '../rule';
import { isLoop } from '../shared/loops';
import { around, contains } from '../shared/statements';
import { assignmentsTo } from '../shared/uses';
import {
  callsOf,
  callsTo,
  type FileCall,
  fileMakes,
  isAllRead,
  lastName,
  nameMade,
  ownCalls,
  textOf,
  threadCreation,
} from '../shared/whole-file';
import {
  type Awaited,
  awaitedIn,
  type Change,
  changes,
  concerns,
  namesCondvar,
  wakingCall,
  wakings,
} from '../subjects/conditions';
import { actsIn, type LockAct } from '../subjects/locks/acts';
import { isMutex } from '../subjects/locks/callers';
import { stateAt } from '../subjects/locks/states';
import { variableOf } from './never-woken';

export const notSignalled: Rule = {
  meta: {
    id: 'condvar/not-signalled',
    severity: 'warning',
    preset: 'recommended',
    title: 'A change that ends a wait is not signalled',
    explanation:
      'A thread that waits on a condition variable sees a change only when somebody signals that variable behind it. Where one place changes what a waiting loop tests and forgets the signal, or signals another variable, the thread sleeps on although it may go.',
    silence:
      'Waits with a limit of time, changes of which the text does not tell what they do to the test, functions that name the condition variable, call what may signal it, or whose callers do, and files in which nobody signals it as a matter of course.',
    references: [{ page: 'pthread_cond_signal', section: 3 }],
    demo: 'condvar/spurious',
    example: {
      bad: `#include <pthread.h>

struct gate { pthread_mutex_t lock; pthread_cond_t opened; int closed; };

void gate_pass(struct gate *gate) {
  pthread_mutex_lock(&gate->lock);
  while (gate->closed)
    pthread_cond_wait(&gate->opened, &gate->lock);
  pthread_mutex_unlock(&gate->lock);
}

void gate_open(struct gate *gate) {
  pthread_mutex_lock(&gate->lock);
  gate->closed = 0;
  pthread_cond_broadcast(&gate->opened);
  pthread_mutex_unlock(&gate->lock);
}

void gate_force(struct gate *gate) {
  pthread_mutex_lock(&gate->lock);
  gate->closed = 0;
  pthread_mutex_unlock(&gate->lock);
}
`,
      good: `#include <pthread.h>

struct gate { pthread_mutex_t lock; pthread_cond_t opened; int closed; };

void gate_pass(struct gate *gate) {
  pthread_mutex_lock(&gate->lock);
  while (gate->closed)
    pthread_cond_wait(&gate->opened, &gate->lock);
  pthread_mutex_unlock(&gate->lock);
}

void gate_open(struct gate *gate) {
  pthread_mutex_lock(&gate->lock);
  gate->closed = 0;
  pthread_cond_broadcast(&gate->opened);
  pthread_mutex_unlock(&gate->lock);
}

void gate_force(struct gate *gate) {
  pthread_mutex_lock(&gate->lock);
  gate->closed = 0;
  pthread_cond_broadcast(&gate->opened);
  pthread_mutex_unlock(&gate->lock);
}
`,
    },
  },
  check: (context) => ({
    end() {
      const told = new Set<string>();
      for (const found of unsignalled(context)) {
        const { condvar } = found.awaited;
        if (!told.has(condvar)) report(found, context);
        told.add(condvar);
      }
    },
  }),
};

function report({ change, awaited, example }: Unsignalled, context: RuleContext): void {
  const { definition } = context.scope;
  const { wait } = awaited;
  const condvar = textOf(wait.expr.args[0] ?? wait.expr, wait.within, context)
    .replace(/^&/, '')
    .replace(/^\((.*)\)$/, '$1');
  const isOne = example !== 'nobody';
  const how = isOne ? `, and ${asOthers(example, definition)}` : ', and nothing in this file signals it';
  const call = isOne ? example.signal.name : wait.name.replace(/wait$/, 'signal');
  context.report({
    span: change.expr,
    message: `A thread that waits on \`${condvar}\` may go on when \`${textOf(change.target, change.named ?? definition, context)}\` is changed here${how}: it sleeps on. Call \`${call}\` for it behind the change.`,
    related: [
      { span: { ...wait.expr, within: wait.within }, message: 'It is waited for here' },
      ...(isOne
        ? [{ span: { ...example.signal.expr, within: example.signal.within }, message: 'Signalled here' }]
        : []),
    ],
  });
}

function asOthers({ definition, signal: { within } }: Example, own: FunctionDefinition): string {
  if (within === own) return `this part of \`${own.name}\` does not signal it, as another does`;
  const isHelped = callsOf(within).some(({ name }) => name === definition.name);
  return `\`${own.name}\` does not signal it, as \`${(isHelped ? within : definition).name}\` does`;
}

interface Unsignalled {
  change: Change;
  awaited: Awaited;
  example: Example | 'nobody';
}

/** The changes of this function that end a wait, on the condition variable of which nobody hears of them. */
function* unsignalled(context: RuleContext): Generator<Unsignalled> {
  const { definition } = context.scope;
  const own = changesIn(context);
  const acts = own.length > 0 ? actsIn(context.scope, context).filter(isMutex) : [];
  if (!acts.some(({ op }) => op === 'unlock')) return;
  // Threads that are cancelled or asked by a signal need not be woken.
  if (fileMakes(context, /^(?:pthread_(?:cancel|kill)|thrd_exit)$/) || !isAllRead(context)) return;
  const all = awaitedIn(context);
  // A signal that nobody hears is told itself.
  const woken = ownCalls(context, wakingCall).flatMap(({ expr }) => expr.args[0] ?? []);
  if (woken.some((variable) => variableOf(variable, context) && !isHeard(variable, all))) return;
  for (const awaited of all) {
    if (awaited.limited) continue;
    const ending = endingIn(own, awaited, acts).filter((one) => !hasPassed(one, awaited.condvar, all));
    const change = ending.find((one) => {
      const round = roundOf(one, awaited, acts, definition);
      const heard = woken.filter((variable) => contains(round.body, variable));
      const held = acts.filter(({ last }) => last === awaited.mutex);
      return (
        !wakesAlike(one, heard, all) &&
        !namesCondvar(round, awaited.condvar) &&
        stateAt(one.expr, definition.body, held, context) === 'locked' &&
        !isNew(one, definition) &&
        !isMadeUpFor(one, own, awaited) &&
        !isOverHere(one, awaited, context) &&
        !wakesOtherwise(round, awaited.condvar, context)
      );
    });
    const example = change && exampleOf(awaited, all, context);
    if (example) yield { change, awaited, example };
  }
}

/** What a function changes itself, and by helpers that leave the locks to it: `put(item)`. */
function changesIn(context: RuleContext): Change[] {
  const { definition, file } = context.scope;
  const survey = surveyOf(file);
  const own = survey.of(changes, definition, file).map(([, change]) => change);
  const helped = callsOf(definition).flatMap(({ name, expr }) => {
    const callee = context.scope.call(name) ? undefined : context.functionNamed(name);
    if (callee?.file !== file || callee.definition === definition) return [];
    if (actsIn(callee, context).length > 0) return [];
    return survey.of(changes, callee.definition, file).map(([, change]) => ({
      ...change,
      expr,
      within: definition,
      named: change.within,
    }));
  });
  return [...own, ...helped];
}

/** The part of a function that takes the mutex, changes and gives back: a loop that does so in each of its rounds, or all of it. */
function roundOf(
  { expr }: Change,
  { mutex }: Awaited,
  acts: readonly LockAct[],
  definition: FunctionDefinition,
): FunctionDefinition {
  const loop = around(definition, expr).findLast(isLoop);
  const isWhole =
    loop !== undefined &&
    ['lock', 'unlock'].every((op) =>
      acts.some((act) => act.op === op && act.last === mutex && contains(loop.body, act.call)),
    );
  return isWhole ? { ...definition, body: loop.body } : definition;
}

/** Those that end the wait; what is undone, or not known to be kept, before the mutex is given back tells nobody anything. */
function endingIn(own: readonly Change[], { atoms, mutex }: Awaited, acts: readonly LockAct[]): Change[] {
  const gives = acts
    .filter(({ op, last }) => op === 'unlock' && last === mutex)
    .map(({ call }) => call.start);
  const isApart = (one: Change, other: Change) => {
    const [first, second] = [one.expr.start, other.expr.start].sort((a, b) => a - b);
    return gives.some((at) => first! < at && at < second!);
  };
  return atoms.flatMap((atom) => {
    const all = own.filter((change) => concerns(change, atom));
    const others = all.filter((change) => atom.effectOf(change) !== 'ends');
    return all.filter(
      (change) => !others.includes(change) && others.every((other) => isApart(change, other)),
    );
  });
}

/** Those are woken who wait on another variable for the same: they may pass it on. */
function wakesAlike(change: Change, woken: readonly Expr[], all: readonly Awaited[]): boolean {
  return woken.some((variable) =>
    all.some(
      ({ condvar, atoms }) =>
        condvar === lastName(variable) &&
        atoms.some((atom) => concerns(change, atom) && atom.effectOf(change) === 'ends'),
    ),
  );
}

function isHeard(variable: Expr | undefined, all: readonly Awaited[]): boolean {
  const condvar = variable && lastName(variable);
  return all.some((one) => one.condvar === condvar);
}

/** The function has waited for the same before: the condition does not hold where it goes on. */
function hasPassed(change: Change, condvar: string, all: readonly Awaited[]): boolean {
  return all.some(
    ({ wait, condvar: own, atoms }) =>
      own === condvar &&
      wait.within === change.within &&
      wait.expr.end <= change.expr.start &&
      atoms.some((atom) => concerns(change, atom) && atom.effectOf(change) === 'ends'),
  );
}

/** Another part of the condition, of which one is enough, begins in the same function: `queued--, running++`. */
function isMadeUpFor(change: Change, own: readonly Change[], { atoms }: Awaited): boolean {
  const isOnlyPart = atoms.some((atom) => atom.joined && concerns(change, atom));
  return (
    isOnlyPart &&
    atoms.some(
      (atom) =>
        atom.joined &&
        own.some(
          (other) => !concerns(change, other) && concerns(other, atom) && atom.effectOf(other) === 'begins',
        ),
    )
  );
}

/** The function has made the test of the wait itself, and changes where that does not hold: nobody waits for it. */
function isOverHere({ expr }: Change, { atoms, wait }: Awaited, context: RuleContext): boolean {
  const { definition } = context.scope;
  const waited = atoms.flatMap(({ holds }) => (holds ? [textOf(holds, wait.within, context)] : []));
  const isAsked = (test: Expr): boolean => {
    const inner = unwrap(test);
    return inner.kind === 'logical' && inner.op === '||'
      ? isAsked(inner.left) || isAsked(inner.right)
      : inner.kind === 'binary' && waited.includes(textOf(inner, definition, context));
  };
  return around(definition, expr).some(
    (stmt) =>
      stmt.kind === 'if' &&
      stmt.alternative !== undefined &&
      contains(stmt.alternative, expr) &&
      isAsked(stmt.test),
  );
}

/** Memory that the function has just got, and that no thread has been given: nobody waits there yet. */
function isNew({ target, expr }: Change, definition: FunctionDefinition): boolean {
  const root = rootName(target);
  // Whom the function itself has started, or waits for until it ends, may well be waiting.
  const isShown = callsOf(definition).some(
    (call) =>
      (threadCreation.test(call.name) && call.expr.end <= expr.start) ||
      (/^(?:[pP]thread|thrd)_join$/.test(call.name) && call.expr.start >= expr.end),
  );
  const isMade =
    root !== undefined &&
    assignmentsTo(definition, root).some(({ value }) => /alloc|new|create/i.test(calledName(value) ?? ''));
  return !isShown && (isMade || /init|new|create|reset|destroy|free/i.test(definition.name));
}

/** What it calls may signal, or whoever calls it does. */
function wakesOtherwise(
  definition: FunctionDefinition,
  condvar: string,
  context: RuleContext,
  depth = 0,
): boolean {
  const mayWake = (called: FunctionDefinition, level: number): boolean =>
    namesCondvar(called, condvar, level > 0 ? /wait|(?:cond|cnd)_(?:init|destroy)/i : undefined) ||
    (level < 3 &&
      callsOf(called).some(({ name }) => {
        const callee = context.functionNamed(name);
        return callee
          ? callee.definition !== called && mayWake(callee.definition, level + 1)
          : isUnknown(name, context);
      }));
  const callers = depth === 0 ? callsTo(context, definition.name) : [];
  return mayWake(definition, 0) || callers.some(({ within }) => mayWake(within, 1));
}

/** Something that is not at hand, and sounds as if it woke somebody. */
function isUnknown(name: string, { scope }: RuleContext): boolean {
  const made = nameMade(name, scope);
  if (wakingCall.test(made) || scope.call(made) || comesBackAlways(name)) return false;
  return /signal|wake|notify|broadcast|kick|cond/i.test(name);
}

/** The file waits on several variables, and signals none of them behind what it changes: who calls its functions does that. */
function isLeftToUsers(condvar: string, all: readonly Awaited[], context: RuleContext): boolean {
  const others = all.filter((one) => one.condvar !== condvar);
  return (
    others.length > 0 &&
    others.every((other) => {
      const signalling = new Set(wakings(other.condvar, context).map(({ within }) => within));
      return other.atoms.every((atom) =>
        context
          .ask(changes, atom.name)
          .every((change) => !concerns(change, atom) || !signalling.has(change.within)),
      );
    })
  );
}

/** One who changes the like and signals it, and where. */
interface Example {
  definition: FunctionDefinition;
  signal: FileCall;
}

/** Somebody else changes the like and signals it; `nobody` where this file makes the variable, and nothing in it signals. */
function exampleOf(
  { wait, condvar }: Awaited,
  all: readonly Awaited[],
  context: RuleContext,
): Example | 'nobody' | undefined {
  const signals = wakings(condvar, context);
  if (signals.length === 0) {
    // Of one that only this file knows the wait is told.
    const scope = context.scope.file.scopeOf(wait.within);
    if (variableOf(wait.expr.args[0], { ...context, scope })) return undefined;
    if (isLeftToUsers(condvar, all, context)) return undefined;
    const makes = [...callsTo(context, 'pthread_cond_init'), ...callsTo(context, 'pthread_cond_destroy')];
    const isMade = makes.some(({ expr }) => expr.args[0] !== undefined && lastName(expr.args[0]) === condvar);
    return isMade ? 'nobody' : undefined;
  }
  const atoms = all.flatMap((one) => (one.condvar === condvar ? one.atoms : []));
  const changers = atoms.flatMap((atom) =>
    context
      .ask(changes, atom.name)
      .filter((change) => concerns(change, atom) && atom.effectOf(change) !== 'begins')
      .map(({ within }) => within),
  );
  for (const definition of changers) {
    const called = new Set(callsOf(definition).map(({ name }) => name));
    const signal = signals.find(
      ({ within }) =>
        within === definition ||
        called.has(within.name) ||
        callsOf(within).some(({ name }) => name === definition.name),
    );
    if (signal) return { definition, signal };
  }
  return undefined;
}
