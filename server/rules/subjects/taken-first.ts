import type { FunctionDefinition } from '../../c/ast';
import { calledName } from '../../c/cfg';
import type { RuleContext } from '../rule';
import { callsTo, functionsOf, isAllRead, threadStarts } from '../shared/whole-file';
import { isTakenAbove } from './locks/act';
import { actsIn, type LockAct } from './locks/acts';

/** Semaphores that everybody takes before he gives them back: a lock, whatever it is called. */

export interface First {
  act: LockAct;
  within: FunctionDefinition;
}

/** All acts of the file with such a semaphore, by function. */
type Acts = Map<FunctionDefinition, LockAct[]>;

/**
 * The first place at which each semaphore of the file that passes is taken, where every function gives it back only behind taking it,
 * itself or in all of its callers; undefined where it is given by anybody else, or not at all, or by what is not known.
 */
export function takenFirst(
  is: (act: LockAct) => boolean | undefined,
  context: RuleContext,
): First | undefined {
  if (!isAllRead(context)) return undefined;
  const acts: Acts = new Map();
  for (const definition of functionsOf(context)) {
    const own: LockAct[] = [];
    for (const act of actsIn(context.scope.file.scopeOf(definition), context)) {
      const isMeant = is(act);
      if (isMeant === undefined && !isForCallers(act, definition, context)) return undefined;
      if (isMeant && (act.op === 'either' || act.op === 'try')) return undefined;
      if (isMeant) own.push(act);
    }
    if (own.length > 0) acts.set(definition, own);
  }
  const all = [...acts.values()].flat();
  if (!all.some(({ op }) => op === 'unlock') || !all.some(({ op }) => op === 'lock')) return undefined;
  for (const definition of acts.keys()) if (!isBehindTaking(definition, acts, context)) return undefined;
  for (const [within, own] of acts) {
    const act = own.find(({ op, call }) => op === 'lock' && !isOneOf(calledName(call), acts));
    if (act) return { act, within };
  }
  return undefined;
}

/** The semaphore or what is done with it is a parameter: the callers are seen to do it. */
function isForCallers(act: LockAct, { type, name }: FunctionDefinition, context: RuleContext): boolean {
  const isParameter = type.params.some(
    (param) =>
      param.name !== undefined &&
      (act.decision?.variables.has(param.name) || new RegExp(`\\b${param.name}\\b`).test(act.key)),
  );
  return isParameter && callsTo(context, name).length > 0;
}

function isOneOf(name: string | undefined, acts: Acts): boolean {
  return [...acts.keys()].some((definition) => definition.name === name);
}

/** The function gives it back only where it has taken it above, or all who call it have done so. */
function isBehindTaking(definition: FunctionDefinition, acts: Acts, context: RuleContext): boolean {
  const own = acts.get(definition) ?? [];
  if (own.every((act) => act.op === 'lock' || isTakenAbove(act, own, definition))) return true;
  const calls = callsTo(context, definition.name);
  if (calls.length === 0 || threadStarts(context).has(definition.name)) return false;
  return calls.every(({ expr, within }) =>
    (acts.get(within) ?? []).some(({ op, call }) => op === 'lock' && call.start < expr.start),
  );
}
