import { calls, facilities } from '../../catalog';
import type { Call, FacilityId, ResourceKind } from '../../catalog/schema';
import type { FunctionScope } from '../analysis/context';
import { systemConstant } from '../analysis/context';
import type { CallEvent } from '../analysis/events';
import { Interpreter } from '../analysis/interpreter';
import type { Origin } from '../analysis/values';
import type { ExprOf } from '../c/ast';

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
}

/** Walks the function until the call is seen. */
export function situationOf(expr: ExprOf<'call'>, call: Call, scope: FunctionScope): Situation {
  let seen: CallEvent | undefined;
  new Interpreter(scope, () => false, {
    call(event) {
      if (event.expr === expr) seen = event;
    },
  }).run();
  const facility = seen && (madeFacility(seen, scope) ?? handleFacility(seen, scope));
  return { ...(seen ? { event: seen } : {}), facility: facility ?? homeOf(call) };
}

/** The facility in whose chapter the call is written, if it belongs to one alone. */
export function homeOf(call: Call): FacilityId | undefined {
  return calls.get(call.name)?.chapter.facility?.id;
}

/** The facility that a call chooses by its own arguments: `socket(AF_UNIX, SOCK_STREAM, 0)`. */
function madeFacility({ site }: CallEvent, scope: FunctionScope): FacilityId | undefined {
  return site && socketFacility({ site, at: 'return' }, scope);
}

function handleFacility(event: CallEvent, scope: FunctionScope): FacilityId | undefined {
  for (const { value } of event.args) {
    const found = value.origins?.map((origin) => facilityOfOrigin(origin, scope));
    const first = found?.[0];
    if (first && found.every((facility) => facility === first)) {
      // A call that the facility does not know is not explained by it.
      return usedBy(first, event.name) ? first : undefined;
    }
  }
  return undefined;
}

export function usedBy(facility: FacilityId, call: string): boolean {
  return (
    facilities.get(facility)?.uses[call] !== undefined || calls.get(call)?.chapter.facility?.id === facility
  );
}

function facilityOfOrigin(origin: Origin, scope: FunctionScope): FacilityId | undefined {
  if (origin.kind === 'socket') {
    return socketFacility(origin, scope);
  }
  return origin.kind && byKind[origin.kind];
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
