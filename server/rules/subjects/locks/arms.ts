import { rootName } from '../../../analysis/aliasing';
import {
  type FunctionDefinition,
  type Span,
  type Stmt,
  someExprIn,
  somePart,
  someStmtIn,
} from '../../../c/ast';
import { calledName } from '../../../c/cfg';
import { comesBackAlways } from '../../../c/library';
import type { RuleContext } from '../../rule';
import { endsProcess, leavesAtEnd } from '../../shared/endings';
import { isLoop, leftBy, resultName } from '../../shared/loops';
import { arms, around, contains } from '../../shared/statements';
import { actsIn, type LockAct } from './acts';
import { isForOthers } from './givers';

/** A test behind a lock has branches that give it back, and one that does not, and nothing behind the test does it for that one. */
export interface KeptArm {
  lock: LockAct;
  /** The last statement of the branch that forgets. */
  last: Stmt;
  /** What another branch does. */
  unlock: LockAct;
}

/** The branches that keep a lock, of those kinds that `looks` picks. */
export function keptInArms(context: RuleContext, looks: (act: LockAct) => boolean): KeptArm[] {
  const { scope } = context;
  const { definition } = scope;
  const acts = actsIn(scope, context).filter(looks);
  if (someStmtIn(definition.body, ({ kind }) => /^(?:goto|label|either|unknown)$/.test(kind))) return [];
  return acts.flatMap((lock) => {
    const same = acts.filter(({ key }) => key === lock.key);
    const loop = around(definition, lock.call).findLast(isLoop);
    const choice = lock.op === 'lock' ? choiceOf(same, lock, definition) : undefined;
    const branches = choice && branchesOf(choice);
    if (!branches || (loop && !contains(loop, choice))) return [];
    const isOneWay = branches.at(-1)?.kind === 'empty';
    if (isOneWay && (mayBeTold(choice, lock, definition) || !areJoined(branches, same, context))) return [];
    const within: Span = loop ?? definition.body;
    const unlocks = (arm: Stmt) => same.filter(({ op, call }) => op === 'unlock' && contains(arm, call));
    const [unlock] = branches.flatMap(unlocks);
    const kept = branches.filter(
      (arm) => isUntouched(arm, same) && comesRound(arm, loop, definition, context),
    );
    const isGiven =
      kept.some((arm) => mayGive(arm, lock, context)) ||
      (!kept.every(goesRound) && givesBehind(choice, within, lock, context));
    if (!unlock || isGiven || !isNextTaken(same, choice, within) || isForOthers(lock, context)) return [];
    return kept.flatMap((arm) => {
      const last = arm.kind === 'block' ? arm.body.at(-1) : arm;
      return last ? [{ lock, last, unlock }] : [];
    });
  });
}

/** Who has given the lock back comes to where the others come without, and that is not the end of the process. */
function areJoined(branches: readonly Stmt[], same: readonly LockAct[], context: RuleContext): boolean {
  const { body } = context.scope.definition;
  const last = body.kind === 'block' ? body.body.at(-1) : undefined;
  const ends = last?.kind === 'expr' && endsProcess(calledName(last.expr), context);
  return !ends && branches.some((arm) => !isUntouched(arm, same) && !leavesAtEnd(arm, context));
}

/** What is tested may tell that there is no lock: it is the result of the call that takes it, or a flag for one held. */
function mayBeTold(choice: Stmt, lock: LockAct, definition: FunctionDefinition): boolean {
  const result = resultName(definition, lock.call);
  return (
    choice.kind === 'if' &&
    somePart(choice.test, (part) => {
      const name = part.kind === 'name' ? part.name : part.kind === 'member' ? part.field : undefined;
      return name !== undefined && (name === result || /lock|held|own|taken/i.test(name));
    })
  );
}

function goesRound(arm: Stmt): boolean {
  return (arm.kind === 'block' ? arm.body.at(-1) : arm)?.kind === 'continue';
}

function isUntouched(arm: Stmt, same: readonly LockAct[]): boolean {
  return same.every(({ call }) => !contains(arm, call));
}

/** What is done with the lock next, behind the test or in the next round, is to take it. */
function isNextTaken(same: readonly LockAct[], choice: Stmt, within: Span): boolean {
  const inside = same.filter(({ call }) => contains(within, call));
  const behind = same.find(({ call }) => call.start > choice.end);
  const next = behind && contains(within, behind.call) ? behind : inside[0];
  const isLeft = behind === undefined || contains(within, behind.call) || behind.op === 'lock';
  return next?.op === 'lock' && isLeft;
}

/** The test behind the lock, on the same level, that all that is done with the lock further on stands in. */
function choiceOf(same: readonly LockAct[], lock: LockAct, definition: FunctionDefinition): Stmt | undefined {
  const first = same.find(({ call }) => call.start > lock.call.end);
  const level = arms(definition, lock.call);
  const isAlike = (stmt: Stmt) => {
    const own = arms(definition, stmt);
    return own.length === level.length && own.every((arm) => level.includes(arm));
  };
  return (
    first &&
    around(definition, first.call).find(
      (stmt) => stmt.kind === 'if' && stmt.start > lock.call.end && isAlike(stmt),
    )
  );
}

/**
 * All branches of a test. Where it has no `else`, or one with nothing in it, that is an empty statement in the place of the test: what
 * it asks decides whether the lock is given back.
 */
function branchesOf(choice: Stmt): Stmt[] {
  if (choice.kind !== 'if') return [choice];
  const { test, consequent, alternative } = choice;
  const isEmpty = !alternative || (alternative.kind === 'block' && alternative.body.length === 0);
  return [consequent, ...(isEmpty ? [emptyAt(test)] : branchesOf(alternative))];
}

const emptyAt = ({ start, end }: Span): Stmt => ({ kind: 'empty', start, end });

/** Control comes from the end of the branch to the next round, or to the end of the function. */
function comesRound(
  arm: Stmt,
  loop: Stmt | undefined,
  definition: FunctionDefinition,
  context: RuleContext,
): boolean {
  const last = arm.kind === 'block' ? arm.body.at(-1) : arm;
  if (last?.kind === 'continue') return loop !== undefined && leftBy(last, definition) === loop;
  return (
    last !== undefined && !leavesAtEnd(arm, context) && !someStmtIn(arm, ({ kind }) => kind === 'return')
  );
}

/** Something called there may give the lock back: by its name, as it gets what the lock belongs to, or by way of a pointer. */
function mayGive(part: Span & Stmt, lock: LockAct, context: RuleContext): boolean {
  return someExprIn(part, (expr) => {
    if (expr.kind !== 'call') return false;
    const name = calledName(expr);
    if (name === undefined) return true;
    const own = context.functionNamed(name);
    if (own) return actsIn(own, context).some(({ last, op }) => last === lock.last && op !== 'lock');
    if (context.scope.call(name) || comesBackAlways(name)) return false;
    const owner = lock.call.args[0] && rootName(lock.call.args[0]);
    return (
      /unlock|release|leave|give|post|wait|exit|die|fatal/i.test(name) ||
      expr.args.some((arg) => rootName(arg) === owner)
    );
  });
}

/** The same of what stands behind the test, to the end of the round or of the function. */
function givesBehind(choice: Stmt, within: Span, lock: LockAct, context: RuleContext): boolean {
  const { body } = context.scope.definition;
  return someStmtIn(
    body,
    (stmt) =>
      stmt.start >= choice.end &&
      stmt.end <= within.end &&
      (stmt.kind === 'expr' || stmt.kind === 'decl' || stmt.kind === 'return') &&
      mayGive(stmt, lock, context),
  );
}
