import type { FunctionScope } from '../../../analysis/context';
import { withoutCasts } from '../../../analysis/operators';
import { isRelevant } from '../../../analysis/relevance';
import { type ExprOf, type MacroItem, parameterIndex } from '../../../c/ast';
import { calledName } from '../../../c/cfg';
import { Cleanups } from '../../../c/cleanups';
import type { RuleContext } from '../../rule';
import { macroStatements } from '../../shared/macros';
import { Noted } from '../../shared/noted';
import { callsOf, lastName, textOf } from '../../shared/whole-file';
import type { Decision, LockAct, LockKind } from './act';
import { byName, direct, meantBy } from './calls';
import { actsOfMacro } from './macros';
import { reaches, unseenActs } from './unseen';

export type { LockAct, LockKind } from './act';

/** Whatever is taken and given back: mutexes, locks of files, semaphores, and a program's own functions around them. */

/** What a call does to a lock, through the program's own functions too. */
export function lockAct(
  call: ExprOf<'call'>,
  scope: FunctionScope,
  context: RuleContext,
): LockAct | undefined {
  return actOf(call, scope, context, 0);
}

function actOf(
  call: ExprOf<'call'>,
  scope: FunctionScope,
  context: RuleContext,
  depth: number,
): LockAct | undefined {
  const written = calledName(call);
  if (written === undefined) {
    return undefined;
  }
  const name = meantBy(scope.file.symbols.macro(written)) ?? written;
  const own = scope.file.callee(name) && namedIfRelevant(name, context);
  if (own === 'irrelevant') {
    return undefined;
  }
  if (own) {
    return depth < 3 && own.definition !== scope.definition
      ? (throughOwn(call, own, scope, context, depth) ??
          oneOfKinds(written, call, own, scope, context, depth))
      : undefined;
  }
  return direct(name, call, scope, context) ?? byName(name, call, scope, context);
}

/** A function of the project, unless nothing in it acts on objects: then it need not be read, and nothing depends on its text. */
function namedIfRelevant(name: string, context: RuleContext): FunctionScope | 'irrelevant' | undefined {
  const callee = context.scope.file.callee(name);
  const matters =
    callee && (callee.file !== context.scope.file || isRelevant(callee.definition, callee.file));
  return callee && !matters ? 'irrelevant' : context.functionNamed(name);
}

interface Summary {
  op: LockAct['op'];
  kind: LockKind;
  name: string;
  last: string;
  key: string;
  decision?: Decision | undefined;
}

interface Told {
  /** What it does to locks, where that is to take one or to give one back and nothing else. */
  summary: Summary | null;
  /** What it gives back without having taken it, whatever else it does: the end of what its callers began. */
  gives: LockAct[];
}

const helpers = new Noted<Told>();

/** A function of the project that does nothing to locks but take one, or give one back. */
function throughOwn(
  call: ExprOf<'call'>,
  own: FunctionScope,
  scope: FunctionScope,
  context: RuleContext,
  depth: number,
): LockAct | undefined {
  const { summary } = tell(own, context, depth);
  if (!summary) {
    return undefined;
  }
  const { params } = own.definition.type;
  // Before the colon stands the kind, which is no name of the program's.
  const colon = summary.key.indexOf(':') + 1;
  let [key, name] = [summary.key.slice(colon), summary.name];
  let last = summary.last;
  // What the function calls by its parameters, the caller calls by what it passes.
  params.forEach((param, index) => {
    const arg = call.args[index];
    if (param.name === undefined || !arg) return;
    const passed = textOf(withoutCasts(arg), scope.definition, context);
    if (!mentionsWord(key, param.name)) return;
    key = calledHere(key, param.name, passed);
    name = calledHere(name, param.name, passed);
    if (summary.last === param.name) last = lastName(arg) ?? passed.replace(/^&/, '');
  });
  key = summary.key.slice(0, colon) + key;
  const op = opOf(summary, call, own, scope);
  return op && { op, kind: summary.kind, key, name, last, call };
}

/** A name that stands alone, and is no member of another. */
const wordOf = (name: string, behind = '(?!\\w)') => new RegExp(`(?<![\\w.>])${name}${behind}`, 'g');

const mentionsWord = (text: string, name: string) => wordOf(name).test(text);

/** What a function calls by its parameter, as its caller calls it: of what `&start` is given for, `start->mutex` there is `start.mutex` here. */
function calledHere(there: string, param: string, passed: string): string {
  const name = passed.replace(/^&/, '');
  const isVariable = passed !== name && /^[\w.]+$/.test(name);
  const direct = isVariable ? there.replace(wordOf(param, '->'), `${name}.`) : there;
  return direct.replace(wordOf(param), name).replace(`&${name}`, name);
}

