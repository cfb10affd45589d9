import { rootName } from '../../analysis/aliasing';
import type { CallEvent, Operand, StoreEvent, TestEvent } from '../../analysis/events';
import { unwrap } from '../../analysis/operators';
import { type Expr, type FunctionDefinition, someExprIn, someStmtIn } from '../../c/ast';
import { calledName } from '../../c/cfg';
import type { Rule, RuleContext } from '../rule';
import { holdsRead } from '../shared/kept';
import { excerpt, isDirect } from '../shared/support';
import { assignmentsTo, callsIn, declaratorOf, usesOf } from '../shared/uses';
import { fileCalls } from '../shared/whole-file';

interface NetworkField {
  name: string;
  to: 'htons' | 'htonl';
  back: 'ntohs' | 'ntohl';
  what: string;
  bits: number;
}

/** Members of address structures that hold numbers in network byte order: see ip(7), ipv6(7). */
const fields = new Map<string, NetworkField>([
  ['sin_port', { name: 'sin_port', to: 'htons', back: 'ntohs', what: 'port', bits: 16 }],
  ['sin6_port', { name: 'sin6_port', to: 'htons', back: 'ntohs', what: 'port', bits: 16 }],
  ['s_addr', { name: 's_addr', to: 'htonl', back: 'ntohl', what: 'address', bits: 32 }],
]);

