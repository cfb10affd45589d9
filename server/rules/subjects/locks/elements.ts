import { type Expr, type Stmt, walkStmt } from '../../../c/ast';
import { calledName } from '../../../c/cfg';
import type { RuleContext } from '../../rule';
import { isLoop, type Loop } from '../../shared/loops';
import { arms, around, contains } from '../../shared/statements';
import { assignmentsTo, usesOf } from '../../shared/uses';
import { choosesKinds } from '../mutexes';
import { actsIn, type LockAct, mayBeSame } from './acts';
import { changesIn, type Repeat } from './repeats';
import { stateAt } from './states';
import { LockWays } from './ways';

/** Mutexes that are elements of arrays, `forks[left]` or `forks+left`, which the walk does not tell apart: here they go by their text, as long as the index keeps its value. */

const element = /^mutex:(\w+(?:(?:->|\.)\w+)*)[[+](.+?)\]?$/;

function elementsIn(context: RuleContext): LockAct[] {
  if (choosesKinds(context)) return [];
  // A function of the program's own may lock more than it is given.
  return actsIn(context.scope, context).filter(
    ({ key, call }) => element.test(key) && !context.scope.file.callee(calledName(call) ?? ''),
  );
}

/** The same element locked, or unlocked, twice in one row. */
export function elementTwice(op: 'lock' | 'unlock', context: RuleContext): Repeat[] {
  const { definition } = context.scope;
  const acts = elementsIn(context);
  const found = acts.flatMap((again, index) => {
    const first = acts.slice(0, index).findLast(({ key }) => key === again.key);
    const outer = first && arms(definition, first.call);
    const inner = arms(definition, again.call);
    const isRow = outer?.length === inner.length && outer.every((arm) => inner.includes(arm));
    return first && isRow && first.op === op && again.op === op && !indexChanges(first, again, context)
      ? [{ first, again }]
      : [];
  });
  const ways = new LockWays(acts, context);
  return found.filter(({ first, again }) => ways.lead(first, again, op === 'lock' ? 'unlock' : 'lock'));
}

function indexChanges(first: LockAct, again: LockAct, { scope: { definition } }: RuleContext): boolean {
  const [, , index = ''] = element.exec(first.key) ?? [];
  const isBetween = (at: Expr) => at.start > first.call.end && at.start < again.call.start;
  return (index.match(/[A-Za-z_]\w*/g) ?? []).some((name) =>
    usesOf(definition, name).some(
      ({ expr, around: [outer] }) =>
        isBetween(expr) &&
        ((outer?.kind === 'assign' && outer.target === expr) ||
          outer?.kind === 'update' ||
          (outer?.kind === 'unary' && outer.op === '&')),
    ),
  );
}

export interface Mistaken {
  lock: LockAct;
  unlock: LockAct;
}

/** One element is locked, and another one unlocked that the function has never locked, while the first stays locked on that way. */
export function otherElement(context: RuleContext): Mistaken[] {
  const acts = elementsIn(context);
  const arrays = (act: LockAct) => element.exec(act.key)?.[1];
  const found = acts.flatMap((unlock, index) => {
    if (unlock.op !== 'unlock' || acts.some(({ key, op }) => key === unlock.key && op !== 'unlock'))
      return [];
    const lock = acts.slice(0, index).findLast((act) => arrays(act) === arrays(unlock) && act.op === 'lock');
    return lock && !mayBeOne(lock, unlock, context) && !goesRound(lock, unlock, context)
      ? [{ lock, unlock }]
      : [];
  });
  const ways = new LockWays(acts, context);
  return found.filter(
    ({ lock, unlock }) => ways.lead(lock, unlock, 'unlock') && ways.leadOut(lock, unlock.call),
  );
}

/** A loop goes from element to element, and which it is at is worked out: the one given back may have been taken in another round. */
function goesRound(lock: LockAct, unlock: LockAct, { scope }: RuleContext): boolean {
  const indices = [lock, unlock].map(({ key }) => element.exec(key)?.[2] ?? '');
  const words = indices.flatMap((index) => index.match(/[A-Za-z_]\w*/g) ?? []);
  const loops = [lock, unlock].flatMap(({ call }) => around(scope.definition, call).filter(isLoop));
  return (
    indices.every((index) => /\W/.test(index)) &&
    words.some((name) => loops.some((loop) => changesIn(name, loop, scope)))
  );
}

