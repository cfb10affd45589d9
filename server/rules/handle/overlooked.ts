import { rootName } from '../../analysis/aliasing';
import type { CallEvent } from '../../analysis/events';
import { FileIndex } from '../../analysis/survey';
import { type Expr, walkStmt } from '../../c/ast';
import type { RuleContext } from '../rule';
import { lostResult } from '../shared/dropped';
import { constantNamed } from '../shared/support';
import { addressed, callsIn, usesOf } from '../shared/uses';
import { callsOf } from '../shared/whole-file';

/** The one result that nobody looks at, in a file that looks at all others: there it is no habit, but forgotten. */

/** Calls whose failure is often passed over on purpose, and what the program then does not have. */
const consequences: Record<string, string> = {
  read: 'the buffer holds what was in it before',
  write: 'what was to be written is lost',
  dup2: 'the descriptor still means what it meant before, and the data goes there',
  dup3: 'the descriptor still means what it meant before, and the data goes there',
  setsid: 'the process stays in its session and keeps the controlling terminal',
  setpgid: 'the process stays in its group, and signals for the group go to others',
  sigaction: 'the signal keeps the action it had, which by default ends the process',
  sigprocmask: 'the signals are not blocked',
  pthread_sigmask: 'the signals are not blocked',
  fcntl: 'the descriptor keeps its flags',
  mkfifo: 'there may be no FIFO under that name, or another file is',
  waitpid: 'the status is what was in the variable before',
  pthread_mutex_init: 'there is no lock to take',
  pthread_cond_init: 'there is nothing to wait on',
  pthread_join: 'the thread may still run when its data is used',
  msgctl: 'the queue stays as it was',
  tcsetattr: 'the terminal stays as it was',
};

/** Every call of the library that may fail and says so, by name, and whether its result is looked at. Closing is left out. */
const outcomes = new FileIndex(function* (definition, file): Generator<[string, boolean]> {
  const scope = file.scopeOf(definition);
  for (const { name, expr } of callsOf(definition)) {
    const call = scope.call(name);
    const tells = call && call.returns.failure.value !== 'none' && !closing.test(name);
    if (tells) yield [name, lostResult(definition, expr) === undefined];
  }
});

/** What undoes something, reports, or has no other result than that it came back. */
const closing =
  /close|unlink|exec|log|^(?:kill|signal|munmap|shmdt|shutdown|wait|remove|free\w*|sig\w*set|\w+_destroy|\w+_unlock|\w*(?:printf|put[cs]|putchar)|perror|fflush|pause|alarm|sleep|usleep|nanosleep|sched_yield|getppid|getpid)$/;

/** So many others of a file are looked at, at least, before one that is not counts as forgotten. */
const fewest = 4;

/** What follows when the call fails, where all others of its name, and nearly all others of the file, are asked for their result. */
export function overlooked(event: CallEvent, context: RuleContext): string | undefined {
  const consequence = Object.hasOwn(consequences, event.name) ? consequences[event.name] : undefined;
  if (consequence === undefined || isTakenBack(event, context) || isSpokenOf(event)) {
    return undefined;
  }
  const same = context.ask(outcomes, event.name);
  const lost = same.filter((looked) => !looked).length;
  // The call that asks for the flags stands inside the one that sets them.
  if (lost !== 1 || same.length < (event.name === 'fcntl' ? 4 : 2)) {
    return undefined;
  }
  const all = context.ask(outcomes, /./);
  const others = all.filter((looked) => !looked).length - 1;
  return all.length - 1 - others >= fewest && others === 0 ? consequence : undefined;
}

/** What is shown to a person is not missed, and of pipes and sockets another rule tells. */
function isSpokenOf({ name, args: [handle] }: CallEvent): boolean {
  if (name !== 'read' && name !== 'write') return false;
  const number = handle?.value.constant;
  const isStream = (handle?.value.origins ?? []).some(({ resource }) =>
    /pipe|socket|fifo/.test(resource?.kind ?? ''),
  );
  return isStream || (number !== undefined && number >= 0n && number <= 2n);
}

