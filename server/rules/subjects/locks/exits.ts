import { rootName } from '../../../analysis/aliasing';
import type { FunctionScope } from '../../../analysis/context';
import { unwrap } from '../../../analysis/operators';
import {
  type Expr,
  type FunctionDefinition,
  type Stmt,
  someStmtIn,
  statementsOf,
  walkStmt,
} from '../../../c/ast';
import { calledName } from '../../../c/cfg';
import { isEntry } from '../../../c/entry';
import type { RuleContext } from '../../rule';
import { endsProcess, endsThread, leavesAtEnd } from '../../shared/endings';
import { isEndless, isLoop, leftBy } from '../../shared/loops';
import { namesError } from '../../shared/reporting';
import { arms, around, contains, labelNamed } from '../../shared/statements';
import { callsIn } from '../../shared/uses';
import { lastName } from '../../shared/whole-file';
import { actsIn, type LockAct } from './acts';
import { isAside } from './aside';
import { besideBreak, isOfOtherBuild, isOtherBranch, isOtherCase } from './breaks';
import { isHandedRound } from './elements';
import { isKeptInMind } from './flags';
import { isForOthers, isGivenBackLater, isHandedOn, isInherited, isKeptHere } from './givers';
import { asksFor, guardOf } from './guards';
import { heldIn, leavesWithout, tellsFailure } from './results';
import { LockWays } from './ways';

/** Ways out of a critical section that leave its lock taken, read from the structure of a function. */

export interface WayOut {
  lock: LockAct;
  /** The jump that leaves; absent where no way at all unlocks. */
  jump?: Stmt;
  /** The unlock that the jump goes past. */
  unlock?: LockAct;
}

/** Every jump that leaves a lock taken, of those kinds that `looks` picks. */
export function waysOut(context: RuleContext, looks: (act: LockAct) => boolean): WayOut[] {
  const { scope } = context;
  const acts = actsIn(scope, context).filter(looks);
  const ways = new LockWays(acts, context);
  const found = acts.flatMap((lock) => {
    const same = acts.filter(({ key }) => key === lock.key);
    // Of which semaphore of a set is not always known.
    const unsure = acts.some(
      ({ op, kind, key }) =>
        op === 'either' && kind === lock.kind && (key === lock.key || kind === 'sysv-sem' || kind === 'file'),
    );
    // Who gives a mutex back first has it from the caller, and takes it again for the caller.
    const isCallers = same[0]?.op === 'unlock' && /^(?:mutex|rwlock|spinlock|own)$/.test(lock.kind);
    const takes = (lock.op === 'lock' || lock.op === 'try') && !isCallers;
    const isSure = takes && !unsure && !isKeptInMind(lock, same, context);
    return isSure ? leaving(lock, { same, ways }, scope, context) : [];
  });
  return found.filter(
    ({ lock, jump }) => !jump || (!isOfOtherBuild(jump, lock, scope) && ways.leadOut(lock, jump)),
  );
}

/** All that a function does with one lock. */
interface Acts {
  same: LockAct[];
  ways: LockWays;
}

function leaving(lock: LockAct, acts: Acts, scope: FunctionScope, context: RuleContext): WayOut[] {
  const { definition } = scope;
  const { same } = acts;
  const unlocks = same.filter(({ op }) => op === 'unlock');
  if (unlocks.length === 0 || isKeptAtEnd(lock, unlocks, definition)) {
    return [];
  }
  const taken = around(definition, lock.call).at(-1);
  const held = heldIn(lock, scope, context);
  const isTaken = lock.op === 'lock' || leavesWithout(lock, scope, context);
  const jumps: Stmt[] = [];
  walkStmt(definition.body, {
    stmt: (stmt) => {
      const leaves = ['return', 'break', 'continue', 'goto'].includes(stmt.kind) || endsThread(stmt);
      const behind = isTaken && taken !== undefined && stmt.start > taken.end;
      // Whoever leaves at once with what was got hands it on.
      const inside = held !== undefined && contains(held, stmt) && arms(definition, stmt).at(-1) !== held;
      if (leaves && (behind || inside || isInherited(lock, stmt, definition))) jumps.push(stmt);
    },
  });
  return jumps.flatMap((jump) => {
    const unlock = passes(jump, lock, acts, scope, context);
    return unlock ? [{ lock, jump, unlock }] : [];
  });
}

