import type { Expr, Stmt } from '../../../c/ast';
import type { RuleContext } from '../../rule';
import { leavesAtEnd } from '../../shared/endings';
import { arms } from '../../shared/statements';

/** Unlocks beside the normal way through a function. */

/** An unlock in a branch that leaves, or behind a label to which one only jumps, so that the normal way does not come by. */
export function isAside(unlock: Expr, own: Stmt[], context: RuleContext): boolean {
  const { definition } = context.scope;
  return (
    arms(definition, unlock).some((arm) => !own.includes(arm) && leavesAtEnd(arm, context)) ||
    isJumpedTo(unlock, own.at(-1) ?? definition.body, context)
  );
}

/** `return 0; fail: unlock(m); return -1;` */
function isJumpedTo(unlock: Expr, body: Stmt, context: RuleContext): boolean {
  if (body.kind !== 'block') return false;
  const at = body.body.findLastIndex(({ kind, start }) => kind === 'label' && start < unlock.start);
  const before = body.body[at - 1];
  return before !== undefined && leavesAtEnd(before, context);
}
