import { rootName } from '../../analysis/aliasing';
import { changedBy, unwrap } from '../../analysis/operators';
import { type Expr, type FunctionDefinition, parameterIndex, somePart, walkStmt } from '../../c/ast';
import { calledName } from '../../c/cfg';
import type { Rule, RuleContext } from '../rule';
import { loopAround } from '../shared/loops';
import { contains } from '../shared/statements';
import { assignmentsTo, callsIn, pathOf, usesOf, variableIn } from '../shared/uses';
import {
  callsTo,
  type FileCall,
  fileMakes,
  lastName,
  routineOf,
  threadCreations,
  threadStarts,
} from '../shared/whole-file';
import { awaitedIn, type Change, changes, concerns } from '../subjects/conditions';
import { startsAtOne } from '../subjects/first-values';
import { actsIn, type LockAct } from '../subjects/locks/acts';
import { stateAt } from '../subjects/locks/states';

export const lockOutside: Rule = {
  meta: {
    id: 'lock/outside',
    severity: 'warning',
    preset: 'recommended',
    title: 'Shared data is changed outside of the lock that protects it',
    explanation:
      'An index or a counter that several threads move on belongs to one critical section, from where it is read to where the new value is stored. When the lock is given back in between, or taken only behind the change, two threads start from one value: both use the same place, or one of two changes gets lost.',
    silence:
      'Reported only for a change that starts from the old value, in a function that also takes the lock and there either uses the value as an index or changes it too, or where another function changes it, or a thread reads a variable of the file, with the lock held; and only where several threads run it. Atomic variables, elements of arrays, and what the function has made itself.',
    references: [{ page: 'pthread_mutex_lock', section: 3 }],
    example: {
      bad: `#include <pthread.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static int slots[64], next;

static void *fill(void *arg) {
  pthread_mutex_lock(&lock);
  slots[next] = 1;
  pthread_mutex_unlock(&lock);
  next = (next + 1) % 64;
  return arg;
}

int main(void) {
  pthread_t fillers[4];
  for (int i = 0; i < 4; i++)
    if (pthread_create(&fillers[i], 0, fill, 0) != 0) return 1;
  for (int i = 0; i < 4; i++)
    if (pthread_join(fillers[i], 0) != 0) return 1;
  return 0;
}
`,
      good: `#include <pthread.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static int slots[64], next;

static void *fill(void *arg) {
  pthread_mutex_lock(&lock);
  slots[next] = 1;
  next = (next + 1) % 64;
  pthread_mutex_unlock(&lock);
  return arg;
}

int main(void) {
  pthread_t fillers[4];
  for (int i = 0; i < 4; i++)
    if (pthread_create(&fillers[i], 0, fill, 0) != 0) return 1;
  for (int i = 0; i < 4; i++)
    if (pthread_join(fillers[i], 0) != 0) return 1;
  return 0;
}
`,
    },
  },
  check: (context) => ({
    end() {
      const acts = actsIn(context.scope, context).filter((act) => isExclusive(act, context));
      const locks = new Set(acts.flatMap(({ op, key }) => (op === 'lock' ? [key] : [])));
      if (locks.size === 0 || startsOrEnds(context)) return;
      const moved = movesIn(context);
      // Each change is asked about each lock: a function with so many of both is not worth the time.
      if (moved.size * acts.length > mostQuestions) return;
      for (const key of locks) {
        const own = acts.filter((act) => act.key === key);
        if (!own.some(({ op }) => op === 'unlock')) continue;
        for (const move of moved) {
          const evidence = isOutside(move, acts, context) && belongsTo(move, own, context);
          if (!evidence) continue;
          moved.delete(move);
          const shown = pathOf(move.target) ?? move.name;
          context.report({
            span: move.expr,
            message: `\`${shown}\` is changed here without \`${own[0]?.name}\`, which protects it elsewhere: two at once start from one value, so both use the same place or a change gets lost. Change it with the lock held.`,
            related: [
              { span: { ...evidence.at, within: evidence.within }, message: 'Here the lock is held' },
            ],
          });
        }
      }
    },
  }),
};

