import type { FunctionDefinition } from '../../c/ast';
import { calledName } from '../../c/cfg';
import type { RuleContext } from '../rule';
import { leavesAtEnd } from '../shared/endings';
import { arms } from '../shared/statements';
import { fileCalls, lastName, ownCalls } from '../shared/whole-file';
import { actsIn, type LockAct } from './locks';

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
    const falls = outer.every((arm) => inner.includes(arm)) && !extra.some((arm) => leavesAtEnd(arm));
    const together = arms(definition, lock.call).every((arm) => outer.includes(arm));
    return falls && together && startsAtOne(first, context) ? [{ first, again }] : [];
  });
}

function sameArms(definition: FunctionDefinition, first: LockAct, again: LockAct): boolean {
  const outer = arms(definition, first.call);
  const inner = arms(definition, again.call);
  return outer.every((arm) => inner.includes(arm)) && inner.length === outer.length;
}

/** A call between the two that may give it back. */
function helpersBetween(first: LockAct, again: LockAct, context: RuleContext): boolean {
  return ownCalls(context, /./).some(
    ({ name, expr }) =>
      expr.start > first.call.end &&
      expr.start < again.call.start &&
      (/unlock|post|release|give|leave|signal|wait|up$|^[vV]$/i.test(name) ||
        context.functionNamed(name) !== undefined),
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
