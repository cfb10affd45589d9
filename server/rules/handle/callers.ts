import { calledName } from '../../c/cfg';
import { isEntry } from '../../c/entry';
import type { RuleContext } from '../rule';
import { isServing, loopAround } from '../shared/loops';
import { around } from '../shared/statements';
import {
  callsTo,
  type FileCall,
  fileMakes,
  lastName,
  routineOf,
  threadCreations,
} from '../shared/whole-file';

/** How often a function is called, as far as its file tells: what it loses once may not matter. */

/** What nobody calls may be a piece of something larger, unless others in the file close what they open. */
export function isCalledOrCareful(context: RuleContext): boolean {
  return fileMakes(context, context.scope.definition.name) || fileMakes(context, 'close');
}

/** More than once, and not only right before the process ends. */
export function isCalledOften(context: RuleContext): boolean {
  const { name } = context.scope.definition;
  return (comesAgain(name, 3, context) || isStartedOften(name, context)) && goesOn(context, 'program');
}

/** A thread begins with it for each client: a loop that serves starts it, itself or by the function that it calls for that. */
function isStartedOften(name: string, context: RuleContext): boolean {
  const serves = ({ within, expr }: FileCall, depth: number): boolean => {
    const loop = loopAround(within, expr);
    if (loop) return isServing(loop, context.in(context.scope.file.scopeOf(within)));
    return depth > 0 && callsTo(context, within.name).some((call) => serves(call, depth - 1));
  };
  return threadCreations(context).some((start) => {
    const routine = routineOf(start);
    return routine !== undefined && lastName(routine) === name && serves(start, 2);
  });
}

/** Called in two places, in a loop, or by a function of which that can be said. */
function comesAgain(name: string, depth: number, context: RuleContext): boolean {
  const calls = callsTo(context, name);
  if (calls.length > 1) return true;
  const [only] = calls;
  if (!only || depth === 0) return false;
  return loopAround(only.within, only.expr) !== undefined || comesAgain(only.within.name, depth - 1, context);
}

/** None of the calls stands right in front of the end of the process, or of its caller, which may be called again. */
export function goesOn(context: RuleContext, what: 'program' | 'caller' = 'caller'): boolean {
  return callsTo(context, context.scope.definition.name).every(({ expr, within }) => {
    const chain = around(within, expr);
    const [block, stmt] = [chain.at(-2), chain.at(-1)];
    const next = stmt && block?.kind === 'block' ? block.body[block.body.indexOf(stmt) + 1] : undefined;
    const called = next?.kind === 'expr' ? calledName(next.expr) : undefined;
    return (
      !(called !== undefined && /^(?:_?exit|_Exit)$/.test(called)) &&
      !(next?.kind === 'return' && (what === 'caller' || isEntry(within)))
    );
  });
}
