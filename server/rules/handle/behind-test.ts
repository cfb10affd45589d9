import type { TestEvent } from '../../analysis/events';
import { unwrap } from '../../analysis/operators';
import { type Expr, type FunctionDefinition, type Stmt, someExprIn, somePart } from '../../c/ast';
import { calledName } from '../../c/cfg';
import type { RuleContext } from '../rule';
import { isErrno } from '../shared/reporting';
import { around, contains } from '../shared/statements';
import type { Test } from './failure-values';

/** What stands behind the test of a result, and what it tells of what the test is for. */

/** The test asks for errno, too, or where it holds the program tells why the call failed: so it was meant to find that, whatever else is asked of the result. */
export function saysWhy(event: TestEvent, { scope: { definition } }: RuleContext): boolean {
  const stmt = testOf(event, definition);
  const tells = (inner: Expr) => isErrno(inner) || calledName(inner) === 'perror';
  return stmt !== undefined && (asksErrno(stmt.test) || someExprIn(stmt.consequent, tells));
}

type If = Extract<Stmt, { kind: 'if' }>;

/** `n == -1 && errno == EAGAIN` */
export function asksErrno(test: Expr): boolean {
  return somePart(test, isErrno);
}

/** The statement of which this is the test, alone or with what it asks of errno behind `&&`. */
export function testOf({ expr, at }: TestEvent, definition: FunctionDefinition): If | undefined {
  const stmt = at.within === definition ? around(definition, expr).at(-1) : undefined;
  const asked = (test: Expr): boolean => {
    const inner = unwrap(test);
    return (
      (inner.start === expr.start && inner.end === expr.end) ||
      (inner.kind === 'logical' && inner.op === '&&' && asked(inner.left) && asksErrno(inner.right))
    );
  };
  return stmt?.kind === 'if' && asked(stmt.test) ? stmt : undefined;
}

/** What is done where the wrong test says that the call has failed. */
export function branchOf(
  event: TestEvent,
  test: Test | undefined,
  definition: FunctionDefinition,
): Stmt | undefined {
  const stmt = testOf(event, definition);
  const detects = test !== undefined && ['==', '<', '<=', 'not'].includes(test.op);
  return detects ? stmt?.consequent : stmt?.alternative;
}

export function isIn(
  { branch, within }: { branch: Stmt; within: FunctionDefinition },
  { at }: TestEvent,
): boolean {
  return at.within === within && contains(branch, at);
}
