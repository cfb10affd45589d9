import type { CallEvent } from '../../analysis/events';
import { unwrap } from '../../analysis/operators';
import { type Expr, type ExprOf, walkStmt } from '../../c/ast';
import { calledName } from '../../c/cfg';
import type { Rule, RuleContext } from '../rule';
import { areApart, contains } from '../shared/statements';
import { argument, excerpt, isDirect } from '../shared/support';
import { addressed, callsIn, declaratorOf, type Use, variableIn } from '../shared/uses';
import { functionsOf } from '../shared/whole-file';
import { besides } from './beside';
import { filledInto, isHighestMember, isHighestOfFile, notOneMore, putsIn, uncounted } from './highest';

export const nfds: Rule = {
  meta: {
    id: 'multiplex/nfds',
    severity: 'error',
    preset: 'recommended',
    title: 'The number of descriptors that select or poll gets is not what it wants',
    explanation:
      '`select` looks at the descriptors from 0 to nfds - 1. With the highest descriptor itself as nfds that one is never looked at: input on it is not seen, and with no timeout the call waits for ever. `poll` wants the number of elements of its array, not the size in bytes.',
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
      if (event.site && /^p?poll$/.test(event.name)) checkBytes(event, context);
      if (!event.site || (event.name !== 'select' && event.name !== 'pselect')) return;
      const number = argument(event, 'nfds');
      if (!number) return;
      const members = membersOf(context);
      const lacking = isHighest(number.expr, members, context, true) || isKeptOutside(number.expr, context);
      if (lacking) report(event, number.expr, context);
      else checkKept(event, number.expr, members, context);
    },
  }),
};

/** The highest descriptor is kept in a variable of the file, or in a member, which other functions set. */
function isKeptOutside(number: Expr, context: RuleContext): boolean {
  const inner = unwrap(number);
  const { scope } = context;
  if (inner.kind === 'member') return isHighestMember(inner.field, functionsOf(context));
  return (
    inner.kind === 'name' &&
    scope.typeOf(inner.name) === undefined &&
    scope.file.symbols.isStatic(inner.name) &&
    isHighestOfFile(inner.name, functionsOf(context), (span) => context.source(span))
  );
}

/** The variable that the highest descriptor is kept in is not always one more, or does not know of all descriptors. */
function checkKept(event: CallEvent, number: Expr, members: Set<string>, context: RuleContext): void {
  const { scope } = context;
  const { definition } = scope;
  if (!isDirect(event.at, event.expr)) return;
  const sets = filledInto(event.expr.args.slice(1, 4).map(variableIn), definition);
  const puts = putsIn(definition).filter(
    ({ set, call }) => set !== undefined && sets.has(set) && !areApart(call, event.expr, definition),
  );
  const text = (expr: Expr) => textOf(expr, context);
  const alone = besides(number, event.expr, puts, definition, text);
  const others = alone?.others ?? [];
  // Where the number is made of it right here, that is what is wrong.
  const isHere = alone !== undefined && contains(number, alone.only);
  for (const { fd, call } of isHere ? others.slice(0, 1) : others)
    tellBeside(isHere ? number : call, fd, alone!.only, number, event, context);
  const name = keptIn(number);
  const found = name === undefined ? undefined : declaratorOf(scope, name);
  if (others.length > 0 || name === undefined || !found || found.storage.length > 0) return;
  const isMember = (expr: Expr) => isHighest(expr, members, context, false);
  const short = unwrap(number).kind === 'name' ? notOneMore(name, definition, isMember) : undefined;
  if (short) {
    const shown = excerpt(context, short);
    context.report({
      span: short,
      message: `\`${event.name}\` looks at descriptors below \`${name}\`, so \`${shown}\` is left out and never reported ready when it is the highest. Take \`${shown} + 1\` here as well.`,
      related: [{ span: number, message: `\`${event.name}\` gets it here` }],
      fix: { title: 'Add 1', edits: [{ span: short, text: `${shown} + 1` }] },
    });
    return;
  }
  for (const { fd, call } of uncounted(name, context, puts, text, (use) => isRaisedBy(use, context))) {
    const shown = excerpt(context, fd);
    context.report({
      span: call,
      severity: 'warning',
      message: `\`${shown}\` is watched, but \`${name}\` does not count it: when it is the highest descriptor, \`${event.name}\` does not look at it and it is never reported ready. Compare it with \`${name}\` as the others.`,
      related: [{ span: number, message: `\`${event.name}\` looks at descriptors up to \`${name}\`` }],
    });
  }
}

function tellBeside(
  at: Expr,
  fd: Expr,
  only: Expr,
  number: Expr,
  event: CallEvent,
  context: RuleContext,
): void {
  const [text, counted] = [excerpt(context, fd), excerpt(context, only)];
  context.report({
    span: at,
    severity: 'warning',
    message: `\`${text}\` is watched, but \`${event.name}\` looks at descriptors up to \`${counted}\` alone: when \`${text}\` is the higher one, it is never reported ready. Pass one more than the higher of the two.`,
    related: at === number ? [] : [{ span: number, message: 'The number comes from one descriptor only' }],
  });
}

