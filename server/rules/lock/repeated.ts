import type { CallEvent } from '../../analysis/events';
import { type Expr, type FunctionDefinition, type Stmt, somePart } from '../../c/ast';
import type { Report, RuleContext } from '../rule';
import { isEndless, isLoop, loopAround } from '../shared/loops';
import { around, contains } from '../shared/statements';
import { callsIn } from '../shared/uses';
import { lastName } from '../shared/whole-file';
import { type MutexState, mutexEvent, mutexPlace, mutexState } from '../subjects/mutexes';

/** A mutex that is locked or unlocked once more, by a thread that has done so on its way here. */

/** The state the mutex has when this call would bring it into the same once more. */
export function stateBefore(
  prefix: string,
  act: 'lock' | 'unlock',
  event: CallEvent,
  context: RuleContext,
): MutexState | undefined {
  const place = mutexEvent(event) === act ? mutexPlace(event, context) : undefined;
  const state = place === undefined ? undefined : mutexState(prefix, place, event.path, context);
  return state?.state === (act === 'lock' ? 'held' : 'free') ? state : undefined;
}

/**
 * Whether a path that makes the earlier call comes to this one as well, as far as the text tells: in one function
 * nothing between them that the names in `undoes` stand for, and tests around the one that `agree` with those around
 * the other; in two functions no test around either.
 */
export function comesAgain(
  { expr, scope: { definition } }: CallEvent,
  { within, start }: MutexState,
  undoes: RegExp,
  agree: (first: readonly Stmt[], second: readonly Stmt[]) => boolean,
  /** Given where only what is done to the same lock undoes it. */
  context?: RuleContext,
): boolean {
  const first = choicesAround(within, start);
  const second = choicesAround(definition, expr.start);
  if (within !== definition) {
    return first.length === 0 && second.length === 0;
  }
  if (start === expr.start) {
    // The same call, in the next round: what undoes it stands behind its loop.
    const loop = loopAround(definition, expr);
    const meant = expr.args[0] && lastName(expr.args[0]);
    const undoing = callsIn(definition, undoes).filter(
      ({ args }) => !context || args.length !== 1 || meant === undefined || lastName(args[0]!) === meant,
    );
    return (
      loop !== undefined &&
      (undoing.length > 0 || (context !== undefined && isEndless(loop, context))) &&
      !undoing.some((call) => contains(loop, call))
    );
  }
  const loops = first.some((stmt) => isLoop(stmt) && !second.includes(stmt));
  const undone = callsIn(definition, undoes).some(
    (call) =>
      call.start > start &&
      call.start < expr.start &&
      (loops || !first.some((choice) => areApart(choice, start, call.start))),
  );
  return start < expr.start && !undone && agree(first, second);
}

/** The two stand on different sides of a test. */
function areApart(choice: Stmt, one: number, other: number): boolean {
  if (choice.kind !== 'if' || !choice.alternative) return false;
  const { consequent, alternative } = choice;
  const isIn = (stmt: Stmt, at: number) => stmt.start <= at && at < stmt.end;
  return (
    (isIn(consequent, one) && isIn(alternative, other)) || (isIn(alternative, one) && isIn(consequent, other))
  );
}

/** The tests and loops around a place. */
function choicesAround(definition: FunctionDefinition, start: number): Stmt[] {
  const choices = ['if', 'while', 'do', 'for', 'switch', 'either', 'unknown', 'label'];
  return around(definition, { start }).filter(
    (stmt) => choices.includes(stmt.kind) && !(stmt.kind === 'if' && isFirstOf(stmt.test, start)),
  );
}

/** What stands in the test itself is done whatever comes of it, but for the right side of `&&` and `||`. */
function isFirstOf(test: Expr, start: number): boolean {
  const inner = (expr: Expr) => expr.start <= start && start < expr.end;
  return (
    inner(test) &&
    !somePart(test, (part) =>
      part.kind === 'logical'
        ? inner(part.right)
        : part.kind === 'conditional' && !inner(part.test) && inner(part),
    )
  );
}

/** The function the earlier call lies in, for the message, unless it is this one. */
export function elsewhere({ within }: MutexState, { scope }: RuleContext): string {
  return within === scope.definition ? '' : ` in \`${within.name}\``;
}

/** Points to the earlier call. */
export function earlier({ within, start }: MutexState, message: string): Report['related'] {
  const call = callsIn(within, /./).find((made) => made.start === start);
  return call && [{ span: { start, end: call.end, within }, message }];
}
