import type { Stmt } from '../../../c/ast';
import { calledName } from '../../../c/cfg';
import type { Fix, RuleContext } from '../../rule';
import { fixOf, insertedBefore, lineOf } from '../../shared/edits';
import type { LockAct } from './acts';

/** Changes of the text that give a lock back. */

/** The unlock of the normal way in front of a jump, when what is returned does not need the lock. */
export function releaseFix(jump: Stmt, { call, kind }: LockAct, context: RuleContext): { fix?: Fix } {
  const { scope, source } = context;
  const value = jump.kind === 'return' ? jump.value : undefined;
  const isLocal = value?.kind === 'name' && scope.typeOf(value.name) !== undefined;
  const plain =
    !value || isLocal || value.kind === 'null' || scope.evaluator.constant(value, scope) !== undefined;
  // What a call of fcntl does stands in a structure that may hold something else by then.
  const whole = kind !== 'file' || calledName(call) === 'flock';
  const line = plain && whole && !call.use ? lineOf(jump, scope.definition) : undefined;
  return fixOf(
    kind === 'semaphore' ? 'Post it before' : 'Unlock it before',
    line && insertedBefore(line, `${source(call)};`, context),
  );
}
