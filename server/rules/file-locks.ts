import type { CallEvent, Operand } from '../analysis/events';
import type { Path } from '../analysis/path';
import type { Resource, Value } from '../analysis/values';
import { constantNamed } from './support';

/** Locks on files, by fcntl and flock, as several rules see them. */

export interface LockCall {
  fd: Operand;
  /** The open file it is about, where that is known. */
  file?: Resource;
  kind: 'record' | 'ofd' | 'flock';
  does: 'shared' | 'exclusive' | 'unlock' | 'unknown';
  waits: boolean;
}

/** Which kind of lock a command of fcntl is about, and whether it waits. */
const commands: readonly [name: string, kind: 'record' | 'ofd', waits: boolean][] = [
  ['F_SETLK', 'record', false],
  ['F_SETLKW', 'record', true],
  ['F_OFD_SETLK', 'ofd', false],
  ['F_OFD_SETLKW', 'ofd', true],
];

/** What a call does to a lock of a file, if anything. */
export function lockCall(event: CallEvent): LockCall | undefined {
  const [fd, second] = event.args;
  if (!event.site || !fd || !second) {
    return undefined;
  }
  const file = fileOf(fd.value);
  const base = { fd, ...(file ? { file } : {}) };
  if (event.name === 'flock') {
    const operation = second.value.constant;
    const does = operation === undefined ? 'unknown' : operationOf(operation);
    return {
      ...base,
      kind: 'flock',
      does,
      waits: does !== 'unlock' && (operation ?? 0n) < constantNamed('LOCK_NB'),
    };
  }
  const command = second.value.constant;
  const known = commands.find(([name]) => constantNamed(name) === command);
  if (event.name !== 'fcntl' || !known) {
    return undefined;
  }
  return { ...base, kind: known[1], does: typeOf(event), waits: known[2] };
}

function operationOf(operation: bigint): LockCall['does'] {
  switch (operation & ~constantNamed('LOCK_NB')) {
    case constantNamed('LOCK_SH'):
      return 'shared';
    case constantNamed('LOCK_EX'):
      return 'exclusive';
    case constantNamed('LOCK_UN'):
      return 'unlock';
    default:
      return 'unknown';
  }
}

/** The l_type of the structure given to fcntl. */
function typeOf(event: CallEvent): LockCall['does'] {
  const target = event.targetOf(2);
  switch (target === undefined ? undefined : event.path.get(`${target}.l_type`)?.constant) {
    case constantNamed('F_RDLCK'):
      return 'shared';
    case constantNamed('F_WRLCK'):
      return 'exclusive';
    case constantNamed('F_UNLCK'):
      return 'unlock';
    default:
      return 'unknown';
  }
}

/** The open file that a descriptor is of, for certain: duplicates are of one. */
export function fileOf(value: Value | undefined): Resource | undefined {
  const resource = value?.origins?.length === 1 ? value.origins[0]?.resource : undefined;
  return resource && (resource.duplicateOf ?? resource);
}

/** The process has the descriptor, and nobody unknown does. */
export function isOwn(path: Path, resource: Resource): boolean {
  return path.holding(resource)?.state === 'open' && path.outcome(resource.site) !== 'failure';
}
