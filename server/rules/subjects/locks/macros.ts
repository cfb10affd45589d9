import type { FunctionScope } from '../../../analysis/context';
import type { ExprOf, MacroItem } from '../../../c/ast';
import { calledName } from '../../../c/cfg';
import { callsInMacro } from '../../shared/macros';
import type { LockAct } from './act';

/** How calls are read that a macro makes. */
interface Reading {
  actOf(call: ExprOf<'call'>): LockAct | undefined;
  byName(name: string, call: ExprOf<'call'>): LockAct | undefined;
  /** A name for one call. */
  isOne(macro: MacroItem): boolean;
  /** What the call has run that takes off a handler of cancellation: macros push handlers, and take them off, for what their users do. */
  handlerRun(call: ExprOf<'call'>): ExprOf<'call'> | undefined;
}

/**
 * `worker_lock()`, which stands for `checked_lock(&worker_mutex)`, and `WORKER_LOCK;`: what a macro does that a function uses in `at`. What
 * is taken and given back inside does not count. Undefined where nothing is known to be done there.
 */
export function actsOfMacro(
  use: ExprOf<'call'>,
  at: ExprOf<'call'>,
  scope: FunctionScope,
  reading: Reading,
  depth: number,
): LockAct[] | undefined {
  const name = calledName(use);
  const macro = name === undefined || scope.typeOf(name) ? undefined : scope.file.symbols.macro(name);
  const isNamed = macro !== undefined && !macro.params && use.end > use.callee.end;
  if (!macro || isNamed || (macro.params && reading.isOne(macro)) || depth > 1) return undefined;
  // What stands among the arguments the function itself does.
  const made = callsInMacro(macro.params ? use : use.callee, scope).filter((call) => call.use !== undefined);
  const inside = made.flatMap((inner) => {
    const further = actsOfMacro(inner, at, scope, reading, depth + 1);
    return further ?? reading.actOf(reading.handlerRun(inner) ?? inner) ?? [];
  });
  const named = new Set(inside.map(({ kind }) => kind)).size > 1 ? reading.byName(macro.name, at) : undefined;
  if (named && inside.every(({ op }) => op === named.op)) return [named];
  const left: LockAct[] = [];
  for (const act of inside) {
    const taken =
      act.op === 'unlock' ? left.findIndex(({ op, key }) => op !== 'unlock' && key === act.key) : -1;
    if (taken < 0) left.push({ ...act, call: at });
    else left.splice(taken, 1);
  }
  return inside.length > 0 ? left : undefined;
}
