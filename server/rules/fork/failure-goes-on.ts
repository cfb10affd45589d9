import { compare } from '../../analysis/comparisons';
import type { CallEvent } from '../../analysis/events';
import { isComparison } from '../../analysis/operators';
import {
  type Expr,
  expressionsOf,
  type FunctionDefinition,
  type Stmt,
  someExprIn,
  somePart,
  statementsOf,
  walkStmt,
} from '../../c/ast';
import { calledName } from '../../c/cfg';
import type { Report, RuleContext } from '../rule';
import { comesBack, endsProcess, leavesAtEnd } from '../shared/endings';
import { type Loop, loopAround, spanOfSite } from '../shared/loops';
import { arms, around, contains } from '../shared/statements';
import { allOrigins, argument, excerpt } from '../shared/support';
import { assignmentsTo, placeOf, type Use, usesOf, usesOfWhole } from '../shared/uses';

/** A fork whose failure is found and told, and after which the program goes on all the same. */

/** `case -1:` tells of the failure and runs on into the child's part. */
export function failureAsChild(
  event: CallEvent,
  isResult: (expr: Expr) => boolean,
  context: RuleContext,
): Report | undefined {
  const { definition } = context.scope;
  let found: Report | undefined;
  walkStmt(definition.body, {
    stmt: (stmt) => {
      if (stmt.kind !== 'switch' || !isResult(stmt.value) || stmt.body.kind !== 'block') return;
      const { body } = stmt.body;
      const from = body.findIndex((one) => labelOf(one, context) === -1n);
      const to = body.findIndex((one, index) => index > from && one.kind === 'case');
      const next = body[to];
      if (from < 0 || !next || labelOf(next, context) !== 0n) return;
      if (!body.slice(from + 1, to).every((one) => comesBackFrom(one, context))) return;
      found = {
        span: { start: body[from]!.start, end: body[from]!.end },
        message: `When \`${event.name}\` fails, control runs on from here into \`case 0\`, and the program itself does what its child is to do. Stop or leave the \`switch\` behind the message.`,
        related: [{ span: next, message: "The child's part begins here" }],
      };
    },
  });
  return found;
}

/** `if (pid > 0) return pid;`: 0 and -1 go the same way, which is that of the child, and nothing else asks for the number. */
export function runsAsChild(
  event: CallEvent,
  target: Expr | undefined,
  context: RuleContext,
): Report | undefined {
  const { definition } = context.scope;
  const name = placeOf(target);
  if (name === undefined) return undefined;
  // `if ((pid = fork()) < 0)` has asked already.
  if (!/^(?:expr|decl)$/.test(around(definition, event.expr).at(-1)?.kind ?? '')) return undefined;
  // From where it holds something else, or another variable has the name, it is no longer about this fork.
  const next = assignmentsTo(definition, name).map(({ at }) => at.start);
  const end = Math.min(...next.filter((start) => start > event.expr.end));
  const tests: Extract<Stmt, { kind: 'if' }>[] = [];
  walkStmt(definition.body, {
    stmt: (stmt) => {
      const isBetween = stmt.start > event.expr.end && stmt.start < end;
      if (stmt.kind === 'if' && isBetween && asksForParent(stmt.test, name, context)) tests.push(stmt);
    },
  });
  const [first] = tests;
  const own = around(definition, event.expr).at(-2);
  if (!first || !around(definition, first.test).some((outer) => outer === own)) return undefined;
  const child = first.alternative ?? (leavesAtEnd(first.consequent, context) ? first : undefined);
  // Who only becomes a daemon by it stays in the foreground then, and works all the same.
  const { consequent } = first;
  // What ends it where something fails is no end of the branch.
  const ends = (expr: Expr) =>
    endsProcess(calledName(expr), context) && arms(definition, expr).at(-1) === consequent;
  const waits = (expr: Expr) => /^wait(?:pid|id|[34])?$/.test(calledName(expr) ?? '');
  const isDaemon = someExprIn(consequent, ends) && !someExprIn(consequent, waits);
  const loop = loopAround(definition, event.expr);
  const rest = asked(definition, name, name.includes('[') ? loop : undefined).filter(
    ({ expr }) =>
      expr.start > event.expr.end &&
      expr.start < end &&
      !tests.some(({ test, consequent }) => contains(test, expr) || contains(consequent, expr)),
  );
  return !child || isDaemon || rest.length > 0
    ? undefined
    : {
        span: event.at,
        message: `When \`${event.name}\` fails, \`${name}\` is -1 and takes the way of 0, so the program itself does what its child is to do. Test it for -1 first.`,
        related: [{ span: first.test, message: 'Only the number of a child is told apart here' }],
      };
}

/** Where a variable may be looked at; a member also where its structure goes, and an element in the rounds of its loop. */
function asked(definition: FunctionDefinition, path: string, loop: Loop | undefined): Use[] {
  const root = /^\w+/.exec(path)?.[0] ?? path;
  const whole = root === path ? [] : usesOfWhole(definition, root);
  const others = whole.filter(
    (use) => (!loop || contains(loop, use.expr)) && path.startsWith(placeAround(use)),
  );
  return [...usesOf(definition, path), ...others];
}

