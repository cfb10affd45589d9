import { type Expr, type FunctionDefinition, type Span, someStmtIn } from '../../c/ast';
import type { RuleContext } from '../rule';
import { failureBranch } from './loops';
import { around, contains, labelNamed } from './statements';

/** Whether a way out of a function is taken where a call in it has failed itself: what it was to change has not changed. */
export function isOwnFailure(
  call: Expr,
  within: FunctionDefinition,
  at: Span,
  context: RuleContext,
): boolean {
  const isInTest = around(within, at).some((stmt) => stmt.kind === 'if' && contains(stmt.test, call));
  return contains(at, call) || isInTest || isBehindJump(call, at, context);
}

/** Where it fails, control goes to a label in front of the way out. */
function isBehindJump(call: Expr, at: Span, context: RuleContext): boolean {
  const { definition } = context.scope;
  const branch = failureBranch(call, context);
  return (
    branch !== undefined &&
    someStmtIn(branch, (stmt) => {
      const label = stmt.kind === 'goto' ? labelNamed(stmt.name, definition) : undefined;
      return label !== undefined && label.start <= at.start;
    })
  );
}