/** A function that gets its address puts descriptors of its own into the sets and raises it to them; what the caller knows is nothing to it. */
function isRaisedBy({ expr, around: [outer, call] }: Use, context: RuleContext): boolean {
  if (outer?.kind !== 'unary' || outer.op !== '&' || call?.kind !== 'call' || expr.kind !== 'name')
    return false;
  const callee = context.functionNamed(calledName(call) ?? '')?.definition;
  return (
    callee !== undefined &&
    callsIn(callee, /^FD_SET$/).length > 0 &&
    callsIn(callee, /^FD_ISSET$/).length === 0
  );
}

/** The variable in `highest` or `highest + 1`. */
function keptIn(number: Expr): string | undefined {
  const inner = unwrap(number);
  const left = inner.kind === 'binary' && inner.op === '+' ? unwrap(inner.left) : inner;
  return left.kind === 'name' ? left.name : undefined;
}

/** `poll(fds, sizeof fds, ...)`: the size in bytes is eight times the number of elements. */
function checkBytes(event: CallEvent, context: RuleContext): void {
  const [array, number] = event.args;
  const size = number && unwrap(number.expr);
  const measured = size?.kind === 'sizeof' && size.value ? unwrap(size.value) : undefined;
  if (!array || !measured || measured.kind !== 'name' || textOf(array.expr, context) !== measured.name) {
    return;
  }
  const text = excerpt(context, measured);
  context.report({
    span: isDirect(event.at, event.expr) ? number!.expr : event.at,
    message: `\`${event.name}\` wants the number of elements, and this is the size of \`${text}\` in bytes, so it takes the memory behind the array for descriptors and stores into it. Pass \`sizeof(${text}) / sizeof(${text}[0])\`.`,
    ...(isDirect(event.at, event.expr)
      ? {
          fix: {
            title: 'Pass the number of elements',
            edits: [{ span: number!.expr, text: `sizeof(${text}) / sizeof(${text}[0])` }],
          },
        }
      : {}),
  });
}

/** The descriptors that the function puts into sets, as they are written, and the last one where it counts through them. */
function membersOf(context: RuleContext): Set<string> {
  const { definition } = context.scope;
  const puts = putsIn(definition);
  const found = new Set(puts.map(({ fd }) => textOf(fd, context)));
  walkStmt(definition.body, {
    stmt: (stmt) => {
      const test = stmt.kind === 'for' && stmt.test ? unwrap(stmt.test) : undefined;
      if (test?.kind !== 'binary' || test.op !== '<=') return;
      const counter = textOf(test.left, context);
      const isPut = puts.some(({ call, fd }) => contains(stmt, call) && textOf(fd, context) === counter);
      if (isPut) found.add(textOf(test.right, context));
    },
  });
  return found;
}

/** True when an expression is one of the descriptors, or the highest of some. `follow` looks at what a variable was set to. */
function isHighest(expr: Expr, members: ReadonlySet<string>, context: RuleContext, follow: boolean): boolean {
  const inner = unwrap(expr);
  const again = (part: Expr) => isHighest(part, members, context, false);
  if (members.has(textOf(inner, context)) && inner.kind !== 'call') {
    // A number of descriptors of 0 is a way to sleep; the name of a descriptor is not.
    return inner.kind !== 'number';
  }
  // Of two, one may be the standard input.
  const any = (parts: readonly Expr[]) =>
    parts.some(again) && parts.every((part) => again(part) || isInSet(part));
  const isInSet = (part: Expr) => members.has(textOf(part, context));
  if (inner.kind === 'conditional' && inner.consequent) return any([inner.consequent, inner.alternative]);
  if (inner.kind === 'call' && /^(?:max|MAX|fmax|imax)$/.test(calledName(inner) ?? ''))
    return any(inner.args);
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
  let lent = 0;
  let known = 0;
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
        lent++;
      } else if (expr.kind === 'call') {
        known += expr.args.filter(
          (arg, i) => addressed(arg) === name && setsDescriptors(expr, i, context),
        ).length;
      }
    },
  });
  others += lent - known;
  return descriptors > 0 && others === 0;
}

/** The function that is called stores through its parameter only what it also puts into a set. */
function setsDescriptors(call: ExprOf<'call'>, index: number, context: RuleContext): boolean {
  const callee = context.functionNamed(calledName(call) ?? '')?.definition;
  const param = callee?.type.params[index]?.name;
  if (!callee || param === undefined) {
    return false;
  }
  const put = new Set<string>();
  const stored: Expr[] = [];
  let others = false;
  walkStmt(callee.body, {
    expr: (expr) => {
      const [fd] = expr.kind === 'call' && calledName(expr) === 'FD_SET' ? expr.args : [];
      if (fd?.kind === 'name') put.add(fd.name);
      if (expr.kind === 'assign' && expr.target.kind === 'unary' && expr.target.operand.kind === 'name')
        if (expr.target.operand.name === param) stored.push(expr.value);
      others ||= expr.kind === 'call' && expr.args.some((arg) => arg.kind === 'name' && arg.name === param);
    },
  });
  return (
    !others && stored.length > 0 && stored.every((value) => value.kind === 'name' && put.has(value.name))
  );
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