/** The branch that takes the lock ends with a return, and gives it back nowhere before: it is kept on purpose. */
function isKeptAtEnd(
  { call }: LockAct,
  unlocks: readonly LockAct[],
  definition: FunctionDefinition,
): boolean {
  const arm = arms(definition, call).at(-1);
  const last = arm?.kind === 'block' ? arm.body.at(-1) : undefined;
  return (
    last?.kind === 'return' &&
    last.start > call.end &&
    unlocks.every(({ call: unlock }) => unlock.start < call.start || unlock.start > last.start)
  );
}

const returns = (jump: Stmt) => jump.kind === 'return' || jump.kind === 'expr';

/** The unlock on the normal way, when the jump surely comes from behind the lock and goes past it. */
function passes(
  jump: Stmt,
  lock: LockAct,
  { same, ways }: Acts,
  scope: FunctionScope,
  context: RuleContext,
): LockAct | undefined {
  const { definition } = scope;
  const guard = guardOf(same, scope, context);
  const armsOf = ({ call }: LockAct) => arms(definition, call).filter((arm) => !guard?.arms.includes(arm));
  const armsOfLock = armsOf(lock);
  const armsOfJump = arms(definition, jump);
  if (
    guard &&
    around(definition, jump).some((stmt) => stmt.kind === 'if' && asksFor(stmt.test, guard.names))
  ) {
    return undefined;
  }
  const extra = armsOfJump.filter((arm) => !armsOfLock.includes(arm));
  // Who takes a lock and returns at once takes it for the caller; a thread that ends has none.
  const forOthers = extra.length === 0 && !endsThread(jump);
  if (!armsOfLock.every((arm) => armsOfJump.includes(arm)) || forOthers) {
    return undefined;
  }
  const between = same.filter(({ call }) => call.start > lock.call.start && call.end <= jump.end);
  for (const other of between) {
    const own = armsOf(other).filter((arm) => !armsOfJump.includes(arm));
    if (own.length === 0 && !isOtherCase(other, jump, definition)) return undefined;
    const isAside =
      own.some((arm) => leavesAtEnd(arm, context)) || isOtherBranch(other.call, jump, definition);
    if (own.length > 0 && !isAside) return undefined;
  }
  if (isReturnedLocked(lock, jump, definition) || isOtherCase(lock, jump, definition)) return undefined;
  if (labelBetween(lock, jump, definition) || closesOwner(lock, jump, armsOfJump, definition)) {
    return undefined;
  }
  const handed = jump.kind === 'return' && handsOver(jump.value, scope) && !isKeptHere(lock, jump, context);
  if (handed || (jump.kind === 'return' && isGivenBackLater(lock, isFailure(jump, context), context))) {
    return undefined;
  }
  if (jump.kind === 'return' && isHandedOn(lock, jump, context)) return undefined;
  if (jump.kind === 'expr' && callsIn(definition, /^pthread_cleanup_push$/).length > 0) {
    return undefined;
  }
  if (tellsFailure(lock, extra, scope, context) && !isInherited(lock, jump, definition)) {
    return undefined;
  }
  const after = same.filter(
    (act) =>
      act.op === 'unlock' &&
      act.call.start > jump.end &&
      // Of a thread that ends nobody takes the mutex over, wherever it is given back else.
      (endsThread(jump) || armsOf(act).every((arm) => armsOfJump.includes(arm))),
  );
  return (
    after.find((unlock) => goesPast(jump, lock, unlock, { after, same }, definition)) ??
    (returns(jump) ? onAllOtherWays(jump, lock, { same, ways }, context) : undefined) ??
    besideBreak(jump, lock, same, context)
  );
}

/**
 * The search ends with what it was for, `lock(item); if (fits(item)) break;` or `if (found) break;`, and the function returns that: its caller
 * gets it locked.
 */
function isReturnedLocked(lock: LockAct, jump: Stmt, definition: FunctionDefinition): boolean {
  const owner = jump.kind === 'break' && lock.call.args[0] ? rootName(lock.call.args[0]) : undefined;
  const test =
    jump.kind === 'break' ? around(definition, jump).findLast(({ kind }) => kind === 'if') : undefined;
  const found = test?.kind === 'if' && contains(test.consequent, jump) ? unwrap(test.test) : undefined;
  return someStmtIn(definition.body, (stmt) => {
    const value = stmt.kind === 'return' && stmt.start > jump.end ? stmt.value : undefined;
    return (
      value?.kind === 'name' &&
      (value.name === owner || (found?.kind === 'name' && found.name === value.name))
    );
  });
}

/**
 * What owns the lock is given up on the way: `file_close(file)` behind a lock of `file->fd`, which no lock of a file outlives, or
 * `store_free(store)` behind a lock of the program's own.
 */
