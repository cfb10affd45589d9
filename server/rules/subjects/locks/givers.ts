import { rootName } from '../../../analysis/aliasing';
import type { FunctionScope } from '../../../analysis/context';
import { unwrap } from '../../../analysis/operators';
import {
  type Expr,
  type ExprOf,
  type FunctionDefinition,
  type Stmt,
  someExprIn,
  walkStmt,
} from '../../../c/ast';
import { calledName } from '../../../c/cfg';
import type { RuleContext } from '../../rule';
import { isLoop } from '../../shared/loops';
import { arms, around, contains } from '../../shared/statements';
import { callsIn } from '../../shared/uses';
import { callsTo, type FileCall, fileCalls, functionsOf, isProgram, lastName } from '../../shared/whole-file';
import { isCalledLock, startsAtOne } from '../first-values';
import { isMutexAddress } from '../mutexes';
import { numberIn } from '../set-numbers';
import { anyNumber } from './act';
import { actsIn, type LockAct } from './acts';

/** Who else may give back what a function takes. */

/** All who call the function are here, and none of them gives back more than it takes itself. */
export function isKeptByCallers(lock: LockAct, context: RuleContext): boolean {
  const { file, definition } = context.scope;
  const callers = isProgram(context) ? callsTo(context, definition.name) : [];
  const isName = (expr: Expr) => expr.kind === 'name' && expr.name === definition.name;
  const count = (acts: LockAct[], op: LockAct['op']) => acts.filter((act) => act.op === op).length;
  return (
    callers.length > 0 &&
    callers.every(({ within }) => {
      const acts = actsIn(file.scopeOf(within), context).filter(
        ({ kind, last }) => kind === lock.kind && last === lock.last,
      );
      return count(acts, 'unlock') <= count(acts, 'lock') && !mentionsUnlock(within);
    }) &&
    !callers.some(({ within, expr }) =>
      someExprIn(within.body, (inner) => isName(inner) && inner !== expr.callee),
    )
  );
}

/**
 * No caller gives the lock back: they are all here; or only this file can, as nobody else knows what the lock lies in, and each of its
 * functions gives back what it takes itself. Not so where the caller gets what the lock lies in.
 */
export function isKeptHere(lock: LockAct, jump: Stmt, context: RuleContext): boolean {
  const { file } = context.scope;
  if (isKeptByCallers(lock, context)) return true;
  const [owner] = /\w+/.exec(lock.name) ?? [];
  if (jump.kind === 'return' && jump.value && rootName(jump.value) === owner) return false;
  const object = lock.call.args[0] && unwrap(lock.call.args[0]);
  const place = object?.kind === 'unary' && object.op === '&' ? unwrap(object.operand) : undefined;
  const isOwn =
    place?.kind === 'name'
      ? file.symbols.isStatic(place.name)
      : place?.kind === 'member' && isOfFile(place, context);
  return isOwn && isCustomHere(lock, context) && !isForOthers(lock, context);
}

/** A member of a structure whose text stands in this file, and not in a header. */
function isOfFile({ object, arrow }: ExprOf<'member'>, { scope }: RuleContext): boolean {
  const type = scope.resolvedTypeOf(object);
  const owner = arrow && type?.k === 'pointer' ? scope.evaluator.types.resolve(type.to) : type;
  const { tags, typedefs } = scope.file.symbols;
  return (
    owner?.k === 'struct' &&
    owner.members !== undefined &&
    [...tags.values(), ...typedefs.values()].some(
      (other) => other.k === 'struct' && other.members === owner.members,
    )
  );
}

/**
 * The lock stays taken on purpose where a function leaves, for its caller to give back: a comment there says so, or the address of
 * what it protects has been put where the caller asked for it, `*found = &table[i];`.
 */
export function isHandedOn(lock: LockAct, jump: Stmt, context: RuleContext): boolean {
  const { definition } = context.scope;
  const text = context.source({ start: lock.call.start, end: definition.body.end });
  const [before, behind] = [
    text.slice(0, jump.end - lock.call.start),
    text.slice(jump.end - lock.call.start),
  ];
  const comments = `${before}${/^.*/.exec(behind)}`.match(/\/\*[\s\S]*?\*\/|\/\/.*/g) ?? [];
  // A comment that has a rule's name in it is about that rule.
  if (comments.some((comment) => staysTaken.test(comment) && !/\b[a-z-]+\/[a-z]+-[a-z-]+/.test(comment)))
    return true;
  return !isKeptByCallers(lock, context) && givesAddress(jump, definition);
}

const staysTaken =
  /\b(?:keep|hold|held|leave|left|return|still|remain|stay|hand|come)\w*\b[^.;]*\block(?:ed|s|ing)?\b|\b(?:mutex|lock)\b[^.;]*\b(?:kept|held|stays?|remains?)\b|\bcallers?\b[^.;]*\b(?:unlock|release)/i;

