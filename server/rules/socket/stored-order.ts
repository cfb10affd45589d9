import { rootName } from '../../analysis/aliasing';
import type { Operand, StoreEvent } from '../../analysis/events';
import { unwrap } from '../../analysis/operators';
import { type Expr, type FunctionDefinition, parameterIndex, someExprIn, someStmtIn } from '../../c/ast';
import { calledName } from '../../c/cfg';
import type { RuleContext } from '../rule';
import { excerpt, isDirect } from '../shared/support';
import { assignmentsTo, callsIn, usesOf } from '../shared/uses';
import { callsTo, type FileCall, fileCalls, lastName } from '../shared/whole-file';
import { fieldOf, isHostOrder, isWrittenAsTurned, type NetworkField, networkPort } from './network-fields';
import { isTurnedTwice } from './turned-twice';

/** Numbers in the machine's own order that are stored where network byte order is meant. */

export function checkStore(event: StoreEvent, context: RuleContext): void {
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
  } else if (
    isPortOfCallers(event, field, context) ||
    isTurnedElsewhere(source, field, context) ||
    isTurnedByOthers(source, field, context) ||
    isTakenForNumber(event, field, context) ||
    isReadNumber(source, field, context)
  ) {
    reportStore(event, field, context);
  } else if (
    isHostOrder(event.value, field) &&
    !isMark(event.value, field) &&
    !isReadAsHex(source, field, context) &&
    !isTurned(source, context) &&
    !isTurnedBack(source, context) &&
    !isTurnedInPlace(event, field, context) &&
    !isUnpacked(event, context) &&
    !isWrittenAsTurned(event.expr, context) &&
    !isDescriptor(source, context)
  ) {
    reportStore(event, field, context);
  }
}

/** The parameter that is stored as the caller gave it: its name and place among the others. */
function storedParameter(
  source: Expr,
  { scope: { definition } }: RuleContext,
): { name: string; index: number } | undefined {
  const inner = unwrap(source);
  const name = inner.kind === 'name' ? inner.name : undefined;
  const index = parameterIndex(definition.type.params, name);
  return name !== undefined && index >= 0 && assignmentsTo(definition, name).length === 0
    ? { name, index }
    : undefined;
}

/** A parameter that the callers in the file give numbers as people write them: constants, or what strtol and its like made of text. */
function isPortOfCallers(
  { value, at, expr }: StoreEvent,
  field: NetworkField,
  context: RuleContext,
): boolean {
  const { definition } = context.scope;
  const given = storedParameter(value.expr, context);
  if (field.bits !== 16 || !given || value.value.hostOrder || !isDirect(at, expr)) {
    return false;
  }
  const { index } = given;
  const calls = callsTo(context, definition.name);
  return (
    calls.length > 0 &&
    calls.every(
      ({ expr: call, within }) => call.args[index] && isWritten(call.args[index], within, context, true),
    )
  );
}

/** A parameter that the same function turns into network order at another place, for the port of another family say. */
function isTurnedElsewhere(source: Expr, field: NetworkField, context: RuleContext): boolean {
  const given = storedParameter(source, context);
  return (
    given !== undefined &&
    callsIn(context.scope.definition, new RegExp(`^${field.to}$`)).some(
      ({ args: [arg] }) => arg !== undefined && unwrap(arg).kind === 'name' && lastName(arg) === given.name,
    )
  );
}

/** An `int` parameter, where another function of the file turns its own parameter of that name. */
function isTurnedByOthers(source: Expr, field: NetworkField, context: RuleContext): boolean {
  const { definition } = context.scope;
  const inner = unwrap(source);
  const given = storedParameter(inner, context);
  // Who hands on what is turned already says so by a type of 16 bits.
  const type = context.scope.resolvedTypeOf(inner);
  if (!given || type?.k !== 'int' || !type.signed || type.size < 4) {
    return false;
  }
  const { name, index } = given;
  const isOwn = ({ within, expr: { args } }: FileCall) =>
    within.type.params.some((param) => param.name === name) &&
    args[0] !== undefined &&
    lastName(args[0]) === name;
  return (
    fileCalls(context, field.to).some((call) => call.within !== definition && isOwn(call)) &&
    callsTo(context, definition.name).every(
      ({ expr: { args } }) => !/^hton[sl]$/.test(calledName(args[index] ?? inner) ?? ''),
    )
  );
}

