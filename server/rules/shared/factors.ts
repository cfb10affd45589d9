import type { FunctionScope } from '../../analysis/context';
import { unwrap, withoutCasts } from '../../analysis/operators';
import type { Expr } from '../../c/ast';
import { assignmentsTo, isAddressTaken, pathOf } from './uses';

/** A length that is worked out: `rows * columns * sizeof(int)` is 4 times `rows` times `columns`. */
export interface Product {
  constant: bigint;
  /** Variables and members, in the order of their names. */
  names: readonly string[];
}

/** What an expression multiplies, through variables that are stored once; undefined for anything that is no product. */
export function productOf(expr: Expr, scope: FunctionScope, depth = 0): Product | undefined {
  const inner = withoutCasts(unwrap(expr));
  const constant = scope.evaluator.constant(inner, scope);
  if (constant !== undefined) {
    return { constant, names: [] };
  }
  if (inner.kind === 'binary' && inner.op === '*') {
    const left = productOf(inner.left, scope, depth);
    const right = productOf(inner.right, scope, depth);
    return (
      left &&
      right && {
        constant: left.constant * right.constant,
        names: [...left.names, ...right.names].sort(),
      }
    );
  }
  const path = pathOf(inner);
  if (inner.kind === 'name' && path !== undefined && depth < 3 && scope.typeOf(path)) {
    const [stored, ...others] = assignmentsTo(scope.definition, path);
    const isParam = scope.definition.type.params.some(({ name }) => name === path);
    const isOnce = stored !== undefined && others.length === 0 && stored.op === '=' && !isParam;
    const known =
      isOnce && !isAddressTaken(scope.definition, path)
        ? productOf(stored.value, scope, depth + 1)
        : undefined;
    if (known) return known;
  }
  return path === undefined ? undefined : { constant: 1n, names: [path] };
}
