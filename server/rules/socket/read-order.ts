import type { CallEvent, TestEvent } from '../../analysis/events';
import type { Expr } from '../../c/ast';
import { calledName } from '../../c/cfg';
import type { RuleContext } from '../rule';
import { printing } from '../shared/formats';
import { holdsRead } from '../shared/kept';
import { excerpt } from '../shared/support';
import { assignmentsTo, usesOf } from '../shared/uses';
import { fieldOf, isHostOrder, isWrittenAsTurned, type NetworkField, networkPort } from './network-fields';

/** Numbers in network byte order that are compared, printed or passed on as plain numbers. */

export function checkTest(event: TestEvent, context: RuleContext): void {
  const { left, right } = event;
  if (!right || (event.op !== '==' && event.op !== '!=')) {
    return;
  }
  for (const [member, other] of [
    [left, right],
    [right, left],
  ] as const) {
    const field = fieldOf(member.expr);
    if (isWrittenAsTurned(event.at, context)) continue;
    if (field && isHostOrder(other, field) && other.value.constant !== undefined) {
      const text = excerpt(context, other.expr);
      context.report({
        span: event.at,
        message: `\`${excerpt(context, member.expr)}\` is in network byte order and \`${text}\` in the machine's own, so they do not compare. Write \`${field.to}(${text})\`.`,
      });
    }
  }
}

export function checkPrint(event: CallEvent, context: RuleContext): void {
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
export function checkPassed(event: CallEvent, context: RuleContext): void {
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
