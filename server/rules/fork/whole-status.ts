import { isComparison, unwrap } from '../../analysis/operators';
import { type Expr, type ExprOf, someExprIn } from '../../c/ast';
import { calledName } from '../../c/cfg';
import { isEntry } from '../../c/entry';
import type { Report, RuleContext } from '../rule';
import { conversionsIn, printing } from '../shared/formats';
import { around, contains } from '../shared/statements';
import { assignmentsTo, callsIn, declaratorOf, type Use, usesOf } from '../shared/uses';

/** Wait statuses that are taken for the exit code, which is a part of them: 256 for a child that exits with 1. */

const waiting = /^wait(?:pid|[34])?$/;

/** How a number is taken for an exit code; undefined where it may well be the status that is meant. */
type Taken = 'printed' | 'compared' | 'passed on';

export function wholeStatuses(context: RuleContext): Report[] {
  const { scope } = context;
  const waits = callsIn(scope.definition, waiting);
  const names = new Set(waits.flatMap((call) => statusOf(call) ?? []));
  return [...names].filter((name) => holdsStatuses(name, context)).flatMap((name) => report(name, context));
}

function statusOf({ args, callee }: ExprOf<'call'>): string | undefined {
  const place = args[callee.kind === 'name' && /^wait3?$/.test(callee.name) ? 0 : 1];
  const inner = place && unwrap(place);
  const of = inner?.kind === 'unary' && inner.op === '&' ? unwrap(inner.operand) : undefined;
  return of?.kind === 'name' ? of.name : undefined;
}

/** A variable of the function in which nothing else is stored but where it begins. */
function holdsStatuses(name: string, { scope }: RuleContext): boolean {
  const { definition } = scope;
  const found = declaratorOf(scope, name);
  const isFilledElsewhere = ({ around: [outer, call] }: Use) =>
    outer?.kind === 'unary' &&
    outer.op === '&' &&
    !(call?.kind === 'call' && statusOf(call) === name && isWait(call));
  return (
    found !== undefined &&
    assignmentsTo(definition, name).every(({ at }) => at === found.declarator.nameSpan) &&
    !usesOf(definition, name).some((use) => isFilledElsewhere(use) || isReckoned(use))
  );
}

function isWait(call: Expr): boolean {
  return waiting.test(calledName(call) ?? '');
}

/** Shifted or masked, by somebody who knows how it is made up. */
function isReckoned({ around }: Use): boolean {
  return around.some((outer) => outer.kind === 'binary' && /^(?:<<|>>|[&|^/%])$/.test(outer.op));
}

function report(name: string, context: RuleContext): Report[] {
  const { definition } = context.scope;
  const uses = usesOf(definition, name).filter(({ expr }) => isAfterWait(expr, name, context));
  const first = uses.flatMap((use) => {
    const taken = takenAs(use, name, context);
    return taken ? [{ use, taken }] : [];
  })[0];
  if (!first) return [];
  const { expr } = first.use;
  const then = {
    printed: 'what is printed for a child that exits with 1 is 256',
    compared: 'of a child that exits with 1 it is 256, and this test is about something else',
    'passed on':
      'of a child that exits with 1 it is 256, of which `exit` keeps 0: a failure becomes a success',
  }[first.taken];
  return [
    {
      span: expr,
      severity: 'warning',
      message: `\`${name}\` is the whole wait status, and not the exit code: ${then}. Use \`WEXITSTATUS(${name})\`, where \`WIFEXITED(${name})\` holds.`,
    },
  ];
}

function isAfterWait(expr: Expr, name: string, { scope: { definition } }: RuleContext): boolean {
  return callsIn(definition, waiting).some(
    (call) => statusOf(call) === name && call.start < expr.start && !contains(call, expr),
  );
}

function takenAs({ expr, around: [outer] }: Use, name: string, context: RuleContext): Taken | undefined {
  const { definition } = context.scope;
  const chain = around(definition, expr);
  const stmt = chain.at(-1);
  if (outer?.kind === 'call') {
    if (/^_?exit$/.test(calledName(outer) ?? '')) return 'passed on';
    return isPrintedAsCode(expr, outer) || (isPrintedAsNumber(expr, outer) && isExited(expr, name, context))
      ? 'printed'
      : undefined;
  }
  if (outer?.kind === 'binary' && isComparison(outer.op)) {
    const other = context.scope.evaluator.constant(outer.left === expr ? outer.right : outer.left);
    const isCode = other !== undefined && other > 0n && other < 256n;
    return isCode && isExited(expr, name, context) ? 'compared' : undefined;
  }
  const isReturned = stmt?.kind === 'return' && stmt.value && unwrap(stmt.value) === expr;
  return isReturned && isEntry(definition) ? 'passed on' : undefined;
}

/** The test holds only when this macro says yes to the status. */
export function holdsOnly(test: Expr, macro: string, status: string): boolean {
  const inner = unwrap(test);
  if (inner.kind === 'logical')
    return (
      inner.op === '&&' && (holdsOnly(inner.left, macro, status) || holdsOnly(inner.right, macro, status))
    );
  const [arg] = inner.kind === 'call' && calledName(inner) === macro ? inner.args : [];
  const asked = arg && unwrap(arg);
  return asked?.kind === 'name' && asked.name === status;
}

/** It is known that the child has exited, so only its code can be meant. */
function isExited(expr: Expr, name: string, { scope: { definition } }: RuleContext): boolean {
  const asks = (test: Expr) => holdsOnly(test, 'WIFEXITED', name);
  const isBehind = around(definition, expr).some(
    (stmt) => stmt.kind === 'if' && contains(stmt.consequent, expr) && asks(stmt.test),
  );
  return (
    isBehind ||
    someExprIn(
      definition.body,
      (part) =>
        (part.kind === 'logical' && part.op === '&&' && asks(part.left) && contains(part.right, expr)) ||
        (part.kind === 'conditional' &&
          part.consequent !== undefined &&
          asks(part.test) &&
          contains(part.consequent, expr)),
    )
  );
}

/** `printf("exited with %d\n", status)`: the words in front of the number say what it is meant to be. */
function isPrintedAsCode(expr: Expr, call: ExprOf<'call'>): boolean {
  const before = textBefore(expr, call);
  return before !== undefined && /\bexit(?:ed|s)?\b[^%]*%d$/i.test(before) && !/wait/i.test(before);
}

function isPrintedAsNumber(expr: Expr, call: ExprOf<'call'>): boolean {
  return textBefore(expr, call)?.endsWith('d') ?? false;
}

/** The format up to the conversion that an argument is for; undefined where it is not known. */
function textBefore(expr: Expr, call: ExprOf<'call'>): string | undefined {
  const at = printing.get(calledName(call) ?? '');
  const format = at === undefined ? undefined : call.args[at];
  if (at === undefined || format?.kind !== 'string') return undefined;
  const own = conversionsIn(format.value).find(({ index }) => at + 1 + index === call.args.indexOf(expr));
  return own && `${format.value.slice(0, own.at)}%${own.text.replace(/i$/, 'd').at(-1)}`;
}