/** In front of the jump, in its own branch, an address is stored by way of a parameter that leads to a pointer. */
function givesAddress(jump: Stmt, definition: FunctionDefinition): boolean {
  const block = around(definition, jump).findLast(({ kind }) => kind === 'block');
  const before = block?.kind === 'block' ? block.body.filter(({ end }) => end <= jump.start) : [];
  const pointers = new Set(
    definition.type.params.flatMap(({ name, type }) =>
      name !== undefined && type.k === 'pointer' && type.to.k === 'pointer' ? name : [],
    ),
  );
  return before.some((stmt) => {
    const stored = stmt.kind === 'expr' && stmt.expr.kind === 'assign' ? stmt.expr : undefined;
    const target = stored?.target.kind === 'unary' && stored.target.op === '*' ? stored.target : undefined;
    return (
      target?.operand.kind === 'name' && pointers.has(target.operand.name) && stored?.value.kind !== 'null'
    );
  });
}

/** Some function gives back what it did not take, or the rest of the program cannot be seen. */
export function isForOthers(lock: LockAct, context: RuleContext): boolean {
  const { scope } = context;
  const { symbols } = scope.file;
  const [root = ''] = /\w+/.exec(lock.name) ?? [];
  const isSeen = isProgram(context) || symbols.qualities.get(root)?.includes('static') === true;
  if (!isSeen && !isCustomHere(lock, context) && !isOfEachRound(lock, context)) {
    return true;
  }
  if (isNamedForTaking(lock, context)) return true;
  if (isPairedByCallers(lock, context) || startsUnseenThread(lock, context)) return true;
  // What a function of the program takes, its neighbours may give back.
  const taker = context.functionNamed(calledName(lock.call) ?? '');
  const files = taker && taker.file !== scope.file ? [context, context.in(taker)] : [context];
  const isOfAnother = cleanersOfOthers(lock, context);
  return files.some((at) =>
    functionsOf(at).some(
      (other) => !isOfAnother(other) && givesBack(at.scope.file.scopeOf(other), lock, context),
    ),
  );
}

/** Behind the lock a thread is started by a function of another file, which may give it back when it has come that far. */
function startsUnseenThread({ call }: LockAct, { scope }: RuleContext): boolean {
  return callsIn(scope.definition, /^(?:[pP]thread|thrd)_create$/).some(({ start, args }) => {
    const routine = args[2] && unwrap(args[2]);
    return (
      start > call.end && routine?.kind === 'name' && !scope.file.symbols.function(routine.name)?.definition
    );
  });
}

/**
 * By its name the function takes for its caller: `queue_enter`. Not so the lock that the one which by its name gives back takes itself,
 * as the mutex inside a lock of the program's own; in a program whose text is all here, what is done counts and not the name.
 */
function isNamedForTaking(lock: LockAct, context: RuleContext): boolean {
  const { name } = context.scope.definition;
  const sounds = /lock|acquire|reserve|enter|begin/i.test(name) && !/unlock|release|leave/i.test(name);
  return sounds && !isProgram(context) && !isInnerLock(lock, context);
}

/**
 * The lock is one of the file's that the function named after giving back takes and gives back for itself, or that several functions
 * take and give back, each for itself alone.
 */
export function isInnerLock(lock: LockAct, context: RuleContext): boolean {
  const { file, definition } = context.scope;
  const using = functionsOf(context).flatMap((other) => {
    const acts = other === definition ? [] : actsOn(lock, file.scopeOf(other), context);
    return acts.length > 0 ? [{ name: other.name, acts }] : [];
  });
  const isBalanced = ({ acts }: (typeof using)[number]) =>
    acts[0]?.op === 'lock' && acts.some(({ op }) => op === 'unlock');
  return (
    using.some((other) => /unlock|release|leave/i.test(other.name) && isBalanced(other)) ||
    (using.length >= enough && using.every(isBalanced))
  );
}

/** So many functions that all do so are no chance. */
const enough = 3;

/** Who calls the function gives back as often as it takes, this call counted in, and does not begin behind it by taking it himself. */
function isPairedByCallers(lock: LockAct, context: RuleContext): boolean {
  const { file, definition } = context.scope;
  return callsTo(context, definition.name).some(({ within, expr }) => {
    const theirs = within === definition ? [] : actsIn(file.scopeOf(within), context);
    // What a parameter leads to has another name there.
    const taken = theirs.find(({ call, op }) => call === expr && op !== 'unlock');
    const acts = taken
      ? theirs.filter(({ key, call }) => key === taken.key && call !== expr)
      : actsOn(lock, file.scopeOf(within), context).filter(() => within !== definition);
    const unlocks = acts.filter(({ op }) => op === 'unlock').length;
    const again = acts.every(({ call }) => call.start > expr.end) && acts[0]?.op === 'lock';
    return unlocks > 0 && unlocks * 2 >= acts.length && !again;
  });
}

