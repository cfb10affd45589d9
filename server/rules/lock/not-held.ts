import type { CallEvent } from '../../analysis/events';
import { unwrap } from '../../analysis/operators';
import { type CType, type Expr, type FunctionDefinition, someExprIn, somePart } from '../../c/ast';
import { calledName } from '../../c/cfg';
import type { Rule, RuleContext } from '../rule';
import { isUsedAsValue } from '../shared/globals';
import { isLoop, resultName } from '../shared/loops';
import { arms, around, contains, statementOf } from '../shared/statements';
import { callsIn } from '../shared/uses';
import {
  callsTo,
  type FileCall,
  fileCalls,
  isAllRead,
  isProgram,
  lastName,
  nameMade,
  ownCalls,
  threadStarts,
} from '../shared/whole-file';
import { actsIn, type LockAct, mayBeSame } from '../subjects/locks/acts';
import { callsLocking, standsAlone } from '../subjects/locks/callers';
import { crossedLocks } from '../subjects/locks/crossed';
import { elementTwice, otherElement } from '../subjects/locks/elements';
import { givenTwice } from '../subjects/locks/repeats';
import { LockWays } from '../subjects/locks/ways';
import { choosesKinds, followMutexes, type MutexState, mutexName } from '../subjects/mutexes';
import { mentions } from './objects';
import { comesAgain, earlier, elsewhere, stateBefore } from './repeated';
import { tellRounds } from './rounds';
import { tellUnasked } from './unasked';

const prefix = 'lock/not-held';

export const lockNotHeld: Rule = {
  meta: {
    id: 'lock/not-held',
    severity: 'error',
    preset: 'recommended',
    title: 'A lock is given back that is not held',
    explanation:
      'Unlocking a normal mutex that the thread does not hold is undefined: when another thread took it meanwhile, that one loses its lock and two threads are in the critical section at once.',
    silence:
      'Files that choose the kind of their mutexes, mutexes reached through changing pointers, or in arrays where they are not named twice in one row, calls whose result is looked at, error numbers with which one has the lock all the same, functions that only unlock or also try to lock, and whatever lies beyond a test that may go together with the first unlock. An unlock behind a failed `pthread_mutex_lock`, which fails only when it is used wrongly, is information.',
    references: [{ page: 'pthread_mutex_lock', section: 3 }],
    example: {
      bad: `#include <pthread.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static int stock;

int take(int n) {
  int taken = -1;
  pthread_mutex_lock(&lock);
  if (stock < n) {
    pthread_mutex_unlock(&lock);
  } else {
    stock -= n;
    taken = n;
  }
  pthread_mutex_unlock(&lock);
  return taken;
}
`,
      good: `#include <pthread.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static int stock;

int take(int n) {
  pthread_mutex_lock(&lock);
  if (stock < n) {
    pthread_mutex_unlock(&lock);
    return -1;
  }
  stock -= n;
  pthread_mutex_unlock(&lock);
  return n;
}
`,
    },
  },
  check: (root) => ({
    mark(event, context) {
      followMutexes(prefix, event, context);
      followAsking(event, context);
    },
    call(event, context) {
      tellFailed(event, context);
      const free = stateBefore(prefix, 'unlock', event, context);
      if (!free || !isCertain(event, free) || choosesKinds(context)) return;
      context.report({
        span: event.at,
        message: `\`${mutexName(event, context)}\` was already unlocked on this path${elsewhere(free, context)}, so this \`${event.name}\` takes the lock away from whoever holds it now. Unlock it once, or return after the first unlock.`,
        related: earlier(free, 'It is unlocked here'),
      });
    },
    end() {
      for (const { call, name } of neverTaken(root)) {
        root.report({
          span: call,
          message: `Nothing on the way to this \`${calledName(call)}\` takes \`${name}\`, so what stands here is not protected, and the lock is taken away from whoever holds it now. Lock \`${name}\` before the shared data is touched.`,
        });
      }
      tellUnasked(root);
      for (const { first, again } of elementTwice('unlock', root)) {
        root.report({
          span: again.call,
          message: `\`${again.name}\` was already unlocked here, so this \`${calledName(again.call)}\` takes the lock away from whoever holds it now, and another one that was meant stays locked. Unlock each once.`,
          related: [{ span: first.call, message: 'It is unlocked here' }],
        });
      }
      for (const { lock, unlock } of [...otherElement(root), ...crossedLocks(root)]) {
        root.report({
          span: unlock.call,
          message: `\`${unlock.name}\` was never locked here, so this \`${calledName(unlock.call)}\` takes the lock away from whoever holds it, and \`${lock.name}\` stays locked. Unlock the one that was locked.`,
          related: [{ span: lock.call, message: `\`${lock.name}\` is locked here` }],
        });
      }
      tellRounds(root);
      for (const { first, again } of givenTwice(root)) {
        root.report({
          span: again.call,
          message: `\`${again.name}\` was already given back on one way to this \`${calledName(again.call)}\`, so its value becomes 2 and two are let in at once. Give it back once, or leave after the first time.`,
          related: [{ span: first.call, message: 'It is given back here' }],
        });
      }
    },
  }),
};

