import type { Operand } from '../../analysis/events';
import { unwrap } from '../../analysis/operators';
import type { Expr, Span } from '../../c/ast';

import type { RuleContext } from '../rule';
import { assignmentsTo, declaratorOf } from '../shared/uses';

/** Members of address structures that are in network byte order, and numbers that are not. */

export interface NetworkField {
  name: string;
  to: 'htons' | 'htonl';
  back: 'ntohs' | 'ntohl';
  what: string;
  bits: number;
}

/** Members of address structures that hold numbers in network byte order: see ip(7), ipv6(7). */
export const fields = new Map<string, NetworkField>([
  ['sin_port', { name: 'sin_port', to: 'htons', back: 'ntohs', what: 'port', bits: 16 }],
  ['sin6_port', { name: 'sin6_port', to: 'htons', back: 'ntohs', what: 'port', bits: 16 }],
  ['s_addr', { name: 's_addr', to: 'htonl', back: 'ntohl', what: 'address', bits: 32 }],
]);

/** Also in network byte order, but nothing that a program stores into: see getservbyname(3). */
export const readOnly = new Map<string, NetworkField>([
  ['s_port', { name: 's_port', to: 'htons', back: 'ntohs', what: 'port', bits: 16 }],
]);

export function fieldOf(expr: Expr): NetworkField | undefined {
  const target = unwrap(expr);
  return target.kind === 'member' ? fields.get(target.field) : undefined;
}

/** A number that is certainly in the machine's own order and would change if turned around. */
export function isHostOrder({ value }: Operand, field: NetworkField): boolean {
  return (
    value.hostOrder === true &&
    (value.constant === undefined ||
      (!isSymmetric(value.constant, field.bits) && !isTurnedByHand(value.constant, field.bits)))
  );
}

/** An address written backwards, as such machines store it that most programs run on: 0x0100007f for 127.0.0.1. */
function isTurnedByHand(value: bigint, bits: number): boolean {
  const [first, last] = [Number(value & 0xffn), Number((value >> 24n) & 0xffn)];
  return bits === 32 && first === 127 && last !== 127;
}

function isSymmetric(value: bigint, bits: number): boolean {
  const hex = BigInt.asUintN(bits, value)
    .toString(16)
    .padStart(bits / 4, '0');
  const bytes = hex.match(/../g) ?? [];
  return bytes.join('') === bytes.reverse().join('');
}

/** What a value printed or passed on is when it is in network byte order: a member, or a variable that only holds such. */
export function networkPort(expr: Expr, { scope }: RuleContext): NetworkField | undefined {
  const inner = unwrap(expr);
  const direct = inner.kind === 'member' ? (fields.get(inner.field) ?? readOnly.get(inner.field)) : undefined;
  if (direct || inner.kind !== 'name' || scope.ambiguous.has(inner.name)) {
    // An address is seldom printed as a number; when it is, the order may be what one wants to see.
    return direct?.bits === 16 ? direct : undefined;
  }
  const stored = assignmentsTo(scope.definition, inner.name);
  const kept = stored.map(({ value, op }) => (op === '=' ? unwrap(value) : undefined));
  const ports = kept.map((value) => (value?.kind === 'member' ? fields.get(value.field) : undefined));
  const own = declaratorOf(scope, inner.name);
  return own && ports.length > 0 && ports.every((port) => port?.bits === 16) ? ports[0] : undefined;
}

/** The program's own name for the conversion is written there, `PP_HTONL(INADDR_LOOPBACK)`, whichever of its definitions this build takes. */
export function isWrittenAsTurned({ start, end }: Span, context: RuleContext): boolean {
  return /\b(?!hton[sl]\b)\w*hton(?:s|l|16|32)?\w*\s*\(/i.test(context.source({ start, end }));
}
