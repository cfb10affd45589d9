import type { FunctionScope } from '../../../analysis/context';
import { type CType, type Expr, type FunctionDefinition, type Stmt, someStmtIn } from '../../../c/ast';
import { calledName } from '../../../c/cfg';
import type { RuleContext } from '../../rule';
import { targetOf } from '../../shared/dropped';
import { leavesAtEnd } from '../../shared/endings';
import { Result, resultPlace } from '../../shared/loops';
import { around, contains } from '../../shared/statements';
import { assignmentsTo } from '../../shared/uses';
import { textOf } from '../../shared/whole-file';
import type { LockAct } from './acts';

/** Where a lock is held by what the call that takes it gives: the branches of a test of its result. */

/** The branch that is only entered with the lock, where the call that takes it is what an `if` tests. */
export function heldIn(lock: LockAct, scope: FunctionScope, context: RuleContext): Stmt | undefined {
  const test = around(scope.definition, lock.call).at(-1);
  if (test?.kind !== 'if' || !contains(test.test, lock.call)) return undefined;
  const result = new Result(lock.call, undefined, context.in(scope));
  const { failure, success } = outcomesOf(lock, context);
  const failed = result.holds(test.test, failure);
  const fine = result.holds(test.test, success);
  if (failed === false && fine !== false) return test.consequent;
  return failed === true && fine === false ? test.alternative : undefined;
}

/** `if (trylock(m)) continue;`: who comes by behind has the lock. */
export function leavesWithout(lock: LockAct, scope: FunctionScope, context: RuleContext): boolean {
  const test = around(scope.definition, lock.call).at(-1);
  if (test?.kind !== 'if' || !contains(test.test, lock.call) || test.alternative) return false;
  const result = new Result(lock.call, undefined, context.in(scope));
  const { failure, success } = outcomesOf(lock, context);
  return (
    leavesAtEnd(test.consequent, context) &&
    result.holds(test.test, failure) === true &&
    result.holds(test.test, success) === false
  );
}

/** Numbers that tell of a lock that was not taken, and of one that was. The program's own functions may say so by a truth value. */
function outcomesOf({ kind, call }: LockAct, context: RuleContext): { failure: bigint; success: bigint } {
  const taker = context.functionNamed(calledName(call) ?? '')?.definition;
  if (taker && (isTruth(taker.type.returns) || returnsTruth(taker, context))) {
    return { failure: 0n, success: 1n };
  }
  // One that gives what it has locked: `data = GlobalLock(handle)`.
  if (kind === 'own' && isKeptAsPointer(call, context)) {
    return { failure: 0n, success: 1n };
  }
  const isThreads = kind === 'mutex' || kind === 'rwlock' || kind === 'spinlock';
  return { failure: isThreads ? 22n : -1n, success: 0n };
}

function isKeptAsPointer(call: Expr, { scope }: RuleContext): boolean {
  const target = targetOf(scope.definition, call);
  return target !== undefined && scope.resolvedTypeOf(target)?.k === 'pointer';
}

function isTruth(type: CType): boolean {
  return type.k === 'named'
    ? /^(?:bool|gboolean|BOOL(?:EAN)?)$/.test(type.name)
    : type.k === 'int' && type.size === 1 && !type.signed;
}

/** `return OWN_TRUE;`: numbers that are called truth values. */
function returnsTruth(taker: FunctionDefinition, context: RuleContext): boolean {
  return someStmtIn(
    taker.body,
    (stmt) =>
      stmt.kind === 'return' &&
      stmt.value !== undefined &&
      /(?:^|_)(?:TRUE|FALSE|true|false)$/.test(textOf(stmt.value, taker, context)),
  );
}

/** The jump lies where the lock could not be taken. */
export function tellsFailure(
  lock: LockAct,
  extra: Stmt[],
  scope: FunctionScope,
  context: RuleContext,
): boolean {
  const { definition } = scope;
  const name = resultPlace(definition, lock.call);
  const result = new Result(lock.call, name, context.in(scope));
  return extra.some((arm) => {
    const parent = around(definition, arm).findLast(
      (stmt) => stmt !== arm && stmt.kind === 'if' && (stmt.consequent === arm || stmt.alternative === arm),
    );
    if (
      parent?.kind !== 'if' ||
      (name !== undefined &&
        assignmentsTo(definition, name).some(({ at }) => at.start > lock.call.end && at.start < parent.start))
    ) {
      return false;
    }
    const { failure, success } = outcomesOf(lock, context);
    // `if (told(request, error)) return;`: a function is asked about the result.
    if (name !== undefined && isGiven(name, parent.test)) return true;
    const failed = result.holds(parent.test, failure);
    const fine = result.holds(parent.test, success);
    const isConsequent = parent.consequent === arm;
    // `if (result == -1 && errno != EINTR)`: whatever else is asked, who has the lock does not come here.
    return (failed === isConsequent && fine !== failed) || fine === !isConsequent;
  });
}

function isGiven(name: string, test: Expr): boolean {
  return test.kind === 'call' && test.args.some((arg) => arg.kind === 'name' && arg.name === name);
}
