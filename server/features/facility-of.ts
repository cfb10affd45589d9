import { calls, facilities } from '../../catalog';
import type { Call, FacilityId, ResourceKind } from '../../catalog/schema';
import type { FunctionScope } from '../analysis/context';
import { systemConstant } from '../analysis/context';
import type { CallEvent } from '../analysis/events';
import { Interpreter } from '../analysis/interpreter';
import { joinValues, type Origin, type Value } from '../analysis/values';
import { type ExprOf, parameterIndex } from '../c/ast';

/** Which facility a call serves where it stands: by its handle when the function shows where that came from. */

const byKind: Partial<Record<ResourceKind, FacilityId>> = {
  pipe: 'pipe',
  fifo: 'fifo',
  socketpair: 'socketpair',
  'pty-master': 'pty',
  'pty-slave': 'pty',
  'sysv-msg': 'sysv-msg',
  'sysv-sem': 'sysv-sem',
  'sysv-shm': 'sysv-shm',
  'sysv-attachment': 'sysv-shm',
  'posix-mq': 'posix-mq',
  'posix-shm': 'posix-shm',
  mapping: 'mmap-shared',
  memfd: 'mmap-shared',
  'posix-sem-named': 'posix-sem-named',
  'posix-sem-unnamed': 'posix-sem-unnamed',
  mutex: 'mutex',
  condvar: 'condvar',
  eventfd: 'eventfd',
  signalfd: 'rt-signal',
  'popen-stream': 'popen',
};

/** The facility of a call, with the arguments it is made with when the function is at hand. */
export interface Situation {
  facility?: FacilityId;
  /** The call as the interpreter saw it. */
  event?: CallEvent;
  /** The call whose result an argument is, for each argument; undefined where it is none, or of several. */
  from?: (CallEvent | undefined)[];
}

/** Walks the function and keeps what the call saw on all paths, with the calls its handles may come from. */
export function situationOf(expr: ExprOf<'call'>, call: Call, scope: FunctionScope): Situation {
  const events: Events = new Map();
  new Interpreter(scope, {
    listener: {
      call(event) {
        const before = events.get(event.expr);
        events.set(event.expr, before ? joined(before, event) : event);
      },
    },
    neverReturns: () => false,
    // One function is enough for a hover, and quick.
    scopeOf: () => undefined,
  }).run();
  const seen = events.get(expr);
  const facility = seen && (madeFacility(seen, scope) ?? handleFacility(seen, scope, events));
  if (!seen) return { facility: homeOf(call) };
  const from = seen.args.map(({ value: { origins = [] } }) =>
    origins.length === 1 ? events.get(origins[0]!.site.expr) : undefined,
  );
  return { event: seen, from, facility: facility ?? homeOf(call) };
}

/** What is known of the arguments on either of two paths. */
function joined(before: CallEvent, event: CallEvent): CallEvent {
  const args = event.args.map(({ expr, value }, index) => {
    const other = before.args[index]?.value;
    return { expr, value: other ? joinValues(other, value) : value };
  });
  return { ...event, args };
}

/** The calls of a function as the interpreter saw each. */
type Events = Map<ExprOf<'call'>, CallEvent>;

/** The facility in whose chapter the call is written, if it belongs to one alone. */
export function homeOf(call: Call): FacilityId | undefined {
  return calls.get(call.name)?.chapter.facility?.id;
}

/** The facility that a call chooses by its own arguments: `socket(AF_UNIX, SOCK_STREAM, 0)`. */
function madeFacility({ site }: CallEvent, scope: FunctionScope): FacilityId | undefined {
  return site && socketFacility({ site, at: 'return' }, scope);
}

function handleFacility(event: CallEvent, scope: FunctionScope, events: Events): FacilityId | undefined {
  for (const { value } of event.args) {
    const facility = valueFacility(value, scope, events);
    if (facility) {
      // A call that the facility does not know is not explained by it.
      return usedBy(facility, event.name) ? facility : undefined;
    }
  }
  return undefined;
}

/** The facility that all origins of a value agree on. */
function valueFacility(
  value: Value,
  scope: FunctionScope,
  events: Events,
  depth = 0,
): FacilityId | undefined {
  const found = value.origins?.map((origin) => facilityOfOrigin(origin, scope, events, depth));
  const first = found?.[0];
  return first && found.every((facility) => facility === first) ? first : undefined;
}

export function usedBy(facility: FacilityId, call: string): boolean {
  return (
    facilities.get(facility)?.uses[call] !== undefined || calls.get(call)?.chapter.facility?.id === facility
  );
}

function facilityOfOrigin(
  origin: Origin,
  scope: FunctionScope,
  events: Events,
  depth: number,
): FacilityId | undefined {
  if (origin.kind === 'socket') {
    return socketFacility(origin, scope);
  }
  return (
    (origin.kind && byKind[origin.kind]) ?? (depth < 4 ? copied(origin, scope, events, depth) : undefined)
  );
}

/** Of the result of dup and the like: the facility of the descriptor that was copied. */
function copied({ site, at }: Origin, scope: FunctionScope, events: Events, depth: number) {
  const from = site.call.effects.find((effect) => effect.op === 'duplicate' && effect.at === at)?.from;
  const index = parameterIndex(site.call.params, from);
  const source = events.get(site.expr)?.args[index]?.value;
  return source && valueFacility(source, scope, events, depth + 1);
}

function socketFacility({ site }: Origin, scope: FunctionScope): FacilityId | undefined {
  if (site.call.name !== 'socket') {
    return undefined;
  }
  const [domain, type] = site.expr.args.map((arg) => scope.evaluator.constant(arg, scope));
  if (domain === undefined || type === undefined) {
    return undefined;
  }
  const family =
    domain === systemConstant('AF_UNIX')
      ? 'unix'
      : domain === systemConstant('AF_INET') || domain === systemConstant('AF_INET6')
        ? 'inet'
        : undefined;
  const kind = type & 0xfn;
  const shape = kind === 1n ? 'stream' : kind === 2n ? 'dgram' : undefined;
  return family && shape && `${family}-${shape}`;
}