/** A function that takes one of several kinds of locks, or gives one back, as what it is given has been made, and is named after that. */
function oneOfKinds(
  name: string,
  call: ExprOf<'call'>,
  own: FunctionScope,
  scope: FunctionScope,
  context: RuleContext,
  depth: number,
): LockAct | undefined {
  const acts = actsIn(own, context, depth + 1);
  const kinds = new Set(acts.map(({ kind }) => kind));
  const named = kinds.size > 1 ? byName(name, call, scope, context) : undefined;
  return named && acts.every(({ op }) => op === named.op) ? named : undefined;
}

/** What a function does to which some of what decides is given. */
function opOf(
  { op, decision }: Summary,
  call: ExprOf<'call'>,
  own: FunctionScope,
  scope: FunctionScope,
): LockAct['op'] | undefined {
  const numberOf = (variable: string) => {
    const arg = call.args[parameterIndex(own.definition.type.params, variable)];
    return arg && scope.evaluator.constant(arg, scope);
  };
  return op === 'either' && decision ? decision.op(numberOf) : op;
}

function tell(own: FunctionScope, context: RuleContext, depth: number): Told {
  const read = (noting: RuleContext): Told => {
    const acts = actsIn(own, noting, depth + 1).filter(
      ({ call }) => !/^f?close$/.test(calledName(call) ?? ''),
    );
    const summary = summarise(acts, own, noting, depth);
    return { summary, gives: summary ? [] : givenFirst(acts) };
  };
  return helpers.of(own, context, read, { summary: null, gives: [] });
}

function summarise(
  acts: readonly LockAct[],
  own: FunctionScope,
  context: RuleContext,
  depth: number,
): Summary | null {
  const { definition } = own;
  const [first] = acts;
  if (!first || !acts.every(({ op, key }) => op === first.op && key === first.key)) return null;
  const isLocal = own.typeOf(rootOf(first)) !== undefined;
  const isParam = definition.type.params.some(({ name }) => name === rootOf(first));
  if ((isLocal && !isParam) || mayGiveBack(first, own, context, depth)) return null;
  const { op, kind, name, last, key, decision } = first;
  return { op, kind, name, last, key, decision };
}

/** What a function gives back first of all; where it takes it again, nobody knows what is left in the end. */
function givenFirst(acts: readonly LockAct[]): LockAct[] {
  const found = acts.filter(
    (act) =>
      act.op === 'unlock' &&
      acts.find(({ kind, last }) => kind === act.kind && last === act.last) === act &&
      /^(?:mutex|rwlock|spinlock)$/.test(act.kind),
  );
  return found.map((act) => {
    const again = acts.some(
      ({ kind, last, op }) => kind === act.kind && last === act.last && op !== 'unlock',
    );
    return again ? { ...act, op: 'either' } : act;
  });
}

/** `job_finish(job)` behind `pthread_mutex_lock(&job->mutex)`: the function ends what was begun, among other things. */
function endsOf(
  call: ExprOf<'call'>,
  before: readonly LockAct[],
  scope: FunctionScope,
  context: RuleContext,
  depth: number,
): LockAct[] {
  const name = calledName(call);
  const own = name !== undefined && depth < 3 && scope.file.callee(name) && namedIfRelevant(name, context);
  if (!own || own === 'irrelevant' || own.definition === scope.definition) return [];
  const taken = new Map(before.map((act) => [act.key, act]));
  return tell(own, context, depth).gives.flatMap(({ kind, last, op }) =>
    [...taken.values()]
      .filter(
        (act) =>
          act.kind === kind && act.last === last && (isShared(act, scope) || reaches(call, act, scope)),
      )
      .map((act): LockAct => ({ ...act, op, call })),
  );
}

/** It takes a lock, and calls what gives back one of that name and takes another, of which nobody knows what is left in the end. */
function mayGiveBack(lock: LockAct, own: FunctionScope, context: RuleContext, depth: number): boolean {
  if (lock.op === 'unlock' || depth >= 3) return false;
  return callsOf(own.definition).some(({ name }) => {
    const callee = own.file.callee(name) && namedIfRelevant(name, context);
    if (!callee || callee === 'irrelevant' || callee.definition === own.definition) return false;
    const acts = actsIn(callee, context, depth + 1).filter(({ last }) => last === lock.last);
    return acts.some(({ op }) => op === 'unlock') && acts.some(({ op }) => op !== 'unlock');
  });
}