const mostQuestions = 2000;

/** There for one at a time. */
function isExclusive(act: LockAct, context: RuleContext): boolean {
  if (act.kind === 'mutex' || act.kind === 'rwlock' || act.kind === 'spinlock') return true;
  const isSemaphore = act.kind === 'semaphore' || act.kind === 'sysv-sem';
  return isSemaphore && (/mutex|lock/i.test(act.name) || startsAtOne(act, context));
}

/** By its name the function prepares what others share, or gives it up, when nobody else is there. */
function startsOrEnds({ scope }: RuleContext): boolean {
  const { name } = scope.definition;
  return /init|create|new|setup|open|destroy|free|close|fini|clean|reset/i.test(name);
}

/** Changes of what others see that start from the old value: `next++`, `left -= n`, `at = (at + 1) % size`. */
function movesIn(context: RuleContext): Set<Change> {
  const { definition } = context.scope;
  const names = new Set<string>();
  walkStmt(definition.body, {
    expr: (expr) => {
      const target = changedBy(expr);
      const name = target && isPlace(target, context) ? lastName(target) : undefined;
      if (name !== undefined) names.add(name);
    },
  });
  const all = [...names].flatMap((name) => context.ask(changes, name));
  return new Set(
    all.filter(
      (change) => change.within === definition && isPlace(change.target, context) && fromOld(change.expr),
    ),
  );
}

/** A variable outside functions, or a member of what was handed to the function or lies in shared memory. */
function isPlace(target: Expr, { scope }: RuleContext): boolean {
  if (target.kind === 'name') {
    const qualities = scope.file.symbols.qualities.get(target.name) ?? [];
    const type = scope.file.symbols.global(target.name);
    const isAtomic =
      qualities.some((word) => /atomic/i.test(word)) || (type?.k === 'named' && /atomic/i.test(type.name));
    return !scope.typeOf(target.name) && type !== undefined && !isAtomic;
  }
  if (target.kind !== 'member') return false;
  const type = scope.resolvedTypeOf(target);
  const root = rootName(target);
  return (
    root !== undefined &&
    pathOf(target) !== undefined &&
    !(type?.k === 'named' && /atomic/i.test(type.name)) &&
    (isHanded(root, scope.definition) ||
      (!scope.typeOf(root) && scope.file.symbols.global(root) !== undefined))
  );
}

/** A parameter, or a variable that only ever is what a parameter is, or mapped memory. */
function isHanded(root: string, definition: FunctionDefinition): boolean {
  const isParam = (name: string) => definition.type.params.some((param) => param.name === name);
  if (isParam(root)) return assignmentsTo(definition, root).length === 0;
  const [set, ...others] = assignmentsTo(definition, root);
  const value = set && others.length === 0 ? unwrap(set.value) : undefined;
  return (
    (value?.kind === 'name' && isParam(value.name)) ||
    (value !== undefined && /^(?:mmap|shmat)$/.test(calledName(value) ?? ''))
  );
}

function fromOld(expr: Expr): boolean {
  if (expr.kind === 'update') return true;
  if (expr.kind !== 'assign') return false;
  const path = pathOf(expr.target);
  return expr.op !== '=' || (path !== undefined && somePart(expr.value, (part) => pathOf(part) === path));
}

/** No lock of any kind is held, and none is had that cannot be told. */
function isOutside({ expr }: Change, acts: readonly LockAct[], context: RuleContext): boolean {
  const { body } = context.scope.definition;
  const every = actsIn(context.scope, context);
  return [...new Set([...acts, ...every].map(({ key }) => key))].every((key) => {
    const same = every.filter((act) => act.key === key);
    const state = stateAt(expr, body, same, context);
    return state === 'unlocked' || state === 'untouched' || !same.some((act) => isExclusive(act, context));
  });
}

