import { errnoByName } from '../../catalog';
import { type Expr, someExprIn } from '../c/ast';
import { systemConstant } from './context';
import type { Frame } from './frame';
import { constantName, namedValue } from './named';
import { unwrap } from './operators';
import type { Path } from './path';
import type { CallSite, Value } from './values';

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

/**
 * The test says on this way that `open` found what it was to make, and of all calls of the path it is the one that has failed: without
 * O_EXCL it takes what is there (open(2)), and nobody comes here.
 */
export function cannotExist(test: Expr, outcome: boolean, path: Path, frame: Frame): boolean {
  if (test.kind !== 'binary' || (test.op !== '==' && test.op !== '!=')) return false;
  if ((test.op === '==') !== outcome || !isNamed(test.left, 'errno') || !isNamed(test.right, 'EEXIST'))
    return false;
  const failed: CallSite[] = [];
  path.someFailed((site) => {
    failed.push(site);
    return false;
  });
  const [open, ...others] = failed;
  return (
    open?.call.name === 'open' &&
    others.length === 0 &&
    open.within === frame.scope.definition &&
    opensWhatIsThere(open, path, frame)
  );
}

function isNamed(expr: Expr, name: string): boolean {
  const inner = unwrap(expr);
  return inner.kind === 'name' && inner.name === name;
}

function opensWhatIsThere({ expr }: CallSite, path: Path, frame: Frame): boolean {
  const flags = expr.args[1] && frame.constant(expr.args[1], path);
  const exclusive = systemConstant('O_EXCL');
  return flags !== undefined && exclusive !== undefined && (flags & exclusive) === 0n;
}
