import { isWrapper } from '../../analysis/call-chain';
import type { CallEvent } from '../../analysis/events';
import type { Location } from '../../analysis/path';
import { type Expr, type ExprOf, type FunctionDefinition, parameterIndex, type Span } from '../../c/ast';
import { calledName } from '../../c/cfg';
import type { Caller, RuleContext } from '../rule';
import { isLoop } from '../shared/loops';
import { arms, around } from '../shared/statements';
import { callOfCaller, callsOf } from '../shared/whole-file';
import { actsIn } from '../subjects/locks/acts';

/** What a mere wrapper does with a condition variable that it is given: whoever calls it does it. */

export interface Made {
  event: CallEvent;
  context: RuleContext;
}

/** The call of a wrapper that does no more than to wait or to signal, as the function sees it that calls it. */
export function madeByCaller({ expr, ...event }: CallEvent, context: RuleContext): Made | undefined {
  const { definition } = context.scope;
  const [caller, ...others] = context.callers();
  if (!caller || /timed|clock/.test(event.name)) return undefined;
  if (!isWrapper(context.scope) && !onlyWaits(expr, context)) return undefined;
  const made = callOfCaller(caller);
  if (made?.name !== definition.name) return undefined;
  const given = expr.args.map(
    (arg) => asGiven(arg, definition, made.expr) ?? asOfFile(arg, made.expr, context),
  );
  if (given.some((arg) => arg === undefined)) return undefined;
  const args = given.flatMap((arg) => (arg ? [{ expr: arg, value: {} }] : []));
  const { call: at, scope } = caller;
  return {
    event: { ...event, expr: made.expr, name: definition.name, args, scope, at },
    context: standingIn(caller, others, context),
  };
}

/** A wait for what lies in a structure, with its mutex: whatever else the function does is about how the wait went. */
function onlyWaits(call: Expr, context: RuleContext): boolean {
  const { definition } = context.scope;
  return (
    calledName(call) !== undefined &&
    /wait/.test(calledName(call) ?? '') &&
    /wait|sleep|block/i.test(definition.name) &&
    arms(definition, call).length === 0 &&
    !around(definition, call).some(isLoop) &&
    actsIn(context.scope, context).length === 0 &&
    !callsOf(definition).some(({ expr: other }) => other.start < call.start)
  );
}

/** What the caller gives for a parameter, or the member of what it gives: `&queue->filled`. */
function asGiven(arg: Expr, definition: FunctionDefinition, made: ExprOf<'call'>): Expr | undefined {
  const { type } = definition;
  if (arg.kind === 'name') return made.args[parameterIndex(type.params, arg.name)];
  if (arg.kind === 'unary' && arg.op === '&' && arg.operand.kind === 'member') {
    const { operand } = arg;
    const object = asGiven(operand.object, definition, made);
    if (!object) return undefined;
    const { start, end } = object;
    return { ...arg, start, end, operand: { ...operand, object, start, end } };
  }
  return undefined;
}

/** `&filled`, a variable of the file: it is the same one for the caller. */
function asOfFile(arg: Expr, { start, end }: Span, { scope }: RuleContext): Expr | undefined {
  const operand = arg.kind === 'unary' && arg.op === '&' ? arg.operand : undefined;
  const isShared =
    operand?.kind === 'name' &&
    scope.typeOf(operand.name) === undefined &&
    scope.file.symbols.global(operand.name) !== undefined;
  return isShared ? { ...arg, start, end } : undefined;
}

/** The same walk, seen from the function that made the call, in its own file. */
function standingIn({ scope }: Caller, callers: readonly Caller[], context: RuleContext): RuleContext {
  const outer = context.in(scope);
  const inside = (span: Span | Location): Location =>
    'within' in span ? span : { start: span.start, end: span.end, within: scope.definition };
  return {
    ...outer,
    source: (span) => outer.source(inside(span)),
    code: (span) => outer.code(inside(span)),
    report: ({ span, related, ...report }) =>
      outer.report({
        ...report,
        span: inside(span),
        ...(related
          ? { related: related.map(({ span: place, message }) => ({ span: inside(place), message })) }
          : {}),
      }),
    callers: () => callers,
  };
}