function closesOwner(lock: LockAct, jump: Stmt, armsOfJump: Stmt[], definition: FunctionDefinition): boolean {
  const isOwned = lock.kind === 'file' || lock.kind === 'own';
  const owner = isOwned && lock.call.args[0] ? rootName(lock.call.args[0]) : undefined;
  const label = jump.kind === 'goto' ? labelNamed(jump.name, definition) : undefined;
  return (
    owner !== undefined &&
    callsIn(definition, /close|release|free/i).some(
      (call) =>
        call.start > lock.call.end &&
        (call.end <= jump.start || (label !== undefined && call.start > label.start)) &&
        call.args.some((arg) => rootName(arg) === owner) &&
        arms(definition, call).every((arm) => armsOfJump.includes(arm)),
    )
  );
}

/**
 * The unlock of another way out, where every one but this unlocks. Where there is only one other, a caller may get the lock by one of the
 * two: not by one that fails, and not from a function that tells nothing.
 */
function onAllOtherWays(
  jump: Stmt,
  lock: LockAct,
  { same, ways }: Acts,
  context: RuleContext,
): LockAct | undefined {
  const { definition } = context.scope;
  if (same.filter(({ op }) => op === 'lock').length !== 1 || !ways.onlyLeaveBy(lock, jump)) return undefined;
  const others: Stmt[] = [];
  walkStmt(definition.body, {
    stmt: (stmt) => {
      if (stmt.kind === 'return' && stmt !== jump && stmt.start > lock.call.end) others.push(stmt);
    },
  });
  const tells = definition.type.returns.k !== 'void' || endsThread(jump);
  if (tells && others.length < 2 && !isFailure(jump, context)) return undefined;
  return same.find(({ op, call }) => op === 'unlock' && call.start > lock.call.end);
}

/** `return -1;`, `return NULL;`, `return EINVAL;` */
function isFailure(jump: Stmt, { scope }: RuleContext): boolean {
  const value = jump.kind === 'return' ? jump.value : undefined;
  if (value?.kind === 'null' || namesError(value)) return true;
  const number = value && scope.evaluator.constant(value, scope);
  return number !== undefined && (number < 0n || scope.resolvedTypeOf(value!)?.k === 'pointer');
}

/** Whether the jump leads to a place from where the unlock is not reached any more. */
function goesPast(
  jump: Stmt,
  lock: LockAct,
  unlock: LockAct,
  { after, same }: { after: LockAct[]; same: LockAct[] },
  definition: FunctionDefinition,
): boolean {
  if (returns(jump)) {
    return true;
  }
  if (jump.kind === 'goto') {
    const label = endOfChain(labelNamed(jump.name, definition), definition);
    return (
      label !== undefined &&
      label.start > jump.start &&
      // Under a test, too: `if (locked) unlock();` where all ways come together.
      !same.some(({ op, call }) => op === 'unlock' && call.start >= label.start)
    );
  }
  const left = leftBy(jump, definition);
  if (!left || !isLoop(left) || !contains(left, lock.call) || !contains(left.body, unlock.call)) {
    return false;
  }
  return (
    jump.kind === 'continue' ||
    (!after.some(({ call }) => call.start > left.end) && !isLeftLocked(left, same, definition))
  );
}

/** Another way out of the loop takes the lock to leave with it: `lock(m); break;`. */
function isLeftLocked(loop: Stmt, same: LockAct[], definition: FunctionDefinition): boolean {
  return someStmtIn(loop, (stmt) => {
    if (stmt.kind !== 'break' || leftBy(stmt, definition) !== loop) return false;
    const arm = arms(definition, stmt).at(-1);
    const last = same.findLast(({ call }) => call.end <= stmt.start);
    const behind =
      last !== undefined && same.some(({ op, call }) => op === 'unlock' && call.end <= last.call.start);
    return (
      behind && last.op === 'lock' && arms(definition, last.call).at(-1) === arm && contains(loop, last.call)
    );
  });
}

/** Control may come to the jump from elsewhere. */
function labelBetween(lock: LockAct, jump: Stmt, definition: FunctionDefinition): boolean {
  return someStmtIn(
    definition.body,
    ({ kind, start }) => kind === 'label' && start > lock.call.start && start < jump.start,
  );
}

/** Where a label only jumps on: `done: goto out;`. */
function endOfChain(label: Stmt | undefined, definition: FunctionDefinition): Stmt | undefined {
  const seen = new Set<Stmt>();
  let at = label;
  while (at && !seen.has(at)) {
    seen.add(at);
    const next = labelled(at, definition);
    if (next?.kind !== 'goto') return at;
    at = labelNamed(next.name, definition);
  }
  return at;
}

