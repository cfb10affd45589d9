import type { FunctionScope } from '../../../analysis/context';
import { unwrap } from '../../../analysis/operators';
import { type Expr, type FunctionDefinition, type Stmt, someExprIn, someStmtIn } from '../../../c/ast';
import { calledName } from '../../../c/cfg';
import type { RuleContext } from '../../rule';
import { leavesAtEnd, mayEndInside } from '../../shared/endings';
import { isEndless, isLoop, type Loop } from '../../shared/loops';
import { arms, around, contains } from '../../shared/statements';
import { usesOf } from '../../shared/uses';
import { callsTo, functionsOf, ownCalls, threadStarts } from '../../shared/whole-file';
import { startsAtOne } from '../first-values';
import { choosesKinds, isGivenBackForOthers } from '../mutexes';
import { anyNumber, isTakenAbove } from './act';
import { actsIn, type LockAct } from './acts';
import { LockWays } from './ways';

/** Locks and semaphores that are taken twice, or given back twice, in the structure of one function. */

export interface Repeat {
  first: LockAct;
  again: LockAct;
}

/** The kinds that the walk does not follow. */
function isOther({ kind }: LockAct): boolean {
  return kind === 'rwlock' || kind === 'spinlock' || kind === 'semaphore' || kind === 'sysv-sem';
}

/** A mutex that a function of the program's own locks: the walk knows one lock from the next by where they stand, and these stand in one place. */
function isByFunction({ kind, call }: LockAct, { scope }: RuleContext): boolean {
  const name = calledName(call) ?? '';
  return kind === 'mutex' && scope.call(name) === undefined && scope.file.symbols.macro(name) === undefined;
}

export function takenTwice(context: RuleContext): Repeat[] {
  const { definition } = context.scope;
  const recursive = choosesKinds(context);
  const acts = actsIn(context.scope, context).filter(
    (act) => isOther(act) || (act.kind === 'mutex' && !recursive),
  );
  const found = acts.flatMap((again, index) => {
    const first = acts
      .slice(0, index)
      .findLast((act) => act.key === again.key && !leavesWith(act, again, context));
    const isLock =
      first?.op === 'lock' && again.op === 'lock' && !/rdlock$/.test(calledName(first.call) ?? '');
    const isFollowed =
      again.kind === 'mutex' && (!isByFunction(again, context) || isGivenBackForOthers(again.last, context));
    const certain =
      first &&
      isLock &&
      !isFollowed &&
      // By its name it is to give back: of its sign another rule tells.
      !namedForGiving.test(calledName(again.call) ?? '') &&
      sameArms(definition, first, again) &&
      !helpersBetween(first, again, context);
    return first && certain && startsAtOne(first, context) ? [{ first, again }] : [];
  });
  const ways = new LockWays(acts, context);
  return found.filter(
    ({ first, again }) => ways.lead(first, again, 'unlock') && !carriesMessages(first, context),
  );
}

/** A semaphore that somebody posts who has not waited for it: it counts what another one may take, as free places. */
function carriesMessages({ kind, last }: LockAct, context: RuleContext): boolean {
  if (kind !== 'semaphore' && kind !== 'sysv-sem') return false;
  return functionsOf(context).some((definition) => {
    const scope = context.scope.file.scopeOf(definition);
    const same = actsIn(scope, context.in(scope)).filter((act) => act.kind === kind && act.last === last);
    const isForCallers = same.every(({ op }) => op === 'unlock') && isHelper(definition, context);
    return same.some((act) => act.op === 'unlock' && !isTakenAbove(act, same, definition)) && !isForCallers;
  });
}

/** What a function does for its callers, they are seen to do. */
function isHelper({ name }: FunctionDefinition, context: RuleContext): boolean {
  return callsTo(context, name).length > 0 && !threadStarts(context).has(name);
}

/** An unlock in a branch that leaves: who comes to the other lock has not been there. */
function leavesWith({ op, call }: LockAct, again: LockAct, context: RuleContext): boolean {
  return op === 'unlock' && leavesBefore(call, again.call, context);
}

function leavesBefore(call: Expr, again: Expr, context: RuleContext): boolean {
  const { definition } = context.scope;
  const own = arms(definition, again);
  return arms(definition, call).some((arm) => !own.includes(arm) && leavesAtEnd(arm, context));
}

