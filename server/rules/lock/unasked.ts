import { type Expr, type FunctionDefinition, type Stmt, somePart } from '../../c/ast';
import { calledName } from '../../c/cfg';
import type { RuleContext } from '../rule';
import { isLoop } from '../shared/loops';
import { around, contains } from '../shared/statements';
import { callsTo, fileMakes, functionsOf, isAllRead, isProgram, threadStarts } from '../shared/whole-file';
import { startsAtOne } from '../subjects/first-values';
import { anyNumber } from '../subjects/locks/act';
import { actsIn, type LockAct } from '../subjects/locks/acts';
import { numberIn } from '../subjects/set-numbers';

/** Semaphores that are locks, and a function that gives one back which it has not taken. */

export function tellUnasked(context: RuleContext): void {
  for (const { call, name } of givenUnasked(context)) {
    context.report({
      span: call,
      severity: 'warning',
      message: `Nothing here has taken \`${name}\` before this \`${calledName(call)}\`, so what stands in front of it is not protected, and the value becomes 2: two are let in at once. Wait for \`${name}\` before the shared data is touched.`,
    });
  }
}

function givenUnasked(context: RuleContext): LockAct[] {
  const { scope } = context;
  const { definition } = scope;
  const acts = actsIn(scope, context).filter(isSemaphore);
  const gives = acts.filter(
    (act) => act.op === 'unlock' && !act.key.endsWith(anyNumber) && !isParameter(act, definition),
  );
  const alone = gives.filter(
    (give) =>
      !acts.some((act) => act.op !== 'unlock' && mayBe(act, give) && mayComeBy(act, give, definition)),
  );
  // Most functions end here: what follows asks all functions of the file.
  if (alone.length === 0 || !isProgram(context) || !isAllRead(context)) return [];
  if (fileMakes(context, /^(?:exec\w+|posix_spawnp?|sem_getvalue)$/)) return [];
  return alone.filter(
    (give) =>
      startsAtOne(give, context) &&
      worksBefore(give, acts, definition) &&
      isLockOfOthers(give, context) &&
      nobodyComesWithIt(give, context),
  );
}

function isSemaphore({ kind }: LockAct): boolean {
  return kind === 'semaphore' || kind === 'sysv-sem';
}

/** The same one, or one of which that is not known. */
function mayBe(one: LockAct, other: LockAct): boolean {
  if (one.kind !== other.kind) return false;
  const isAny = one.key.endsWith(anyNumber) || one.op === 'either';
  return one.last === other.last && (isAny || numberIn(one) === numberIn(other));
}

function isParameter({ key, last }: LockAct, { type }: FunctionDefinition): boolean {
  return type.params.some(
    ({ name }) => name !== undefined && (name === last || new RegExp(`#.*\\b${name}\\b`).test(key)),
  );
}

/** It stands above, or the next round of a loop comes by with it. */
function mayComeBy({ call }: LockAct, give: LockAct, definition: FunctionDefinition): boolean {
  return (
    call.start < give.call.start ||
    around(definition, call).some((stmt) => isLoop(stmt) && contains(stmt, give.call))
  );
}

/** The function does something in front of it, and so does not only tell others that they may begin. */
function worksBefore({ call }: LockAct, acts: readonly LockAct[], definition: FunctionDefinition): boolean {
  const block = around(definition, call).at(-2);
  const before = block?.kind === 'block' ? block.body.filter(({ end }) => end <= call.start) : [];
  return before.some(
    (stmt) =>
      stmt.kind === 'expr' &&
      !acts.some((act) => contains(stmt, act.call)) &&
      somePart(stmt.expr, (part: Expr) => part.kind === 'assign' || part.kind === 'update'),
  );
}

/** All other functions give it back behind having taken it, and none keeps it. */
function isLockOfOthers(give: LockAct, context: RuleContext): boolean {
  let taken = 0;
  for (const other of functionsOf(context)) {
    if (other === context.scope.definition) continue;
    const scope = context.scope.file.scopeOf(other);
    const acts = actsIn(scope, context.in(scope)).filter(
      (act) => isSemaphore(act) && mayBe(act, give) && !isParameter(act, other),
    );
    const takes = acts.filter(({ op }) => op === 'lock');
    const gives = acts.filter(({ op }) => op === 'unlock');
    // One that keeps it passes it on to who is woken, or to who is called next.
    if (takes.length > 0 && gives.length === 0 && sharesCallers(other.name, context)) return false;
    if (gives.length > takes.length && isKeptInBranch(other, gives)) return false;
    // What a function does for its callers, they are seen to do.
    const isOneSided = takes.length === 0 || gives.length === 0;
    if (isOneSided && callsTo(context, other.name).length > 0 && !threadStarts(context).has(other.name))
      continue;
    if (acts.some(({ op }) => op === 'either' || op === 'try') || takes.length > gives.length) return false;
    if (gives.some((one) => !takes.some(({ call }) => call.start < one.call.start))) return false;
    taken += takes.length;
  }
  return taken > 0;
}

/** A choice of which some branches give it back and the last one does not, and nothing behind them does. */
function isKeptInBranch(definition: FunctionDefinition, gives: readonly LockAct[]): boolean {
  return gives.some(({ call }) => {
    const choice = around(definition, call).find((stmt) => stmt.kind === 'if' && !contains(stmt.test, call));
    const last = choice && lastBranch(choice);
    return (
      choice !== undefined &&
      last !== undefined &&
      gives.every((give) => contains(choice, give.call) && !contains(last, give.call))
    );
  });
}

function lastBranch(stmt: Stmt): Stmt | undefined {
  if (stmt.kind !== 'if' || !stmt.alternative) return undefined;
  return stmt.alternative.kind === 'if' ? lastBranch(stmt.alternative) : stmt.alternative;
}

/** Who calls the function at hand calls the other one, too. */
function sharesCallers(name: string, context: RuleContext): boolean {
  const callers = new Set(callsTo(context, context.scope.definition.name).map(({ within }) => within));
  return callsTo(context, name).some(({ within }) => callers.has(within));
}

/** A thread, a process or a function whose callers do not have it. */
function nobodyComesWithIt(give: LockAct, context: RuleContext): boolean {
  const { name } = context.scope.definition;
  if (name === 'main' || threadStarts(context).has(name)) return true;
  const callers = new Set(callsTo(context, name).map(({ within }) => within));
  const isHelper = /unlock|release|put|post|signal|leave|exit|end|give|done|finish|(?:^|_)v$/i.test(name);
  return (
    !isHelper &&
    callers.size > 0 &&
    [...callers].every((caller) => {
      const scope = context.scope.file.scopeOf(caller);
      return actsIn(scope, context.in(scope)).every(
        (act) => !mayBe(act, give) || calledName(act.call) === name,
      );
    })
  );
}
