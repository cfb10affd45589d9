import type { FunctionScope } from '../../analysis/context';
import type { CallEvent, Operand } from '../../analysis/events';
import { unwrap } from '../../analysis/operators';
import type { CType, Expr, Stmt } from '../../c/ast';
import { calledName } from '../../c/cfg';
import type { RuleContext } from '../rule';
import { argument } from '../shared/support';
import { callsIn, variableIn } from '../shared/uses';

/** Socket addresses as several rules see them. */

export interface Family {
  struct: string;
  bytes: number;
  /** The value that the family member must have, or nothing where several fit. */
  constant?: string;
  member: string;
}

/** The structures that hold an address, by sockaddr(3type). */
export const families: readonly Family[] = [
  { struct: 'sockaddr_in', bytes: 16, constant: 'AF_INET', member: 'sin_family' },
  { struct: 'sockaddr_in6', bytes: 28, constant: 'AF_INET6', member: 'sin6_family' },
  { struct: 'sockaddr_un', bytes: 110, constant: 'AF_UNIX', member: 'sun_family' },
  { struct: 'sockaddr_storage', bytes: 128, member: 'ss_family' },
  { struct: 'sockaddr', bytes: 16, member: 'sa_family' },
];

export function familyOf(type: CType | undefined): Family | undefined {
  return type?.k === 'struct' && !type.union ? families.find(({ struct }) => struct === type.tag) : undefined;
}

/** The address of a call, with the structure it points to by its own type, before any cast. */
export interface Address {
  expr: Expr;
  /** What stands under the casts. */
  inner: Expr;
  family?: Family;
  /** The object whose address is taken, in `&object`. */
  object?: Expr;
}

/** Parameters of socket calls that are addresses and their lengths. */
const parameters: Record<string, { address: string; length: string; result: boolean }> = {
  bind: { address: 'addr', length: 'addrlen', result: false },
  connect: { address: 'addr', length: 'addrlen', result: false },
  sendto: { address: 'dest_addr', length: 'addrlen', result: false },
  accept: { address: 'addr', length: 'addrlen', result: true },
  accept4: { address: 'addr', length: 'addrlen', result: true },
  recvfrom: { address: 'src_addr', length: 'addrlen', result: true },
  getsockname: { address: 'addr', length: 'addrlen', result: true },
  getpeername: { address: 'addr', length: 'addrlen', result: true },
};

export interface AddressUse {
  address: Address;
  length: NonNullable<ReturnType<typeof argument>>;
  lengthIndex: number;
  /** The call stores the address, and reads and stores the length. */
  result: boolean;
}

/** The address that a call takes or gives. */
export function addressUse(event: CallEvent, context: RuleContext): AddressUse | undefined {
  const named = event.site && Object.hasOwn(parameters, event.name) ? parameters[event.name] : undefined;
  const address = named && argument(event, named.address);
  const length = named && argument(event, named.length);
  if (!named || !address || !length || address.value.constant === 0n) {
    return undefined;
  }
  const lengthIndex = event.args.indexOf(length);
  const meant = pointedTo(event, address, context) ?? address.expr;
  return {
    address: { ...describe(meant, context), expr: address.expr },
    length,
    lengthIndex,
    result: named.result,
  };
}

/** The local structure that a pointer to a general address points to: `ss` after `ss = (struct sockaddr *)&un`. */
function pointedTo(event: CallEvent, address: Operand, { scope }: RuleContext): Expr | undefined {
  const pointer = unwrap(address.expr);
  const target = pointer.kind === 'name' ? event.targetOf(event.args.indexOf(address)) : undefined;
  const [, depth, name] = /^(\d+):(\w+)$/.exec(target ?? '') ?? [];
  const isLocal = event.scope === scope && Number(depth) > 0 && name !== undefined;
  if (!isLocal || scope.typeOf(name)?.k !== 'struct') {
    return undefined;
  }
  const { start, end } = pointer;
  return { kind: 'unary', op: '&', operand: { kind: 'name', name, start, end }, start, end };
}

export function describe(expr: Expr, { scope }: RuleContext): Address {
  const inner = unwrap(expr);
  if (inner.kind === 'unary' && inner.op === '&') {
    const family = familyOf(scope.resolvedTypeOf(inner.operand));
    return { expr, inner, object: inner.operand, ...(family ? { family } : {}) };
  }
  const type = scope.resolvedTypeOf(inner);
  const behind = type?.k === 'pointer' ? type.to : type?.k === 'array' ? type.of : undefined;
  const family = familyOf(behind && scope.evaluator.types.resolve(behind));
  return { expr, inner, ...(family ? { family } : {}) };
}

