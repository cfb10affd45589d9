import { rootName } from '../../analysis/aliasing';
import type { FunctionScope } from '../../analysis/context';
import type { CallEvent, Operand } from '../../analysis/events';
import { unwrap } from '../../analysis/operators';
import type { Path } from '../../analysis/path';
import { choicesOf, type Resource, type Value } from '../../analysis/values';
import { type Expr, type ExprOf, walkStmt } from '../../c/ast';
import { constantNamed } from '../shared/support';
import type { Decision, LockAct } from './locks/act';

/** Locks on files, by fcntl, lockf and flock, as several rules see them. */

type Doing = 'shared' | 'exclusive' | 'unlock' | 'unknown';

export interface LockCall {
  fd: Operand;
  /** The open file it is about, where that is known. */
  file?: Resource;
  kind: 'record' | 'ofd' | 'flock';
  does: Doing;
  /** All that it may do, where that is known: `does` is what it does at least. */
  may: readonly Doing[];
  waits: boolean;
}

/** What a command of lockf does: a lock of lockf is an exclusive record lock; lockf(3). */
const lockfCommands: readonly [name: string, does: Doing, waits: boolean][] = [
  ['F_LOCK', 'exclusive', true],
  ['F_TLOCK', 'exclusive', false],
  ['F_ULOCK', 'unlock', false],
];

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
    const operations = choicesOf(second.value) ?? [];
    const may = operations.map(operationOf);
    const does = leastOf(may);
    const waits = does !== 'unlock' && operations.every((operation) => operation < constantNamed('LOCK_NB'));
    return { ...base, kind: 'flock', does, may, waits };
  }
  const command = second.value.constant;
  if (event.name === 'lockf') {
    const named = lockfCommands.find(([name]) => constantNamed(name) === command);
    return named && { ...base, kind: 'record', does: named[1], may: [named[1]], waits: named[2] };
  }
  // `wait ? F_SETLKW : F_SETLK`: the same lock either way.
  const choices = event.name === 'fcntl' ? (choicesOf(second.value) ?? []) : [];
  const known = choices
    // `test ? F_GETLK : F_SETLK`: it is the lock that matters.
    .filter((number) => choices.length === 1 || number !== constantNamed('F_GETLK'))
    .map((number) => commands.find(([name]) => constantNamed(name) === number));
  const kind = known[0]?.[1];
  if (kind === undefined || !known.every((one) => one?.[1] === kind)) {
    return undefined;
  }
  const may = typesOf(event);
  return { ...base, kind, does: leastOf(may), may, waits: known.every((one) => one?.[2]) };
}

function operationOf(operation: bigint): Doing {
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

/** What is done whichever way is taken: an exclusive lock is a shared one too. */
function leastOf([first = 'unknown', ...others]: readonly Doing[]): Doing {
  if (others.every((other) => other === first)) {
    return first;
  }
  return [first, ...others].every((one) => one === 'shared' || one === 'exclusive') ? 'shared' : 'unknown';
}

/** What the l_type of the structure given to fcntl may be. */
function typesOf(event: CallEvent): readonly Doing[] {
  const type = event.member(2, 'l_type');
  return ((type && choicesOf(type)) ?? []).map(typeNamed);
}

function typeNamed(type: bigint): Doing {
  switch (type) {
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

/** What a call does to the lock of a file, read from the text; nothing where it is about none. Variables of the function may decide. */
export function fileOperation(
  name: string,
  call: ExprOf<'call'>,
  scope: FunctionScope,
): { op?: LockAct['op']; decision?: Decision } {
  const undecided = new Set<string>();
  const op = operationWith(name, call, scope, (variable) => {
    undecided.add(variable);
    return undefined;
  });
  if (op !== 'either' && (op !== undefined || undecided.size === 0)) return op ? { op } : {};
  const decision = {
    variables: undecided,
    op: (numberOf: NumberOf) => operationWith(name, call, scope, numberOf),
  };
  return undecided.size > 0 ? { op: 'either', decision } : { op: 'either' };
}

type NumberOf = (variable: string) => bigint | undefined;

function operationWith(
  name: string,
  { args }: ExprOf<'call'>,
  scope: FunctionScope,
  numberOf: NumberOf,
): LockAct['op'] | undefined {
  const valueIn = (expr: Expr | undefined) => {
    const inner = expr && unwrap(expr);
    const constant = inner && scope.evaluator.constant(inner, scope);
    const isParam =
      inner?.kind === 'name' && scope.definition.type.params.some((param) => param.name === inner.name);
    return constant ?? (isParam ? numberOf(inner.name) : undefined);
  };
  const value = valueIn(args[1]);
  const is = (constant: string) => value === constantNamed(constant);
  if (name === 'flock') {
    const without = value === undefined ? undefined : value & ~constantNamed('LOCK_NB');
    if (without === undefined) return 'either';
    return without === constantNamed('LOCK_UN') ? 'unlock' : without === value ? 'lock' : 'try';
  }
  if (name === 'lockf') {
    return is('F_LOCK') ? 'lock' : is('F_TLOCK') ? 'try' : is('F_ULOCK') ? 'unlock' : undefined;
  }
  const waits = is('F_SETLKW') || is('F_OFD_SETLKW');
  if (value !== undefined && !waits && !is('F_SETLK') && !is('F_OFD_SETLK')) {
    return undefined;
  }
  const type = valueIn(lockType(args[2], scope));
  if (value === undefined) return undefined;
  if (type === undefined) return 'either';
  return type === constantNamed('F_UNLCK') ? 'unlock' : waits ? 'lock' : 'try';
}

/** The l_type that is stored last, in the order of the text, before a structure is handed over. */
function lockType(arg: Expr | undefined, scope: FunctionScope): Expr | undefined {
  const root = arg && rootName(arg.kind === 'unary' && arg.op === '&' ? arg.operand : arg);
  let type: Expr | undefined;
  walkStmt(scope.definition.body, {
    stmt: (stmt) => {
      if (stmt.kind !== 'decl' || stmt.start > (arg?.start ?? 0)) return;
      for (const { name, init } of stmt.declaration.declarators) {
        const item =
          name === root && init?.kind === 'init'
            ? (init.items.find(({ designators }) => designators[0] === 'l_type') ??
              init.items.find(({ designators }) => designators.length === 0))
            : undefined;
        if (item) type = item.value;
      }
    },
    expr: (expr) => {
      if (expr.kind !== 'assign' || expr.start > (arg?.start ?? 0) || expr.target.kind !== 'member') return;
      if (expr.target.field === 'l_type' && rootName(expr.target) === root) type = expr.value;
    },
  });
  return type;
}
