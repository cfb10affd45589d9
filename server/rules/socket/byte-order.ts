import type { CallEvent, Operand, StoreEvent, TestEvent } from '../../analysis/events';
import { unwrap } from '../../analysis/operators';
import { type Expr, walkExpr } from '../../c/ast';
import { calledName } from '../../c/cfg';
import type { Rule, RuleContext } from '../rule';
import { excerpt, isDirect } from '../support';

interface NetworkField {
  to: 'htons' | 'htonl';
  back: 'ntohs' | 'ntohl';
  what: string;
  bits: number;
}

/** Members of address structures that hold numbers in network byte order: see ip(7), ipv6(7). */
const fields = new Map<string, NetworkField>([
  ['sin_port', { to: 'htons', back: 'ntohs', what: 'port', bits: 16 }],
  ['sin6_port', { to: 'htons', back: 'ntohs', what: 'port', bits: 16 }],
  ['s_addr', { to: 'htonl', back: 'ntohl', what: 'address', bits: 32 }],
]);

/** Where each printing function's format stands; the values follow it. */
const printing = new Map([
  ['printf', 0],
  ['fprintf', 1],
  ['dprintf', 1],
  ['sprintf', 1],
  ['snprintf', 2],
  ['syslog', 1],
]);

export const byteOrder: Rule = {
  meta: {
    id: 'socket/byte-order',
    severity: 'error',
    preset: 'recommended',
    title: 'A port or address is not in network byte order',
    explanation:
      'Ports and addresses in socket addresses are big-endian. On a little-endian machine port 8080 without htons becomes port 36895: the server listens where no client looks, and no call fails.',
    silence:
      'Values whose origin is not known, and values that read the same in both orders, such as INADDR_ANY and 0.',
    references: [
      { page: 'ip', section: 7 },
      { page: 'htons', section: 3 },
    ],
    demo: 'inet-stream/byte-order',
    example: {
      bad: `#include <netinet/in.h>

void local_address(struct sockaddr_in *address) {
  address->sin_family = AF_INET;
  address->sin_port = 8080;
  address->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
}
`,
      good: `#include <arpa/inet.h>
#include <netinet/in.h>

void local_address(struct sockaddr_in *address) {
  address->sin_family = AF_INET;
  address->sin_port = htons(8080);
  address->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
}
`,
    },
  },
  check: () => ({
    store: checkStore,
    test: checkTest,
    call: checkPrint,
  }),
};

function fieldOf(expr: Expr): NetworkField | undefined {
  const target = unwrap(expr);
  return target.kind === 'member' ? fields.get(target.field) : undefined;
}

/** A number that is certainly in the machine's own order and would change if turned around. */
function isHostOrder({ value }: Operand, field: NetworkField): boolean {
  return (
    value.hostOrder === true && (value.constant === undefined || !isSymmetric(value.constant, field.bits))
  );
}

function isSymmetric(value: bigint, bits: number): boolean {
  const hex = BigInt.asUintN(bits, value)
    .toString(16)
    .padStart(bits / 4, '0');
  const bytes = hex.match(/../g) ?? [];
  return bytes.join('') === bytes.reverse().join('');
}

function checkStore(event: StoreEvent, context: RuleContext): void {
  const field = fieldOf(event.target);
  if (!field || (event.expr.kind === 'assign' && event.expr.op !== '=')) {
    return;
  }
  const source = event.value.expr;
  const conversion = calledName(source);
  const converted =
    source.kind === 'call' ? context.scope.evaluator.constant(source.args[0] ?? source) : undefined;
  if ((conversion === 'htons' || conversion === 'htonl') && conversion !== field.to && converted !== 0n) {
    reportWidth(event, field, conversion, context);
  } else if (isHostOrder(event.value, field)) {
    reportStore(event, field, context);
  }
}

function reportWidth(event: StoreEvent, field: NetworkField, conversion: string, context: RuleContext): void {
  const source = event.value.expr;
  const [got, bits] = conversion === 'htons' ? ['16', field.bits] : ['32', field.bits];
  const callee = source.kind === 'call' ? source.callee : source;
  context.report({
    span: isDirect(event.at, event.expr) ? source : event.at,
    message: `\`${conversion}\` turns a ${got}-bit number, but ${article(field.what)} has ${bits} bits, so the value stored is wrong. Use \`${field.to}\`.`,
    fix: { title: `Use ${field.to}`, edits: [{ span: callee, text: field.to }] },
  });
}

function article(what: string): string {
  return what === 'address' ? 'an address' : `a ${what}`;
}

function reportStore(event: StoreEvent, field: NetworkField, context: RuleContext): void {
  const source = event.value.expr;
  const direct = isDirect(event.at, event.expr);
  const text = excerpt(context, source);
  const turned = swappedPort(event.value, field);
  context.report({
    span: direct ? source : event.at,
    message: `\`${text}\` is stored as ${article(field.what)} in the machine's own byte order, so on most machines it means ${turned}. Write \`${field.to}(${text})\`.`,
    ...(direct
      ? {
          fix: {
            title: `Convert with ${field.to}`,
            edits: [
              {
                span: { start: source.start, end: source.end },
                text: `${field.to}(${context.source(source)})`,
              },
            ],
          },
        }
      : {}),
  });
}

function swappedPort({ value }: Operand, field: NetworkField): string {
  if (value.constant === undefined || field.bits !== 16) {
    return `another ${field.what}`;
  }
  const port = Number(BigInt.asUintN(16, value.constant));
  return `port ${((port & 0xff) << 8) | (port >> 8)}`;
}

function checkTest(event: TestEvent, context: RuleContext): void {
  const { left, right } = event;
  if (!right || (event.op !== '==' && event.op !== '!=')) {
    return;
  }
  for (const [member, other] of [
    [left, right],
    [right, left],
  ] as const) {
    const field = fieldOf(member.expr);
    if (field && isHostOrder(other, field) && other.value.constant !== undefined) {
      const text = excerpt(context, other.expr);
      context.report({
        span: event.at,
        message: `\`${excerpt(context, member.expr)}\` is in network byte order and \`${text}\` in the machine's own, so they do not compare. Write \`${field.to}(${text})\`.`,
      });
    }
  }
}

function checkPrint(event: CallEvent, context: RuleContext): void {
  const format = printing.get(event.name);
  if (format === undefined) {
    return;
  }
  for (const { expr } of event.args.slice(format + 1)) {
    const field = fieldOf(expr);
    // An address is seldom printed as a number; when it is, the order may be what one wants to see.
    if (field?.bits === 16 && !insideConversion(expr)) {
      const text = excerpt(context, expr);
      context.report({
        span: event.at.start === event.expr.start ? expr : event.at,
        message: `\`${text}\` is in network byte order, so the number printed is not the port. Print \`${field.back}(${text})\`.`,
        fix: {
          title: `Convert with ${field.back}`,
          edits: [
            { span: { start: expr.start, end: expr.end }, text: `${field.back}(${context.source(expr)})` },
          ],
        },
      });
    }
  }
}

function insideConversion(expr: Expr): boolean {
  let found = false;
  walkExpr(expr, (inner) => {
    found ||= /^(?:ntoh|be16toh|bswap)/.test(calledName(inner) ?? '');
  });
  return found;
}
