import { type Expr, someExprIn, someStmtIn } from '../../c/ast';
import { calledName } from '../../c/cfg';
import { isEntry } from '../../c/entry';
import { comesBackAlways } from '../../c/library';
import type { RuleContext } from '../rule';
import { endsProcess } from './endings';
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
  return !behind.some(
    (stmt) => someStmtIn(stmt, isLoop) || someExprIn(stmt, (expr) => goesOn(expr, context)),
  );
}

/** A call behind which there is no saying how long the program runs on. */
function goesOn(expr: Expr, context: RuleContext): boolean {
  if (expr.kind !== 'call') return false;
  const name = calledName(expr);
  return name === undefined || !(comesBackAlways(name) || endsProcess(name, context));
}