/** One index is made to be the other, or is a number. */
function mayBeOne(lock: LockAct, unlock: LockAct, { scope: { definition } }: RuleContext): boolean {
  const [, , one = ''] = element.exec(lock.key) ?? [];
  const [, , other = ''] = element.exec(unlock.key) ?? [];
  const isNumber = (index: string) => /^\d/.test(index);
  const isAssigned = (name: string, value: string) =>
    assignmentsTo(definition, name).some(({ value: given }) => given.kind === 'name' && given.name === value);
  return isNumber(one) !== isNumber(other) || isAssigned(one, other) || isAssigned(other, one);
}

/** A loop goes from one element to the next, `i = next(i)`: what it takes in one round it gives back in another, or behind the last. */
export function isHandedRound(
  lock: LockAct,
  acts: readonly LockAct[],
  { scope: { definition } }: RuleContext,
): boolean {
  const loop = around(definition, lock.call).findLast(isLoop);
  const gives = acts.filter(({ op, key }) => op !== 'lock' && key !== lock.key);
  const words = (key: string) => element.exec(key)?.[2]?.match(/[A-Za-z_]\w*/g) ?? [];
  return (
    loop !== undefined &&
    gives.some(
      (give) =>
        mayBeSame(lock, give) &&
        [...words(lock.key), ...words(give.key)].some((name) =>
          assignmentsTo(definition, name).some(({ value }) => contains(loop.body, value)),
        ),
    )
  );
}

export interface Unready {
  jump: Stmt;
  first: LockAct | undefined;
  name: string;
}

const waiting = /^(?:pthread_cond_(?:timed|clock)?wait|cnd_(?:timed)?wait)$/;

/** `continue` with the mutex given back, in a loop of which each round begins with the mutex held: it waits with it or gives it back. */
export function unreadyRounds(context: RuleContext): Unready[] {
  const { definition } = context.scope;
  const acts = actsIn(context.scope, context).filter(({ kind }) => kind === 'mutex');
  const keys = new Set(acts.map(({ key }) => key));
  if (keys.size === 0) return [];
  const loops = new Set(acts.flatMap(({ call }) => around(definition, call).filter(isLoop)));
  return [...loops].flatMap((loop) =>
    [...keys].flatMap((key) => {
      const own = acts.filter((act) => act.key === key);
      const [act] = own;
      return act && beginsHeld(loop, own, context)
        ? continuesOf(loop, context)
            .filter((jump) => stateAt(jump, definition.body, own, context) === 'unlocked')
            .map((jump) => ({ jump, first: own.find(({ call }) => contains(loop, call)), name: act.name }))
        : [];
    }),
  );
}

/** The lock is taken in front of the loop and at the end of each round, and the first thing that a round does with it needs it. */
function beginsHeld(loop: Loop, acts: readonly LockAct[], context: RuleContext): boolean {
  const { definition } = context.scope;
  const inside = acts.filter(({ call }) => contains(loop.body, call));
  const before = acts.filter(({ call }) => call.end <= loop.start);
  const [first] = inside;
  const isOwn = ({ call }: LockAct) => arms(definition, call).at(-1) === loop.body;
  const last = inside.findLast(isOwn);
  const wait = waitIn(loop, acts);
  return (
    before.at(-1)?.op === 'lock' &&
    last?.op === 'lock' &&
    first !== undefined &&
    first.op === 'unlock' &&
    (wait === undefined || wait.start < first.call.start) &&
    (wait !== undefined || isOwn(first))
  );
}

/** A wait with this very mutex. */
function waitIn(loop: Loop, [act]: readonly LockAct[]): Expr | undefined {
  let found: Expr | undefined;
  walkStmt(loop.body, {
    expr: (expr) => {
      const isWait = expr.kind === 'call' && waiting.test(calledName(expr) ?? '');
      const name = isWait && expr.args[1]?.kind === 'unary' ? expr.args[1].operand : undefined;
      const last = name?.kind === 'name' ? name.name : name?.kind === 'member' ? name.field : undefined;
      if (isWait && last === act?.last) found ??= expr;
    },
  });
  return found;
}

function continuesOf(loop: Loop, { scope: { definition } }: RuleContext): Stmt[] {
  const found: Stmt[] = [];
  walkStmt(loop.body, {
    stmt: (stmt) => {
      if (stmt.kind === 'continue' && around(definition, stmt).findLast(isLoop) === loop) found.push(stmt);
    },
  });
  return found;
}
