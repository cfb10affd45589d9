import type { BinaryOp, Expr, UnaryOp } from '../c/ast';

export type Comparison = Extract<BinaryOp, '==' | '!=' | '<' | '<=' | '>' | '>='>;

export function isComparison(op: BinaryOp): op is Comparison {
  return op === '==' || op === '!=' || op === '<' || op === '<=' || op === '>' || op === '>=';
}

/** The expression whose value another passes on: through casts, to the target of an assignment, to the end of a comma. */
export function unwrap(expr: Expr): Expr {
  switch (expr.kind) {
    case 'cast':
      return unwrap(expr.value);
    case 'assign':
      return expr.op === '=' ? unwrap(expr.target) : expr;
    case 'comma':
      return unwrap(expr.right);
    default:
      return expr;
  }
}

/** The expression inside its casts. */
export function withoutCasts(expr: Expr): Expr {
  return expr.kind === 'cast' ? withoutCasts(expr.value) : expr;
}

/** The tests that must all hold for this one. */
export function conjuncts(test: Expr): Expr[] {
  return test.kind === 'logical' && test.op === '&&'
    ? [...conjuncts(test.left), ...conjuncts(test.right)]
    : [test];
}

/** What an expression changes by itself: the target of an assignment, the operand of `++`. */
export function changedBy(expr: Expr): Expr | undefined {
  return expr.kind === 'assign' ? expr.target : expr.kind === 'update' ? expr.operand : undefined;
}

/** What it changes, or takes the address of, so that others may. */
export function exposedBy(expr: Expr): Expr | undefined {
  return expr.kind === 'unary' && expr.op === '&' ? expr.operand : changedBy(expr);
}

export function fold(op: UnaryOp, value: bigint): bigint | undefined {
  switch (op) {
    case '-':
      return -value;
    case '~':
      return ~value;
    case '+':
      return value;
    default:
      return undefined;
  }
}

/** Not itself a comparison or a combination of tests. */
export function isPlain(test: Expr): boolean {
  return test.kind !== 'binary' && test.kind !== 'logical' && !(test.kind === 'unary' && test.op === '!');
}
