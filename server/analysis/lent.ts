import { type Expr, walkExpr, walkStmt } from '../c/ast';
import { calledName } from '../c/cfg';
import type { FunctionScope } from './context';

/** Calls inside each other that are looked into. */
const levels = 3;

/** The function of the project that a name means where it is called, if its text is at hand. */
type Callee = (name: string, from: FunctionScope) => FunctionScope | undefined;

/**
 * Whether a function only borrows what one of its parameters points to: it reaches it while it runs, as a member of what the pointer leads to,
 * and hands the pointer to nobody who may keep it. Whoever calls it still is the only one who knows that address.
 */
export function onlyBorrows(scope: FunctionScope, index: number, callee: Callee, deep = levels): boolean {
  const { definition } = scope;
  const name = definition.type.params[index]?.name;
  if (name === undefined || deep === 0 || definition.broken) return false;
  const fine = new Set<Expr>();
  let isLent = true;
  const isIt = (expr: Expr) => expr.kind === 'name' && expr.name === name;
  walkStmt(definition.body, {
    // What holds an expression is met before it.
    expr: (expr) => {
      if (isIt(expr)) {
        isLent &&= fine.has(expr);
      } else if (expr.kind === 'call') {
        const called = calledName(expr) ?? '';
        for (const [i, arg] of expr.args.entries()) {
          if (isIt(arg) && isGivenBack(scope, called, i, callee, deep)) fine.add(arg);
        }
      } else if (expr.kind === 'member' && expr.arrow && isIt(expr.object)) {
        // A part of it that is an array stands for an address inside of it.
        if (scope.resolvedTypeOf(expr)?.k !== 'array') fine.add(expr.object);
      } else if (expr.kind === 'unary' && expr.op === '!' && isIt(expr.operand)) {
        fine.add(expr.operand);
      } else if (expr.kind === 'unary' && expr.op === '&') {
        walkExpr(expr.operand, (part) => {
          if (isIt(part)) isLent = false;
        });
      } else if (expr.kind === 'binary' && /^[=!]=$/.test(expr.op)) {
        for (const side of [expr.left, expr.right]) if (isIt(side)) fine.add(side);
      }
    },
  });
  return isLent;
}

function isGivenBack(
  from: FunctionScope,
  name: string,
  index: number,
  callee: Callee,
  deep: number,
): boolean {
  const called = callee(name, from);
  return called !== undefined && onlyBorrows(called, index, callee, deep - 1);
}
