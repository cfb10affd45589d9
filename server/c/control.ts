import { type Expr, somePart } from './ast';

/** What an expression has to do with the flow of control. */

export function isCompound(expr: Expr): boolean {
  return (
    expr.kind === 'logical' ||
    expr.kind === 'comma' ||
    expr.kind === 'conditional' ||
    (expr.kind === 'unary' && expr.op === '!')
  );
}

export function holdsCall(expr: Expr): boolean {
  return somePart(expr, (inner) => inner.kind === 'call');
}

/** `error` of the GNU library ends the process when its first argument is not 0; `syscall` when that names the call that does. */
export function endsByStatus(name: string, args: readonly Expr[]): boolean {
  const [status] = args;
  if (name === 'syscall') {
    return status?.kind === 'name' && /^(?:SYS|__NR)_exit(?:_group)?$/.test(status.name);
  }
  return (
    (name === 'error' || name === 'error_at_line') &&
    args.length >= 3 &&
    ((status?.kind === 'number' && /^[1-9]/.test(status.text)) ||
      (status?.kind === 'name' && status.name === 'EXIT_FAILURE'))
  );
}
