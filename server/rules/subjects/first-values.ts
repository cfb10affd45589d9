import type { FunctionScope } from '../../analysis/context';
import { unwrap } from '../../analysis/operators';
import { type Expr, type FunctionDefinition, parameterIndex, walkStmt } from '../../c/ast';
import type { RuleContext } from '../rule';
import { targetOf } from '../shared/dropped';
import { assignmentsTo, callsIn } from '../shared/uses';
import { callsTo, type FileCall, fileCalls, lastName, textOf } from '../shared/whole-file';
import type { LockAct } from './locks/acts';
import { numberIn, numberMeant } from './set-numbers';

/** With which value semaphores start: those that start at 1 are there for one at a time. */

/** A lock, and not a count of things: its first value is one. */
export function startsAtOne(act: LockAct, context: RuleContext): boolean {
  if (act.kind === 'rwlock' || act.kind === 'spinlock' || act.kind === 'mutex') return true;
  const values = act.kind === 'sysv-sem' ? valuesInSet(act, context) : valuesOf(act, context);
  if (act.kind === 'sysv-sem' && values.length === 0 && isCalledLock(act) && isSetElsewhere(context))
    return true;
  return values.length > 0 && values.every((value) => value === 1n);
}

/** The number of the semaphore in its set is called so: `MUTEX`, `QUEUE_LOCK`. */
export function isCalledLock(act: LockAct): boolean {
  return /(?<!B)LOCK|MUTEX/i.test(numberIn(act));
}

/** Another file makes the set and gives its semaphores their values: here nothing but their names tells what they are for. */
function isSetElsewhere(context: RuleContext): boolean {
  return fileCalls(context, /^sem(?:get|ctl)$/).length === 0 && settingsIn(context).length === 0;
}

function valuesOf(act: LockAct, context: RuleContext): (bigint | undefined)[] {
  return fileCalls(context, /^[sS]em_(?:init|open)$/).flatMap(({ name, expr, within }) => {
    const isOpen = /open$/.test(name);
    const value = expr.args[isOpen ? 3 : 2];
    const scope = context.scope.file.scopeOf(within);
    const given =
      act.kind === 'semaphore' ? givenByCallers(act.last, value, { name, expr, within }, context) : undefined;
    if (given) return given;
    const target = isOpen ? targetOf(within, expr) : expr.args[0];
    const called = target && lastName(target);
    if (act.kind === 'semaphore' && called !== undefined && called !== act.last) return [];
    return value ? [scope.evaluator.constant(value, scope)] : [];
  });
}

/** The function makes semaphores with the value that it is given: what its callers give for the one of this name. */
function givenByCallers(
  last: string,
  value: Expr | undefined,
  { expr: make, within }: FileCall,
  context: RuleContext,
): (bigint | undefined)[] | undefined {
  const at = value?.kind === 'name' ? parameterIndex(within.type.params, value.name) : -1;
  if (at < 0) return undefined;
  return callsTo(context, within.name).flatMap((call) => {
    const target =
      make.args.length > 3 ? targetOf(call.within, call.expr) : argumentFor(make.args[0], within, call);
    const arg = call.expr.args[at];
    if (!target || lastName(target) !== last) return [];
    return [arg && context.scope.evaluator.constant(arg, context.scope.file.scopeOf(call.within))];
  });
}

/** What is stored by `SETVAL` under the number, be it by functions of the program that are given number and value. */
function valuesInSet(act: LockAct, context: RuleContext): (bigint | undefined)[] {
  const number = numberIn(act);
  const meant = numberMeant(number, context) ?? number;
  return settingsIn(context).flatMap(({ number: found, value }) => (found === `${meant}` ? [value] : []));
}

/** One semaphore of a set gets its first value. */
export interface FirstValue {
  call: FileCall;
  /** The set, by the last name of what is called so there. */
  set: string | undefined;
  /** A number, or as it is written. */
  number: string;
  value: bigint | undefined;
}

/** All calls of the file that set one semaphore, by `SETVAL` or by a function of the program that does so with what it is given. */
export function settingsIn(context: RuleContext): FirstValue[] {
  return fileCalls(context, /^semctl$|init|set|sem/i).flatMap((call) => {
    const scope = context.scope.file.scopeOf(call.within);
    const setting =
      call.name === 'semctl' ? settingOf(call.expr.args, scope) : settingBy(call, scope, context);
    if (!setting) return [];
    const { set, number, value } = setting;
    const found = context.scope.evaluator.constant(number, scope) ?? textOf(number, call.within, context);
    return [{ call, set: set && lastName(set), number: `${found}`, value }];
  });
}

interface Setting {
  set: Expr | undefined;
  number: Expr;
  value: bigint | undefined;
}

function settingOf(args: readonly Expr[], scope: FunctionScope): Setting | undefined {
  const [set, number, command, value] = args;
  return number && command && lastName(command) === 'SETVAL'
    ? { set, number, value: value && numberGiven(value, scope) }
    : undefined;
}

/** A function of the program that sets one semaphore. */
function settingBy(call: FileCall, scope: FunctionScope, context: RuleContext): Setting | undefined {
  const own = context.functionNamed(call.name);
  const [semctl, ...others] = own ? callsIn(own.definition, /^semctl$/) : [];
  const set = own && semctl && others.length === 0 ? settingOf(semctl.args, own) : undefined;
  if (!own || !set) return undefined;
  const given = (expr: Expr | undefined) => argumentFor(expr, own.definition, call);
  const number = given(set.number);
  const value = set.value ?? valueGiven(semctl?.args[3], own, call, scope);
  return number && { set: given(set.set), number, value };
}

function argumentFor(expr: Expr | undefined, { type }: FunctionDefinition, call: FileCall): Expr | undefined {
  const index = expr?.kind === 'name' ? parameterIndex(type.params, expr.name) : -1;
  return index < 0 ? undefined : call.expr.args[index];
}

function valueGiven(
  value: Expr | undefined,
  own: FunctionScope,
  call: FileCall,
  scope: FunctionScope,
): bigint | undefined {
  const stored = value && (storedIn(value, own) ?? value);
  const given = argumentFor(stored && unwrap(stored), own.definition, call);
  return given && scope.evaluator.constant(given, scope);
}

/** A number, or a union of which `val` holds one. */
function numberGiven(value: Expr, scope: FunctionScope): bigint | undefined {
  const stored = storedIn(value, scope);
  return scope.evaluator.constant(stored ?? value, scope);
}

/** What is stored for `arg` last before it is given: by `arg.val = 1`, or where it is declared. */
function storedIn(value: Expr, { definition }: FunctionScope): Expr | undefined {
  const inner = unwrap(value);
  if (inner.kind === 'compound' || inner.kind === 'init') return firstItem(inner);
  if (inner.kind !== 'name') return undefined;
  const [declared] = assignmentsTo(definition, inner.name);
  let stored = declared && firstItem(unwrap(declared.value));
  walkStmt(definition.body, {
    expr: (expr) => {
      const target = expr.kind === 'assign' && expr.start < value.start ? expr.target : undefined;
      const isVal =
        target?.kind === 'member' && target.field === 'val' && lastName(target.object) === inner.name;
      if (expr.kind === 'assign' && isVal) stored = expr.value;
    },
  });
  return stored;
}

function firstItem(expr: Expr): Expr | undefined {
  const init = expr.kind === 'compound' ? expr.init : expr;
  return init.kind === 'init' ? init.items[0]?.value : undefined;
}