/** At the end of each round of a loop that takes it at the beginning of the next. */
export function takenOverRounds(context: RuleContext): Repeat[] {
  const { scope } = context;
  const { definition } = scope;
  const all = actsIn(scope, context);
  const recursive = choosesKinds(context);
  const loops = new Set(all.flatMap(({ call }) => around(definition, call).findLast(isLoop) ?? []));
  return [...loops].flatMap((loop) => {
    if (leavesAtEnd(loop.body, context)) return [];
    const inside = all.filter(
      (act) => contains(loop.body, act.call) && (isOther(act) || (act.kind === 'mutex' && !recursive)),
    );
    return [...new Set(inside.map(({ key }) => key))].flatMap((key) => {
      const same = inside.filter((act) => act.key === key);
      const repeat = key.endsWith(anyNumber) ? undefined : overRounds(same, loop, context);
      const isFixed = repeat && !changesBetween(repeat.first, loop, scope);
      return isFixed && !isGivenBehind(repeat.first, loop, all, context) ? [repeat] : [];
    });
  });
}

/** The last act of a round takes, as the first one of the next does. */
function overRounds(same: readonly LockAct[], loop: Loop, context: RuleContext): Repeat | undefined {
  const { definition } = context.scope;
  const armOf = ({ call }: LockAct) => arms(definition, call).at(-1);
  const acts = same.filter((act) => armOf(act) === loop.body);
  const [again] = acts;
  const first = acts.at(-1);
  if (!again || first?.op !== 'lock' || /rdlock$/.test(calledName(first.call) ?? '')) return undefined;
  const nested = same.filter((act) => !acts.includes(act));
  if (again === first) {
    // Only a way out of the loop gives it back.
    const leaves = nested.every((act) => {
      const arm = armOf(act);
      return act.op === 'unlock' && act.call.start > first.call.end && arm && leavesLoop(arm, loop);
    });
    const keeps =
      nested.length > 0
        ? isOther(first) && isCalledLock(first, context)
        : first.kind === 'mutex' && isEndless(loop, context) && isNeverGiven(first, loop, context);
    return leaves && keeps ? { first, again } : undefined;
  }
  // What a branch takes it gives back itself.
  const isPaired = nested.every((act) => {
    const own = nested.filter((other) => armOf(other) === armOf(act));
    return alternate(own) && own.length % 2 === 0;
  });
  return alternate(acts) && isPaired && same.at(-1) === first && same[0] === again
    ? { first, again }
    : undefined;
}

/** Neither the function nor whom it calls in the loop gives it back, and nothing waits with it for a condition. */
function isNeverGiven(lock: LockAct, loop: Loop, context: RuleContext): boolean {
  return (
    actsIn(context.scope, context).every(({ key, op }) => key !== lock.key || op === 'lock') &&
    ownCalls(context, /./).every(
      ({ name, expr }) =>
        !contains(loop, expr) ||
        (!mayGive(name, context) && !/wait$/.test(name)) ||
        actsIn(context.scope, context).some(({ call }) => call === expr),
    )
  );
}

/** A branch that ends the rounds of this very loop. */
function leavesLoop(arm: Stmt, loop: Loop): boolean {
  const last = arm.kind === 'block' ? arm.body.at(-1) : arm;
  const isInner = someStmtIn(loop.body, (stmt) => stmt.kind === 'switch' && contains(stmt, arm));
  return last?.kind === 'return' || last?.kind === 'goto' || (last?.kind === 'break' && !isInner);
}

/** It is there for one at a time: it starts at 1, or what takes it is named so. */
function isCalledLock(act: LockAct, context: RuleContext): boolean {
  return /(?<![a-z])lock/i.test(calledName(act.call) ?? '') || startsAtOne(act, context);
}

/** What tells which lock is meant gets another value in the loop. */
function changesBetween({ key, call }: LockAct, loop: Loop, scope: FunctionScope): boolean {
  const object = call.args[0] && unwrap(call.args[0]);
  // The address of a variable stays what it is.
  const isPlain = object?.kind === 'unary' && object.op === '&' && object.operand.kind === 'name';
  return !isPlain && (key.match(/[A-Za-z_]\w*/g) ?? []).some((word) => changesIn(word, loop, scope));
}