/** Locks that a function to which nobody comes with them gives back without having taken them, and that others take in pairs, or nobody at all. */
function neverTaken(context: RuleContext): LockAct[] {
  const { scope } = context;
  const { definition } = scope;
  const { name } = definition;
  const begins = name === 'main' || threadStarts(context).has(name) || isRoutine(definition, context);
  // What a thread takes further down it had not when it began, unless the next round of a loop comes by with it.
  const mayComeBy = (from: Expr, to: Expr) =>
    !begins ||
    from.start < to.start ||
    around(definition, from).some((stmt) => isLoop(stmt) && contains(stmt, to));
  const acts = actsIn(scope, context).filter(({ kind }) => kind === 'mutex' || kind === 'rwlock');
  const nowhere = (last: string) => isTakenNowhere(last, context);
  return acts.filter((act) => {
    const { op, call, last } = act;
    return (
      op === 'unlock' &&
      /^[pP]thread_/.test(calledName(call) ?? '') &&
      (begins || nowhere(last) || isCalledWithout(act, acts, context)) &&
      !acts.some((other) => other.op !== 'unlock' && mayComeBy(other.call, call) && mayBeSame(act, other)) &&
      !getsItLocked(call, last, context) &&
      !callsLocking(call, context) &&
      (isTakenInPairs(last, context) || nowhere(last))
    );
  });
}

/** What a thread may begin with that another file starts: `void *f(void *)`, which nobody here calls or hands on. */
function isRoutine({ name, type }: FunctionDefinition, context: RuleContext): boolean {
  const [param, ...others] = type.params;
  const isPointer = (of: CType | undefined) => of?.k === 'pointer' && of.to.k === 'void';
  return (
    isPointer(type.returns) &&
    isPointer(param?.type) &&
    others.length === 0 &&
    callsTo(context, name).length === 0 &&
    !isUsedAsValue(name, context)
  );
}

/** By a word of its name a function may end what another one began, or say that it is called with the lock: `queue_put`, `endRound`, not `append`. */
const ending =
  /^(?:\w*(?:(?<![bc])lock|release)\w*|ends?|leave|exit|done|put|finish|clean(?:up)?|free|close|destroy|give|stop|resume|after|post|complete|next)$/;

function mayEnd(name: string): boolean {
  const words = name
    .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
    .toLowerCase()
    .split('_');
  return words.some((word) => ending.test(word));
}

/** An ordinary function to which nobody comes with the lock, as far as the file tells: it is the file's own, or the functions of the file take it themselves. */
function isCalledWithout(
  { call, key, last }: LockAct,
  acts: readonly LockAct[],
  context: RuleContext,
): boolean {
  const { definition } = context.scope;
  if (mayEnd(definition.name) || isUsedAsValue(definition.name, context)) return false;
  const gives = acts.filter((act) => act.key === key);
  // Under a test of its own it may belong to a lock under the same test elsewhere.
  const isPlain = gives.length > 1 ? gives[0]?.call === call : arms(definition, call).length === 0;
  const isOwn = callsTo(context, definition.name).length === 0 && takersOf(last, context).size > 0;
  return isPlain && (isOwn || standsAlone(definition, last, context)) && !isLeftTaken(last, context);
}

/** On some way a function of the file comes back with the lock taken: another one is to give it back. */
function isLeftTaken(last: string, context: RuleContext): boolean {
  return [...takersOf(last, context)].some((taker) => {
    const own = context.in(context.scope.file.scopeOf(taker));
    const acts = actsIn(own.scope, own).filter((act) => act.last === last);
    const ways = new LockWays(acts, own);
    return acts.some((act) => act.op !== 'unlock' && ways.leaveLocked(act));
  });
}

