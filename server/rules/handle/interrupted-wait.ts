import { unwrap } from '../../analysis/operators';
import { type Expr, type Stmt, somePart } from '../../c/ast';
import type { RuleContext } from '../rule';
import { leavesAtEnd } from '../shared/endings';
import { resultName } from '../shared/loops';
import { around, contains, statementBehind } from '../shared/statements';
import { usesOf } from '../shared/uses';

/**
 * `if (sem_wait(&lock) == -1 && errno != EINTR) return -1;`: every failure is looked at but the one, and behind the test stands what is
 * done with the lock. Not so where the next statement asks something and leaves: the handler may have set that.
 */
export function goesOnInterrupted(call: Expr, context: RuleContext): boolean {
  const { definition } = context.scope;
  const own = around(definition, call).at(-1);
  const isInTest = own?.kind === 'if' && contains(own.test, call);
  const test = isInTest ? own : statementBehind(definition, call);
  const name = isInTest ? undefined : resultName(definition, call);
  if (test?.kind !== 'if' || test.alternative || (!isInTest && !asksFor(test.test, name))) return false;
  const next = statementBehind(definition, { start: test.test.start });
  const behind = next && next.start >= test.end ? next : undefined;
  const isAskedAgain =
    name !== undefined && usesOf(definition, name).some(({ expr }) => expr.start >= test.end);
  const asksOn = behind?.kind === 'if' && leavesAtEnd(behind.consequent, context);
  return behind !== undefined && !isAskedAgain && !asksOn && letsInterruptedPass(test, context);
}

function asksFor(test: Expr, name: string | undefined): boolean {
  return somePart(test, (part) => part.kind === 'name' && part.name === name);
}

function letsInterruptedPass(test: Stmt & { kind: 'if' }, context: RuleContext): boolean {
  const inner = unwrap(test.test);
  if (inner.kind === 'logical') {
    return inner.op === '&&' && isOtherError(inner.right) && leavesAtEnd(test.consequent, context);
  }
  const { consequent } = test;
  const last = consequent.kind === 'block' ? consequent.body.at(-1) : consequent;
  return (
    last?.kind === 'if' &&
    !last.alternative &&
    isOtherError(last.test) &&
    leavesAtEnd(last.consequent, context)
  );
}

/** `errno != EINTR`. */
function isOtherError(test: Expr): boolean {
  const inner = unwrap(test);
  return (
    inner.kind === 'binary' &&
    inner.op === '!=' &&
    somePart(inner, (part) => part.kind === 'name' && part.name === 'errno') &&
    somePart(inner, (part) => part.kind === 'name' && part.name === 'EINTR')
  );
}
