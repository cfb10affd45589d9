import type { CallEvent } from '../analysis/events';
import { unwrap } from '../analysis/operators';
import type { CType, Expr } from '../c/ast';
import type { RuleContext } from './rule';
import { argument } from './support';

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
  return { address: describe(address.expr, context), length, lengthIndex, result: named.result };
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
