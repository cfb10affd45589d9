import { type Stmt, someStmtIn } from '../../c/ast';
import { calledName } from '../../c/cfg';
import type { RuleContext } from '../rule';
import { isLoop, type Loop } from '../shared/loops';
import { arms, around, contains } from '../shared/statements';
import { usesOf } from '../shared/uses';
import { ownCalls } from '../shared/whole-file';
import { actsIn, type LockAct } from '../subjects/locks/acts';
import { unreadyRounds } from '../subjects/locks/elements';
import { choosesKinds } from '../subjects/mutexes';

/** Loops of which a round takes the lock for held and leaves it given back. */

export function tellRounds(root: RuleContext): void {
  for (const { jump, name, first } of unreadyRounds(root)) {
    root.report({
      span: jump,
      message: `The next round begins with \`${name}\` held, and this continue comes there without it: what it waits for and changes then is not protected, and the unlock takes the lock away from whoever holds it. Lock it before.`,
      related: first ? [{ span: first.call, message: 'The round takes it for locked' }] : [],
    });
  }
  for (const { lock, unlock } of givingRounds(root)) {
    root.report({
      span: unlock.call,
      message: `Each round of this loop unlocks \`${unlock.name}\`, and none locks it again: from the second one on, and behind the loop, the thread does not hold it, and the unlock takes it away from whoever does. Lock it again at the end of the round, or unlock it behind the loop.`,
      related: [{ span: lock.call, message: 'It is locked once, here' }],
    });
  }
}

interface Giving {
  lock: LockAct;
  unlock: LockAct;
}

/** The lock is taken in front of a loop that gives it back in each round, and nothing in the loop takes it or leaves the loop. */
function givingRounds(context: RuleContext): Giving[] {
  const { definition } = context.scope;
  const acts = actsIn(context.scope, context).filter(({ kind }) => kind === 'mutex' || kind === 'rwlock');
  if (acts.length < 2 || choosesKinds(context)) return [];
  return acts.flatMap((unlock) => {
    const loop = unlock.op === 'unlock' ? around(definition, unlock.call).findLast(isLoop) : undefined;
    if (!loop || arms(definition, unlock.call).at(-1) !== loop.body || !goesOn(loop)) return [];
    const same = acts.filter(({ key }) => key === unlock.key);
    const inside = same.filter(({ call }) => contains(loop, call));
    const lock = same.findLast(({ call }) => call.end <= loop.start);
    if (mayBeAnother(unlock, loop, context)) return [];
    const isTaken = inside.some(({ op }) => op !== 'unlock') || mayTake(loop, unlock, context);
    return lock?.op === 'lock' && inside.length === 1 && !isTaken ? [{ lock, unlock }] : [];
  });
}

/** An element, or what a pointer leads to that the loop moves on. */
function mayBeAnother({ key }: LockAct, loop: Loop, { scope: { definition } }: RuleContext): boolean {
  const names = key.slice(key.indexOf(':') + 1).match(/[A-Za-z_]\w*/g) ?? [];
  const isMoved = (name: string) =>
    usesOf(definition, name).some(
      ({ expr, around: [outer] }) =>
        contains(loop, expr) &&
        ((outer?.kind === 'assign' && outer.target === expr) ||
          outer?.kind === 'update' ||
          (outer?.kind === 'unary' && outer.op === '&' && !/^mutex:&?\w+$/.test(key))),
    );
  return /\[/.test(key) || declaredIn(loop, names) || names.some(isMoved);
}

function declaredIn(loop: Loop, names: readonly string[]): boolean {
  return someStmtIn(
    loop,
    (stmt) =>
      stmt.kind === 'decl' &&
      stmt.declaration.declarators.some(({ name }) => name !== undefined && names.includes(name)),
  );
}

/** It may come to a second round, and no way out of it is hidden in its body. */
function goesOn({ kind, body, test }: Loop): boolean {
  const isOnce = kind === 'do' && test?.kind === 'number';
  const leaves = ({ kind: of }: Stmt) => /^(?:break|return|goto|continue|switch|either|unknown)$/.test(of);
  return !isOnce && !someStmtIn(body, leaves);
}

/** What the loop calls may take the lock for it: a function with that lock, one that is not at hand, or another name of the mutex. */
function mayTake(loop: Loop, { last, call }: LockAct, context: RuleContext): boolean {
  return ownCalls(context, /./).some(({ name, expr }) => {
    if (!contains(loop, expr) || expr === call) return false;
    const callee = context.functionNamed(name);
    if (callee) return actsIn(callee, context).some((act) => act.last === last);
    const isKnown = context.scope.call(name) !== undefined;
    return isKnown ? /lock/.test(calledName(expr) ?? '') : /lock|acquire|enter|guard/i.test(name);
  });
}
