import type { CallSite, Origin } from '../../analysis/values';
import { type Expr, someStmtIn } from '../../c/ast';
import type { RuleContext } from '../rule';
import { targetOf } from '../shared/dropped';
import { leavesAtEnd } from '../shared/endings';
import { assignmentsTo, pathOf, usesOf } from '../shared/uses';
import { fileNames } from '../shared/whole-file';

/** The one thread of those at a barrier that gets PTHREAD_BARRIER_SERIAL_THREAD in the place of 0. */

/** Who names what one thread gets knows of it, or chooses that thread; but not where that thread has been sent away before. */
export function knowsOfOneThread({ expr, within }: CallSite, context: RuleContext): boolean {
  const name = 'PTHREAD_BARRIER_SERIAL_THREAD';
  if (!fileNames(context, name)) return false;
  const named = usesOf(within, name).map(({ expr: { start } }) => start);
  const result = pathOf(targetOf(within, expr));
  if (within !== context.scope.definition || result === undefined) return true;
  const first = assignmentsTo(within, result).length === 1 ? Math.min(...named) : 0;
  return !someStmtIn(
    within.body,
    (stmt) =>
      stmt.kind === 'if' &&
      stmt.start > expr.start &&
      stmt.end < first &&
      isNonZero(stmt.test, result) &&
      leavesAtEnd(stmt.consequent, context),
  );
}

/** Where the first test takes the one thread for a failure, it comes to no other. */
export function waitsAtBarrier(origins: readonly Origin[]): boolean {
  return origins.every(({ site }) => site.call.name === 'pthread_barrier_wait');
}

/** `rc`, `rc != 0` */
function isNonZero(test: Expr, path: string): boolean {
  if (test.kind !== 'binary') return pathOf(test) === path;
  const { op, left, right } = test;
  return op === '!=' && pathOf(left) === path && right.kind === 'number' && right.text === '0';
}
