import { withoutCasts } from '../../analysis/operators';
import {
  type Expr,
  type ExprOf,
  type FunctionDefinition,
  type Parameter,
  type Stmt,
  somePart,
  walkStmt,
} from '../../c/ast';
import { calledName } from '../../c/cfg';
import type { RuleContext } from '../rule';
import { isUsedAsValue } from '../shared/globals';
import { isLastActOfMain } from '../shared/last-act';
import { arms, around, contains } from '../shared/statements';
import { isAddressTaken, usesOf } from '../shared/uses';
import { callsOf, callsTo, textOf, threadStarts } from '../shared/whole-file';

/**
 * A function that is given a handle to have done with: it closes it at its end, and an early return forgets to. Nobody can close it behind
 * that return but the caller, who does not.
 */

const closing = /^(?:close|fclose|closedir|pclose|mq_close)$/;

export function tellGiven(context: RuleContext): void {
  const { definition } = context.scope;
  const closes = callsOf(definition).filter(({ name }) => closing.test(name));
  if (closes.length === 0 || hasJumps(definition) || isLastActOfMain(context)) return;
  for (const param of definition.type.params) {
    const close = closes.find(({ expr }) => isOf(expr, param) && isAtEnd(expr, definition));
    if (!close || !isKept(param, context) || areCallersToClose(param, context)) continue;
    walkStmt(definition.body, {
      stmt: (stmt) => {
        if (stmt.kind === 'return' && forgets(stmt, param, close.expr, context))
          report(stmt, param, close.expr, context);
      },
    });
  }
}

function report(stmt: Stmt, param: Parameter, close: Expr, context: RuleContext): void {
  const { name } = context.scope.definition;
  context.report({
    span: stmt,
    message: `\`${param.name}\` is closed where \`${name}\` ends, but stays open when it returns here, and no caller closes it then: each such return loses one until the process may open no more. Close it before.`,
    related: [{ span: close, message: 'Closed here on the other way' }],
  });
}

function hasJumps({ body }: FunctionDefinition): boolean {
  let jumps = false;
  walkStmt(body, {
    stmt: ({ kind }) => {
      jumps ||= /^(?:goto|label|either|unknown)$/.test(kind);
    },
  });
  return jumps;
}

/** The call gets the parameter itself. */
function isOf({ args: [first] }: ExprOf<'call'>, { name }: Parameter): boolean {
  const inner = first && withoutCasts(first);
  return inner?.kind === 'name' && inner.name === name;
}

/** It stands among the statements of the function itself: control comes there unless it has left before. */
function isAtEnd(call: Expr, definition: FunctionDefinition): boolean {
  return arms(definition, call).length === 0;
}

/** Nothing changes the variable, and nobody else gets hold of what it holds. */
function isKept({ name }: Parameter, context: RuleContext): boolean {
  const { definition } = context.scope;
  if (name === undefined || isAddressTaken(definition, name)) return false;
  return usesOf(definition, name).every(({ expr, around: [outer, ...more] }) => {
    if (outer?.kind === 'assign' || outer?.kind === 'update' || outer?.kind === 'init') return false;
    const call = outer?.kind === 'cast' ? more[0] : outer;
    return call?.kind !== 'call' || call.callee === expr || leavesOpen(call, context);
  });
}

/** A call of the library that closes nothing and keeps nothing, or one of those that close it. */
export function leavesOpen(call: ExprOf<'call'>, { scope }: RuleContext): boolean {
  const name = calledName(call) ?? '';
  const known = scope.call(name);
  if (
    closing.test(name) ||
    /^(?:printf|[sf]n?printf|v?dprintf|fputs|fgets|fputc|fgetc|getc|putc|getline|fread|fwrite|feof|ferror|fflush|fileno|fscanf)$/.test(
      name,
    )
  )
    return true;
  return (
    known?.effects.every(({ op }) => !/^(?:close|open|exec|watch|keep|fork|spawn-thread)$/.test(op)) ?? false
  );
}

/** The value of the function may tell its callers to close, or one of them does, or not all of them are at hand. */
function areCallersToClose(param: Parameter, context: RuleContext): boolean {
  const { definition } = context.scope;
  const { name, type, storage } = definition;
  if (isUsedAsValue(name, context) || threadStarts(context).has(name)) return type.returns.k !== 'void';
  const index = type.params.indexOf(param);
  const calls = callsTo(context, name);
  if (calls.length === 0 || !storage.includes('static')) return type.returns.k !== 'void';
  return calls.some(({ expr, within }) => {
    const given = expr.args[index];
    if (!given) return true;
    const text = textOf(given, within, context);
    // Who else gets it may close it, or know it for as long as it is open.
    const others = callsOf(within).some(
      (other) =>
        other.expr !== expr &&
        (closing.test(other.name) || context.scope.call(other.name) === undefined) &&
        other.expr.args.some((arg) => textOf(arg, within, context) === text),
    );
    // What a structure keeps for the next time is to be kept where the result says so.
    if (/[.>]/.test(text) && type.returns.k !== 'void') return true;
    // What is no variable nobody else can close.
    return others || !/^[\w.>[\]-]+$/.test(text);
  });
}

/** A return that is not behind a close, nor where the handle is found to be none. */
function forgets(stmt: Stmt, { name }: Parameter, close: Expr, { scope }: RuleContext): boolean {
  const { definition } = scope;
  if (stmt.end > close.start) return false;
  const names = (expr: Expr) => somePart(expr, (part) => part.kind === 'name' && part.name === name);
  const chain = around(definition, stmt);
  const asked = chain.some(
    (outer) => outer.kind === 'if' && somePart(outer.test, (part) => isQuestion(part) && names(part)),
  );
  const closedThere = callsOf(definition).some(
    (call) =>
      closing.test(call.name) &&
      call.expr.start < stmt.start &&
      call.expr !== close &&
      arms(definition, call.expr).every((arm) => contains(arm, stmt)),
  );
  return !asked && !closedThere && !isFirst(stmt, definition, names);
}

/** The handle itself is compared. */
function isQuestion(expr: Expr): boolean {
  if (expr.kind === 'unary') return expr.op === '!' && expr.operand.kind === 'name';
  return expr.kind === 'binary' && (expr.left.kind === 'name' || expr.right.kind === 'name');
}

/** Nothing has been done with the handle yet: whoever refuses it at once may leave it to the caller. */
function isFirst(stmt: Stmt, definition: FunctionDefinition, names: (expr: Expr) => boolean): boolean {
  return !callsOf(definition).some(({ expr }) => expr.start < stmt.start && expr.args.some(names));
}