/** Also in network byte order, but nothing that a program stores into: see getservbyname(3). */
const readOnly = new Map<string, NetworkField>([
  ['s_port', { name: 's_port', to: 'htons', back: 'ntohs', what: 'port', bits: 16 }],
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
    call(event, context) {
      checkPrint(event, context);
      checkPassed(event, context);
      checkTwice(event, context);
    },
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
  if (source.kind === 'call' && isTurnedTwice(source, context)) {
    return;
  }
  const converted =
    source.kind === 'call' ? context.scope.evaluator.constant(source.args[0] ?? source) : undefined;
  if ((conversion === 'htons' || conversion === 'htonl') && conversion !== field.to && converted !== 0n) {
    reportWidth(event, field, conversion, context);
  } else if (isPortOfCallers(event, field, context)) {
    reportStore(event, field, context);
  } else if (
    isHostOrder(event.value, field) &&
    !isTurned(source, context) &&
    !isTurnedBack(source, context) &&
    !isDescriptor(source, context)
  ) {
    reportStore(event, field, context);
  }
}

/** A parameter that the callers in the file give numbers as people write them: constants, or what strtol and its like made of text. */
function isPortOfCallers(
  { value, at, expr }: StoreEvent,
  field: NetworkField,
  context: RuleContext,
): boolean {
  const { definition } = context.scope;
  const source = unwrap(value.expr);
  const name = source.kind === 'name' ? source.name : undefined;
  const index = definition.type.params.findIndex((param) => param.name === name);
  if (field.bits !== 16 || name === undefined || index < 0 || !isDirect(at, expr)) {
    return false;
  }
  if (value.value.hostOrder || assignmentsTo(definition, name).length > 0) {
    return false;
  }
  const calls = fileCalls(context, definition.name);
  return (
    calls.length > 0 &&
    calls.every(
      ({ expr: call, within }) => call.args[index] && isWritten(call.args[index], within, context, true),
    )
  );
}

const reading = /^(?:ato[il]|atoll|strto(?:l|ul|ll|ull|imax|umax|num))$/;

/** A number as people write it: a constant, one made of text, or a variable that holds nothing but such. */
function isWritten(expr: Expr, within: FunctionDefinition, context: RuleContext, deeper: boolean): boolean {
  const inner = unwrap(expr);
  if (inner.kind === 'call') {
    return reading.test(calledName(inner) ?? '');
  }
  const scope = context.scope.file.scopeOf(within);
  if (scope.evaluator.constant(inner, scope) !== undefined) {
    return true;
  }
  if (inner.kind !== 'name' || !deeper || within.type.params.some(({ name }) => name === inner.name)) {
    return false;
  }
  const set = assignmentsTo(within, inner.name).map(({ value }) => value);
  const calls = set.some((value) => calledName(unwrap(value)) !== undefined);
  return calls && set.every((value) => isWritten(value, within, context, false));
}

/** What calls of the function take for a descriptor only lies in the place of an address. */
function isDescriptor(source: Expr, { scope }: RuleContext): boolean {
  const name = source.kind === 'name' ? source.name : undefined;
  return callsIn(scope.definition, /./).some((call) => {
    const params = scope.call(calledName(call) ?? '')?.params ?? [];
    return call.args.some(
      (arg, i) => arg.kind === 'name' && arg.name === name && /^(?:sock)?fd$/.test(params[i]?.name ?? ''),
    );
  });
}

/** ntohs of a plain number does what htons does. */
function isTurned(source: Expr, context: RuleContext): boolean {
  const name = calledName(source);
  const [arg] = source.kind === 'call' ? source.args : [];
  return arg !== undefined && (name === 'ntohs' || name === 'ntohl') && !networkPort(arg, context);
}

/** What a function of the program has turned into the machine's order itself is kept so on purpose; so is what is stored in a chain. */
function isTurnedBack(source: Expr, context: RuleContext): boolean {
  if (source.kind === 'assign') return isTurnedBack(source.value, context);
  const from = unwrap(source);
  const callee = context.functionNamed(calledName(from) ?? '')?.definition;
  return (
    callee !== undefined &&
    someStmtIn(
      callee.body,
      (stmt) => stmt.kind === 'return' && /^ntoh[sl]$/.test(calledName(stmt.value ?? source) ?? ''),
    )
  );
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

/** What a value printed or passed on is when it is in network byte order: a member, or a variable that only holds such. */
function networkPort(expr: Expr, { scope }: RuleContext): NetworkField | undefined {
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

function checkPrint(event: CallEvent, context: RuleContext): void {
  const format = printing.get(event.name);
  if (format === undefined) {
    return;
  }
  for (const { expr, value } of event.args.slice(format + 1)) {
    const field = networkPort(expr, context);
    // What was stored there in the machine's order by mistake is told of there. What scanf read is kept in that order on purpose.
    if (field && !value.hostOrder && !holdsRead(field.name, context))
      reportPrint(event, expr, field, context);
  }
}

function reportPrint(event: CallEvent, expr: Expr, { back }: NetworkField, context: RuleContext): void {
  const text = excerpt(context, expr);
  const direct = event.at.start === event.expr.start;
  context.report({
    span: direct ? expr : event.at,
    message: `\`${text}\` is in network byte order, so the number printed is not the port. Print \`${back}(${text})\`.`,
    ...(direct
      ? {
          fix: {
            title: `Convert with ${back}`,
            edits: [{ span: { start: expr.start, end: expr.end }, text: `${back}(${context.source(expr)})` }],
          },
        }
      : {}),
  });
}

/** A port handed to a function of the project that prints it as it comes. */
function checkPassed(event: CallEvent, context: RuleContext): void {
  const ports = event.site
    ? []
    : event.args.flatMap(({ expr }, i) => (networkPort(expr, context) ? [i] : []));
  const callee = ports.length > 0 ? context.functionNamed(event.name) : undefined;
  for (const i of callee ? ports : []) {
    const param = callee!.definition.type.params[i]?.name;
    const field = networkPort(event.args[i]!.expr, context);
    if (param === undefined || !field || assignmentsTo(callee!.definition, param).length > 0) continue;
    const uses = usesOf(callee!.definition, param);
    const print = uses.find(({ around }) => isPrinted(around));
    if (print && uses.every(({ around }) => isPrinted(around))) {
      reportPrint(event, event.args[i]!.expr, field, context);
    }
  }
}

/** An argument of a printing function, as it is. */
function isPrinted([first, second]: readonly Expr[]): boolean {
  const call = first?.kind === 'cast' ? second : first;
  return call?.kind === 'call' && printing.has(calledName(call) ?? '');
}

/* --------------------------------------------------------------- turned twice */

/** htons and htonl of what is in network byte order already. */
function isTurnedTwice(call: Extract<Expr, { kind: 'call' }>, context: RuleContext): boolean {
  const name = calledName(call);
  const [arg] = call.args;
  if (!arg || (name !== 'htons' && name !== 'htonl')) {
    return false;
  }
  const inner = unwrap(arg);
  const bits = name === 'htons' ? 16 : 32;
  const field = inner.kind === 'member' ? (fields.get(inner.field) ?? readOnly.get(inner.field)) : undefined;
  return (
    field?.bits === bits ||
    (calledName(inner) ?? '') === (bits === 16 ? 'htons' : 'htonl') ||
    (bits === 32 && isAddressText(inner, context))
  );
}

function isAddressText(expr: Expr, { scope }: RuleContext): boolean {
  const [text] = expr.kind === 'call' ? expr.args : [];
  const isSame = text?.kind === 'string' && sameBackwards.test(text.value);
  return calledName(expr) === 'inet_addr' && scope.call('inet_addr') !== undefined && !isSame;
}

/** Addresses that are the same whichever way their bytes are read. */
const sameBackwards = /^(\d+)\.(\d+)\.\2\.\1$/;

function checkTwice(event: CallEvent, context: RuleContext): void {
  const [arg] = event.args;
  if (!arg || !isTurnedTwice(event.expr, context)) {
    return;
  }
  // Turning back is the same operation, and people write one for the other.
  const field = unwrap(arg.expr).kind === 'member';
  const inner = excerpt(context, arg.expr);
  const back = event.name === 'htons' ? 'ntohs' : 'ntohl';
  if (field && !isStored(event, context)) {
    return;
  }
  const direct = isDirect(event.at, event.expr);
  context.report({
    span: event.at,
    message: `\`${inner}\` is in network byte order already, and \`${event.name}\` turns it round again, so it means another ${event.name === 'htons' ? 'port' : 'address'}. Use \`${inner}\` as it is${field ? `, or \`${back}\` where a plain number is wanted` : ''}.`,
    ...(direct
      ? {
          fix: {
            title: `Leave out ${event.name}`,
            edits: [{ span: event.expr, text: context.source(arg.expr) }],
          },
        }
      : {}),
  });
}

/** The result goes straight into a member that must be in network byte order. */
function isStored(event: CallEvent, { scope, source }: RuleContext): boolean {
  // `a = htonl(a)` turns a number where it lies.
  const turned = event.args[0] && source(unwrap(event.args[0].expr));
  return someExprIn(
    scope.definition.body,
    (expr) =>
      expr.kind === 'assign' &&
      unwrap(expr.value) === event.expr &&
      fieldOf(expr.target) !== undefined &&
      source(unwrap(expr.target)) !== turned &&
      !isOnlyCompared(expr.target, scope.definition),
  );
}

/** A variable that is given to nobody: addresses are put in order by it. */
function isOnlyCompared(target: Expr, definition: FunctionDefinition): boolean {
  const name = target.kind === 'member' && !target.arrow ? rootName(target) : undefined;
  const uses = name === undefined ? [] : usesOf(definition, name);
  const compares = uses.some(({ around }) => around.some((outer) => outer.kind === 'binary'));
  return (
    compares &&
    !uses.some(({ around }) => around.some((outer) => outer.kind === 'call' || outer.kind === 'unary'))
  );
}
