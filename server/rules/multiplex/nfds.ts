import type { CallEvent } from '../../analysis/events';
import { unwrap } from '../../analysis/operators';
import { type Expr, walkStmt } from '../../c/ast';
import { calledName } from '../../c/cfg';
import type { Rule, RuleContext } from '../rule';
import { argument, excerpt, isDirect } from '../support';

export const nfds: Rule = {
  meta: {
    id: 'multiplex/nfds',
    severity: 'error',
    preset: 'recommended',
    title: 'The first argument of select is the highest descriptor instead of one more',
    explanation:
      '`select` looks at the descriptors from 0 to nfds - 1. With the highest descriptor itself as nfds that one is never looked at: input on it is not seen, and with no timeout the call waits for ever.',
    silence: 'Numbers whose origin cannot be followed inside the function, and FD_SETSIZE.',
    references: [{ page: 'select', section: 2 }],
    example: {
      bad: `#include <stddef.h>
#include <sys/select.h>

int wait_for_input(int fd) {
  fd_set readable;
  FD_ZERO(&readable);
  FD_SET(fd, &readable);
  return select(fd, &readable, NULL, NULL, NULL);
}
`,
      good: `#include <stddef.h>
#include <sys/select.h>

int wait_for_input(int fd) {
  fd_set readable;
  FD_ZERO(&readable);
  FD_SET(fd, &readable);
  return select(fd + 1, &readable, NULL, NULL, NULL);
}
`,
    },
  },
  check: () => ({
    call(event, context) {
      if (!event.site || (event.name !== 'select' && event.name !== 'pselect')) return;
      const number = argument(event, 'nfds');
      if (!number) return;
      const members = membersOf(context);
      const lacking = isHighest(number.expr, members, context, true);
      if (lacking) report(event, number.expr, context);
    },
  }),
};

/** The descriptors that the function puts into sets, as they are written. */
function membersOf(context: RuleContext): Set<string> {
  const found = new Set<string>();
  walkStmt(context.scope.definition.body, {
    expr: (expr) => {
      const fd = expr.kind === 'call' && calledName(expr) === 'FD_SET' ? expr.args[0] : undefined;
      if (fd) found.add(textOf(fd, context));
    },
  });
  return found;
}

/** True when an expression is one of the descriptors, or the highest of some. `follow` looks at what a variable was set to. */
function isHighest(expr: Expr, members: ReadonlySet<string>, context: RuleContext, follow: boolean): boolean {
  const inner = unwrap(expr);
  const again = (part: Expr) => isHighest(part, members, context, false);
  if (members.has(textOf(inner, context)) && inner.kind !== 'call') {
    // STDIN_FILENO alone in a set is 0, and a number of descriptors of 0 is a way to sleep.
    return inner.kind !== 'number' && context.scope.evaluator.constant(inner, context.scope) !== 0n;
  }
  if (inner.kind === 'conditional' && inner.consequent)
    return again(inner.consequent) && again(inner.alternative);
  if (inner.kind === 'call' && /^(?:max|MAX|fmax|imax)$/.test(calledName(inner) ?? ''))
    return inner.args.every(again);
  return follow && inner.kind === 'name' && onlyDescriptors(inner.name, members, context);
}

/** A local that is set to descriptors and to nothing else but a start value. */
function onlyDescriptors(name: string, members: ReadonlySet<string>, context: RuleContext): boolean {
  if (
    !context.scope.typeOf(name) ||
    context.scope.definition.type.params.some((param) => param.name === name)
  ) {
    return false;
  }
  let descriptors = 0;
  let others = 0;
  const set = (value: Expr) => {
    const constant = context.scope.evaluator.constant(value, context.scope);
    if (constant !== undefined && constant <= 0n) return;
    if (isHighest(value, withName(members, name), context, false)) descriptors++;
    else others++;
  };
  walkStmt(context.scope.definition.body, {
    stmt: (stmt) => {
      if (stmt.kind !== 'decl') return;
      for (const { name: declared, init } of stmt.declaration.declarators)
        if (declared === name && init) set(init);
    },
    expr: (expr) => {
      if (expr.kind === 'assign' && expr.target.kind === 'name' && expr.target.name === name) {
        if (expr.op === '=') set(expr.value);
        else others++;
      } else if (expr.kind === 'update' && expr.operand.kind === 'name' && expr.operand.name === name) {
        others++;
      } else if (
        expr.kind === 'unary' &&
        expr.op === '&' &&
        expr.operand.kind === 'name' &&
        expr.operand.name === name
      ) {
        others++;
      }
    },
  });
  return descriptors > 0 && others === 0;
}

function withName(members: ReadonlySet<string>, name: string): Set<string> {
  return new Set([...members, name]);
}

function textOf(expr: Expr, context: RuleContext): string {
  return context.source(unwrap(expr)).replace(/\s+/g, '');
}

function report(event: CallEvent, number: Expr, context: RuleContext): void {
  const text = excerpt(context, number);
  const simple = /^[\w.[\]>-]+$/.test(text) ? text : `(${text})`;
  context.report({
    span: number,
    message: `\`${event.name}\` looks at descriptors below its first argument, so the highest one, \`${text}\`, is left out and never reported ready. Pass \`${simple} + 1\`.`,
    ...(isDirect(event.at, event.expr)
      ? { fix: { title: 'Add 1', edits: [{ span: number, text: `${simple} + 1` }] } }
      : {}),
  });
}
