import type { CallEvent } from '../../analysis/events';
import { noteAt } from '../../analysis/notes';
import type { Path } from '../../analysis/path';
import { type Expr, type FunctionDefinition, parameterIndex, someExprIn } from '../../c/ast';
import { calledName } from '../../c/cfg';
import type { RuleContext } from '../rule';
import { argument, constantNamed } from '../shared/support';
import { assignmentsTo, callsIn, declaratorOf, variableIn } from '../shared/uses';
import { callsOf, fileCalls, fileMakes, isAllRead, isProgram } from '../shared/whole-file';

/** Sets of signals and the set that a thread blocks, followed along a path. */

/** The numbers in a set, `every` signal, or undefined where that is not known. */
export type SignalSet = ReadonlySet<number> | 'every' | undefined;

const prefix = 'signal-set';
const blockedKey = 'signal-set-blocked';
const nothing: ReadonlySet<number> = new Set();

/** Follows sets and the mask through one walk that begins with the program: its `follow` belongs into `mark`. */
export class Masks {
  private readonly changes = new Set<CallEvent['expr']>();
  /** What a child does to its own mask changes nothing for its parent. */
  private readonly inChildren = new Set<CallEvent['expr']>();

  follow(event: CallEvent, context: RuleContext): void {
    const changes = event.path.role.kind === 'child' ? this.inChildren : this.changes;
    if (changing.test(event.name)) changes.add(event.expr);
    follow(event, context);
  }

  /** What is blocked when a call is made; undefined where not known. */
  at(event: CallEvent): SignalSet {
    const { path, expr } = event;
    if (path.note(blockedKey) !== undefined) {
      return read(path, blockedKey);
    }
    // Without a note nothing has been changed, or the paths that meet here have different masks.
    const changes = path.role.kind === 'child' ? [...this.changes, ...this.inChildren] : [...this.changes];
    const before = changes.some(
      (change) => change.start < expr.start || !isIn(change, event.scope.definition),
    );
    return before ? undefined : nothing;
  }
}

function isIn(expr: Expr, definition: FunctionDefinition): boolean {
  return someExprIn(definition.body, (inner) => inner === expr);
}

/** Calls by which the program that the walk began with may change the mask. */
const changing = /^(?:sigprocmask|pthread_sigmask|sighold|sigrelse|sigset|sigblock|sigsetmask)$/;

/** Keeps what a call does to a set or to the mask in the path's notes. */
function follow(event: CallEvent, context: RuleContext): void {
  const { path, name } = event;
  if (!event.site) {
    if (!event.into && mayBlock.test(name) && !context.scope.file.callee(name))
      write(path, blockedKey, undefined);
    return;
  }
  switch (name) {
    case 'sigemptyset':
    case 'sigfillset':
      writeSet(event, name === 'sigfillset' ? 'every' : nothing);
      break;
    case 'sigaddset':
    case 'sigdelset':
      change(event);
      break;
    case 'sigprocmask':
    case 'pthread_sigmask':
      block(event);
      break;
    case 'sighold':
    case 'sigset':
    case 'sigblock':
    case 'sigsetmask':
      write(path, blockedKey, undefined);
  }
}

/** Functions elsewhere that may well change the mask. */
const mayBlock = /sig|mask|block|setup|init/i;

/** What the set that an argument points to holds. */
export function setAt(event: CallEvent, param: string): SignalSet {
  const index = parameterIndex(event.site?.call.params, param);
  const place = event.targetOf(index);
  return place === undefined ? undefined : read(event.path, noteAt(prefix, place));
}

/**
 * The signals of one set that are certainly not in another; an empty list when there are some, but which is not known; undefined
 * when there may be none.
 */
export function missing(wanted: SignalSet, from: SignalSet): number[] | undefined {
  if (from === undefined || from === 'every') return undefined;
  if (wanted === undefined || wanted === 'every') return from.size === 0 ? [] : undefined;
  const absent = [...wanted].filter((signal) => !from.has(signal));
  return absent.length > 0 ? absent : undefined;
}

function writeSet(event: CallEvent, set: SignalSet): void {
  const place = event.targetOf(0);
  if (place !== undefined) write(event.path, noteAt(prefix, place), set);
}

function change(event: CallEvent): void {
  const place = event.targetOf(0);
  const signal = argument(event, 'signum')?.value.constant;
  if (place === undefined) return;
  const known = read(event.path, noteAt(prefix, place));
  if (signal === undefined || known === undefined || known === 'every') {
    write(
      event.path,
      noteAt(prefix, place),
      known === 'every' && event.name === 'sigaddset' ? 'every' : undefined,
    );
    return;
  }
  const set = new Set(known);
  if (event.name === 'sigaddset') set.add(Number(signal));
  else set.delete(Number(signal));
  write(event.path, noteAt(prefix, place), set);
}

