import { changedBy, unwrap } from '../../analysis/operators';
import {
  children,
  type Expr,
  type ExprOf,
  expressionsOf,
  type FunctionDefinition,
  parameterIndex,
  type Stmt,
  someExprIn,
  someStmtIn,
} from '../../c/ast';
import { calledName } from '../../c/cfg';
import { printsText } from '../../c/library';
import type { RuleContext } from '../rule';
import { isLoop, type Loop, loopAround, Result, resultName } from '../shared/loops';
import { tellsFailure } from '../shared/reporting';
import { around, contains } from '../shared/statements';
import { callsIn } from '../shared/uses';
import { callsTo, textOf } from '../shared/whole-file';
import { isStreamServer, multiplexing } from './closed-on-failure';

/**
 * Functions that an event loop calls for what there is to be read, and that do nothing at the end of a connection but say so: the
 * connection stays open and ready, and the loop comes back to it at once.
 */

/** What is done where the result is one number: the expressions, and what is returned. */
interface Doings {
  done: Expr[];
  returned: Set<string>;
  /** Something that is not followed leads elsewhere. */
  lost: boolean;
}

export function idleAtEnd(context: RuleContext): ExprOf<'call'> | undefined {
  const { definition } = context.scope;
  const [read, ...others] = callsIn(definition, /^(?:read|recv|recvmsg)$/);
  const name = read && resultName(definition, read);
  const [handle] = read?.args ?? [];
  if (!read || others.length > 0 || name === undefined || !handle || definition.broken) return undefined;
  const loop = loopAround(definition, read);
  const isHere =
    loop !== undefined &&
    isWatched(read, definition) &&
    contains(loop.body, read) &&
    !endsWhenReady(loop, definition, context);
  if (!isStreamServer(context) || !(loop ? isHere : isCalledByLoop(handle, context))) return undefined;
  const fd = textOf(handle, definition, context);
  const closes = (expr: Expr) => isClose(expr, fd, context);
  const result = new Result(read, name, context);
  const [atEnd, some, failed] = [0n, 7n, -1n].map((value) =>
    doingsFor(value, read, loop?.body ?? definition.body, result, context),
  );
  if (!atEnd || !some || !failed || atEnd.lost) return undefined;
  const isIdle = atEnd.done.every((expr) => isHarmless(expr, context));
  const isSame = [...atEnd.returned].every((text) => some.returned.has(text)) && !isSetApart(atEnd, some);
  const knows = asksForEnd(result, context) || failed.done.some(closes);
  return isIdle && isSame && knows && !atEnd.done.some(closes) ? read : undefined;
}

/** The descriptor is a parameter, and each caller calls this in a loop that waits for several, and does not close it itself. */
function isCalledByLoop(handle: Expr, context: RuleContext): boolean {
  const { definition } = context.scope;
  const given = unwrap(handle);
  const index = parameterIndex(definition.type.params, given.kind === 'name' ? given.name : undefined);
  const calls = callsTo(context, definition.name);
  if (index < 0 || calls.length === 0) return false;
  return calls.every(({ expr, within }) => {
    const arg = expr.args[index];
    if (!arg || unwrap(arg).kind === 'number') return false;
    const text = textOf(arg, within, context);
    const isClosed = callsIn(within, /close/i).some(
      (call) => call.start > expr.end && call.args.some((one) => textOf(one, within, context) === text),
    );
    return !isClosed && isWatched(expr, within);
  });
}

/** `do { n = select(...); ... } while (n <= 0);`: once something was ready the loop is over. */
function endsWhenReady(loop: Loop, definition: FunctionDefinition, context: RuleContext): boolean {
  const { test } = loop;
  return (
    test !== undefined &&
    callsIn(definition, multiplexing).some((wait) => {
      const name = resultName(definition, wait);
      return (
        contains(loop, wait) &&
        name !== undefined &&
        new Result(wait, name, context).holds(test, 1n) === false
      );
    })
  );
}

/** A loop around it waits for several descriptors. */
function isWatched(call: Expr, within: FunctionDefinition): boolean {
  const outer = around(within, call).find(isLoop);
  return outer !== undefined && callsIn(within, multiplexing).some((wait) => contains(outer, wait));
}