/* ----------------------------------------------------------------- UNIX paths */

/** The sun_path that an expression is, and how many bytes of it lie before where it points. */
export function pathIn(
  expr: Expr | undefined,
  context: { scope: FunctionScope },
): { member: Expr; offset: bigint } | undefined {
  const inner = expr && unwrap(expr);
  const number = (at: Expr) => context.scope.evaluator.constant(at, context.scope);
  if (inner?.kind === 'member' && inner.field === 'sun_path') {
    return { member: inner, offset: 0n };
  }
  if (inner?.kind === 'unary' && inner.op === '&' && inner.operand.kind === 'index') {
    const offset = number(inner.operand.index);
    const base = pathIn(inner.operand.array, context);
    return base && offset !== undefined ? { member: base.member, offset } : undefined;
  }
  if (inner?.kind === 'binary' && inner.op === '+') {
    const offset = number(inner.right);
    const base = pathIn(inner.left, context);
    return base && offset !== undefined ? { member: base.member, offset } : undefined;
  }
  return undefined;
}

/** The path is filled from its second byte on, or its first is set to NUL. */
export function isAbstract(object: Expr, event: CallEvent, address: Expr, context: RuleContext): boolean {
  const index = event.args.findIndex(({ expr }) => expr === address);
  const target = event.targetOf(index);
  if (target !== undefined && event.path.get(`${target}.sun_path[0]`)?.constant === 0n) {
    return true;
  }
  const owner = variableIn(object);
  if (owner === undefined) return false;
  if (startsWithNul(owner, event.expr.start, context)) {
    return true;
  }
  const fillers = fillersOf(owner, event.expr.start, context);
  if (fillers.some(endsWithNul)) return true;
  const offsets = [context.scope, ...fillers].flatMap((scope, index) =>
    offsetsCopied(index === 0 ? owner : undefined, scope),
  );
  return offsets.length > 0 && offsets.every((offset) => offset === 1n);
}

const copying = /^(?:str[nl]?cpy|snprintf|sprintf|memcpy)$/;

/** How far behind the beginning of a path something is copied; into that of any address where `owner` does not say whose. */
function offsetsCopied(owner: string | undefined, scope: FunctionScope): bigint[] {
  return callsIn(scope.definition, copying).flatMap((call) => {
    const path = pathIn(call.args[0], { scope });
    const isMeant = path && (owner === undefined || variableIn(path.member) === owner);
    return isMeant ? [path.offset] : [];
  });
}

/** Functions of the project that are given the address before. */
function fillersOf(owner: string, before: number, { scope, functionNamed }: RuleContext): FunctionScope[] {
  return callsIn(scope.definition, /./)
    .filter(({ end, args }) => end < before && args.some((arg) => variableIn(arg) === owner))
    .flatMap((call) => functionNamed(calledName(call) ?? '') ?? []);
}

/** The first byte of the path is set to NUL before a place in the text, without a condition. */
function startsWithNul(owner: string, end: number, { scope }: RuleContext): boolean {
  return nulStores(scope).some(({ stmt, object }) => stmt.end <= end && object === owner);
}

/** A function puts a NUL in front of what it has copied before. */
function endsWithNul(scope: FunctionScope): boolean {
  const copies = callsIn(scope.definition, copying);
  return nulStores(scope).some(({ stmt }) => copies.every(({ end }) => end <= stmt.start));
}

function nulStores(scope: FunctionScope): { stmt: Stmt; object: string | undefined }[] {
  const top = scope.definition.body.kind === 'block' ? scope.definition.body.body : [];
  const zero = (expr: Expr) => scope.evaluator.constant(expr, scope) === 0n;
  return top.flatMap((stmt) => {
    const set = stmt.kind === 'expr' && stmt.expr.kind === 'assign' ? stmt.expr : undefined;
    if (!set || !zero(set.value)) return [];
    const { target } = set;
    const first = target.kind === 'index' && zero(target.index) ? target.array : undefined;
    const pointed = target.kind === 'unary' && target.op === '*' ? target.operand : first;
    const path = pathIn(pointed, { scope });
    return path?.offset === 0n ? [{ stmt, object: variableIn(path.member) }] : [];
  });
}
