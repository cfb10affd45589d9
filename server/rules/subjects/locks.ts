import type { FileContext, FunctionScope } from '../../analysis/context';
import { withoutCasts } from '../../analysis/operators';
import { isRelevant } from '../../analysis/relevance';
import type { Expr, ExprOf, FunctionDefinition, MacroItem } from '../../c/ast';
import { calledName } from '../../c/cfg';
import { Cleanups } from '../../c/cleanups';
import type { RuleContext } from '../rule';
import { macroStatements } from '../shared/macros';
import { callsOf, lastName, textOf } from '../shared/whole-file';
import { fileOperation } from './file-locks';
import type { Decision, LockAct, LockKind } from './lock-act';
import { actsOfMacro } from './lock-macros';
import { unseenActs } from './lock-unseen';
import { isMutexAddress } from './mutexes';
import { operationOf } from './sembufs';

export type { LockAct, LockKind } from './lock-act';

/** Whatever is taken and given back: mutexes, locks of files, semaphores, and a program's own functions around them. */

/** Ends the key of a semaphore of a set of which the number is not known. */
export const anyNumber = '#?';

const table: Record<string, [LockAct['op'], LockKind]> = {
  pthread_mutex_lock: ['lock', 'mutex'],
  pthread_mutex_trylock: ['try', 'mutex'],
  pthread_mutex_timedlock: ['try', 'mutex'],
  pthread_mutex_clocklock: ['try', 'mutex'],
  pthread_mutex_unlock: ['unlock', 'mutex'],
  mtx_lock: ['lock', 'mutex'],
  mtx_trylock: ['try', 'mutex'],
  mtx_timedlock: ['try', 'mutex'],
  mtx_unlock: ['unlock', 'mutex'],
  pthread_rwlock_rdlock: ['lock', 'rwlock'],
  pthread_rwlock_wrlock: ['lock', 'rwlock'],
  pthread_rwlock_tryrdlock: ['try', 'rwlock'],
  pthread_rwlock_trywrlock: ['try', 'rwlock'],
  pthread_rwlock_timedrdlock: ['try', 'rwlock'],
  pthread_rwlock_timedwrlock: ['try', 'rwlock'],
  pthread_rwlock_unlock: ['unlock', 'rwlock'],
  pthread_spin_lock: ['lock', 'spinlock'],
  pthread_spin_trylock: ['try', 'spinlock'],
  pthread_spin_unlock: ['unlock', 'spinlock'],
  sem_wait: ['lock', 'semaphore'],
  sem_trywait: ['try', 'semaphore'],
  sem_timedwait: ['try', 'semaphore'],
  sem_clockwait: ['try', 'semaphore'],
  sem_post: ['unlock', 'semaphore'],
};

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

/** `lock` may be written for pthread_mutex_lock, and `LOCK(m)` for statements of which one is `pthread_mutex_lock(m)`. */
function meantBy(macro: MacroItem | undefined): string | undefined {
  const body = macro?.body.trim().replace(/^\(\s*void\s*\)\s*/, '') ?? '';
  if (!macro?.params) {
    return Object.hasOwn(table, body) ? body : undefined;
  }
  const acts = [...body.matchAll(/\b(\w+)\s*\(\s*(\w+)\s*[),]/g)].filter(([, name = '']) =>
    Object.hasOwn(table, name),
  );
  const [, name, object] = acts[0] ?? [];
  return acts.length === 1 && object === macro.params[0] ? name : undefined;
}

/** A function of the project, unless nothing in it acts on objects: then it need not be read, and nothing depends on its text. */
function namedIfRelevant(name: string, context: RuleContext): FunctionScope | 'irrelevant' | undefined {
  const callee = context.scope.file.callee(name);
  const matters =
    callee && (callee.file !== context.scope.file || isRelevant(callee.definition, callee.file));
  return callee && !matters ? 'irrelevant' : context.functionNamed(name);
}

