import { rootName } from '../../analysis/aliasing';
import { unwrap } from '../../analysis/operators';
import type { Location } from '../../analysis/path';
import { FileIndex } from '../../analysis/survey';
import {
  type Expr,
  expressionsOf,
  type Span,
  type Stmt,
  somePart,
  someStmtIn,
  statementsOf,
  walkExpr,
  walkStmt,
} from '../../c/ast';
import { calledName } from '../../c/cfg';
import type { RuleContext } from '../rule';
import { failureBranch, isLoop } from '../shared/loops';
import { around, contains } from '../shared/statements';
import { callsIn, usesOf } from '../shared/uses';
import { Ways } from '../shared/ways';
import { dominates } from './using';

/** How control comes from where a handle is made to where the function leaves it open. */

/** Whether a place is come to whatever is asked in front of another: neither depends on what the other asks for, or on what is set with it. */
export function isIndependent(made: number, end: number, name: string, context: RuleContext): boolean {
  const { scope } = context;
  const [outer, inner] = [
    around(scope.definition, { start: made }),
    around(scope.definition, { start: end }),
  ];
  const own = outer.filter((stmt) => !contains(stmt, { start: end, end }));
  const other = inner.filter((stmt) => !contains(stmt, { start: made, end: made }));
  if (own.some((stmt) => isLoop(stmt) || stmt.kind === 'switch')) return false;
  // One arm is not left for the other.
  const common = outer.findLast((stmt) => contains(stmt, { start: end, end }));
  if (common?.kind === 'if' || common?.kind === 'switch') return false;
  const root = name.replace(/\W.*$/, '');
  const names = new Set<string>();
  for (const stmt of own) {
    for (const expr of stmt.kind === 'if' ? [stmt.test] : [])
      for (const each of [...namesIn(expr), ...callsOfTest(expr, context)]) names.add(each);
    walkStmt(stmt, {
      expr: (expr) => {
        if (expr.kind === 'assign') names.add(rootName(expr.target) ?? '');
      },
    });
  }
  names.delete(root);
  const depends = (expr: Expr) => asksFor(expr, root) || namesIn(expr).some((each) => names.has(each));
  const asksAgain = (test: Expr) => callsOfTest(test, context).some((call) => names.has(call));
  return !other.some(
    (stmt) =>
      stmt.kind !== 'return' &&
      (expressionsOf(stmt).some(depends) || (stmt.kind === 'if' && asksAgain(stmt.test))),
  );
}

/** The calls that a test makes, as they are written: `is_hybrid()`, which tells the same when it is asked again. */
function callsOfTest(test: Expr, context: RuleContext): string[] {
  const found: string[] = [];
  walkExpr(test, (part) => {
    if (part.kind === 'call') found.push(context.source(part));
  });
  return found;
}

function namesIn(expr: Expr): string[] {
  const found: string[] = [];
  const functions = new Set<Expr>();
  walkExpr(expr, (part) => {
    if (part.kind === 'call') functions.add(part.callee);
    if (part.kind === 'name' && part.name !== 'errno' && !functions.has(part)) found.push(part.name);
  });
  return found;
}

/** A jump over all that would have closed the handle, to a label behind it. */
export function jumpPast(
  closings: number[],
  name: string,
  made: Expr,
  context: RuleContext,
  sure: (at: number) => boolean,
): Stmt | undefined {
  const { scope } = context;
  // Where the call has failed there is nothing to close.
  const failed = failureBranch(made, context);
  const labels = new Map<string, number>();
  const jumps: { stmt: Stmt & { kind: 'goto' }; tests: Expr[] }[] = [];
  const visit = (stmt: Stmt, tests: Expr[]): void => {
    if (stmt.kind === 'label') labels.set(stmt.name, stmt.start);
    if (stmt.kind === 'goto') jumps.push({ stmt, tests });
    const test = stmt.kind === 'if' ? [...tests, stmt.test] : tests;
    for (const inner of statementsOf(stmt)) visit(inner, test);
  };
  visit(scope.definition.body, []);
  return jumps.find(({ stmt, tests }) => {
    const label = labels.get(stmt.name ?? '');
    const past =
      label !== undefined && closings.every((place) => place < label) && !closedFrom(label, name, context);
    const about = tests.some((test) => asksFor(test, name.replace(/\W.*$/, '')));
    return (
      past &&
      !about &&
      !(failed && contains(failed, stmt)) &&
      stmt.start < label &&
      closings.some((place) => place > stmt.start) &&
      !closings.some((place) => place < stmt.start && dominates(context, place, stmt.start)) &&
      sure(stmt.start) &&
      // Behind the label the process may end.
      new Ways(context, []).leavesFrom(stmt.start, new Set()) !== false
    );
  })?.stmt;
}

/** What is closed behind a label is closed for all who come there, whatever is known of it by then. */
function closedFrom(label: number, name: string, context: RuleContext): boolean {
  return callsIn(context.scope.definition, /^f?close$/).some(
    ({ start, args: [handle] }) => start > label && handle !== undefined && context.source(handle) === name,
  );
}