/** Behind the last act of the round a function is called that may give it back. */
function isGivenBehind(
  { call: { end } }: LockAct,
  loop: Loop,
  all: LockAct[],
  context: RuleContext,
): boolean {
  return ownCalls(context, /./).some(
    ({ name, expr }) =>
      expr.start > end &&
      expr.end <= loop.end &&
      !all.some(({ call }) => call === expr) &&
      mayGive(name, context),
  );
}

/** Taken, given back, taken, and so on. */
function alternate(acts: readonly LockAct[]): boolean {
  return acts.every(({ op }, index) => op === (index % 2 === 0 ? 'lock' : 'unlock'));
}

/** A variable of the function that gets another value in a loop. */
export function changesIn(name: string, loop: Stmt, { definition }: FunctionScope): boolean {
  return usesOf(definition, name).some(
    ({ expr, around: [outer] }) =>
      contains(loop, expr) &&
      ((outer?.kind === 'assign' && outer.target === expr) ||
        outer?.kind === 'update' ||
        (outer?.kind === 'unary' && outer.op === '&')),
  );
}

/** In a branch that goes on, and then once more for all. */
export function givenTwice(context: RuleContext): Repeat[] {
  const { definition } = context.scope;
  const acts = actsIn(context.scope, context).filter(isOther);
  const found = acts.flatMap((first, index) => {
    const again = acts.slice(index + 1).find(({ key }) => key === first.key);
    const [lock, before] = acts
      .slice(0, index)
      .filter(({ key }) => key === first.key)
      .reverse();
    // What is taken several times, as a lock for reading may be, is given back as often.
    if (first.op !== 'unlock' || again?.op !== 'unlock' || lock?.op !== 'lock' || before?.op === 'lock') {
      return [];
    }
    const outer = arms(definition, again.call);
    const inner = arms(definition, first.call);
    const extra = inner.filter((arm) => !outer.includes(arm));
    const ends = (expr: Expr) => expr.start >= first.call.start && mayEndInside(calledName(expr), context);
    const falls =
      outer.every((arm) => inner.includes(arm)) &&
      !extra.some((arm) => leavesAtEnd(arm, context) || someExprIn(arm, ends));
    const block = around(definition, first.call).findLast(({ kind }) => kind === 'block');
    const leaves =
      block?.kind === 'block' &&
      block.body.some(
        (stmt) => stmt.start > first.call.end && stmt.end <= again.call.start && leavesAtEnd(stmt, context),
      );
    const together = arms(definition, lock.call).every((arm) => outer.includes(arm));
    return falls && !leaves && together && startsAtOne(first, context) ? [{ first, again }] : [];
  });
  const ways = new LockWays(acts, context);
  return found.filter(({ first, again }) => ways.lead(first, again, 'lock'));
}

function sameArms(definition: FunctionDefinition, first: LockAct, again: LockAct): boolean {
  const outer = arms(definition, first.call);
  const inner = arms(definition, again.call);
  return outer.every((arm) => inner.includes(arm)) && inner.length === outer.length;
}

const namedForGiving = /unlock|release|post|give|(?:^|_)v$/i;
const givesByName = /unlock|post|release|give|leave|signal|wait|up$|^[vV]$/i;

/** By its name, or as its text gives more back than it takes; what the system's calls do is known. */
function mayGive(name: string, context: RuleContext): boolean {
  const own = context.functionNamed(name);
  if (own) {
    const acts = actsIn(own, context);
    const count = (op: LockAct['op']) => acts.filter((act) => act.op === op).length;
    return count('unlock') > count('lock') || count('either') > 0 || /unlock|release|leave/i.test(name);
  }
  return givesByName.test(name) && context.scope.file.call(name) === undefined;
}

/** A call between the two that may give it back. */
function helpersBetween(first: LockAct, again: LockAct, context: RuleContext): boolean {
  return ownCalls(context, /./).some(
    ({ name, expr }) =>
      expr.start > first.call.end &&
      expr.start < again.call.start &&
      mayGive(name, context) &&
      !leavesBefore(expr, again.call, context),
  );
}
