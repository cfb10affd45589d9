import { someStmtIn } from '../../c/ast';
import { isEntry } from '../../c/entry';
import type { RuleContext } from '../rule';
import { isLoop, loopAround } from './loops';
import { around } from './statements';
import { callsTo } from './whole-file';

/**
 * Whether a function is the last thing that the program does: `main` alone calls it, once, and ends behind it. What it leaves behind
 * goes with the process.
 */
export function isLastActOfMain(context: RuleContext): boolean {
  const [only, ...others] = callsTo(context, context.scope.definition.name);
  if (!only || others.length > 0 || !isEntry(only.within) || loopAround(only.within, only.expr)) return false;
  const [body, act] = around(only.within, only.expr);
  const behind = body?.kind === 'block' && act ? body.body.slice(body.body.indexOf(act) + 1) : [];
  return !behind.some((stmt) => someStmtIn(stmt, isLoop));
}
