import { unwrap } from '../../analysis/operators';
import type { Expr, FunctionDefinition } from '../../c/ast';
import type { RuleContext } from '../rule';
import { leavesAtEnd } from '../shared/endings';
import { isEndless, isLoop } from '../shared/loops';
import { arms, around, contains } from '../shared/statements';
import { callsIn, pathOf, variableIn } from '../shared/uses';
import { callsTo, type FileCall, fileCalls, lastName, textOf } from '../shared/whole-file';
import { actsIn, type LockAct } from '../subjects/locks/acts';
import { callsLocking, isMutex, standsAlone } from '../subjects/locks/callers';
import { type LockState, stateAt } from '../subjects/locks/states';

/** The mutex of a wait for a condition variable: whether it is held there, and whether all waits name the same one. */

export const waiting = /^(?:pthread_cond_(?:timed|clock)?wait|Pthread_cond_wait|cnd_(?:timed)?wait)$/;

export function checkHeld({ name, expr, within }: FileCall, context: RuleContext): void {
  const [condition, mutex] = expr.args;
  const last = mutex && lastName(mutex);
  if (!condition || !mutex || last === undefined || isCallers(condition, mutex, within)) {
    return;
  }
  const instead = heldInstead(condition, mutex, expr, context);
  if (instead !== undefined) {
    context.report({
      span: expr,
      severity: 'error',
      message: `\`${name}\` is given \`${shown(mutex, within, context)}\`, which is not locked here, while this thread holds \`${instead}\`: a signal can come between the test and the wait, and who needs \`${instead}\` to send it waits for ever. Pass \`${instead}\`.`,
    });
    return;
  }
  const state = stateBefore(expr, last, context);
  const isWrong =
    state === 'unlocked' ||
    (state === 'untouched' && standsAlone(within, last, context)) ||
    isFreeNextRound(expr, last, context);
  if (isWrong) {
    context.report({
      span: expr,
      severity: 'error',
      message: `\`${name}\` is called without holding \`${shown(mutex, within, context)}\`, so a signal can come between the test and the wait, and this thread sleeps for ever. Lock the mutex before the condition is tested.`,
    });
  }
}

/**
 * `wait(&to->filled, &from->lock)`: the mutex of the same structure as the condition variable is held, and the one of another is not. Or
 * one is held to the end, and the one that is given nobody locks for this.
 */
function heldInstead(condition: Expr, mutex: Expr, wait: Expr, context: RuleContext): string | undefined {
  const { definition } = context.scope;
  const [own, other] = [variableIn(condition), variableIn(mutex)];
  if (own === undefined || other === undefined) return undefined;
  const acts = actsIn(context.scope, context).filter(isMutex);
  const asked = shown(mutex, definition, context);
  const stateOf = (name: string) =>
    stateAt(
      wait,
      definition.body,
      acts.filter((act) => act.name === name),
      context,
    );
  // Another member of that name, by way of the same variable, is another mutex: `task->mutex` and `task->pool->mutex`.
  const isOther = (act: LockAct) => {
    const [first] = act.call.args;
    const [mine, given] = [memberOf(first), memberOf(mutex)];
    return (
      own === other && mine !== undefined && given !== undefined && mine !== given && isRooted(first, own)
    );
  };
  const isAsked = (act: LockAct) => act.name === asked || (act.last === lastName(mutex) && !isOther(act));
  const isUntouched = !acts.some(isAsked) && !callsLocking(wait, context);
  const held = acts.find(
    (act) =>
      act.op === 'lock' &&
      act.name !== asked &&
      act.call.args[0] !== undefined &&
      (own === other
        ? isUntouched && isGivenBehind(act, wait, acts) && !isTakenByCallers(mutex, context)
        : variableIn(act.call.args[0]) === own),
  );
  return held && stateOf(held.name) === 'locked' && /^un/.test(stateOf(asked)) ? held.name : undefined;
}

/** `task->pool->mutex`, however many parentheses stand around it. */
function memberOf(arg: Expr | undefined): string | undefined {
  const inner = arg && unwrap(arg);
  return inner?.kind === 'unary' && inner.op === '&' ? pathOf(unwrap(inner.operand)) : undefined;
}

