import type { RuleContext } from '../../rule';
import { arms } from '../../shared/statements';
import { callsOf, callsTo } from '../../shared/whole-file';
import type { LockAct } from './act';
import { actsIn, mayBeSame } from './acts';

/** A lock that is taken, and its neighbour that is given back instead. */
export interface Crossed {
  lock: LockAct;
  unlock: LockAct;
}

/** By its name a function goes from one lock to the other on purpose. */
const goingOn = /lock|hand|swap|switch|transfer|move|exchange|upgrade|downgrade|next|walk|step/i;

/**
 * In a function that does nothing else with the two, one mutex of a structure, or one variable, is locked and another one unlocked
 * behind it on the same way: one name was written for the other.
 */
export function crossedLocks(context: RuleContext): Crossed[] {
  const { definition } = context.scope;
  if (goingOn.test(definition.name)) {
    return [];
  }
  const acts = actsIn(context.scope, context).filter(({ kind }) => kind === 'mutex' || kind === 'rwlock');
  const lonely = acts.filter((act) => !acts.some((other) => other !== act && mayBeSame(act, other)));
  const [lock, unlock, ...others] = lonely;
  const isPair = lock?.op === 'lock' && unlock?.op === 'unlock' && others.length === 0;
  return isPair &&
    lock.kind === unlock.kind &&
    areNeighbours(lock, unlock) &&
    areOnOneWay(lock, unlock, context) &&
    !isHeldByCaller(unlock, context) &&
    !isChangedInside([lock, unlock], context)
    ? [{ lock, unlock }]
    : [];
}

/** Members of one structure, or two variables: a list's elements, of which one is locked before the other is let go, have one name. */
function areNeighbours(one: LockAct, other: LockAct): boolean {
  const owner = ({ name, last }: LockAct) => (name.endsWith(last) ? name.slice(0, -last.length) : undefined);
  return one.last !== other.last && owner(one) !== undefined && owner(one) === owner(other);
}

function areOnOneWay(one: LockAct, other: LockAct, { scope: { definition } }: RuleContext): boolean {
  const [outer, inner] = [arms(definition, one.call), arms(definition, other.call)];
  return outer.length === inner.length && outer.every((arm) => inner.includes(arm));
}

/** Somebody who calls the function does something to that lock, and may come with it. */
function isHeldByCaller({ last }: LockAct, context: RuleContext): boolean {
  const { definition, file } = context.scope;
  return callsTo(context, definition.name).some(({ within }) =>
    actsIn(file.scopeOf(within), context).some((act) => act.last === last),
  );
}

/** What the function calls does something to one of them itself. */
function isChangedInside(pair: readonly LockAct[], context: RuleContext): boolean {
  return callsOf(context.scope.definition).some(({ name, expr }) => {
    const callee = pair.some(({ call }) => call === expr) ? undefined : context.functionNamed(name);
    return (
      callee !== undefined &&
      actsIn(callee, context.in(callee)).some((act) => pair.some(({ last }) => last === act.last))
    );
  });
}
