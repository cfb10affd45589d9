import { type Span, type Stmt, someStmtIn } from '../../c/ast';
import { calledName } from '../../c/cfg';
import type { RuleContext } from '../rule';
import { endsProcess, type Project } from './endings';
import { arms, contains } from './statements';

/**
 * What happens in a branch that returns or ends the process, and jumps nowhere else, never comes before what stands outside of that branch:
 * `if (fd == -1) { reply.type = FAILED; ... exit(1); }`.
 */
export function isLeftBehind(context: RuleContext, earlier: Span, later: Span): boolean {
  return arms(context.scope.definition, earlier).some(
    (arm) => !contains(arm, later) && leavesFunction(arm, context) && !someStmtIn(arm, jumps),
  );
}

const jumps = ({ kind }: Stmt) =>
  kind === 'goto' || kind === 'break' || kind === 'continue' || kind === 'label';

function leavesFunction(arm: Stmt, project: Project): boolean {
  const last = arm.kind === 'block' ? arm.body.at(-1) : arm;
  if (last?.kind === 'block') return leavesFunction(last, project);
  return last?.kind === 'return' || (last?.kind === 'expr' && endsProcess(calledName(last.expr), project));
}
