import { rootName } from '../../analysis/aliasing';
import type { CallEvent } from '../../analysis/events';
import { unwrap } from '../../analysis/operators';
import { type Expr, type ExprOf, type Stmt, walkExpr, walkStmt } from '../../c/ast';
import { calledName } from '../../c/cfg';
import type { Rule, RuleContext } from '../rule';
import { exitsOf, isEndless, isLoop, type Loop, loopAround, Result, resultPlace } from '../shared/loops';
import { around, contains } from '../shared/statements';
import { addressed, assignmentsTo, callsIn, declaratorOf, usesOf } from '../shared/uses';
import { notInSet } from './not-in-set';

export const notRebuilt: Rule = {
  meta: {
    id: 'multiplex/not-rebuilt',
    severity: 'warning',
    preset: 'recommended',
    title: 'What select changed is not set again before the next call',
    explanation:
      '`select` leaves only the ready descriptors in its sets, and on Linux what remains of the timeout in its timeval. A second call with the same variables watches fewer and fewer descriptors, or does not wait at all. What is not put into the set again, or never was, is never found there.',
    silence:
      'Loops that end after a successful call, as those that repeat it on EINTR, a timeout that bounds all rounds together, and sets that are handed to functions inside the loop.',
    references: [{ page: 'select', section: 2 }],
    example: {
      bad: `#include <stddef.h>
#include <sys/select.h>
#include <unistd.h>

void serve(int a, int b) {
  char c;
  fd_set readable;
  FD_ZERO(&readable);
  FD_SET(a, &readable);
  FD_SET(b, &readable);
  for (;;) {
    if (select((a > b ? a : b) + 1, &readable, NULL, NULL, NULL) == -1)
      return;
    if (FD_ISSET(a, &readable) && read(a, &c, 1) <= 0)
      return;
    if (FD_ISSET(b, &readable) && read(b, &c, 1) <= 0)
      return;
  }
}
`,
      good: `#include <stddef.h>
#include <sys/select.h>
#include <unistd.h>

void serve(int a, int b) {
  char c;
  fd_set readable;
  for (;;) {
    FD_ZERO(&readable);
    FD_SET(a, &readable);
    FD_SET(b, &readable);
    if (select((a > b ? a : b) + 1, &readable, NULL, NULL, NULL) == -1)
      return;
    if (FD_ISSET(a, &readable) && read(a, &c, 1) <= 0)
      return;
    if (FD_ISSET(b, &readable) && read(b, &c, 1) <= 0)
      return;
  }
}
`,
    },
  },
  check: (own) => ({
    end() {
      for (const report of notInSet(own)) own.report(report);
    },
    call(event, context) {
      if (!event.site || !/^p?select$/.test(event.name) || event.at.start !== event.expr.start) return;
      const loop = loopAround(context.scope.definition, event.expr);
      if (!loop || ends(loop, event, 1n, context)) return;
      for (const index of [1, 2, 3]) {
        const name = addressed(event.expr.args[index]);
        if (name !== undefined && !isSetIn(loop, name, event.expr, context)) {
          if (hasOne(name, loop, event, context)) continue;
          reportSet(event, event.expr.args[index]!, name, context);
          return;
        }
      }
      const timeout = event.name === 'select' ? addressed(event.expr.args[4]) : undefined;
      if (
        timeout !== undefined &&
        !ends(loop, event, 0n, context) &&
        !isSetIn(loop, timeout, event.expr, context) &&
        !isGlance(timeout, context) &&
        !needsAnother(loop, event.expr, context)
      ) {
        reportTimeout(event, event.expr.args[4]!, timeout, context);
      }
    },
  }),
};