/** An element of an array: `locks[i]`, `locks+i`. */
const element = /^([\w-]+:\W*[\w.]+(?:->[\w.]+)*)(?:\[([^\]]*)\]|\+(.+))$/;

/**
 * The same lock, or two elements of one array of which nobody knows that they are two: the one has a number and the other a variable,
 * or the number of one is worked out, `locks[(i+1)%n]`.
 */
export function mayBeSame(one: LockAct, other: LockAct): boolean {
  if (one.key === other.key) return true;
  const numbered = ({ key }: LockAct) => /\[\d+\]/.test(key);
  const array = ({ key }: LockAct) => key.replace(/\[[^\]]*\]/g, '[]');
  if (numbered(one) !== numbered(other) && array(one) === array(other)) return true;
  const [first, second] = [element.exec(one.key), element.exec(other.key)];
  const isWorkedOut = ([, , index, added]: RegExpExecArray) => /\W/.test(index ?? added ?? '');
  return (
    first !== null &&
    second !== null &&
    first[1] === second[1] &&
    (isWorkedOut(first) || isWorkedOut(second) || (first[3] ?? second[3]) !== undefined)
  );
}

/** No variable or parameter of the function: others know it by the same name. */
function isShared(act: LockAct, scope: FunctionScope): boolean {
  return scope.typeOf(rootOf(act)) === undefined;
}

function rootOf({ key }: LockAct): string {
  return /^[\w-]+:\W*(\w+)/.exec(key)?.[1] ?? '';
}

const readings = new Noted<LockAct[]>();

/** Everything that a function does to locks, in the order of the text. */
export function actsIn(scope: FunctionScope, context: RuleContext, depth = 0): LockAct[] {
  const read = (noting: RuleContext) =>
    handledActs(scope, noting, depth).sort((a, b) => a.call.start - b.call.start);
  // What calls inside each other leave out is not all.
  return depth === 0 ? readings.of(scope, context, read) : read(context);
}

/** Those of the calls in a function, and of the handlers that it has run by `pthread_cleanup_pop`. */
function handledActs(scope: FunctionScope, context: RuleContext, depth: number): LockAct[] {
  const cleanups = new Cleanups();
  const acts: LockAct[] = [];
  const read = {
    actOf: (call: ExprOf<'call'>) => actOf(call, scope, context, depth),
    byName: (name: string, call: ExprOf<'call'>) => byName(name, call, scope, context),
    isOne: (macro: MacroItem) => meantBy(macro) !== undefined && !/cleanup_p(?:ush|op)/.test(macro.body),
    handlerRun: (call: ExprOf<'call'>) => cleanups.handlerRun(call),
  };
  const calls = callsOf(scope.definition).map(({ expr }) => expr);
  // In the order of the text, in which handlers are pushed and taken off.
  const all = [...macroStatements(scope), ...calls].sort((a, b) => a.start - b.start);
  for (const expr of all) {
    const inMacro = actsOfMacro(expr, expr, scope, read, depth);
    const handler = inMacro ? undefined : cleanups.handlerRun(expr);
    const found = inMacro ? undefined : actOf(handler ?? expr, scope, context, depth);
    if (inMacro) acts.push(...inMacro);
    else if (found) acts.push(found);
    else if (handler) acts.push(...unlocksOf(handler, acts, scope, context));
    else acts.push(...endsOf(expr, acts, scope, context, depth));
  }
  const unseen = unseenActs(all, acts, scope);
  // One that is taken for the end of this lock is no act of its own.
  const meant = new Set(unseen.map(({ call }) => call));
  return [...acts.filter(({ call, kind }) => kind !== 'own' || !meant.has(call)), ...unseen];
}

/** What a handler of which nothing is known is there for: it gives back what it is given, or what lies in that. */
function unlocksOf(
  handler: ExprOf<'call'>,
  before: readonly LockAct[],
  scope: FunctionScope,
  context: RuleContext,
): LockAct[] {
  const [owner] = handler.args;
  const given = owner && textOf(withoutCasts(owner), scope.definition, context).replace(/^&/, '');
  const taken = new Map(before.flatMap((act) => (act.op === 'unlock' ? [] : [[act.key, act]])));
  return [...taken.values()]
    .filter(({ name }) => given !== undefined && name.startsWith(given))
    .map((act) => ({ ...act, op: 'unlock', call: handler }));
}
