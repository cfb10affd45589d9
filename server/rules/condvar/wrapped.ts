import { isWrapper } from '../../analysis/call-chain';
import type { CallEvent } from '../../analysis/events';
import type { Location } from '../../analysis/path';
import type { Span } from '../../c/ast';
import type { Caller, RuleContext } from '../rule';
import { callsOf } from '../shared/whole-file';

/** What a mere wrapper does with a condition variable that it is given: whoever calls it does it. */

export interface Made {
  event: CallEvent;
  context: RuleContext;
}

/** The call of a wrapper that does no more than to wait or to signal, as the function sees it that calls it. */
export function madeByCaller({ expr, ...event }: CallEvent, context: RuleContext): Made | undefined {
  const { definition } = context.scope;
  const [caller, ...others] = context.callers();
  if (!caller || !isWrapper(context.scope) || /timed|clock/.test(event.name)) return undefined;
  const made = callsOf(caller.scope.definition).find(
    (call) => call.expr.start === caller.call.start && call.name === definition.name,
  );
  const given = expr.args.map((arg) => {
    const index = definition.type.params.findIndex(
      ({ name }) => arg.kind === 'name' && name !== undefined && name === arg.name,
    );
    return made?.expr.args[index];
  });
  if (!made || given.some((arg) => arg === undefined)) return undefined;
  const args = given.flatMap((arg) => (arg ? [{ expr: arg, value: {} }] : []));
  const { call: at, scope } = caller;
  return {
    event: { ...event, expr: made.expr, name: definition.name, args, scope, at },
    context: standingIn(caller, others, context),
  };
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
