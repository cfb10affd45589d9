import type { FunctionScope } from '../../analysis/context';
import { type Expr, type ExprOf, type FunctionDefinition, type Stmt, walkExpr, walkStmt } from '../../c/ast';
import { Expander } from '../../c/expander';

/** Of a macro that doubles and doubles no more are looked at. */
const most = 24;

/** The calls in what the use of a macro stands for, be it a statement or an expression; empty where it is no macro. */
export function callsInMacro(call: Expr, scope: FunctionScope): ExprOf<'call'>[] {
  // The function's own expander puts in no more than so many macros.
  const { symbols, toolbox } = scope.file;
  const expander = new Expander(symbols, toolbox.fragments, (name) => scope.typeOf(name) !== undefined);
  const calls: ExprOf<'call'>[] = [];
  const note = (expr: Expr) => {
    if (expr.kind === 'call' && calls.length < most) calls.push(expr);
  };
  const body = expander.statement(call);
  if (body) {
    walkStmt(body.stmt, { expr: note });
    calls.push(...namesIn(body.stmt));
  } else {
    const code = expander.expression(call);
    if (code !== call) walkExpr(code, note);
  }
  body?.done();
  return calls;
}

const known = new WeakMap<FunctionDefinition, ExprOf<'call'>[]>();

/** `LOCK_ALL;`: statements that are just the name of a macro, as calls without arguments. */
export function macroStatements({ definition }: FunctionScope): readonly ExprOf<'call'>[] {
  let found = known.get(definition);
  if (!found) {
    found = namesIn(definition.body);
    known.set(definition, found);
  }
  return found;
}

function namesIn(body: Stmt): ExprOf<'call'>[] {
  const found: ExprOf<'call'>[] = [];
  walkStmt(body, {
    stmt: (stmt) => {
      if (stmt.kind !== 'expr' || stmt.expr.kind !== 'name') return;
      const { start, end, use } = stmt.expr;
      found.push({ kind: 'call', callee: stmt.expr, args: [], start, end, ...(use ? { use } : {}) });
    },
  });
  return found;
}