/** A parameter that the same function compares with a limit, or shows to people, as it is. */
function isTakenForNumber(
  { value, at, expr }: StoreEvent,
  field: NetworkField,
  context: RuleContext,
): boolean {
  const { definition } = context.scope;
  const given = storedParameter(value.expr, context);
  const param = given && definition.type.params[given.index];
  if (field.bits !== 16 || !param || !isDirect(at, expr)) {
    return false;
  }
  // A port in network order has a type of its own, or that of the member.
  const type = context.scope.evaluator.types.resolve(param.type);
  const isWide = type.k === 'int' && type.size > 2;
  return (
    isWide &&
    usesOf(definition, given.name).some(({ expr: use, around: [outer] }) => {
      if (outer?.kind === 'call') return showing.test(calledName(outer) ?? '') && outer.args[0] !== use;
      return (
        outer?.kind === 'binary' &&
        /^[<>]=?$/.test(outer.op) &&
        context.scope.evaluator.constant(outer.left === use ? outer.right : outer.left) !== undefined
      );
    })
  );
}

/** `port = text ? atoi(text) : usual;`: a variable that on one way holds a number made of text, and that nobody turns. */
function isReadNumber(source: Expr, field: NetworkField, context: RuleContext): boolean {
  const { definition } = context.scope;
  const inner = unwrap(source);
  if (field.bits !== 16 || inner.kind !== 'name' || !context.scope.typeOf(inner.name)) return false;
  const set = assignmentsTo(definition, inner.name).flatMap(({ value }) => armsOf(value));
  return (
    set.some((value) => reading.test(calledName(value) ?? '')) &&
    set.every((value) => value.kind !== 'call' || reading.test(calledName(value) ?? ''))
  );
}

function armsOf(value: Expr): Expr[] {
  const inner = unwrap(value);
  if (inner.kind !== 'conditional') return [inner];
  return [...armsOf(inner.consequent ?? inner.test), ...armsOf(inner.alternative)];
}

const showing = /printf|log|debug|trace|warn|syslog/i;

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

/** Further down the member gets what it holds, turned: `address.sin_port = htons(address.sin_port)`. */
function isTurnedInPlace({ target, expr }: StoreEvent, field: NetworkField, context: RuleContext): boolean {
  const text = context.source(target);
  return someExprIn(context.scope.definition.body, (other) => {
    const [own] = other.kind === 'assign' && other.value.kind === 'call' ? other.value.args : [];
    return (
      own !== undefined &&
      other.kind === 'assign' &&
      other.start > expr.start &&
      calledName(other.value) === field.to &&
      context.source(other.target) === text &&
      context.source(own) === text
    );
  });
}

/** What came in network order is turned where it lies, `from.sin_port = ntohs(from.sin_port)`, and no call gets the address after that. */
function isUnpacked({ target, value, expr }: StoreEvent, context: RuleContext): boolean {
  const [from] = value.expr.kind === 'call' ? value.expr.args : [];
  const owner = rootName(target);
  return (
    from !== undefined &&
    owner !== undefined &&
    context.source(unwrap(from)) === context.source(target) &&
    !callsIn(context.scope.definition, /./).some(
      ({ start, args }) => start > expr.end && args.some((arg) => isWholeOf(arg, owner)),
    )
  );
}

/** `&from` or a pointer to it, not one of its members alone. */
function isWholeOf(arg: Expr, owner: string): boolean {
  const inner = unwrap(arg);
  const whole = inner.kind === 'unary' && inner.op === '&' ? unwrap(inner.operand) : inner;
  return whole.kind !== 'member' && rootName(whole) === owner;
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

/** No host has such an address, whichever way round it is: `s_addr = 1` says that there is one. */
function isMark({ value: { constant } }: Operand, { what }: NetworkField): boolean {
  return what === 'address' && constant !== undefined && constant > 0n && constant < 256n;
}

/** `/proc/net/route` and its like show an address as the number that the kernel has in memory, by its digits to base 16. */
function isReadAsHex(source: Expr, { what }: NetworkField, { scope }: RuleContext): boolean {
  const read = (value: Expr | undefined) => {
    const call = value && unwrap(value);
    const base =
      call?.kind === 'call' && /^strtou?ll?$/.test(calledName(call) ?? '') ? call.args[2] : undefined;
    return base !== undefined && scope.evaluator.constant(base, scope) === 16n;
  };
  const from = unwrap(source);
  const values =
    from.kind === 'name' ? assignmentsTo(scope.definition, from.name).map(({ value }) => value) : [from];
  return what === 'address' && values.some(read);
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