/** The place that a variable is named for: `jobs[i].name`; of an element that is not known, all of them. */
function placeAround({ expr, around: outer }: Use): string {
  let [whole, place] = [expr, placeOf(expr) ?? ''];
  for (const part of outer) {
    const isPart =
      (part.kind === 'member' && part.object === whole) || (part.kind === 'index' && part.array === whole);
    const next = isPart ? placeOf(part) : undefined;
    if (next === undefined) break;
    [whole, place] = [part, next];
  }
  return place;
}

/** True for a child's number, and for neither 0 nor -1. */
function asksForParent(test: Expr, name: string, { scope }: RuleContext): boolean {
  if (test.kind !== 'binary' || !isComparison(test.op)) return false;
  if (placeOf(test.left) !== name) return false;
  const { op } = test;
  const constant = scope.evaluator.constant(test.right, scope);
  if (constant === undefined) return false;
  const [failed, child, parent] = [-1n, 0n, 1000n].map((each) =>
    compare(op, { constant: each }, { constant }),
  );
  return failed === false && child === false && parent === true;
}

function labelOf(stmt: Stmt, { scope }: RuleContext): bigint | undefined {
  return stmt.kind === 'case' && stmt.value ? scope.evaluator.constant(stmt.value, scope) : undefined;
}

/** A call behind which control goes on, as far as is known of it. */
export function comesBackFrom(stmt: Stmt, context: RuleContext): boolean {
  return (
    stmt.kind === 'empty' ||
    (stmt.kind === 'expr' && stmt.expr.kind === 'call' && comesBack(calledName(stmt.expr), context))
  );
}

/** The number of the child that there is not is waited for. */
export function waitForNobody(event: CallEvent, context: RuleContext): Report | undefined {
  if (!event.site || !/^wait(?:pid|4)$/.test(event.name)) return undefined;
  const pid = argument(event, 'pid');
  const made = pid && allOrigins(pid.value, ({ effect, at }) => effect?.op === 'fork' && at === 'return');
  const [origin, ...others] = made ?? [];
  if (!pid || !origin || others.length > 0 || pid.value.constant !== -1n) return undefined;
  const name = excerpt(context, pid.expr);
  const span = spanOfSite(origin.site);
  const { definition } = context.scope;
  if (origin.site.within !== definition || event.at.within !== definition) return undefined;
  if (mayEnd(definition.body, { name, from: span.end, to: event.at.start }, context)) return undefined;
  return {
    span: event.at,
    message: `When \`${origin.site.call.name}\` has failed, \`${name}\` is -1 here, and \`${event.name}\` with -1 waits for any other child, or fails with ECHILD. Return or stop where the failure is found.`,
    related: [{ span, message: `\`${name}\` comes from this \`${origin.site.call.name}\`` }],
  };
}

interface Way {
  /** The variable that is -1 on it. */
  name: string;
  from: number;
  to: number;
}

/** Something between two places, on the way of -1, may end the program or lead elsewhere, or decides by something else. */
function mayEnd(stmt: Stmt, way: Way, context: RuleContext): boolean {
  if (stmt.end <= way.from || stmt.start >= way.to) return false;
  const isBetween = stmt.start >= way.from;
  if (stmt.kind === 'if') {
    const truth = holdsForFailure(stmt.test, way, context);
    if (isBetween && truth === undefined && stmt.test.end <= way.to) return true;
    const arms = [stmt.consequent, stmt.alternative].filter((arm) => arm !== undefined);
    const taken = truth === undefined ? arms : arms.filter((_, index) => (index === 0) === truth);
    return callsEnd([stmt.test], way, context) || taken.some((arm) => mayEnd(arm, way, context));
  }
  if (isBetween && /^(?:return|goto|break|continue|switch|while|for|do|unknown)$/.test(stmt.kind))
    return true;
  return (
    callsEnd(expressionsOf(stmt), way, context) ||
    statementsOf(stmt).some((inner) => mayEnd(inner, way, context))
  );
}

function callsEnd(exprs: readonly Expr[], { from, to }: Way, context: RuleContext): boolean {
  return exprs.some((expr) =>
    somePart(
      expr,
      (part) =>
        part.kind === 'call' && part.start >= from && part.end <= to && !comesBack(calledName(part), context),
    ),
  );
}

/** What a test says of -1, where it asks for nothing else. */
function holdsForFailure(test: Expr, { name }: Way, context: RuleContext): boolean | undefined {
  const is = (expr: Expr) => context.source(expr) === name;
  if (test.kind === 'unary' && test.op === '!' && is(test.operand)) return false;
  if (test.kind !== 'binary' || !isComparison(test.op) || !is(test.left)) return undefined;
  const other = context.scope.evaluator.constant(test.right, context.scope);
  return other === undefined ? undefined : compare(test.op, { constant: -1n }, { constant: other });
}