/** A limit of less than a millisecond: the call only looks, and does so as well with none. */
function isGlance(name: string, { scope }: RuleContext): boolean {
  const given = declaratorOf(scope, name)?.declarator.init;
  const [seconds, micros, ...others] = given?.kind === 'init' ? given.items.map(({ value }) => value) : [];
  const numberOf = (expr: Expr | undefined) => expr && scope.evaluator.constant(expr, scope);
  if (given === undefined) {
    const isBelow = (member: string, most: bigint) => {
      const stored = assignmentsTo(scope.definition, `${name}.${member}`).map(({ value }) => numberOf(value));
      return stored.length > 0 && stored.every((number) => number !== undefined && number < most);
    };
    return isBelow('tv_sec', 1n) && isBelow('tv_usec', 1000n);
  }
  return (
    others.length === 0 &&
    numberOf(seconds) === 0n &&
    (numberOf(micros) ?? 1000n) < 1000n &&
    assignmentsTo(scope.definition, name).length <= 1
  );
}

/** `do { last = 0; select(...); } while (last == SIGCHLD);`: it waits on for the time that is left only where something else has made it. */
function needsAnother(loop: Loop, call: Expr, { scope }: RuleContext): boolean {
  const test = loop.test && unwrap(loop.test);
  const asked = test?.kind === 'binary' && test.op === '==' ? unwrap(test.left) : test;
  const wanted = test?.kind === 'binary' ? scope.evaluator.constant(test.right, scope) : undefined;
  if (asked?.kind !== 'name') return false;
  return assignmentsTo(scope.definition, asked.name).some(({ value, at }) => {
    const number = scope.evaluator.constant(value, scope);
    const isFirst = at.start < call.start && contains(loop.body, at);
    return (
      isFirst &&
      number !== undefined &&
      (test === asked ? number === 0n : wanted !== undefined && number !== wanted)
    );
  });
}

/** The set has one descriptor, and the loop goes on only as long as that one is ready: so it stays in the set. */
function hasOne(name: string, loop: Loop, event: CallEvent, context: RuleContext): boolean {
  const { definition } = context.scope;
  const ofSet = (call: RegExp, index: number) =>
    callsIn(definition, call).filter(({ args }) => addressed(args[index]) === name);
  // What is put in for another loop, with the set emptied before, is not in it here.
  const emptied = ofSet(/^FD_ZERO$/, 0);
  const from = emptied.findLast(({ start }) => start < loop.start)?.start ?? 0;
  const to = emptied.find(({ start }) => start > loop.end)?.start ?? Number.POSITIVE_INFINITY;
  const filled = ofSet(/^FD_SET$/, 1).filter(({ start }) => start > from && start < to);
  const [only] = filled;
  const isOuter = (stmt: Stmt) => isLoop(stmt) && stmt !== loop;
  return (
    filled.length === 1 &&
    only !== undefined &&
    only.start < loop.start &&
    around(definition, only).findLast(isLoop) === around(definition, loop).findLast(isOuter) &&
    ends(loop, event, 0n, context)
  );
}

/** Whether the loop certainly or perhaps ends when the call gives a value. */
function ends(loop: Loop, event: CallEvent, value: bigint, context: RuleContext): boolean {
  const result = new Result(event.expr, resultPlace(context.scope.definition, event.expr), context);
  if (!isEndless(loop, context) && loop.test && result.holds(loop.test, value) === false) {
    return true;
  }
  return exitsOf(loop, context).some(
    ({ conditions, obscure }) =>
      (conditions.length === 0 && !obscure) ||
      (conditions.length > 0 && conditions.every(({ test, truth }) => result.holds(test, value) === truth)),
  );
}

/** Whether anything in the loop gives a variable a new value. */
function isSetIn(loop: Loop, name: string, call: Expr, context: RuleContext): boolean {
  let found = false;
  const visit = (expr: Expr) => {
    if (expr === call) return;
    if (expr.kind === 'assign') found ||= rootName(expr.target) === name;
    if (expr.kind !== 'call') return;
    const called = calledName(expr) ?? '';
    // To empty a set fills none.
    if (/^FD_(?:ISSET|CLR|ZERO)$/.test(called) || isOfReady(expr, name, context)) return;
    if (onlyAsks(expr, name, context)) return;
    found ||= expr.args.some((arg) => addressed(arg) === name || rootName(unwrap(arg)) === name);
    const callee = context.functionNamed(called);
    if (callee && !context.scope.typeOf(name)) {
      walkStmt(callee.definition.body, {
        expr: (inner) => {
          found ||= inner.kind === 'name' && inner.name === name;
        },
      });
    }
  };
  const declares = (stmt: Stmt) => {
    if (stmt.kind === 'decl')
      found ||= stmt.declaration.declarators.some((declared) => declared.name === name);
  };
  // The call's own arguments count for nothing; a second call in the loop may share the set.
  walkStmt(loop.body, { expr: skipping(call, visit), stmt: declares });
  for (const part of [loop.test, loop.kind === 'for' ? loop.update : undefined]) {
    if (part) walkExpr(part, skipping(call, visit));
  }
  return found;
}