function isRooted(arg: Expr | undefined, root: string | undefined): boolean {
  return arg !== undefined && variableIn(arg) === root;
}

function isGivenBehind({ kind, name }: LockAct, wait: Expr, acts: readonly LockAct[]): boolean {
  return (
    kind === 'mutex' &&
    acts.some((act) => act.op === 'unlock' && act.name === name && act.call.start > wait.end)
  );
}

function isTakenByCallers(mutex: Expr, context: RuleContext): boolean {
  const last = lastName(mutex);
  return callsTo(context, context.scope.definition.name).some(({ within }) =>
    actsIn(context.scope.file.scopeOf(within), context).some((act) => act.last === last),
  );
}

/** The round that has waited gives the mutex back, and nothing in the loop takes it again for the next. */
function isFreeNextRound(wait: Expr, last: string, context: RuleContext): boolean {
  const { definition } = context.scope;
  const loop = around(definition, wait).findLast(isLoop);
  const acts = actsIn(context.scope, context).filter((act) => isMutex(act) && act.last === last);
  const inside = acts.filter(({ call }) => loop !== undefined && contains(loop.body, call));
  return (
    loop !== undefined &&
    isEndless(loop, context) &&
    !leavesAtEnd(loop.body, context) &&
    acts.some(({ op, call }) => op === 'lock' && call.end <= loop.start) &&
    inside.every(({ op }) => op === 'unlock') &&
    inside.some(({ call }) => call.start > wait.end && arms(definition, call).at(-1) === loop.body) &&
    !callsIn(definition, /lock/i).some(
      (call) => contains(loop.body, call) && !inside.some((act) => act.call === call),
    )
  );
}

/** The caller gives both, the mutex perhaps in a structure of the program's own. */
function isCallers(condition: Expr, mutex: Expr, within: FunctionDefinition): boolean {
  const root = variableIn(mutex);
  return (
    isParameter(mutex, within) ||
    (isParameter(condition, within) &&
      within.type.params.some(({ name }) => name !== undefined && name === root))
  );
}

function isParameter(mutex: Expr, { type }: FunctionDefinition): boolean {
  const inner = unwrap(mutex);
  return inner.kind === 'name' && type.params.some(({ name }) => name === inner.name);
}

/** What the function has done with the mutex on the way to a place. */
export function stateBefore(at: Expr, last: string, context: RuleContext): LockState {
  const { definition } = context.scope;
  const acts = actsIn(context.scope, context).filter((act) => isMutex(act) && act.last === last);
  const state = stateAt(at, definition.body, acts, context);
  return state !== 'locked' && callsLocking(at, context) ? 'unsure' : state;
}

/** A wait in another function on the same condition variable names another mutex; what stands in one function comes in turn. */
export function checkOne({ name, expr, within }: FileCall, context: RuleContext): void {
  const [condition, mutex] = expr.args;
  if (!condition || !mutex || isParameter(mutex, within) || isParameter(condition, within)) {
    return;
  }
  const same = fileCalls(context, waiting).filter(
    (other) =>
      other.expr.args[0] &&
      textOf(other.expr.args[0], other.within, context) === textOf(condition, within, context),
  );
  const [first] = same;
  const theirs = first?.expr.args[1];
  if (
    !first ||
    !theirs ||
    first.within === within ||
    lastName(theirs) === lastName(mutex) ||
    isParameter(theirs, first.within)
  ) {
    return;
  }
  context.report({
    span: expr,
    severity: 'error',
    message: `\`${name}\` waits on \`${shown(condition, within, context)}\` with \`${shown(mutex, within, context)}\`, and another wait on it uses \`${shown(theirs, first.within, context)}\`, which is undefined while both wait. Use one mutex for all waits on one condition variable.`,
    related: [{ span: { ...first.expr, within: first.within }, message: 'The other wait is here' }],
  });
}

export function shown(expr: Expr, within: FunctionDefinition, context: RuleContext): string {
  return textOf(expr, within, context).replace(/^&/, '');
}
