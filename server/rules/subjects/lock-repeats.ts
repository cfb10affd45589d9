import type { FunctionScope } from '../../analysis/context';
import { type Expr, type FunctionDefinition, type Stmt, someExprIn } from '../../c/ast';
import { calledName } from '../../c/cfg';
import type { RuleContext } from '../rule';
import { leavesAtEnd, soundsLikeEnding } from '../shared/endings';
import { isLoop } from '../shared/loops';
import { arms, around, contains } from '../shared/statements';
import { usesOf } from '../shared/uses';
import { fileCalls, lastName, ownCalls } from '../shared/whole-file';
import { actsIn, anyNumber, type LockAct } from './locks';

/** Locks and semaphores that are taken twice, or given back twice, in the structure of one function. */

export interface Repeat {
  first: LockAct;
  again: LockAct;
}

/** The kinds that the walk does not follow. */
function isOther({ kind }: LockAct): boolean {
  return kind === 'rwlock' || kind === 'spinlock' || kind === 'semaphore' || kind === 'sysv-sem';
}

export function takenTwice(context: RuleContext): Repeat[] {
  const { definition } = context.scope;
  const acts = actsIn(context.scope, context).filter(isOther);
  return acts.flatMap((again, index) => {
    const first = acts.slice(0, index).findLast(({ key }) => key === again.key);
    const isLock =
      first?.op === 'lock' && again.op === 'lock' && !/rdlock$/.test(calledName(first.call) ?? '');
    const certain =
      first && isLock && sameArms(definition, first, again) && !helpersBetween(first, again, context);
    return first && certain && startsAtOne(first, context) ? [{ first, again }] : [];
  });
}

/** At the end of each round of a loop that takes it at the beginning of the next. */
export function takenOverRounds(context: RuleContext): Repeat[] {
  const { scope } = context;
  const { definition } = scope;
  const all = actsIn(scope, context);
  const loops = new Set(all.flatMap(({ call }) => around(definition, call).findLast(isLoop) ?? []));
  return [...loops].flatMap((loop) => {
    if (leavesAtEnd(loop.body)) return [];
    const inside = all.filter((act) => contains(loop.body, act.call) && isOther(act));
    return [...new Set(inside.map(({ key }) => key))].flatMap((key) => {
      const same = inside.filter((act) => act.key === key);
      const acts = same.filter(({ call }) => arms(definition, call).at(-1) === loop.body);
      const [again] = acts;
      const first = acts.at(-1);
      if (!again || !first || again === first || key.endsWith(anyNumber)) return [];
      // What a branch takes it gives back itself.
      const nested = same.filter((act) => !acts.includes(act));
      const isPaired = nested.every(({ call }) => {
        const arm = arms(definition, call).at(-1);
        const own = nested.filter((act) => arms(definition, act.call).at(-1) === arm);
        return alternate(own) && own.length % 2 === 0;
      });
      const alternates = alternate(acts) && isPaired && same.at(-1) === first && same[0] === again;
      const isFixed = !(key.match(/[A-Za-z_]\w*/g) ?? []).some((word) => changesIn(word, loop, scope));
      const rest = ownCalls(context, /./).filter(
        ({ name, expr }) =>
          expr.start > first.call.end &&
          expr.end <= loop.end &&
          !all.some(({ call }) => call === expr) &&
          (givesByName.test(name) || context.functionNamed(name) !== undefined),
      );
      const isShared = /rdlock$/.test(calledName(first.call) ?? '');
      return alternates && first.op === 'lock' && isFixed && !isShared && rest.length === 0
        ? [{ first, again }]
        : [];
    });
  });
}

/** Taken, given back, taken, and so on. */
function alternate(acts: readonly LockAct[]): boolean {
  return acts.every(({ op }, index) => op === (index % 2 === 0 ? 'lock' : 'unlock'));
}

/** A variable of the function that gets another value in a loop. */
function changesIn(name: string, loop: Stmt, { definition }: FunctionScope): boolean {
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
  return acts.flatMap((first, index) => {
    const again = acts.slice(index + 1).find(({ key }) => key === first.key);
    const lock = acts.slice(0, index).findLast(({ key }) => key === first.key);
    if (first.op !== 'unlock' || again?.op !== 'unlock' || lock?.op !== 'lock') {
      return [];
    }
    const outer = arms(definition, again.call);
    const inner = arms(definition, first.call);
    const extra = inner.filter((arm) => !outer.includes(arm));
    const ends = (expr: Expr) => expr.start > first.call.end && soundsLikeEnding(calledName(expr));
    const falls =
      outer.every((arm) => inner.includes(arm)) &&
      !extra.some((arm) => leavesAtEnd(arm) || someExprIn(arm, ends));
    const block = around(definition, first.call).findLast(({ kind }) => kind === 'block');
    const leaves =
      block?.kind === 'block' &&
      block.body.some(
        (stmt) => stmt.start > first.call.end && stmt.end <= again.call.start && leavesAtEnd(stmt),
      );
    const together = arms(definition, lock.call).every((arm) => outer.includes(arm));
    return falls && !leaves && together && startsAtOne(first, context) ? [{ first, again }] : [];
  });
}

function sameArms(definition: FunctionDefinition, first: LockAct, again: LockAct): boolean {
  const outer = arms(definition, first.call);
  const inner = arms(definition, again.call);
  return outer.every((arm) => inner.includes(arm)) && inner.length === outer.length;
}

const givesByName = /unlock|post|release|give|leave|signal|wait|up$|^[vV]$/i;

/** A call between the two that may give it back. */
function helpersBetween(first: LockAct, again: LockAct, context: RuleContext): boolean {
  return ownCalls(context, /./).some(
    ({ name, expr }) =>
      expr.start > first.call.end &&
      expr.start < again.call.start &&
      (givesByName.test(name) || context.functionNamed(name) !== undefined),
  );
}

/** A lock, and not a count of things: its first value is one. */
function startsAtOne(act: LockAct, context: RuleContext): boolean {
  if (act.kind === 'rwlock' || act.kind === 'spinlock') {
    return true;
  }
  const values = fileCalls(
    context,
    act.kind === 'semaphore' ? /^[sS]em_(?:init|open)$/ : /^[sS]emctl$/,
  ).flatMap(({ name, expr, within }) => {
    const scope = context.scope.file.scopeOf(within);
    const isOpen = /open$/.test(name);
    if (act.kind === 'semaphore' && !isOpen && expr.args[0] && lastName(expr.args[0]) !== act.last) return [];
    const value = expr.args[isOpen || act.kind === 'sysv-sem' ? 3 : 2];
    return value ? [scope.evaluator.constant(value, scope)] : [];
  });
  return values.length > 0 && values.every((value) => value === 1n);
}
