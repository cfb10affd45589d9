import type { FunctionScope } from '../../analysis/context';
import { type Expr, type ExprOf, walkExpr, walkStmt } from '../../c/ast';
import { Expander } from '../../c/expander';

/** Of a macro that doubles and doubles no more are looked at. */
const most = 10;

/** The calls in what the use of a macro stands for, be it a statement or an expression; empty where it is no macro. */
export function callsInMacro(call: ExprOf<'call'>, scope: FunctionScope): ExprOf<'call'>[] {
  // The function's own expander puts in no more than so many macros.
  const { symbols, toolbox } = scope.file;
  const expander = new Expander(symbols, toolbox.fragments, (name) => scope.typeOf(name) !== undefined);
  const calls: ExprOf<'call'>[] = [];
  const note = (expr: Expr) => {
    if (expr.kind === 'call' && calls.length < most) calls.push(expr);
  };
  const body = expander.statement(call);
  if (body) walkStmt(body.stmt, { expr: note });
  else {
    const code = expander.expression(call);
    if (code !== call) walkExpr(code, note);
  }
  body?.done();
  return calls;
}
