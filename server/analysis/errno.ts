import { errnoByName } from '../../catalog';
import { type Expr, someExprIn } from '../c/ast';
import type { Frame } from './frame';
import { constantName, namedValue } from './named';
import { unwrap } from './operators';
import type { Value } from './values';

/** Whoever keeps or returns errno does so behind a failure. */

/** A number above 0. */
function asFailure(value: Value): Value {
  return { ...value, min: 1n, nonzero: true };
}

/** What is kept or returned: `error = errno` and `return -errno` tell of a failure. */
export function withErrorNumber(expr: Expr, value: Value, frame: Frame): Value {
  const inner = unwrap(expr);
  if (inner.kind === 'unary' && inner.op === '-') {
    if (tellsFailure(inner.operand, frame)) return { ...value, max: -1n, nonzero: true };
    // `return -NET_ENOMEM`
    const named = constantName(inner.operand, frame.scope);
    if (named !== undefined && namedValue(named).nonzero) return { ...value, nonzero: true };
  }
  return tellsFailure(inner, frame) ? asFailure(value) : value;
}

/**
 * `error = errno`: who keeps errno does so behind a failure, where it is not 0, unless the function itself sets it to 0 before.
 * `error = EINVAL`: no error number is 0 (errno(3)).
 */
function tellsFailure(expr: Expr, frame: Frame): boolean {
  const { definition } = frame.scope;
  const inner = unwrap(expr);
  if (inner.kind === 'name' && errnoByName.has(inner.name)) return !frame.isLocal(inner.name);
  const isErrno = (part: Expr) => part.kind === 'name' && part.name === 'errno';
  return (
    isErrno(inner) &&
    !someExprIn(
      definition.body,
      (part) => part.kind === 'assign' && isErrno(part.target) && part.value.kind === 'number',
    )
  );
}
