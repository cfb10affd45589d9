import type { CallEvent } from '../../analysis/events';
import { noteOn } from '../../analysis/notes';
import { unwrap } from '../../analysis/operators';
import type { Path } from '../../analysis/path';
import type { CallSite, Resource, Value } from '../../analysis/values';
import { type Expr, type FunctionDefinition, walkExpr, walkStmt } from '../../c/ast';
import { argument, constantNamed } from '../shared/support';
import { assignmentsTo } from '../shared/uses';

/** Sockets as several rules see them: what they are, and how far a path has come with them. */

export interface Socket {
  /** The call that made it: socket, socketpair or accept. */
  site: CallSite;
  resource: Resource;
  domain?: bigint;
  /** SOCK_STREAM and so on, without the flags. */
  type?: bigint;
  did(step: Step): boolean;
  /** Whether this process has it and nobody unknown does, who might take steps that are not seen. */
  own: boolean;
}

/**
 * `bind`, `listen`, `connect`: the call was made. `send`: something was sent to an address. `nonblocking`, `reuse`: the option was
 * set. `autobind`: the kernel may give it a name of itself. `looked-up`: its family is one that `getaddrinfo` gave.
 */
export type Step =
  | 'bind'
  | 'listen'
  | 'connect'
  | 'send'
  | 'nonblocking'
  | 'reuse'
  | 'autobind'
  | 'accepted'
  | 'looked-up';

const letters: Record<Step, string> = {
  bind: 'b',
  listen: 'l',
  connect: 'c',
  send: 's',
  nonblocking: 'n',
  reuse: 'r',
  autobind: 'a',
  accepted: 'x',
  'looked-up': 'g',
};

const key = (site: CallSite) => noteOn('socket', site);

/** The socket that a value is, for certain; its state is only known to rules that call `followSockets`. */
export function socketOf(value: Value | undefined, path: Path): Socket | undefined {
  const resource = value?.origins?.length === 1 ? value.origins[0]?.resource : undefined;
  if (resource?.kind !== 'socket' && resource?.kind !== 'socketpair') {
    return undefined;
  }
  const original = resource.duplicateOf ?? resource;
  const [domain, type, steps] = String(path.note(key(original.site)) ?? '').split(' ');
  if (steps === undefined || path.outcome(original.site) === 'failure') {
    return undefined;
  }
  return {
    site: original.site,
    resource: original,
    ...(domain === '?' ? {} : { domain: BigInt(domain!) }),
    ...(type === '?' ? {} : { type: BigInt(type!) }),
    did: (step) => steps.includes(letters[step]),
    own: path.holding(original)?.state === 'open' && path.holding(resource)?.state === 'open',
  };
}

/** Notes the steps that a call takes with sockets; for `mark`. Doing it twice changes nothing. */
export function followSockets(event: CallEvent): void {
  const { name, site, path } = event;
  if (!site) {
    return;
  }
  switch (name) {
    case 'socket':
    case 'socketpair':
      begin(event, site);
      return;
    case 'accept':
    case 'accept4': {
      const from = socketOf(argument(event, 'sockfd')?.value, path);
      path.setNote(
        key(site),
        `${from?.domain ?? '?'} ${from?.type ?? '?'} ${letters.connect}${letters.accepted}`,
      );
      return;
    }
    case 'bind':
    case 'listen':
    case 'connect':
      step(event, name);
      return;
    case 'sendto':
    case 'sendmsg':
    case 'sendmmsg':
      step(event, 'send');
      return;
    case 'setsockopt': {
      const taken = optionStep(event);
      if (taken) step(event, taken);
      return;
    }
    case 'fcntl':
    case 'ioctl':
      if (setsNonblocking(event)) step(event, 'nonblocking');
  }
}

function begin(event: CallEvent, site: CallSite): void {
  const type = asked(event, 'type', 'ai_socktype');
  const plain = type === undefined ? undefined : type & 0xfn;
  const nonblocking = type !== undefined && (type & constantNamed('SOCK_NONBLOCK')) !== 0n;
  const domain = asked(event, 'domain', 'ai_family') || undefined;
  const family = argument(event, 'domain');
  const inner = family && unwrap(family.expr);
  const found = inner?.kind === 'member' && inner.field === 'ai_family' ? letters['looked-up'] : '';
  const steps = `${event.name === 'socketpair' ? letters.connect : ''}${nonblocking ? letters.nonblocking : ''}${found}`;
  event.path.setNote(key(site), `${domain ?? '?'} ${plain ?? '?'} ${steps}`);
}