/** Whether a test asks what a variable holds. What a call makes of it is another matter: `write(fd, ...) == -1`. */
export function asksFor(test: Expr, name: string): boolean {
  const calls: Expr[] = [];
  walkExpr(test, (part) => {
    if (part.kind === 'call') calls.push(part);
  });
  return somePart(
    test,
    (part) => part.kind === 'name' && part.name === name && !calls.some((call) => contains(call, part)),
  );
}

/** A way that is taken only where `close` fails, which it does of numbers that are no descriptors. */
export function isFailedClose(at: Location, { scope }: RuleContext): boolean {
  const test = around(scope.definition, at).findLast((stmt) => stmt.kind === 'if');
  const called: (string | undefined)[] = [];
  if (test?.kind === 'if' && contains(test.consequent, at)) {
    walkExpr(test.test, (part) => {
      if (part.kind === 'call') called.push(calledName(part));
    });
  }
  return called.length > 0 && called.every((name) => name === 'close');
}

/** Few close what they have when a fork fails, which hardly ever happens. */
export function isFailedFork(at: Location, context: RuleContext): boolean {
  const test = choiceAround(at, context);
  const value = test?.kind === 'switch' ? test.value : test?.test;
  // `pipe(to_child) == -1` is the failure of another call.
  const isOther = (part: Expr) => {
    const call = part.kind === 'call' ? context.scope.call(calledName(part) ?? '') : undefined;
    return call !== undefined && !call.effects.some(({ op }) => op === 'fork');
  };
  return value !== undefined && /fork|pid|child/.test(context.source(value)) && !somePart(value, isOther);
}

export function choiceAround(at: Location, { scope }: RuleContext) {
  return around(scope.definition, at).findLast((stmt) => stmt.kind === 'if' || stmt.kind === 'switch');
}

/** In front of the way out a loop closes what the elements of an array hold, `for (i = 0; i < 3; i++) if (pipes[i][0] >= 0) close(pipes[i][0]);`. */
export function isSweptBefore(name: string, at: Location, { scope }: RuleContext): boolean {
  if (!name.includes('[*]')) return false;
  const array = name.replace(/\W.*$/, '');
  return callsIn(scope.definition, /^(?:f|closedir|\w*_)?close$/).some((call) => {
    const loop = around(scope.definition, call).find(isLoop);
    const [closed] = call.args;
    if (!loop || !closed || closed.kind !== 'index' || rootName(closed) !== array) return false;
    const block = around(scope.definition, loop).findLast((stmt) => stmt.kind === 'block');
    return loop.end <= at.start && block !== undefined && contains(block, at);
  });
}

/** Which element of an array is handed on a test decides, `fds[is_sink ? 1 : 0]`: whichever it is, somebody has it. */
export function isChosenByIndex(name: string, { scope }: RuleContext): boolean {
  return usesOf(scope.definition, name).some(({ around: [part, outer] }) => {
    const isChosen =
      part?.kind === 'index' &&
      (part.index.kind === 'conditional' || (part.index.kind === 'unary' && part.index.op === '!')) &&
      scope.evaluator.constant(part.index, scope) === undefined;
    return isChosen && !(outer?.kind === 'call' && /close/i.test(calledName(outer) ?? ''));
  });
}

/** `return -1;`, or NULL for a pointer. */
export function returnsFailure(at: Location, { scope }: RuleContext): boolean {
  const stmt = at.within === scope.definition ? around(at.within, at).at(-1) : undefined;
  if (stmt?.kind !== 'return' || !stmt.value) return false;
  if (unwrap(stmt.value).kind === 'null') return true;
  const value = scope.evaluator.constant(stmt.value, scope);
  return (
    value !== undefined && (value < 0n || (scope.definition.type.returns.k === 'pointer' && value === 0n))
  );
}

/** A statement of a block that closes a descriptor or stream in front of a place. */
export function closesIn(block: Stmt & { kind: 'block' }, at: Span): boolean {
  return block.body.some(
    (stmt) =>
      stmt.kind === 'expr' &&
      stmt.end <= at.start &&
      /^(?:f|p|mq_|dir)?close(?:dir)?$/.test(calledName(stmt.expr) ?? ''),
  );
}

/** Functions that close something before they return early. */
const tidy = new FileIndex(function* ({ body }): Generator<[string, true]> {
  const isTidy = (stmt: Stmt) => {
    const last = stmt.kind === 'block' && stmt !== body ? stmt.body.at(-1) : undefined;
    return last?.kind === 'return' && stmt.kind === 'block' && closesIn(stmt, last);
  };
  if (someStmtIn(body, isTidy)) yield ['tidy', true];
});

/** Whoever wrote the file closes what is open before an early return, in some function of it. */
export function isTidyFile(context: RuleContext): boolean {
  return context.ask(tidy, 'tidy').length > 0;
}
