import type { CallEvent, Operand } from '../../analysis/events';
import { resourcesOf } from '../../analysis/events';
import type { Path, Role } from '../../analysis/path';
import { depthOf, descriptor, type Place } from '../../analysis/places';
import type { CallSite, Resource, Value } from '../../analysis/values';
import type { Expr } from '../../c/ast';
import { somePart } from '../../c/ast';
import { calledName } from '../../c/cfg';
import type { RuleContext } from '../rule';
import { exitsOf, isEndless, loopAround, Result, resultName, resultPlace } from '../shared/loops';
import { around, contains, statementBehind } from '../shared/statements';
import { argument } from '../shared/support';
import { closesCounted, sweepsUp } from './sweeps';

/** Pipes as several rules see them. */

/** What a pipe holds on Linux unless it was told otherwise, and what one write puts into it in one piece: PIPE_BUF. See pipe(7). */
export const pipeCapacity = 65_536n;
export const pipeBuf = 4096n;

/** The pipe end that a value is, for certain. Of a duplicate, the original. */
export function pipeEnd(value: Value | undefined): Resource | undefined {
  const found = value?.origins?.length === 1 ? resourcesOf(value)[0] : undefined;
  return found?.kind === 'pipe' && found.end !== undefined ? original(found) : undefined;
}

export function original(resource: Resource): Resource {
  return resource.duplicateOf ?? resource;
}

/** What a process has of one end of a pipe, in all its descriptors: open for certain, closed for certain, or not known. */
export function endHeld(path: Path, pipe: CallSite, end: 'read' | 'write'): 'open' | 'closed' | 'unknown' {
  let state: 'open' | 'closed' = 'closed';
  for (const [resource, holding] of path.holdings()) {
    if (resource.kind !== 'pipe' || resource.end !== end || original(resource).site !== pipe) continue;
    if (holding.state === 'closed') continue;
    if (holding.state !== 'open' || nameOfEnd(path, resource) === undefined) return 'unknown';
    state = 'open';
  }
  return state;
}

/** The pipes that this process ever had an end of. */
export function pipesOf(path: Path): Set<CallSite> {
  const pipes = new Set<CallSite>();
  for (const [resource] of path.holdings()) {
    if (resource.kind === 'pipe') pipes.add(original(resource).site);
  }
  return pipes;
}