/** Each round of a loop takes it, and waits with it for a condition: no other function comes between two rounds. */
function isOfEachRound({ call, last }: LockAct, { scope: { definition } }: RuleContext): boolean {
  const loop = around(definition, call).findLast(isLoop);
  return (
    loop !== undefined &&
    callsIn(definition, /cond_(?:timed|clock)?wait$/i).some(
      (wait) => contains(loop, wait) && wait.args[1] !== undefined && lastName(wait.args[1]) === last,
    )
  );
}

/** Other functions here give back themselves what they take of that name: a function of the file alone is no half of a pair. */
export function isCustomHere(lock: LockAct, context: RuleContext): boolean {
  const { file, definition } = context.scope;
  const balanced = functionsOf(context).filter((other) => {
    const acts =
      other === definition
        ? []
        : actsOn(lock, file.scopeOf(other), context).filter((act) => mayBeMember(act, lock));
    const unlocks = acts.filter(({ op }) => op === 'unlock');
    return acts.length > unlocks.length && unlocks.length * 2 >= acts.length;
  });
  // What the function itself has taken and given back before.
  const before = actsOn(lock, context.scope, context).filter(({ call }) => call.end < lock.call.start);
  if (before[0]?.op === 'lock' && before.at(-1)?.op === 'unlock') return true;
  if (lock.kind === 'sysv-sem' && isCalledLock(lock) && startsAtOne(lock, context)) return true;
  const isEnough = definition.storage.includes('static') || startsFree(lock, context);
  return balanced.length >= (isEnough ? 1 : 2);
}

/**
 * A semaphore of a structure that starts at 1 is there for one at a time; of those that are variables another rule tells. So is one of a
 * set that is called a lock.
 */
function startsFree(lock: LockAct, context: RuleContext): boolean {
  const { kind, last, name } = lock;
  if (kind === 'sysv-sem') return isCalledLock(lock) || startsAtOne(lock, context);
  return (
    kind === 'semaphore' &&
    /->|\./.test(name) &&
    fileCalls(context, /^[sS]em_init$/).some(({ expr: { args } }) => {
      const [semaphore, value] = [args[0], args.at(-1)];
      return semaphore && lastName(semaphore) === last && value?.kind === 'number' && value.text === '1';
    })
  );
}

/** Functions that only run where another one ends before its time: they give back what that one has taken, or another mutex than this. */
function cleanersOfOthers(
  { last }: LockAct,
  context: RuleContext,
): (definition: FunctionDefinition) => boolean {
  const { scope } = context;
  const isOther = (arg: Expr | undefined) => {
    const inner = arg && unwrap(arg);
    return inner !== undefined && isMutexAddress(inner, scope) && lastName(inner) !== last;
  };
  const pushed = fileCalls(context, /^pthread_cleanup_push$/);
  const nameOf = ({ expr: { args } }: FileCall) => (args[0]?.kind === 'name' ? args[0].name : undefined);
  const own = pushed.filter(({ within, expr }) => within === scope.definition && !isOther(expr.args[1]));
  const names = new Set(pushed.map(nameOf));
  // What one push of it may give back counts for all.
  if (own.some((push) => nameOf(push) === undefined)) return () => false;
  for (const push of own) names.delete(nameOf(push));
  return ({ name }) => names.has(name);
}

function actsOn(lock: LockAct, scope: FunctionScope, context: RuleContext): LockAct[] {
  return actsIn(scope, context).filter(
    (act) => act.kind === lock.kind && act.last === lock.last && mayBeNumber(act, lock),
  );
}

/** `sems->empty.sem` and `sems->full.sem` are two, whatever their last name: one lies in this member, the other in that. */
function mayBeMember(one: LockAct, other: LockAct): boolean {
  const holder = ({ name }: LockAct) => /(?:->|\.)(\w+)\.\w+$/.exec(name)?.[1];
  const [first, second] = [holder(one), holder(other)];
  return first === undefined || second === undefined || first === second;
}

/** Of one set two numbers are two semaphores. */
function mayBeNumber(one: LockAct, other: LockAct): boolean {
  const isAny = one.key.endsWith(anyNumber) || other.key.endsWith(anyNumber);
  return one.kind !== 'sysv-sem' || isAny || numberIn(one) === numberIn(other);
}