interface Evidence {
  at: Expr;
  within: FunctionDefinition;
}

/** Where the lock is held for the same thing, as long as several run at once. */
function belongsTo(move: Change, lock: readonly LockAct[], context: RuleContext): Evidence | undefined {
  const [first] = lock;
  const object = first?.call.args[0];
  const owner = object && variableIn(object);
  // The lock of one structure says nothing of another one.
  // A set lies in no structure, whoever has its number.
  const isGlobal = first?.kind === 'sysv-sem' || (owner !== undefined && !context.scope.typeOf(owner));
  if (!first || (!isGlobal && owner !== rootName(move.target))) return undefined;
  const inside =
    usedInside(move, lock, context) ??
    readInside(move, first, context) ??
    awaitedInside(move, first, context);
  if (inside && isRunByMany(context.scope.definition, move, context)) return inside;
  return changedInside(move, first, context);
}

/** In the function itself, with the lock held: an element is chosen by it, or it is changed. */
function usedInside(move: Change, lock: readonly LockAct[], context: RuleContext): Evidence | undefined {
  const { definition } = context.scope;
  const path = pathOf(move.target);
  const found: Expr[] = [];
  walkStmt(definition.body, {
    expr: (expr) => {
      const index = expr.kind === 'index' ? expr.index : undefined;
      const root = expr.kind === 'index' ? rootName(expr.array) : undefined;
      const isLocal =
        root !== undefined && context.scope.typeOf(root) !== undefined && !isHanded(root, definition);
      if (index && !isLocal && somePart(index, (part) => pathOf(part) === path)) found.push(expr);
      if (fromOld(expr) && expr !== move.expr && pathOf(changedBy(expr)) === path) found.push(expr);
    },
  });
  const at = found.find((expr) => stateAt(expr, definition.body, lock, context) === 'locked');
  return at && { at, within: definition };
}

/** The function itself waits with that mutex for as long as a test of it holds: what the test has told is over behind the unlock. */
function awaitedInside(move: Change, { last, kind }: LockAct, context: RuleContext): Evidence | undefined {
  if (kind !== 'mutex') return undefined;
  const { definition } = context.scope;
  const found = awaitedIn(context).find(
    ({ wait, mutex, atoms }) =>
      wait.within === definition &&
      mutex === last &&
      wait.expr.end <= move.expr.start &&
      atoms.some((atom) => concerns(move, atom)),
  );
  return found && { at: found.wait.expr, within: definition };
}

/** A variable outside functions, which is nobody's own, is asked for with the lock held, by this thread or another one. */
function readInside({ target, name }: Change, lock: LockAct, context: RuleContext): Evidence | undefined {
  const { definition, file } = context.scope;
  if (target.kind !== 'name') return undefined;
  const routines = [...threadStarts(context)].flatMap(
    (start) => file.symbols.function(start)?.definition ?? [],
  );
  for (const within of new Set([definition, ...routines])) {
    const scope = file.scopeOf(within);
    const acts = actsIn(scope, context.in(scope)).filter(
      ({ kind, last }) => kind === lock.kind && last === lock.last,
    );
    const read = acts.length > 0 && !scope.typeOf(name) ? usesOf(within, name) : [];
    const at = read.find(({ expr }) => stateAt(expr, within.body, acts, context) === 'locked');
    if (at) return { at: at.expr, within };
  }
  return undefined;
}

