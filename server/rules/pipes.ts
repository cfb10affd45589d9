import type { CallEvent, Operand } from '../analysis/events';
import { resourcesOf } from '../analysis/events';
import type { Path, Role } from '../analysis/path';
import { depthOf, descriptor, type Place } from '../analysis/places';
import type { CallSite, Resource, Value } from '../analysis/values';
import type { Expr } from '../c/ast';
import { walkExpr } from '../c/ast';
import { calledName } from '../c/cfg';
import { contains, exitsOf, isEndless, loopAround, Result, resultName } from './loops';
import type { RuleContext } from './rule';
import { argument } from './support';

/** Pipes as several rules see them. */

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

/** The name by which the program still knows a descriptor. */
export function nameOfEnd(path: Path, resource: Resource): string | undefined {
  let best: Place | undefined;
  for (const [place, value] of path.entries()) {
    if (value.origins?.length !== 1 || value.origins[0]?.resource !== resource) continue;
    if (place.includes(':=')) continue;
    if (best === undefined || depthOf(place) < depthOf(best) || best.includes('#')) best = place;
  }
  return best?.replace(/^\d+:#?/, '');
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

/** The descriptor that a call reads from or writes to. */
export function transferred(event: CallEvent, op: 'read' | 'write'): Operand | undefined {
  const effect = event.site?.call.effects.find((candidate) => candidate.op === op && candidate.at === 'fd');
  return effect && argument(event, 'fd');
}

/**
 * True when a `read` stands in a loop that ends only at end-of-file, or on a failure: so it will be made until nobody can write
 * into the pipe.
 */
export function readsToTheEnd(event: CallEvent, context: RuleContext): boolean {
  const { definition } = context.scope;
  const loop = event.at.start === event.expr.start ? loopAround(definition, event.expr) : undefined;
  if (!loop) {
    return false;
  }
  const result = new Result(event.expr, resultName(definition, event.expr), context);
  let stops = false;
  if (!isEndless(loop, context)) {
    const inTest = loop.test && contains(loop.test, event.expr);
    if (!loop.test || (!inTest && loop.kind !== 'do')) return false;
    if (result.holds(loop.test, 0n) !== false || !asksOnly(loop.test, result)) return false;
    stops = true;
  }
  for (const exit of exitsOf(loop)) {
    const last = exit.conditions.at(-1);
    if (exit.obscure || !last) return false;
    if (writes(last.test)) continue;
    if (!exit.conditions.some(({ test }) => asksOnly(test, result))) return false;
    // Bytes that came must not end the loop.
    if (exit.conditions.every(({ test, truth }) => result.holds(test, 1n) !== !truth)) return false;
    stops ||= exit.conditions.every(({ test, truth }) => result.holds(test, 0n) === truth);
  }
  return stops;
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
      only &&= expr.kind === 'number' || (expr.kind === 'unary' && expr.op === '-') || expr.kind === 'sizeof';
  };
  visit(test);
  return only;
}

/** A test of whether output went well. */
function writes(test: Expr): boolean {
  let found = false;
  walkExpr(test, (expr) => {
    found ||= /^(?:write|fwrite|fputs|fputc|putchar|fflush|send|printf)$/.test(calledName(expr) ?? '');
  });
  return found;
}

/** Whether the standard input of a process, by what it did with dup2, is the read end of a pipe. */
export function standardInput(path: Path): Resource | undefined {
  const end = pipeEnd(path.get(descriptor(0n)));
  return end?.end === 'read' ? end : undefined;
}

/** Calls after which nothing certain can be said of who holds an end of a pipe, or of whether a read waits. */
const obscuring =
  /^(?:closefrom|close_range|alarm|ualarm|setitimer|timer_settime|timerfd_settime|poll|ppoll|select|pselect|epoll_\w+|clone3?|pthread_create|thrd_create|ioctl|sendmsg|sendmmsg|kill|tgkill|sigqueue|killpg|pthread_kill|prctl)$/;

/** Whether a call makes the state of pipes uncertain for the rest of the path. */
export function obscures(event: CallEvent): boolean {
  if (obscuring.test(event.name)) {
    return true;
  }
  if (event.name === 'close') {
    const fd = event.args[0]?.value;
    return fd !== undefined && fd.constant === undefined && !fd.origins;
  }
  if (event.name === 'fcntl') {
    const command = event.args[1]?.expr;
    return !(
      command?.kind === 'name' && /^F_(?:GETF[DL]|DUPFD\w*|GETPIPE_SZ|SETPIPE_SZ)$/.test(command.name)
    );
  }
  return false;
}