function direct(
  called: string,
  call: ExprOf<'call'>,
  scope: FunctionScope,
  context: RuleContext,
): LockAct | undefined {
  // Names with a capital are wrappers that end the program when the call fails.
  const name = called.replace(/^[A-Z](?=[a-z])/, (first) => first.toLowerCase());
  const [first] = call.args;
  if (!first) {
    return undefined;
  }
  const known = table[name];
  if (known) {
    return act(known[0], known[1], first, call, scope, context);
  }
  if (name === 'flock' || name === 'lockf' || name === 'fcntl') {
    const { op, decision } = fileOperation(name, call, scope);
    return op && { ...act(op, 'file', first, call, scope, context), ...(decision ? { decision } : {}) };
  }
  if (name === 'close' || name === 'fclose') {
    return act('unlock', 'file', first, call, scope, context);
  }
  if (name === 'semop' || name === 'semtimedop') {
    const operation = operationOf(call, scope);
    if (!operation) return undefined;
    const { number, amount } = operation;
    const found = {
      ...act(opByAmount(amount), 'sysv-sem', first, call, scope, context),
      ...(operation.variable === undefined ? {} : { decision: byAmount(operation.variable) }),
    };
    if (number === undefined) return { ...found, key: `${found.key}${anyNumber}` };
    return number === '0'
      ? found
      : { ...found, key: `${found.key}#${number}`, name: `${found.name}[${number}]` };
  }
  return undefined;
}

/** Below zero semop takes, above it gives back. */
function opByAmount(amount: bigint | undefined): LockAct['op'] {
  return amount === undefined || amount === 0n ? 'either' : amount < 0n ? 'lock' : 'unlock';
}

function byAmount(variable: string): Decision {
  return { variables: new Set([variable]), op: (numberOf) => opByAmount(numberOf(variable)) };
}

function act(
  op: LockAct['op'],
  kind: LockKind,
  object: Expr,
  call: ExprOf<'call'>,
  scope: FunctionScope,
  context: RuleContext,
): LockAct {
  const text = textOf(withoutCasts(object), scope.definition, context);
  // A macro that is given `&table` makes `&(&table)->mutex` of it: as a function does that gets the pointer.
  const name = text
    .replace(/^&/, '')
    .replace(/^\((.*)\)$/, '$1')
    .replace(/^&(?=[\w.]+->)/, '');
  return { op, kind, key: `${kind}:${name}`, name, last: lastName(object) ?? name, call };
}

/** Functions whose text is elsewhere, known by pairs of names: reserveSem and releaseSem, P and V, table_lock and table_unlock. */
const pairs: [RegExp, RegExp, string][] = [
  [/^P$/, /^V$/, 'P'],
  [/^(?:sem_?[pP]|p_?[sS]em)$/, /^(?:sem_?[vV]|v_?[sS]em)$/, 'P'],
  [/reserve/i, /release/i, 'reserve'],
  [/acquire/i, /release/i, 'acquire'],
  [/(?:^|_)down(?=_|$)/, /(?:^|_)up(?=_|$)/, 'down'],
  [/(?:^|_)lock(?=_|$|[A-Z])|Lock(?=[A-Z_]|$)/, /(?:^|_)unlock(?=_|$|[A-Z])|Unlock(?=[A-Z_]|$)/, 'lock'],
];

function byName(
  name: string,
  call: ExprOf<'call'>,
  scope: FunctionScope,
  context: RuleContext,
): LockAct | undefined {
  if (scope.file.call(name) || scope.typeOf(name)) {
    return undefined;
  }
  for (const [takes, gives, word] of pairs) {
    const pattern = gives.test(name) ? gives : takes.test(name) ? takes : undefined;
    if (!pattern) continue;
    const stem = name.replace(pattern, '@');
    const args = call.args.map((arg) => textOf(arg, scope.definition, context)).join(',');
    const shown = `${name}(${args})`;
    const op = pattern === gives ? 'unlock' : /try/i.test(name) ? 'try' : 'lock';
    // Whatever else it does with the one mutex it is given, this is what it is called after.
    const [only] = call.args;
    if (only && call.args.length === 1 && isMutexAddress(only, scope))
      return act(op, 'mutex', only, call, scope, context);
    return { op, kind: 'own', key: `${word}:${stem}(${args})`, name: shown, last: stem, call };
  }
  return undefined;
}