function givesBack(scope: FunctionScope, lock: LockAct, context: RuleContext): boolean {
  const theirs = actsOn(lock, scope, context);
  // A mere name for the unlock gives back where it is called, and nowhere else.
  if (isWrapper(theirs, scope, context)) return false;
  const takes = theirs.filter(({ op }) => op !== 'unlock');
  const unlocks = theirs.filter(({ op }) => op === 'unlock');
  return (
    mentionsUnlock(scope.definition) ||
    // What it takes besides may be another one of the same last name.
    unlocks.some(({ key }) => takes.every((take) => take.key !== key)) ||
    // What begins with giving a semaphore back has it from the one before, be it taken again for the one behind.
    (/sem/.test(lock.kind) && theirs[0]?.op === 'unlock') ||
    unlocks.some((unlock) => isForEither(unlock, takes, scope))
  );
}

/** The function does nothing but to give back, and who calls it is here to be judged. */
function isWrapper(acts: readonly LockAct[], theirs: FunctionScope, context: RuleContext): boolean {
  const { file } = context.scope;
  const { name, storage } = theirs.definition;
  const isSeen = theirs.file !== file || isProgram(context) || storage.includes('static');
  return (
    isSeen &&
    acts.length === 1 &&
    acts[0]?.op === 'unlock' &&
    callsTo(context, name).some(({ within }) =>
      actsIn(file.scopeOf(within), context).some(
        ({ op, call }) => op === 'unlock' && calledName(call) === name,
      ),
    )
  );
}

/** `if (!held) lock(); ... unlock();`: on one way it gives back what the caller took. */
function isForEither(unlock: LockAct, takes: readonly LockAct[], { definition }: FunctionScope): boolean {
  const around = arms(definition, unlock.call);
  return (
    takes.length > 0 &&
    takes.every(({ call }) => {
      const own = arms(definition, call);
      return (
        call.end <= unlock.call.start &&
        own.length > around.length &&
        around.every((arm) => own.includes(arm))
      );
    })
  );
}

/**
 * Another function does something under the lock that it did not take, and then unlocks: the second half of what began here. Who closes the
 * file in the end is the second half of what went well alone.
 */
export function isGivenBackLater(lock: LockAct, isFailing: boolean, context: RuleContext): boolean {
  const { file, definition } = context.scope;
  const isOfAnother = cleanersOfOthers(lock, context);
  const functions = functionsOf(context);
  // A second half has its first where a function takes and never gives back, as handlers of fork do: this one is no half then.
  const hasOtherHalf = functions.some((other) => {
    const acts = other === definition ? [] : actsOn(lock, file.scopeOf(other), context);
    return acts.length > 0 && acts.every(({ op }) => op === 'lock');
  });
  return functions.some((other) => {
    if (hasOtherHalf || isOfAnother(other)) return false;
    const [first, ...others] = actsOn(lock, file.scopeOf(other), context);
    const works = other.body.kind === 'block' && other.body.body.length > 2;
    return (
      (works || areHalves(definition.name, other.name)) &&
      first?.op === 'unlock' &&
      others.every(({ op }) => op === 'unlock') &&
      !(isFailing && [first, ...others].every(({ call }) => /^f?close$/.test(calledName(call) ?? ''))) &&
      callsIn(definition, new RegExp(`^${other.name}$`)).length === 0
    );
  });
}

/** `start_poll` and `end_poll`. */
function areHalves(first: string, second: string): boolean {
  const stem = first.replace(/(?:^|_)(?:start|begin|enter|open)(?=_|$)/, '@');
  return stem !== first && stem === second.replace(/(?:^|_)(?:end|stop|finish|leave|close)(?=_|$)/, '@');
}

/** The unlock is given to somebody as a function. */
function mentionsUnlock(definition: FunctionDefinition): boolean {
  let found = false;
  const callees = new Set<Expr>();
  walkStmt(definition.body, {
    expr: (expr) => {
      if (expr.kind === 'call') callees.add(expr.callee);
      found ||= expr.kind === 'name' && /unlock$/.test(expr.name) && !callees.has(expr);
    },
  });
  return found;
}

/** The call told of a dead owner, which is no failure to take the lock: on this way the mutex was made consistent again. */
export function isInherited(
  { op, call: lock, last }: LockAct,
  jump: Stmt,
  definition: FunctionDefinition,
): boolean {
  return (
    op === 'lock' &&
    callsIn(definition, /(?:^|_)consistent$/).some(
      (call) =>
        call.start > lock.end &&
        call.end <= jump.start &&
        call.args[0] !== undefined &&
        lastName(call.args[0]) === last &&
        arms(definition, call).every((arm) => arms(definition, jump).includes(arm)) &&
        !around(definition, jump).some((stmt) => stmt.kind === 'if' && contains(stmt.test, call)),
    )
  );
}