function block(event: CallEvent): void {
  const { path } = event;
  const how = event.args[0]?.value.constant;
  if (event.args[1]?.value.constant === 0n) return;
  const set = setAt(event, 'set');
  const blocked = path.note(blockedKey) === undefined ? nothing : read(path, blockedKey);
  if (how === constantNamed('SIG_SETMASK')) write(path, blockedKey, set);
  else if (how === undefined || set === undefined || blocked === undefined)
    write(path, blockedKey, undefined);
  else if (how === constantNamed('SIG_BLOCK')) write(path, blockedKey, union(blocked, set));
  else write(path, blockedKey, difference(blocked, set));
}

function union(a: NonNullable<SignalSet>, b: NonNullable<SignalSet>): SignalSet {
  return a === 'every' || b === 'every' ? 'every' : new Set([...a, ...b]);
}

function difference(a: NonNullable<SignalSet>, b: NonNullable<SignalSet>): SignalSet {
  if (b === 'every') return nothing;
  return a === 'every' ? undefined : new Set([...a].filter((signal) => !b.has(signal)));
}

/** As a note: the numbers in order, `every`, or `?`. */
function write(path: Path, key: string, set: SignalSet): void {
  const note = set === undefined ? '?' : set === 'every' ? 'every' : [...set].sort((a, b) => a - b).join(' ');
  path.setNote(key, note);
}

function read(path: Path, key: string): SignalSet {
  const note = path.note(key);
  if (note === undefined || note === '?') return undefined;
  if (note === 'every') return 'every';
  return new Set(String(note).split(' ').filter(Boolean).map(Number));
}

const masking = /^(?:sigprocmask|pthread_sigmask|sighold|sigblock)$/;

/** A function of the program's own that blocks signals: `hold()`, with `sigprocmask(SIG_BLOCK, &set, NULL)` in it. */
export function blocksSignals(name: string, context: RuleContext): boolean {
  const own = context.functionNamed(name)?.definition;
  return (
    own !== undefined &&
    callsIn(own, masking).some((call) => {
      const [how] = call.args;
      return (
        /^sig(?:hold|block)$/.test(calledName(call) ?? '') ||
        (how?.kind === 'name' && how.name === 'SIG_BLOCK')
      );
    })
  );
}

/** The signal that gets a handler is handed, in the same function, to one that blocks it: it comes only where it is let in. */
export function isHeldBack({ args }: CallEvent, context: RuleContext): boolean {
  const signal = args[0]?.value.constant;
  const { definition, evaluator } = context.scope;
  return (
    signal !== undefined &&
    callsOf(definition).some(
      ({ name, expr }) =>
        expr.args.some((arg) => evaluator.constant(arg, context.scope) === signal) &&
        blocksSignals(name, context),
    )
  );
}

/** Calls that look at a set, or let its signals in while they wait. */
const looking = /^(?:sigismember|sigsuspend|sigwait\w*|sigtimedwait|signalfd|ppoll|pselect|epoll_pwait2?)$/;

/** The file blocks signals, and this may be one of them; where it blocks none by itself, others may for it. */
export function mayBeBlocked(signal: bigint, context: RuleContext): boolean {
  if (fileMakes(context, /^(?:sighold|sigblock|sigset|sigsetmask)$/)) return true;
  const blocking = fileCalls(context, /^(?:sigprocmask|pthread_sigmask)$/).filter(({ expr: { args } }) => {
    const [how, set] = args;
    return !(how?.kind === 'name' && how.name === 'SIG_UNBLOCK') && set?.kind !== 'null';
  });
  return (
    blocking.length === 0 ||
    blocking.some(({ expr, within }) => mayHold(expr.args[1], within, signal, context))
  );
}

/** A set of the function may have the signal in it, by the calls that fill it there. */
function mayHold(
  set: Expr | undefined,
  within: FunctionDefinition,
  signal: bigint,
  context: RuleContext,
): boolean {
  const name = set && variableIn(set);
  const scope = context.scope.file.scopeOf(within);
  if (name === undefined || !declaratorOf(scope, name) || assignmentsTo(within, name).length > 0) return true;
  const uses = callsOf(within).filter(({ expr }) => expr.args.some((arg) => variableIn(arg) === name));
  return uses.some(({ name: called, expr: { args } }) => {
    if (called === 'sigaddset') {
      const added = args[1] && scope.evaluator.constant(args[1], scope);
      return added === undefined || added === signal;
    }
    // What was blocked before is given back by the third argument, and was let in at the start.
    return !/^sig(?:emptyset|delset|procmask)$|^pthread_sigmask$/.test(called) && !looking.test(called);
  });
}

/** The whole program is here, and no part of it changes a mask. */
export function nothingBlocks(context: RuleContext): boolean {
  return (
    isProgram(context) &&
    isAllRead(context) &&
    !fileMakes(
      context,
      /^(?:sigprocmask|pthread_sigmask|sigblock|sigsetmask|sighold|sigset)$|(?:block|mask).*sig|sig.*(?:block|mask)/i,
    )
  );
}
