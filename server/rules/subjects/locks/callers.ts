import type { Expr, FunctionDefinition } from '../../../c/ast';
import { calledName } from '../../../c/cfg';
import type { RuleContext } from '../../rule';
import { callsTo, functionsOf, ownCalls, threadStarts } from '../../shared/whole-file';
import { actsIn, type LockAct } from './acts';

/** Who calls a function, and with which locks. */

export function isMutex({ kind }: LockAct): boolean {
  return kind === 'mutex' || kind === 'own';
}

/** A function called before may take the mutex, other than by what is known to take or give back a lock itself. */
export function callsLocking(at: Expr, context: RuleContext): boolean {
  const known = actsIn(context.scope, context).map(({ call }) => call);
  return ownCalls(context, /(?<![bc])lock|acquire|enter|guard/i).some(
    ({ name, expr }) =>
      expr.start < at.start &&
      !(known.includes(expr) && context.functionNamed(name) === undefined) &&
      !/^pthread_(?:mutex_(?:un)?lock|rwlock_|spin_)/.test(name) &&
      !/unlock|_init$/i.test(name),
  );
}

/** Nobody calls the function with the mutex held: it is main or a thread, or whoever calls it, and calls that, never locks. */
export function standsAlone(
  definition: FunctionDefinition,
  last: string,
  context: RuleContext,
  depth = 0,
): boolean {
  if (definition.name === 'main' || threadStarts(context).has(definition.name)) {
    return true;
  }
  const callers = new Set(callsTo(context, definition.name).map(({ within }) => within));
  if (callers.size === 0) {
    return isForOthers(definition) && (depth > 0 || isOfFile(last, context));
  }
  return (
    depth < 4 &&
    [...callers].every(
      (caller) =>
        caller !== definition &&
        !actsIn(context.scope.file.scopeOf(caller), context).some(
          // What the function does itself is no way to come to it with the mutex.
          (act) => isMutex(act) && act.last === last && calledName(act.call) !== definition.name,
        ) &&
        standsAlone(caller, last, context, depth + 1),
    )
  );
}

/** A mutex of this file alone, which no function of it leaves locked for its callers: nobody can come with it from another file. */
function isOfFile(last: string, context: RuleContext): boolean {
  const { file } = context.scope;
  const { symbols } = file;
  return (
    symbols.globals.has(last) &&
    symbols.qualities.get(last)?.includes('static') === true &&
    functionsOf(context).every((definition) => {
      const acts = actsIn(file.scopeOf(definition), context).filter((act) => act.last === last);
      return acts.length === 0 || acts.some(({ op }) => op === 'unlock');
    })
  );
}

/** A function that other files call, and not by its name with the mutex held. */
function isForOthers({ name, storage }: FunctionDefinition): boolean {
  return !storage.includes('static') && !/lock|_int|^_|_$|^do_/i.test(name);
}
