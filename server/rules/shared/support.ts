import type { Call, Effect } from '../../../catalog/schema';
import { systemConstant } from '../../analysis/context';
import type { CallEvent, Operand } from '../../analysis/events';
import { unwrap } from '../../analysis/operators';
import type { Location } from '../../analysis/path';
import type { Origin, Value } from '../../analysis/values';
import { madeBy } from '../../analysis/wrappers';
import { type Expr, parameterIndex, type Span } from '../../c/ast';
import type { Report, RuleContext } from '../rule';

/** Small things that several rules need. */

/** The value of a system constant that the catalog must have. */
export function constantNamed(name: string): bigint {
  const value = systemConstant(name);
  if (value === undefined) {
    throw new Error(`The catalog has no value for ${name}.`);
  }
  return value;
}

/** The argument for a parameter of a catalogued call, by the parameter's name. */
export function argument(event: CallEvent, param: string): Operand | undefined {
  const index = parameterIndex(event.site?.call.params, param);
  return index < 0 ? undefined : event.args[index];
}

/** Whether the program goes on when the call fails: a wrapper that ends it then leaves nothing to test. */
export function mayFail({ site }: CallEvent): boolean {
  return site !== undefined && !madeBy(site.call);
}

/** The origins of a value when all satisfy `test`; else undefined. */
export function allOrigins(value: Value, test: (origin: Origin) => boolean): readonly Origin[] | undefined {
  const { origins = [], several } = value;
  return !several && origins.length > 0 && origins.every(test) ? origins : undefined;
}

/** Bits that an expression certainly sets: those of the operands of `|` whose values are known. */
export function certainBits(expr: Expr, context: RuleContext): bigint {
  if (expr.kind === 'binary' && expr.op === '|') {
    return certainBits(expr.left, context) | certainBits(expr.right, context);
  }
  return context.scope.evaluator.constant(expr, context.scope) ?? 0n;
}

/** The bits that an argument certainly sets. */
export function bitsOf(operand: Operand | undefined, context: RuleContext): bigint {
  return operand ? (operand.value.constant ?? certainBits(operand.expr, context)) : 0n;
}

/** What the flags of an open ask for. */
export function accessIn(flags: bigint): 'read' | 'write' | 'both' | undefined {
  return (['read', 'write', 'both'] as const)[Number(flags & constantNamed('O_ACCMODE'))];
}

/** Whether the flags of mmap say that a mapping is shared, or private. */
export function sharingIn(flags: bigint): 'shared' | 'private' | undefined {
  // The low four bits are one number, as MAP_TYPE of the kernel's headers says.
  const type = flags & 0xfn;
  return type === constantNamed('MAP_SHARED')
    ? 'shared'
    : type === constantNamed('MAP_PRIVATE')
      ? 'private'
      : undefined;
}

/** A short piece of the source for use inside a message, on one line. */
export function excerpt(context: RuleContext, span: Span | Expr): string {
  // Of a function in a header there is no text at hand.
  const text = context.source(span).replace(/\s+/g, ' ') || spelled(span);
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}

function spelled(span: Span | Expr): string {
  const inner = 'kind' in span ? unwrap(span) : undefined;
  switch (inner?.kind) {
    case 'name':
      return inner.name;
    case 'number':
      return inner.text;
    case 'member':
      return `${spelled(inner.object)}${inner.arrow ? '->' : '.'}${inner.field}`;
    case 'call':
      return `${spelled(inner.callee)}()`;
    default:
      return '...';
  }
}

/** The place of an argument, which also tells by which calls the walk came there; where a macro makes the call, that of its use. */
export function spotOf({ at, expr: { start } }: CallEvent, arg: Span): Location {
  return at.start === start ? { ...at, start: arg.start, end: arg.end } : at;
}

/** A number that is at fault: told in the argument, or where a caller gives the constant that a helper only hands on. */
export function givenAt(
  event: CallEvent,
  arg: Expr,
  value: Expr | undefined = arg,
): Pick<Report, 'span' | 'value'> {
  return { span: spotOf(event, arg), ...(value ? { value } : {}) };
}

/** True when the place reported is the expression itself and not the use of a macro it comes from. */
export function isDirect(at: Span, expr: Span): boolean {
  return at.start === expr.start && at.end === expr.end;
}

/** An effect that makes a handle, returned or stored, and not another one for something that there is a handle for. */
export function makesHandle({ op }: Effect): boolean {
  return op === 'create' || op === 'open' || op === 'accept';
}

/** True when a call makes a handle that it returns: a descriptor, an identifier, a pointer to an object. */
export function returnsHandle(call: Call): boolean {
  return call.effects.some(
    (effect) =>
      effect.at === 'return' && (makesHandle(effect) || effect.op === 'duplicate' || effect.op === 'map'),
  );
}

/** True when a call returns how many bytes it moved. */
export function returnsCount(call: Call): boolean {
  return (
    call.effects.some(({ op }) => op === 'read' || op === 'write') && call.prototype.startsWith('ssize_t')
  );
}