/** Another function that threads run changes it, and holds a lock of that name for it. */
function changedInside(move: Change, lock: LockAct, context: RuleContext): Evidence | undefined {
  const { definition, file } = context.scope;
  const creations = threadCreations(context);
  if (creations.length === 0 || !isReached(definition, context, 0)) return undefined;
  // What each thread has for itself needs no lock, even where it has one in hand.
  const isHandedOver = move.target.kind === 'member' && threadStarts(context).has(definition.name);
  if (isHandedOver && creations.every(givesOwn)) return undefined;
  const others = context
    .ask(changes, move.name)
    .filter((change) => change.within !== definition && concerns(change, move));
  const held = others.find(({ expr, within }) => {
    const acts = actsIn(file.scopeOf(within), context).filter(
      ({ kind, last }) => kind === lock.kind && last === lock.last,
    );
    return acts.length > 0 && stateAt(expr, within.body, acts, context) === 'locked';
  });
  return held && isReached(held.within, context, 0) ? { at: held.expr, within: held.within } : undefined;
}

/** Each thread gets memory of its own: an element of an array, or what the round of the loop has found or made. */
function givesOwn({ expr, within }: FileCall): boolean {
  const given = expr.args[3] && unwrap(expr.args[3]);
  const place = given?.kind === 'unary' && given.op === '&' ? unwrap(given.operand) : given;
  if (place?.kind === 'index') return place.index.kind !== 'number';
  const loop = loopAround(within, expr);
  return (
    place?.kind === 'name' &&
    given === place &&
    loop !== undefined &&
    assignmentsTo(within, place.name).some(({ value }) => contains(loop, value))
  );
}

/** Threads are started with it in a loop or in several places, or it works in memory that programs share. */
function isRunByMany(definition: FunctionDefinition, move: Change, context: RuleContext): boolean {
  const starts = threadCreations(context).filter(({ name, expr }) => {
    const routine = routineOf({ name, expr });
    return routine && reaches(lastName(routine), definition.name, context, 0);
  });
  // `pthread_create(&threads[count++], ...)` is one of several.
  const looped = starts.some(
    ({ expr, within }) => loopAround(within, expr) !== undefined || isNextElement(expr.args[0]),
  );
  return looped || starts.length > 1 || isInMemory(move, definition, context);
}

function isNextElement(identifier: Expr | undefined): boolean {
  return (
    identifier !== undefined &&
    somePart(identifier, (part) => part.kind === 'index' && part.index.kind !== 'number')
  );
}

/**
 * A member of what `mmap` or `shmat` gave, be it to the function that calls this one. Processes of this program that come one by one may
 * be ordered otherwise; those that a loop forks are not.
 */
function isInMemory(
  { target, expr: change }: Change,
  definition: FunctionDefinition,
  context: RuleContext,
): boolean {
  const root = target.kind === 'member' && target.arrow ? rootName(target) : undefined;
  const index = parameterIndex(definition.type.params, root);
  const forks = fileMakes(context, /^v?fork$/i);
  const isMapped = (name: string, within: FunctionDefinition) =>
    assignmentsTo(within, name).some(({ value }) => /^(?:mmap|shmat)$/.test(calledName(unwrap(value)) ?? ''));
  const areMany = (within: FunctionDefinition, place: Expr) => {
    const loop = forks ? loopAround(within, place) : undefined;
    return (
      !forks || (loop !== undefined && callsIn(within, /^v?fork$/i).some((fork) => contains(loop, fork)))
    );
  };
  if (root === undefined || threadCreations(context).length > 0) return false;
  return index < 0
    ? isMapped(root, definition) && areMany(definition, change)
    : callsTo(context, definition.name).some(({ expr, within }) => {
        const given = expr.args[index] && unwrap(expr.args[index]!);
        return given?.kind === 'name' && isMapped(given.name, within) && areMany(within, expr);
      });
}

function reaches(from: string | undefined, name: string, context: RuleContext, depth: number): boolean {
  if (from === undefined || depth > 2) return false;
  return (
    from === name ||
    callsTo(context, name).some(({ within }) => reaches(from, within.name, context, depth + 1))
  );
}

function isReached({ name }: FunctionDefinition, context: RuleContext, depth: number): boolean {
  return (
    threadStarts(context).has(name) ||
    (depth < 3 && callsTo(context, name).some(({ within }) => isReached(within, context, depth + 1)))
  );
}