/** Only where a descriptor of the set was ready another one is added: those that were not ready stay out. */
function isOfReady(call: ExprOf<'call'>, name: string, context: RuleContext): boolean {
  const adds = calledName(call) === 'FD_SET' || onlyAdds(call, name, context);
  return (
    adds &&
    around(context.scope.definition, call).some(
      (stmt) => stmt.kind === 'if' && contains(stmt.consequent, call) && asksForReady(stmt.test, name),
    )
  );
}

/** The test holds only when a descriptor of the set was ready. */
function asksForReady(test: Expr, name: string): boolean {
  const inner = unwrap(test);
  if (inner.kind === 'logical' && inner.op === '&&') {
    return asksForReady(inner.left, name) || asksForReady(inner.right, name);
  }
  return (
    inner.kind === 'call' &&
    calledName(inner) === 'FD_ISSET' &&
    inner.args.some((arg) => addressed(arg) === name)
  );
}

/** A function that gets the address of the set, and puts descriptors into it or takes them out. */
function onlyAdds(call: ExprOf<'call'>, name: string, context: RuleContext): boolean {
  const index = call.args.findIndex((arg) => addressed(arg) === name);
  return index >= 0 && addsTo(calledName(call) ?? '', index, context, 3);
}

function addsTo(called: string, index: number, context: RuleContext, depth: number): boolean {
  return doesOnly(/^FD_(?:SET|CLR|ISSET)$/, called, index, context, depth);
}

/** A function that gets the address of the set, and only looks what is in it, be it by calling itself. */
function onlyAsks(call: ExprOf<'call'>, name: string, context: RuleContext): boolean {
  const index = call.args.findIndex((arg) => addressed(arg) === name);
  return index >= 0 && doesOnly(/^FD_(?:CLR|ISSET)$/, calledName(call) ?? '', index, context, 3);
}

function doesOnly(
  what: RegExp,
  called: string,
  index: number,
  context: RuleContext,
  depth: number,
  within?: string,
): boolean {
  const callee = context.functionNamed(called)?.definition;
  const param = callee?.type.params[index]?.name;
  if (called === within) return true;
  if (!callee || param === undefined || depth === 0) {
    return false;
  }
  return usesOf(callee, param).every(({ expr, around: [outer] }) => {
    const through = (outer && calledName(outer)) ?? '';
    const handed = outer?.kind === 'call' ? outer.args.indexOf(expr) : -1;
    return what.test(through) || (handed >= 0 && doesOnly(what, through, handed, context, depth - 1, called));
  });
}

function skipping(call: Expr, visit: (expr: Expr) => void): (expr: Expr) => void {
  return (expr) => {
    if (expr.start < call.start || expr.end > call.end) visit(expr);
  };
}

function reportSet(event: CallEvent, span: Expr, name: string, context: RuleContext): void {
  context.report({
    span,
    message: `\`${event.name}\` leaves in \`${name}\` only the descriptors that were ready, and the next round of this loop passes it again: the others are no longer watched. Fill \`${name}\` again, or copy it from a set that is kept, before each call.`,
  });
}

function reportTimeout(event: CallEvent, span: Expr, name: string, context: RuleContext): void {
  context.report({
    span,
    message: `On Linux \`${event.name}\` stores the time that was left in \`${name}\`, so after the first timeout it is 0 and this loop no longer waits but takes a whole processor. Set \`${name}\` again before each call.`,
  });
}