/** Something is stored on one of the two ways only: in what is returned, say. */
function isSetApart(atEnd: Doings, some: Doings): boolean {
  const isStored = (expr: Expr): boolean => changedBy(expr) !== undefined || children(expr).some(isStored);
  const isReturned = (expr: Expr) => {
    const target = changedBy(expr);
    return (
      target?.kind === 'name' &&
      [...atEnd.returned].some((text) => new RegExp(`\\b${target.name}\\b`).test(text))
    );
  };
  return (
    atEnd.done.some((expr) => !some.done.includes(expr) && isStored(expr)) ||
    some.done.some((expr) => !atEnd.done.includes(expr) && isReturned(expr))
  );
}

function asksForEnd(result: Result, { scope: { definition } }: RuleContext): boolean {
  let asks = false;
  someExprIn(definition.body, (expr) => {
    if (expr.kind !== 'binary') return false;
    const [none, some] = [result.holds(expr, 0n), result.holds(expr, 7n)];
    asks ||= none !== undefined && some !== undefined && none !== some;
    return asks;
  });
  return asks;
}

function isClose(expr: Expr, fd: string, context: RuleContext): boolean {
  const { definition } = context.scope;
  const isOwn =
    expr.kind === 'call' &&
    /close/i.test(calledName(expr) ?? '') &&
    expr.args.some((arg) => textOf(arg, definition, context) === fd);
  return isOwn || children(expr).some((part) => isClose(part, fd, context));
}

/** Prints, or changes a variable of the function. */
function isHarmless(expr: Expr, context: RuleContext): boolean {
  if (expr.kind === 'call') {
    const called = calledName(expr) ?? '';
    const isCatalog =
      context.scope.call(called) !== undefined && !/close|shutdown|epoll_ctl|FD_CLR|exit|kill/.test(called);
    if (!printsText(called) && !tellsFailure(called) && !isCatalog && called !== 'strerror') return false;
  }
  const target = changedBy(expr);
  if (target && !(target.kind === 'name' && context.scope.typeOf(target.name))) return false;
  return children(expr).every((part) => isHarmless(part, context));
}

/** Behind the read, along the tests of its result; where a test asks for something else both ways are taken. */
function doingsFor(value: bigint, read: Expr, body: Stmt, result: Result, context: RuleContext): Doings {
  const { definition } = context.scope;
  const doings: Doings = { done: [], returned: new Set(), lost: false };
  let begun = false;
  /** Whether control may come out behind the statement. */
  const run = (stmt: Stmt): boolean => {
    const own = expressionsOf(stmt);
    const holds = own.some((expr) => expr.start <= read.start && read.end <= expr.end);
    switch (stmt.kind) {
      case 'block': {
        for (const each of stmt.body) if (!run(each)) return false;
        return true;
      }
      case 'if': {
        begun ||= holds;
        const truth = begun ? result.holds(stmt.test, value) : undefined;
        if (begun && !holds) doings.done.push(stmt.test);
        const first = truth !== false && run(stmt.consequent);
        const second = truth !== true && (stmt.alternative ? run(stmt.alternative) : true);
        return first || second;
      }
      case 'return':
        if (begun) doings.returned.add(stmt.value ? textOf(stmt.value, definition, context) : '');
        return !begun;
      case 'switch': {
        if (!begun) return true;
        doings.lost ||= someStmtIn(
          stmt.body,
          ({ kind }) => kind === 'return' || kind === 'goto' || kind === 'continue',
        );
        doings.done.push(...partsOf(stmt.body));
        return true;
      }
      case 'expr':
      case 'decl':
        if (begun) doings.done.push(...own);
        begun ||= holds;
        return true;
      case 'continue':
        if (begun) doings.returned.add('');
        return !begun;
      case 'label':
        return stmt.body ? run(stmt.body) : true;
      case 'empty':
        return true;
      case 'for':
      case 'while':
      case 'do': {
        if (!begun || contains(stmt, read)) break;
        addLoop(stmt, doings, context);
        return true;
      }
    }
    doings.lost ||= begun;
    return !begun;
  };
  if (run(body)) doings.returned.add('');
  return doings;
}

/** Behind the read, `for (at = 0; at < n; at += k) ...` is gone through or not: either way control may come out below. */
function addLoop(loop: Loop, doings: Doings, context: RuleContext): void {
  const { definition } = context.scope;
  doings.done.push(...expressionsOf(loop), ...partsOf(loop.body));
  someStmtIn(loop.body, (stmt) => {
    doings.lost ||= stmt.kind === 'goto';
    if (stmt.kind === 'return')
      doings.returned.add(stmt.value ? textOf(stmt.value, definition, context) : '');
    return false;
  });
}

function partsOf(stmt: Stmt): Expr[] {
  const found: Expr[] = [];
  someExprIn(stmt, (expr) => {
    found.push(expr);
    return false;
  });
  return found;
}
