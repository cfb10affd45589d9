import type { FunctionDefinition } from '../../c/ast';
import type { RuleContext } from '../rule';
import { isLoop, type Loop } from '../shared/loops';
import { around, contains } from '../shared/statements';
import { functionsOf, isProgram } from '../shared/whole-file';
import { actsIn, type LockAct } from './locks/acts';
import { numberIn } from './set-numbers';

/**
 * Two that pass turns to each other round by round, of whom one gives its turn only once, behind its loop: `for (...) { wait(items); ... }
 * post(room);` and `for (...) { wait(room); ... post(items); }`.
 */
export interface GivenBehind {
  /** The only place that gives it. */
  give: LockAct;
  /** The round of the other that waits for it. */
  take: LockAct;
  within: FunctionDefinition;
}

interface Rounds {
  loop: Loop;
  acts: LockAct[];
  within: FunctionDefinition;
}

export function givenBehindLoop(kind: LockAct['kind'], context: RuleContext): GivenBehind | undefined {
  const { definition } = context.scope;
  const own = actsOf(definition, kind, context);
  const lonely = own.filter(
    ({ op, call }) => op === 'unlock' && !around(definition, call).some(isLoop) && isProgram(context),
  );
  for (const give of lonely) {
    const mine = roundsIn(definition, own).findLast(({ loop }) => loop.end <= give.call.start);
    const awaited = mine && isOneSided(mine, give) ? takenOnly(mine) : [];
    if (awaited.length === 0) continue;
    const all = functionsOf(context).map((within) => ({ within, acts: actsOf(within, kind, context) }));
    const gives = all.flatMap(({ acts }) => acts.filter((act) => act.op !== 'lock' && areOne(act, give)));
    const others = all.flatMap(({ within, acts }) => roundsIn(within, acts));
    const theirs = others.find(
      (rounds) =>
        rounds.loop !== mine?.loop &&
        rounds.acts.some((act) => act.op === 'lock' && areOne(act, give)) &&
        awaited.every((want) => rounds.acts.some((act) => act.op === 'unlock' && areOne(act, want))),
    );
    const take = theirs?.acts.find((act) => act.op === 'lock' && areOne(act, give));
    if (theirs && take && gives.length === 1) return { give, take, within: theirs.within };
  }
  return undefined;
}

function actsOf(definition: FunctionDefinition, kind: LockAct['kind'], context: RuleContext): LockAct[] {
  return actsIn(context.scope.file.scopeOf(definition), context).filter((act) => act.kind === kind);
}

/** The outermost loops of a function that do something to such semaphores. */
function roundsIn(within: FunctionDefinition, acts: readonly LockAct[]): Rounds[] {
  const found = new Map<Loop, LockAct[]>();
  for (const act of acts) {
    const loop = around(within, act.call).find(isLoop) as Loop | undefined;
    if (loop) found.set(loop, [...(found.get(loop) ?? []), act]);
  }
  return [...found].map(([loop, own]) => ({ loop, acts: own, within }));
}

/** The rounds leave alone what is given behind them, and of all else they give only what they have taken. */
function isOneSided({ acts, loop }: Rounds, give: LockAct): boolean {
  return (
    !contains(loop, give.call) &&
    acts.every((act) => act.op !== 'either' && !areOne(act, give)) &&
    acts.every(({ op, key }) => op !== 'unlock' || acts.some((act) => act.op === 'lock' && act.key === key))
  );
}

function takenOnly({ acts }: Rounds): LockAct[] {
  return acts.filter(
    ({ op, key }) => op === 'lock' && !acts.some((act) => act.op === 'unlock' && act.key === key),
  );
}

/** One semaphore by its last name, or by its number in the set. */
function areOne(one: LockAct, other: LockAct): boolean {
  return one.last === other.last && numberIn(one) === numberIn(other);
}