/** Other functions take the lock, and each gives it back as often, or waits with it for ever: nobody takes it for another one. */
function isTakenInPairs(last: string, context: RuleContext): boolean {
  const calls = fileCalls(context, /^[pP]thread_(?:mutex|rwlock)_\w*lock$/).filter(
    ({ expr: { args } }) => args[0] && lastName(args[0]) === last,
  );
  const gives = ({ name }: FileCall) => /unlock$/.test(name);
  const takers = takersOf(last, context);
  return (
    takers.size > 0 &&
    [...takers].every((taker) => {
      const own = calls.filter(({ within }) => within === taker);
      return own.filter(gives).length >= own.length / 2 || waitsWith(taker, last);
    })
  );
}

/** A monitor: it gives the lock back while it waits for a condition, and takes it again. */
function waitsWith(taker: FunctionDefinition, last: string): boolean {
  return callsIn(taker, /^[pP]thread_cond_\w*wait$/).some(
    ({ args: [, lock] }) => lock && lastName(lock) === last,
  );
}

/** The functions of the file that take a lock of such a name. */
function takersOf(last: string, context: RuleContext): Set<FunctionDefinition> {
  const calls = fileCalls(context, /^[pP]thread_(?:mutex|rwlock)_\w*lock$/).filter(
    ({ name, expr: { args } }) => !/unlock$/.test(name) && args[0] && lastName(args[0]) === last,
  );
  return new Set(calls.map(({ within }) => within));
}

/** A mutex of this file, which is the whole program, that nobody takes, waits with or hands on. */
function isTakenNowhere(last: string, context: RuleContext): boolean {
  const { symbols } = context.scope.file;
  return (
    (symbols.isStatic(last) || isDefinedHere(last, context)) &&
    isProgram(context) &&
    isAllRead(context) &&
    !isKeptElsewhere(last, context) &&
    fileCalls(context, /./).every(
      ({ name, expr: { args } }) =>
        /_(?:unlock|init|destroy)$/.test(name) || !args.some((arg) => lastName(arg) === last),
    )
  );
}

/** Something else is done with the variable than that calls are given it: its address may be known by another name. */
function isKeptElsewhere(last: string, context: RuleContext): boolean {
  const others = context.ask(mentions, last).filter(({ how, isMember }) => how === 'other' && !isMember);
  const made = fileCalls(context, /_init$/).filter(
    ({ expr: { args } }) => args[0] && lastName(args[0]) === last,
  );
  const { initialisers } = context.scope.file.symbols;
  const isIn = (expr: Expr) => somePart(expr, (part) => part.kind === 'name' && part.name === last);
  return others.length > made.length || [...initialisers.values()].some(isIn);
}

/** A variable of the program's own file, of which no header tells others. */
function isDefinedHere(last: string, { scope: { file } }: RuleContext): boolean {
  const { globals, qualities } = file.symbols;
  return globals.has(last) && !(qualities.get(last) ?? []).includes('extern');
}

/** A function called before takes the lock, be it for its caller. */
function getsItLocked(unlock: Expr, last: string, context: RuleContext): boolean {
  return ownCalls(context, /./).some(({ name, expr }) => {
    const callee = expr.start < unlock.start ? context.functionNamed(name) : undefined;
    return callee && actsIn(callee, context).some((act) => act.last === last && act.op !== 'unlock');
  });
}

const takes = ['lock', 'try-lock', 'lock-shared', 'try-lock-shared'];

function isThreadLock({ site }: CallEvent, ops: readonly string[]): boolean {
  return (
    site?.call.effects.some(
      ({ op, kind }) => ops.includes(op) && (kind === 'mutex' || kind === 'rwlock' || kind === 'spinlock'),
    ) === true
  );
}

/** Notes on the path by which call the lock was asked for last. Who has it and tries once more still has it when that fails. */
function followAsking(event: CallEvent, context: RuleContext): void {
  const place = isThreadLock(event, [...takes, 'unlock'])
    ? (event.targetOf(0) ?? event.pointerOf(0))
    : undefined;
  if (place === undefined || isAsserted(event, context)) {
    return;
  }
  const key = `${prefix} asked ${place}`;
  const before = event.path.note(key);
  const has = typeof before === 'string' && !event.path.hasFailed(Number(before.split(' ')[0]));
  if (isThreadLock(event, ['unlock'])) event.path.setNote(key, undefined);
  else if (!has) event.path.setNote(key, `${event.site?.id} ${event.expr.start}`);
}

