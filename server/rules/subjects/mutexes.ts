import type { FileContext, FunctionScope } from '../../analysis/context';
import type { CallEvent } from '../../analysis/events';
import { conditionOf, unlessFailed } from '../../analysis/notes';
import type { Note, Path } from '../../analysis/path';
import { depthOf, nameOf } from '../../analysis/places';
import { type Expr, type FunctionDefinition, type Stmt, walkStmt } from '../../c/ast';
import { comesBackAlways } from '../../c/library';
import type { RuleContext } from '../rule';
import { isLoop } from '../shared/loops';
import { around } from '../shared/statements';
import { assignmentsTo, declaratorOf, isAddressTaken, usesOf, variableIn } from '../shared/uses';
import { callsOf, type FileCall, fileCalls, fileMakes, lastName } from '../shared/whole-file';

/** What several rules need to know of mutexes that a path locks and unlocks. */

export type MutexEvent = 'lock' | 'try-lock' | 'unlock' | 'other';

/** What a call does to a mutex: only calls that act on the whole of one for certain. */
export function mutexEvent(event: CallEvent): MutexEvent | undefined {
  const effect = event.site?.call.effects.find(({ kind }) => kind === 'mutex');
  switch (effect?.op) {
    case undefined:
      return undefined;
    case 'lock':
      // With a time limit it may come back without the lock.
      return event.name === 'pthread_mutex_lock' || event.name === 'mtx_lock' ? 'lock' : 'other';
    case 'unlock':
      return 'unlock';
    case 'try-lock':
      return 'try-lock';
    default:
      return 'other';
  }
}