function labelled(label: Stmt, definition: FunctionDefinition): Stmt | undefined {
  const [inner] = statementsOf(label);
  if (inner) return inner;
  const block = around(definition, label).findLast(({ kind }) => kind === 'block');
  return block?.kind === 'block' ? block.body[block.body.indexOf(label) + 1] : undefined;
}

/** What is returned may be the very thing that the lock protects: the caller gets it locked. No constant is, be its header at hand or not. */
function handsOver(value: Expr | undefined, scope: FunctionScope): boolean {
  if (!value || namesError(value) || scope.evaluator.constant(value, scope) !== undefined) {
    return false;
  }
  const type = scope.resolvedTypeOf(value);
  const isNamed = !type && value.kind === 'name' && /^[A-Z][A-Z0-9]*_[A-Z0-9_]+$/.test(value.name);
  return value.kind !== 'null' && !isNamed && !/^(?:int|enum|float)$/.test(type?.k ?? '');
}

/** Locks that a function takes and that nothing gives back: neither itself on its normal way, nor any other function for it. */
export function neverUnlocked(context: RuleContext, looks: (act: LockAct) => boolean): LockAct[] {
  const { scope } = context;
  const { definition } = scope;
  const acts = actsIn(scope, context).filter(looks);
  const found = acts.filter((lock) => {
    const same = acts.filter(({ key }) => key === lock.key);
    // Where a test of the call decides, the branch that has the lock is its way.
    const held = heldIn(lock, scope, context);
    const own = [...arms(definition, lock.call), ...(held ? [held] : [])];
    const loops = around(definition, lock.call).some(isLoop);
    const isOnlyLock = same.every(({ op }) => op === 'unlock' || op === lock.op);
    return (
      (lock.op === 'lock' ||
        (lock.op === 'try' && (isTriedOnly(lock, scope, context) || leavesWithout(lock, scope, context)))) &&
      isOnlyLock &&
      lock === same.findLast(({ op }) => op !== 'unlock') &&
      (loops || !isEntry(definition)) &&
      same.every(
        (act) => act.op !== 'unlock' || isAside(act.call, own, context) || isOver(act, lock, same, context),
      ) &&
      !hasNoNormalWay(own.at(-1) ?? definition.body, same, context) &&
      !isDestroyed(lock, context) &&
      !isHandedRound(lock, acts, context) &&
      !isForOthers(lock, context)
    );
  });
  const ways = new LockWays(acts, context);
  return found.filter((lock) => ways.leaveLocked(lock));
}

/** It gives back what was taken before, and no loop comes to it again. */
function isOver(unlock: LockAct, lock: LockAct, same: readonly LockAct[], { scope }: RuleContext): boolean {
  return (
    unlock.call.end < lock.call.start &&
    same[0]?.op === 'lock' &&
    same[0].call.end < unlock.call.start &&
    !around(scope.definition, unlock.call).some((stmt) => isLoop(stmt) && contains(stmt, lock.call))
  );
}

/** Taken to wait for the last user, before it is no more. */
function isDestroyed({ call, last }: LockAct, context: RuleContext): boolean {
  const destroys = /destroy/i;
  // Each round of a loop in front takes it again.
  const loop = around(context.scope.definition, call).find(isLoop);
  const taker = context.functionNamed(calledName(call) ?? '')?.definition;
  return (
    callsIn(context.scope.definition, destroys).some(
      ({ start, args: [lock] }) =>
        start > call.end && (!loop || start < loop.end) && lock && lastName(lock) === last,
    ) ||
    (taker !== undefined && callsIn(taker, destroys).length > 0)
  );
}

/** What comes of trying decides about a branch alone, and the function has no way to tell its caller of it. */
function isTriedOnly(lock: LockAct, scope: FunctionScope, context: RuleContext): boolean {
  return scope.definition.type.returns.k === 'void' && heldIn(lock, scope, context) !== undefined;
}

/**
 * There is no normal way: what it ends with leaves in all of its branches or goes round for ever, and some way out of that unlocks; or the
 * process ends there.
 */
function hasNoNormalWay(body: Stmt, same: LockAct[], context: RuleContext): boolean {
  const last = body.kind === 'block' ? body.body.at(-1) : undefined;
  // A thread that ends itself leaves by the normal way.
  if (last?.kind === 'expr') return !endsThread(last) && endsProcess(calledName(last.expr), context);
  return (
    last !== undefined &&
    (isLoop(last) ? isEndless(last, context) : last.kind === 'if' && leavesAtEnd(last, context)) &&
    same.some(({ op, call }) => op === 'unlock' && contains(last, call))
  );
}