/** The name by which the program still knows a descriptor. */
export function nameOfEnd(path: Path, resource: Resource): string | undefined {
  let best: Place | undefined;
  for (const [place, value] of path.entries()) {
    if (value.origins?.length !== 1 || value.origins[0]?.resource !== resource) continue;
    if (place.includes(':=')) continue;
    if (best === undefined || depthOf(place) < depthOf(best) || best.includes('#')) best = place;
  }
  return best?.replace(/^\d+:#?|@\d+/g, '');
}

/** The name of an end that the process holds open. */
export function nameOfOpenEnd(path: Path, pipe: CallSite, end: 'read' | 'write'): string | undefined {
  for (const [resource, { state }] of path.holdings()) {
    if (
      state === 'open' &&
      resource.kind === 'pipe' &&
      resource.end === end &&
      original(resource).site === pipe
    ) {
      const name = nameOfEnd(path, resource);
      if (name !== undefined) return name;
    }
  }
  return undefined;
}

/** The forks that made this process what it is, by the side it is of each. */
export function forksOf(role: Role, kind: 'parent' | 'child'): CallSite[] {
  const found: CallSite[] = [];
  for (let at: Role | undefined = role; at; at = at.before) {
    if (at.kind === kind && at.fork) found.push(at.fork);
  }
  return found;
}

/** The fork whose child this very process is, whatever children it has made since. */
export function bornOf(role: Role): CallSite | undefined {
  for (let at: Role | undefined = role; at; at = at.before) if (at.kind === 'child') return at.fork;
  return undefined;
}

/** The descriptor that a call reads from or writes to. */
export function transferred(event: CallEvent, op: 'read' | 'write'): Operand | undefined {
  const effect = event.site?.call.effects.find((candidate) => candidate.op === op && candidate.at === 'fd');
  return effect && argument(event, 'fd');
}

/**
 * The end of a pipe that a call reads from or writes to: through a descriptor, one of the numbers that dup2 gave a meaning, or a
 * stream made on one.
 */
export function endMoved(event: CallEvent, op: 'read' | 'write'): Resource | undefined {
  const effect = event.site?.call.effects.find(
    (candidate) => candidate.op === op && (candidate.at === 'fd' || candidate.at === 'stream'),
  );
  const moved = effect && argument(event, effect.at);
  if (!moved) {
    return undefined;
  }
  const { value, expr } = moved;
  const number = expr.kind === 'name' && standard.has(expr.name) ? standard.get(expr.name) : value.constant;
  const meant = number !== undefined && !value.origins ? event.path.get(descriptor(number)) : value;
  const found = meant?.origins?.length === 1 ? resourcesOf(meant)[0] : undefined;
  const end = found?.on ?? found;
  return end?.kind === 'pipe' && end.end !== undefined ? original(end) : undefined;
}

/** The descriptors of the standard streams. */
const standard = new Map([
  ['stdin', 0n],
  ['stdout', 1n],
  ['stderr', 2n],
]);

/** What calls that read give at the end of the input, where that is not 0. */
const atEnd = new Map([
  ['getc', -1n],
  ['fgetc', -1n],
  ['getline', -1n],
  ['getdelim', -1n],
  ['fscanf', -1n],
]);

/**
 * True when a call that reads stands in a loop that ends only at end-of-file, or on a failure: so it will be made until nobody can
 * write into the pipe. Or it is made once, and anything but end-of-file is a failure.
 */
export function readsToTheEnd(event: CallEvent, context: RuleContext): boolean {
  const { definition } = context.scope;
  if (event.at.start !== event.expr.start) {
    return false;
  }
  const loop = loopAround(definition, event.expr);
  if (!loop) {
    return expectsTheEnd(event, context);
  }
  const end = atEnd.get(event.name) ?? 0n;
  const result = new Result(event.expr, resultPlace(definition, event.expr), context);
  let stops = false;
  if (!isEndless(loop, context)) {
    const inTest = loop.test && contains(loop.test, event.expr);
    if (!loop.test || (!inTest && loop.kind !== 'do')) return false;
    if (result.holds(loop.test, end) !== false || !asksOnly(loop.test, result)) return false;
    stops = true;
  }
  for (const exit of exitsOf(loop, context)) {
    const last = exit.conditions.at(-1);
    if (!last) return false;
    if (testsOutput(last.test, context.source(loop))) continue;
    if (exit.obscure) return false;
    if (!exit.conditions.some(({ test }) => asksOnly(test, result))) return false;
    // Bytes that came must not end the loop.
    if (exit.conditions.every(({ test, truth }) => result.holds(test, 1n) !== !truth)) return false;
    stops ||= exit.conditions.every(({ test, truth }) => result.holds(test, end) === truth);
  }
  return stops;
}

/** `if (read(...) != 0)`, or the same in two statements, leads to the treatment of failures. */
function expectsTheEnd(event: CallEvent, context: RuleContext): boolean {
  const { definition } = context.scope;
  const own = around(definition, event.expr).at(-1);
  const name = own?.kind === 'if' ? undefined : resultName(definition, event.expr);
  const stmt = name === undefined ? own : statementBehind(definition, event.expr);
  if (event.name !== 'read' || stmt?.kind !== 'if') {
    return false;
  }
  const result = new Result(event.expr, name, context);
  const truth = (value: bigint) => result.holds(stmt.test, value);
  return asksOnly(stmt.test, result) && truth(0n) === false && truth(1n) === true && truth(-1n) === true;
}

/** A test of nothing but the result. */
export function asksOnly(test: Expr, result: Result): boolean {
  let only = true;
  const visit = (expr: Expr): void => {
    if (result.is(expr)) return;
    if (expr.kind === 'logical' || expr.kind === 'binary') {
      visit(expr.left);
      visit(expr.right);
    } else if (expr.kind === 'unary' && expr.op === '!') visit(expr.operand);
    else if (expr.kind === 'name') only &&= /^(?:errno|E[A-Z]+)$/.test(expr.name);
    else
      only &&=
        expr.kind === 'number' ||
        expr.kind === 'null' ||
        (expr.kind === 'unary' && expr.op === '-') ||
        expr.kind === 'sizeof';
  };
  visit(test);
  return only;
}

/** A test of whether output went well, in the call itself or through a variable that the loop keeps its result in. */
export function testsOutput(test: Expr, loop: string): boolean {
  return somePart(
    test,
    (expr) =>
      /^(?:write|fwrite|fputs|fputc|putchar|fflush|send|printf|msgsnd|mq_send)$/.test(
        calledName(expr) ?? '',
      ) ||
      (expr.kind === 'name' &&
        new RegExp(`\\b${expr.name}\\s*=\\s*(?:write|send|msgsnd|mq_send)\\s*\\(`).test(loop)),
  );
}

/** Whether the standard input of a process, by what it did with dup2, is the read end of a pipe. */
export function standardInput(path: Path): Resource | undefined {
  const end = pipeEnd(path.get(descriptor(0n)));
  return end?.end === 'read' ? end : undefined;
}

/** The ends of pipes that standard input, output and error are. */
export function standardEnds(path: Path): Resource[] {
  return [0n, 1n, 2n].flatMap((number) => pipeEnd(path.get(descriptor(number))) ?? []);
}

/** Calls after which nothing certain can be said of who holds an end of a pipe, or of whether a read waits. */
const obscuring =
  /^(?:closefrom|close_range|alarm|ualarm|setitimer|timer_settime|timerfd_settime|poll|ppoll|select|pselect|epoll_\w+|clone3?|pthread_create|thrd_create|ioctl|sendmsg|sendmmsg|kill|tgkill|sigqueue|killpg|pthread_kill|prctl)$/;

const unsureNote = 'pipe:unsure';

/**
 * To be called from `mark`: after a close of who knows what, a path knows nothing certain of its descriptors; nor does a child behind a
 * function that closes one number after the other.
 */
export function markUnsure(event: CallEvent, context: RuleContext): void {
  const { path, site, into, name } = event;
  if (
    path.role.kind === 'child' &&
    !site &&
    !into &&
    !isUnsure(path) &&
    hasPipe(path) &&
    sweepsUp(name, context)
  )
    path.setNote(unsureNote, true);
  const fd = event.name === 'close' ? event.args[0] : undefined;
  // What a function finds out, as `fileno` does, is a descriptor that it was told of.
  const isForeign = fd && fd.value.constant === undefined && !fd.value.origins && fd.expr.kind !== 'call';
  if (isForeign && hasPipe(event.path)) event.path.setNote(unsureNote, true);
}

function hasPipe(path: Path): boolean {
  for (const [{ kind }, { state }] of path.holdings()) if (kind === 'pipe' && state !== 'closed') return true;
  return false;
}

export function isUnsure(path: Path): boolean {
  return path.note(unsureNote) === true;
}

/** Whether a call makes the state of pipes uncertain in the whole program. */
export function obscures(event: CallEvent, context: RuleContext): boolean {
  if (/^(?:fcntl|ioctl)$/.test(event.name) && isNoPipe(event.args[0]?.value)) return false;
  if (obscuring.test(event.name) || closesMany(event, context)) {
    return true;
  }
  if (event.name === 'fcntl') {
    const command = event.args[1]?.expr;
    return !(
      command?.kind === 'name' && /^F_(?:GETF[DL]|DUPFD\w*|GETPIPE_SZ|SETPIPE_SZ|GETOWN)$/.test(command.name)
    );
  }
  return false;
}

/** A descriptor that is known to be of something else. */
function isNoPipe(fd: Value | undefined): boolean {
  const known = fd ? resourcesOf(fd) : [];
  return (
    known.length > 0 && known.length === fd?.origins?.length && known.every(({ kind }) => kind !== 'pipe')
  );
}

/** A loop closes one number after the other, those of pipes among them. */
export function closesMany({ expr }: CallEvent, { scope }: RuleContext): boolean {
  return closesCounted(expr, scope.definition);
}

/** Whether the ends of a pipe are inherited by a program that is executed. */
export function staysOverExec({ call, expr }: CallSite): boolean {
  const flags = expr.args[1];
  return call.name === 'pipe' || (flags?.kind === 'number' && flags.text === '0');
}

/** Whether a read of a pipe waits for what comes: it was not made with O_NONBLOCK. */
export function isBlocking(pipe: CallSite): boolean {
  const flags = pipe.expr.args[1];
  return staysOverExec(pipe) || (flags?.kind === 'name' && flags.name === 'O_CLOEXEC');
}