interface Summary {
  op: LockAct['op'];
  kind: LockKind;
  name: string;
  last: string;
  key: string;
  decision?: Decision | undefined;
}

const summaries = new WeakMap<FunctionDefinition, Summary | null>();

/** A function of the project that does nothing to locks but take one, or give one back. */
function throughOwn(
  call: ExprOf<'call'>,
  own: FunctionScope,
  scope: FunctionScope,
  context: RuleContext,
  depth: number,
): LockAct | undefined {
  const summary = summarise(own, context, depth);
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
    const text = textOf(withoutCasts(arg), scope.definition, context).replace(/^&/, '');
    const word = new RegExp(`(?<![\\w.>])${param.name}(?!\\w)`, 'g');
    if (word.test(key)) {
      key = key.replace(word, text).replace(`&${text}`, text);
      name = name.replace(word, text);
      if (summary.last === param.name) last = lastName(arg) ?? text;
    }
  });
  key = summary.key.slice(0, colon) + key;
  const op = opOf(summary, call, own, scope);
  return op && { op, kind: summary.kind, key, name, last, call };
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
    const arg = call.args[own.definition.type.params.findIndex(({ name }) => name === variable)];
    return arg && scope.evaluator.constant(arg, scope);
  };
  return op === 'either' && decision ? decision.op(numberOf) : op;
}

function summarise(own: FunctionScope, context: RuleContext, depth: number): Summary | null {
  const { definition } = own;
  let summary = summaries.get(definition);
  if (summary === undefined) {
    summaries.set(definition, null);
    const acts = actsIn(own, context, depth + 1).filter(
      ({ call }) => !/^f?close$/.test(calledName(call) ?? ''),
    );
    const [first] = acts;
    const same = first !== undefined && acts.every(({ op, key }) => op === first.op && key === first.key);
    const isLocal = first !== undefined && own.typeOf(rootOf(first)) !== undefined;
    const isParam = first !== undefined && definition.type.params.some(({ name }) => name === rootOf(first));
    summary =
      same && (!isLocal || isParam) && !mayGiveBack(first, own, context, depth)
        ? {
            op: first.op,
            kind: first.kind,
            name: first.name,
            last: first.last,
            key: first.key,
            decision: first.decision,
          }
        : null;
    summaries.set(definition, summary);
  }
  return summary;
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

/** The same lock, or a constant element of an array and one whose number a variable gives. */
export function mayBeSame(one: LockAct, other: LockAct): boolean {
  if (one.key === other.key) return true;
  const numbered = ({ key }: LockAct) => /\[\d+\]/.test(key);
  const array = ({ key }: LockAct) => key.replace(/\[[^\]]*\]/g, '[]');
  return numbered(one) !== numbered(other) && array(one) === array(other);
}

function rootOf({ key }: LockAct): string {
  return /^[\w-]+:\W*(\w+)/.exec(key)?.[1] ?? '';
}

interface Reading {
  acts: LockAct[];
  /** The functions whose text decided. A function that is not there yet is another declaration of the file, and all is read anew. */
  names: ReadonlySet<string>;
}

const readings = new WeakMap<FileContext, Map<FunctionDefinition, Reading>>();

/** Everything that a function does to locks, in the order of the text. */
export function actsIn(scope: FunctionScope, context: RuleContext, depth = 0): LockAct[] {
  const known = readings.get(scope.file) ?? new Map<FunctionDefinition, Reading>();
  readings.set(scope.file, known);
  let reading = depth === 0 ? known.get(scope.definition) : undefined;
  if (!reading) {
    const names = new Set<string>();
    const noting: RuleContext = {
      ...context,
      functionNamed: (name) => {
        const found = context.functionNamed(name);
        if (found) names.add(name);
        return found;
      },
    };
    const acts = handledActs(scope, noting, depth);
    reading = { acts: acts.sort((a, b) => a.call.start - b.call.start), names };
    if (depth === 0) known.set(scope.definition, reading);
  }
  for (const name of reading.names) context.functionNamed(name);
  return reading.acts;
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