const saved = /^(?:o(?:ld|mask|set|block)|sav|orig|prev|backup|kept|before)|_(?:old|save|saved|orig|prev)$/i;

function isNamedSaved(expr: Expr | undefined): boolean {
  const inner = expr?.kind === 'unary' && expr.op === '&' ? expr.operand : expr;
  const name = inner?.kind === 'member' ? inner.field : inner && rootName(inner);
  return name !== undefined && saved.test(name);
}

/** Where the file keeps what a terminal was like, by the name of the variable or member, while it has changes in no other than a copy. */
const asFound = new FileIndex(function* (definition): Generator<[string, 'kept' | 'changed']> {
  for (const { args } of callsIn(definition, /^tcgetattr$/)) {
    const name = placeName(args[1]);
    if (name !== undefined) yield [name, 'kept'];
  }
  for (const { args } of callsIn(definition, /^cfmakeraw$/)) {
    const name = placeName(args[0]);
    if (name !== undefined) yield [name, 'changed'];
  }
  const changed: string[] = [];
  walkStmt(definition.body, {
    expr: (expr) => {
      const target = expr.kind === 'assign' ? expr.target : undefined;
      const owner = target?.kind === 'index' ? target.array : target;
      const name = owner?.kind === 'member' ? placeName(owner.object) : undefined;
      if (name !== undefined) changed.push(name);
    },
  });
  for (const name of changed) yield [name, 'changed'];
});

/** `attr` of `attr` and `&attr`, and `.attr` of `&tty.attr`. */
function placeName(expr: Expr | undefined): string | undefined {
  const inner = expr?.kind === 'unary' && expr.op === '&' ? expr.operand : expr;
  return inner?.kind === 'member' ? `.${inner.field}` : inner?.kind === 'name' ? inner.name : undefined;
}

/** The terminal gets back what it was asked for. */
function isAsFound(expr: Expr | undefined, context: RuleContext): boolean {
  const name = placeName(expr);
  const known = name === undefined ? [] : context.ask(asFound, name);
  return known.length > 0 && known.every((state) => state === 'kept');
}

/** Signals are let in again, the mask that was saved is put back, or none is given. */
function isMaskTakenBack([how, mask]: CallEvent['args']): boolean {
  const does = how?.value.constant;
  return (
    mask?.value.constant === 0n ||
    does === constantNamed('SIG_UNBLOCK') ||
    (does === constantNamed('SIG_SETMASK') && isNamedSaved(mask?.expr))
  );
}

/** The call is lent a variable in which nobody looks for the status. */
function isUnread(lent: Expr | undefined, { scope: { definition } }: RuleContext): boolean {
  const name = addressed(lent);
  return (
    name !== undefined && usesOf(definition, name).every(({ around: [outer] }) => addressed(outer) === name)
  );
}

/** What was saved is put back, where nothing is left to do about a failure; flags are set that only save a copy. */
function isTakenBack({ name, args }: CallEvent, context: RuleContext): boolean {
  const command = args[1]?.value.constant;
  // Marking a descriptor close-on-exec does not fail.
  if (name === 'fcntl') return command !== constantNamed('F_SETFL');
  // A removal undoes something, like a close.
  if (name === 'msgctl') return command === constantNamed('IPC_RMID');
  const from = args[0]?.expr;
  if (name === 'dup2') return from?.kind === 'name' && saved.test(from.name);
  if (name === 'tcsetattr') return isNamedSaved(args[2]?.expr) || isAsFound(args[2]?.expr, context);
  if (/sigmask|sigprocmask/.test(name)) return isMaskTakenBack(args);
  // To ask which action there is does not fail.
  if (name === 'sigaction') return args[1]?.value.constant === 0n || isNamedSaved(args[1]?.expr);
  if (name === 'waitpid') return args[1]?.value.constant === 0n || isUnread(args[1]?.expr, context);
  return false;
}