/** The place of the mutex that a call is about, where its name means one mutex for the whole of a function. */
export function mutexPlace(event: CallEvent, context: RuleContext): string | undefined {
  const target = event.targetOf(0);
  // One of which it is not known where it lies has the name of the pointer to it: `args->mutex`.
  const place = target ?? event.pointerOf(0);
  if (place === undefined || /\[|->.*->/.test(place)) {
    return undefined;
  }
  const isNamed = target !== undefined && !target.includes('->');
  return isNamed || isFixedPointer(place, context) ? place : undefined;
}

/** A pointer that is handed to the function, or made at the one place that declares it, and never points elsewhere while the function runs. */
function isFixedPointer(place: string, context: RuleContext): boolean {
  const scope = ownerOf(place, context);
  if (!scope) return false;
  const { definition } = scope;
  const name = /^\d+:(\w+)/.exec(place)?.[1];
  if (name === undefined || depthOf(place) === 0 || scope.ambiguous.has(name)) return false;
  const declared = declaratorOf(scope, name);
  const isMade = (stmt: Stmt | undefined) => stmt !== undefined && !around(definition, stmt).some(isLoop);
  return (
    (definition.type.params.some((param) => param.name === name) ||
      (declared?.declarator.init !== undefined && isMade(declared.stmt))) &&
    assignmentsTo(definition, name).every(({ at }) => at === declared?.declarator.nameSpan) &&
    usesOf(definition, name).every(({ around: [outer] }) => outer?.kind !== 'update') &&
    !isAddressTaken(definition, name)
  );
}

/** The function, of those that the walk is in, whose variable a place belongs to. */
function ownerOf(place: string, context: RuleContext): FunctionScope | undefined {
  const callers = context.callers();
  const inner = callers.length + 1 - depthOf(place);
  return inner === 0 ? context.scope : callers[inner - 1]?.scope;
}

/** Follows on each path which mutexes are locked (`held`) and which were unlocked (`free`); what is not sure has no note. A call of this kind that is known to have failed changed nothing. */
export function followMutexes(prefix: string, event: CallEvent, context: RuleContext): void {
  const { path } = event;
  const what = mutexEvent(event);
  if (what === undefined) {
    if (!event.site) forgetAfter(prefix, event, context);
    return;
  }
  const place = mutexPlace(event, context);
  if (place === undefined) {
    // It may be any of them by another name.
    forgetMutexes(prefix, path, () => true);
    return;
  }
  const key = `${prefix}:${place}`;
  const before = path.note(key);
  // What is reached through a pointer may be a mutex that the path knows by its own name, from before it lost sight of where that points.
  if (what === 'unlock' && before === undefined && place.includes('->')) {
    const last = lastOf(place);
    forgetMutexes(prefix, path, (other) => lastOf(other) === last);
  }
  if (what === 'lock' && typeof before === 'string' && before.startsWith('held')) {
    // This has been said: of what follows nothing is.
    path.setNote(key, 'twice');
  } else if (before !== 'twice' && (what === 'other' || what === 'try-lock')) {
    path.setNote(key, undefined);
  } else if (before !== 'twice' && (what === 'lock' || what === 'unlock')) {
    path.setNote(key, noteOf(what, event));
  }
}

function lastOf(place: string): string {
  return /\w+$/.exec(place)?.[0] ?? place;
}

/** What is written down: `held` or `free`, and where in which function. */
function noteOf(what: 'lock' | 'unlock', { expr, scope, site }: CallEvent): string {
  return unlessFailed(`${what === 'lock' ? 'held' : 'free'} ${expr.start} ${scope.definition.name}`, site);
}

export interface MutexState {
  state: 'held' | 'free';
  /** The call that made it so. */
  start: number;
  within: FunctionDefinition;
}

/** What is certain of a mutex on a path. */
export function mutexState(
  prefix: string,
  place: string,
  path: Path,
  context: RuleContext,
): MutexState | undefined {
  return read(path.note(`${prefix}:${place}`), path, context);
}

/** All mutexes of which something is certain on a path, by their places. */
export function* mutexesKnown(
  prefix: string,
  path: Path,
  context: RuleContext,
): Generator<[string, MutexState]> {
  for (const [key, note] of path.noteEntries()) {
    const state = key.startsWith(`${prefix}:`) ? read(note, path, context) : undefined;
    if (state) yield [key.slice(prefix.length + 1), state];
  }
}

function read(note: Note | undefined, path: Path, context: RuleContext): MutexState | undefined {
  const [state, start, name] = typeof note === 'string' ? note.split(' ') : [];
  if (note !== undefined && path.hasFailed(conditionOf(note))) {
    return undefined;
  }
  const own = context.scope.definition.name === name ? context.scope.definition : undefined;
  const within = own ?? (name === undefined ? undefined : context.functionNamed(name)?.definition);
  return (state === 'held' || state === 'free') && within
    ? { state, start: Number(start), within }
    : undefined;
}

/** A function that is walked into tells what it does; any other of the project may lock and unlock, and one of which nothing is known what it gets hold of. */
function forgetAfter(prefix: string, event: CallEvent, context: RuleContext): void {
  const { name, into, path } = event;
  const known = context.functionNamed(name);
  if (into) {
    forgetMutexes(prefix, path, (place) => place.includes('->'));
    return;
  }
  const reach = known ? lockingOf(known.definition, context) : reachOf(name);
  if (reach === 'any') forgetMutexes(prefix, path, () => true);
  else if (reach === 'given') forgetMutexes(prefix, path, (place) => isReached(place, event, context));
}

/** Of which mutexes a function may change the state: of none, of those that it gets hold of, or of any. */
type LockReach = 'none' | 'given' | 'any';

/** The same of a function of which only the name is known. */
function reachOf(name: string): LockReach {
  if (isHarmless(name)) return 'none';
  return soundsLocking.test(name) ? 'any' : 'given';
}

function isHarmless(name: string): boolean {
  return comesBackAlways(name) || /^(?:mem|str|is|to|rand|abs$|ato|usage|err)/.test(name);
}

/** By its name a function may take locks and give them back, or let others run meanwhile. */
const soundsLocking =
  /lock|mutex|mtx|sem(?:_|a|$)|enter|leave|acquire|release|critical|guard|wait|yield|sched|suspend|block|cond/i;

/** The function gets the mutex or what it belongs to, or may come back to a function of the file that gives it back for others. */
function isReached(place: string, { args }: CallEvent, context: RuleContext): boolean {
  // A function that was given the mutex knows it by a name of its own.
  const owner = ownerOf(place, context) === context.scope ? nameOf(place) : undefined;
  const isGiven = args.some(({ expr }) => {
    const name = variableIn(expr);
    return (
      name !== undefined &&
      (owner === undefined || name === owner) &&
      context.scope.resolvedTypeOf(expr)?.k !== 'int'
    );
  });
  return isGiven || isGivenBackForOthers(lastOf(place), context);
}

const givenBack = new WeakMap<readonly FileCall[], Map<string, boolean>>();

/** Some function of the file unlocks a mutex of this name that it does not lock. */
export function isGivenBackForOthers(last: string, context: RuleContext): boolean {
  const unlocks = fileCalls(context, /^(?:pthread_mutex|mtx)_unlock$/);
  const answers = givenBack.get(unlocks) ?? new Map<string, boolean>();
  givenBack.set(unlocks, answers);
  let answer = answers.get(last);
  if (answer === undefined) {
    const isOf = ({ args: [mutex] }: FileCall['expr']) => mutex !== undefined && lastName(mutex) === last;
    answer = unlocks.some(
      ({ expr, within }) =>
        isOf(expr) && !callsOf(within).some((call) => /(?<!un)lock$/i.test(call.name) && isOf(call.expr)),
    );
    answers.set(last, answer);
  }
  return answer;
}

/** Of these mutexes nothing is known any more. */
export function forgetMutexes(prefix: string, path: Path, test: (place: string) => boolean): void {
  const found: [string, Note][] = [...path.noteEntries()];
  for (const [key] of found) {
    if (key.startsWith(`${prefix}:`) && test(key.slice(prefix.length + 1))) path.setNote(key, undefined);
  }
}

/** What a function may lock, and the names of functions by which that was found. */
interface Locking {
  reach: LockReach;
  asked: Set<string>;
}

const known = new WeakMap<FileContext, Map<FunctionDefinition, Locking>>();

function lockingOf(definition: FunctionDefinition, context: RuleContext): LockReach {
  const { file } = context.scope;
  const ofFile = known.get(file) ?? new Map<FunctionDefinition, Locking>();
  known.set(file, ofFile);
  let locking = ofFile.get(definition);
  if (!locking) {
    const asked = new Set<string>();
    locking = { reach: findLocking(definition, context, new Set(), asked), asked };
    ofFile.set(definition, locking);
  }
  // The answer depends on these, whoever asked first.
  for (const name of locking.asked) context.functionNamed(name);
  return locking.reach;
}

function findLocking(
  definition: FunctionDefinition,
  context: RuleContext,
  seen: Set<FunctionDefinition>,
  asked: Set<string>,
): LockReach {
  seen.add(definition);
  let reach: LockReach = 'none';
  walkStmt(definition.body, {
    expr: (expr) => {
      if (reach === 'any' || expr.kind !== 'call') return;
      const found = expr.callee.kind === 'name' ? ofCall(expr.callee.name) : 'any';
      if (found !== 'none') reach = found;
    },
  });
  return reach;

  function ofCall(name: string): LockReach {
    const call = context.scope.file.call(name);
    if (call) {
      const locks = call.effects.some(({ kind }) => kind === 'mutex' || kind === 'condvar');
      return locks ? 'any' : 'none';
    }
    const callee = context.functionNamed(name)?.definition;
    if (!callee) return reachOf(name);
    asked.add(name);
    return seen.has(callee) ? 'none' : findLocking(callee, context, seen, asked);
  }
}

/** The address of a mutex, or a pointer to one. */
export function isMutexAddress(arg: Expr, scope: FunctionScope): boolean {
  const type = scope.resolvedTypeOf(arg);
  return type?.k === 'pointer' && type.to.k === 'named' && /^(?:pthread_mutex_t|mtx_t)$/.test(type.to.name);
}

/** The file sets kinds of mutexes, so that locking one twice may be right. */
export function choosesKinds(context: RuleContext): boolean {
  const kinds = /^PTHREAD_(?:RECURSIVE|ERRORCHECK|ADAPTIVE)_MUTEX_INITIALIZER(?:_NP)?$/;
  const { initialisers } = context.scope.file.symbols;
  return (
    fileMakes(context, 'pthread_mutexattr_settype') ||
    [...initialisers.values()].some((init) => init.kind === 'name' && kinds.test(init.name)) ||
    fileCalls(context, 'mtx_init').some(({ expr: { args } }) => {
      const [, kind] = args;
      return kind?.kind !== 'name' || !/^mtx_(?:plain|timed)$/.test(kind.name);
    })
  );
}

/** The mutex as the program writes it, out of `&mutex`. */
export function mutexName(event: CallEvent, context: RuleContext): string {
  const expr = event.args[0]?.expr;
  if (!expr) return 'the mutex';
  return context
    .source(expr)
    .replace(/^&\s*/, '')
    .replace(/^\((.*)\)$/, '$1');
}
