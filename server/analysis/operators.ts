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
