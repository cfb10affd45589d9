import { rootName } from '../../analysis/aliasing';
import type { FunctionScope } from '../../analysis/context';
import { unwrap } from '../../analysis/operators';
import { type Expr, someExprIn } from '../../c/ast';
import { calledName } from '../../c/cfg';
import { declaratorOf, usesOf } from '../shared/uses';

/** A function stores what it is given in something that is not a plain variable, and that others know or may come to know. */
export function keepsParameter(callee: FunctionScope, index: number): boolean {
  const { body, type } = callee.definition;
  const name = type.params[index]?.name;
  return someExprIn(body, (expr) => {
    const value = expr.kind === 'assign' && expr.target.kind !== 'name' ? unwrap(expr.value) : undefined;
    return (
      expr.kind === 'assign' &&
      value?.kind === 'name' &&
      value.name === name &&
      !staysInside(expr.target, callee)
    );
  });
}

/** `struct pollfd watched[1]; watched[0].fd = client;`: a structure or array of the function itself, of which only the library is told. */
function staysInside(target: Expr, callee: FunctionScope): boolean {
  const root = rootName(target);
  const declared = root === undefined ? undefined : declaratorOf(callee, root);
  if (root === undefined || !declared || declared.storage.includes('static')) return false;
  const kind = callee.evaluator.types.resolve(declared.declarator.type).k;
  return (
    (kind === 'array' || kind === 'struct') &&
    usesOf(callee.definition, root).every(({ expr, around }) => {
      const call = around.find(
        (outer) => outer.kind === 'call' && outer.args.some((arg) => rootName(arg) === root || arg === expr),
      );
      const isCopied = around[0]?.kind === 'assign' && around[0].value === expr;
      return !isCopied && (!call || callee.call(calledName(call) ?? '') !== undefined);
    })
  );
}