/** `assert(pthread_mutex_trylock(&lock) != 0)`: that the lock cannot be had tells that the caller has it. */
function isAsserted({ at, scope }: CallEvent, { source }: RuleContext): boolean {
  const stmt = at.within === scope.definition ? around(scope.definition, at).at(-1) : undefined;
  return (
    stmt?.kind === 'expr' &&
    /^\w*assert/i.test(source({ start: stmt.start, end: stmt.end, within: at.within }))
  );
}

/** The way here begins where the call that should have taken the lock has failed. */
function tellFailed(event: CallEvent, context: RuleContext): void {
  const place = isThreadLock(event, ['unlock']) ? (event.targetOf(0) ?? event.pointerOf(0)) : undefined;
  const note = place === undefined ? undefined : event.path.note(`${prefix} asked ${place}`);
  const [site, start] = typeof note === 'string' ? note.split(' ').map(Number) : [];
  const { definition } = context.scope;
  if (site === undefined) {
    return;
  }
  const asked = callsIn(definition, /lock/i).find((call) => call.start === start);
  if (!asked || !event.path.hasFailed(site) || ownsAfterFailure(definition)) {
    return;
  }
  // It tries, and where somebody else has the lock it waits for it.
  const mutex = asked.args[0] && lastName(asked.args[0]);
  const waits = callsIn(definition, /(?<!un|try)lock$/).some(
    ({ start, args: [lock] }) =>
      start > asked.start && start < event.expr.start && lock && lastName(lock) === mutex,
  );
  if (waits || isJudgedElsewhere(asked, event.expr, context) || isOneWayIn(asked, event.expr, definition)) {
    return;
  }
  const name = mutexName(event, context);
  // Without a time limit only a lock that is used wrongly is refused, and that is a fault of its own.
  const rare = !/try|timed|clock/.test(nameMade(calledName(asked) ?? '', context.scope));
  context.report({
    span: event.at,
    ...(rare ? { severity: 'information' as const } : {}),
    message: `\`${calledName(asked)}\` did not take \`${name}\` on this way, so this \`${event.name}\` gives back what this thread does not have, and takes it away from whoever holds it. Leave without it where taking failed.`,
    related: [{ span: asked, message: `\`${name}\` is asked for here, and not given` }],
  });
}

/** `if (mine || trylock(&lock) == 0) { ... unlock(&lock); }`: the branch is entered without having asked, too. */
function isOneWayIn(asked: Expr, unlock: Expr, definition: FunctionDefinition): boolean {
  return around(definition, unlock).some((stmt) => {
    const test = stmt.kind === 'if' && contains(stmt.consequent, unlock) ? unwrap(stmt.test) : undefined;
    return test?.kind === 'logical' && test.op === '||' && contains(test.right, asked);
  });
}

/** On the way the result is given to a function of the project, which may end the thread. */
function isJudgedElsewhere(asked: Expr, unlock: Expr, { scope }: RuleContext): boolean {
  const { definition, file } = scope;
  const result = resultName(definition, asked);
  return callsIn(definition, /./).some(
    (call) =>
      call.start > asked.start &&
      call.start < unlock.start &&
      call.args.some((arg) => arg.kind === 'name' && arg.name === result) &&
      file.callee(calledName(call) ?? '') !== undefined,
  );
}

/** Error numbers with which one has the lock all the same. */
function ownsAfterFailure({ body }: FunctionDefinition): boolean {
  const owns = /^(?:EOWNERDEAD|EDEADLK|pthread_mutex_consistent)$/;
  return someExprIn(body, (expr) => expr.kind === 'name' && owns.test(expr.name));
}

/** A call that stands alone, or whose result is only kept: what it gives decides nothing in the same breath. */
function decidesNothing(call: Expr, definition: FunctionDefinition): boolean {
  const stmt = statementOf(definition, call);
  const expr = stmt.kind === 'expr' ? stmt.expr : undefined;
  return (
    expr === call ||
    (expr?.kind === 'cast' && expr.value === call) ||
    (expr?.kind === 'assign' && expr.value === call)
  );
}

/** Nothing between the two unlocks locks again, and no test around the second one may go together with the first. */
function isCertain(event: CallEvent, free: MutexState): boolean {
  const { definition } = event.scope;
  return (
    decidesNothing(event.expr, definition) &&
    callsIn(definition, /trylock/).length === 0 &&
    comesAgain(event, free, /(?<!un)lock|wait/i, (first, second) =>
      second.every((choice) => first.includes(choice)),
    )
  );
}
