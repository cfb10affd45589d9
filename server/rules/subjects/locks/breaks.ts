import type { FunctionScope } from '../../../analysis/context';
import { type Expr, type FunctionDefinition, type Stmt, walkStmt } from '../../../c/ast';
import { calledName } from '../../../c/cfg';
import type { RuleContext } from '../../rule';
import { isLoop, leftBy } from '../../shared/loops';
import { around, contains } from '../../shared/statements';
import type { LockAct } from './acts';
import { isForOthers } from './givers';

/** Branches, cases and rounds of a loop that control does not come by on its way from a lock to a jump. */

/** The unlock of the other branch, where a `break` ends the rounds with the lock, and nothing behind the loop gives it back. */
export function besideBreak(
  jump: Stmt,
  lock: LockAct,
  same: LockAct[],
  context: RuleContext,
): LockAct | undefined {
  const { definition } = context.scope;
  const left = jump.kind === 'break' ? leftBy(jump, definition) : undefined;
  const choice = around(definition, jump).findLast(({ kind }) => kind === 'if');
  const isOfThreads = lock.kind === 'mutex' || lock.kind === 'rwlock' || lock.kind === 'spinlock';
  if (!left || !isLoop(left) || choice?.kind !== 'if' || !isOfThreads) return undefined;
  const gives = same.filter(({ op }) => op !== 'lock');
  const isInside = ({ call }: LockAct) =>
    call.start > lock.call.end && contains(left, call) && contains(choice, call);
  const isStranded =
    contains(left, lock.call) &&
    gives.length > 0 &&
    gives.every(isInside) &&
    same.every(({ op, call }) => op !== 'lock' || call === lock.call);
  return isStranded && !isForOthers(lock, context) ? gives[0] : undefined;
}

/** Of one test the other branch: whoever comes to the one has not been in the other. */
export function isOtherBranch(call: Expr, jump: Stmt, definition: FunctionDefinition): boolean {
  return around(definition, jump).some(
    (stmt) =>
      stmt.kind === 'if' &&
      stmt.alternative !== undefined &&
      contains(stmt.consequent, call) &&
      contains(stmt.alternative, jump),
  );
}

/** A `case` lies between the two. */
export function isOtherCase({ call }: LockAct, jump: Stmt, definition: FunctionDefinition): boolean {
  const block = around(definition, jump).findLast(({ kind }) => kind === 'switch');
  let found = false;
  if (block && contains(block, call)) {
    walkStmt(block, {
      stmt: ({ kind, start }) => {
        found ||= kind === 'case' && start > call.start && start < jump.start;
      },
    });
  }
  return found;
}

/** The jump belongs to some builds only, and in some the macro that takes the lock stands for nothing: likely in the same ones. */
export function isOfOtherBuild(jump: Stmt, { call }: LockAct, { definition, file }: FunctionScope): boolean {
  return (
    file.symbols.mayBeNothing(calledName(call) ?? '') &&
    around(definition, jump).some((stmt) => stmt.kind === 'either' && !contains(stmt, call))
  );
}