/** What the call gets; where that is a member of what `getaddrinfo` found, what the function asked `getaddrinfo` for. */
function asked(event: CallEvent, param: string, member: string): bigint | undefined {
  const given = argument(event, param);
  const inner = given && unwrap(given.expr);
  if (given?.value.constant !== undefined || inner?.kind !== 'member' || inner.field !== member) {
    return given?.value.constant;
  }
  const { scope } = event;
  const wanted = membersSet(scope.definition, member).map((value) => scope.evaluator.constant(value, scope));
  return wanted.every((value) => value === wanted[0]) ? wanted[0] : undefined;
}

/** What is stored in members of this name anywhere in a function. */
function membersSet(definition: FunctionDefinition, member: string): Expr[] {
  const values: Expr[] = [];
  walkStmt(definition.body, {
    expr: (expr) => {
      if (expr.kind === 'assign' && expr.target.kind === 'member' && expr.target.field === member)
        values.push(expr.value);
      if (expr.kind === 'init')
        for (const { designators, value } of expr.items) if (designators[0] === member) values.push(value);
    },
  });
  return values;
}

function step({ args, path }: CallEvent, taken: Step): void {
  const socket = socketOf(args[0]?.value, path);
  const letter = letters[taken];
  if (socket && !socket.did(taken)) {
    path.setNote(key(socket.site), `${path.note(key(socket.site))}${letter}`);
  }
}

function optionStep(event: CallEvent): Step | undefined {
  const option = argument(event, 'optname')?.value.constant;
  switch (option) {
    case constantNamed('SO_REUSEADDR'):
      return 'reuse';
    case constantNamed('SO_PASSCRED'):
    case undefined:
      return 'autobind';
    default:
      return undefined;
  }
}

/** fcntl(fd, F_SETFL, ... | O_NONBLOCK) and ioctl(fd, FIONBIO, ...). */
function setsNonblocking({ name, args, scope }: CallEvent): boolean {
  const [, command, flags] = args;
  if (name === 'ioctl') {
    return command?.expr.kind === 'name' && command.expr.name === 'FIONBIO';
  }
  const sets = command?.value.constant === constantNamed('F_SETFL');
  return sets && flags !== undefined && mayHave(flags.expr, /^O_(?:NONBLOCK|NDELAY)$/, scope.definition);
}

/** True when a name stands in an expression, or in what a variable of it is set to anywhere in the function. */
function mayHave(flags: Expr, wanted: RegExp, definition: FunctionDefinition, deeper = true): boolean {
  let found = false;
  walkExpr(flags, (inner) => {
    if (found || inner.kind !== 'name') return;
    found = wanted.test(inner.name);
    if (found || !deeper) return;
    for (const { value } of assignmentsTo(definition, inner.name)) {
      found ||= mayHave(value, wanted, definition, false);
    }
  });
  return found;
}

/** A stream socket of a family whose ways are known here; those of other families have ways of their own. */
export const isStream = (socket: Socket) =>
  (socket.type === constantNamed('SOCK_STREAM') &&
    (socket.domain === undefined || isUnix(socket) || isInternet(socket))) ||
  (socket.type === constantNamed('SOCK_SEQPACKET') && isUnix(socket));
export const isDatagram = ({ type }: Socket) => type === constantNamed('SOCK_DGRAM');
export const isUnix = ({ domain }: Socket) => domain === constantNamed('AF_UNIX');
export const isInternet = ({ domain, did }: Socket) =>
  (domain === undefined && did('looked-up')) ||
  domain === constantNamed('AF_INET') ||
  domain === constantNamed('AF_INET6');

/** On this path the call that should have given the value failed. */
export function hasFailed(value: Value | undefined, path: Path): boolean {
  return value?.origins?.length === 1 && path.outcome(value.origins[0]!.site) === 'failure';
}
