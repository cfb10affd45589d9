import { unwrap } from '../../analysis/operators';
import { type Expr, type ExprOf, expressionsOf, type Stmt, walkExpr } from '../../c/ast';
import { calledName } from '../../c/cfg';
import type { Report, RuleContext } from '../rule';
import { around } from '../shared/statements';
import { fileMakes, ownCalls, threadCreation } from '../shared/whole-file';
import { installers } from '../subjects/signal-handlers';

/** Waits for which the signals are let in by a call of their own, just before: `sigprocmask(SIG_UNBLOCK, ...); select(...); sigprocmask(SIG_BLOCK, ...)`. */

const maskers = /^(?:sigprocmask|pthread_sigmask)$/;

/** What does the same in one step. */
const together: Record<string, string> = {
  select: 'pselect',
  poll: 'ppoll',
  epoll_wait: 'epoll_pwait',
  pause: 'sigsuspend',
};

export function openedWaits(context: RuleContext): Report[] {
  if (ownCalls(context, maskers).length < 2 || !fileMakes(context, installers)) return [];
  // Another thread may take the signal, or send one again.
  if (fileMakes(context, threadCreation)) return [];
  const { definition } = context.scope;
  return ownCalls(context, /^(?:select|poll|epoll_wait|pause)$/).flatMap(({ expr, name }) => {
    const instead = together[name];
    if (!instead || !isEndless(expr, name, context)) return [];
    const [block, stmt] = around(definition, expr).slice(-2);
    if (block?.kind !== 'block' || !stmt) return [];
    const at = block.body.indexOf(stmt);
    const opens = maskCall(block.body[at - 1], /^SIG_(?:UNBLOCK|SETMASK)$/);
    // Other statements may save what the wait has returned.
    const closes = block.body.slice(at + 1, at + 5).some((next) => maskCall(next, /^SIG_(?:BLOCK|SETMASK)$/));
    if (!opens || !closes) return [];
    const opener = calledName(opens) ?? '';
    return [
      {
        span: expr,
        message: `A signal that comes between \`${opener}\` and \`${name}\` is handled before the wait begins, and \`${name}\` then waits for something else, perhaps for ever. Leave the signal blocked and let \`${instead}\` open the mask, which does both in one step.`,
        related: [{ span: opens, message: 'The signals are let in here' }],
      },
    ];
  });
}

function maskCall(stmt: Stmt | undefined, how: RegExp): ExprOf<'call'> | undefined {
  let found: ExprOf<'call'> | undefined;
  const look = (expr: Expr) => {
    const [first] = expr.kind === 'call' && maskers.test(calledName(expr) ?? '') ? expr.args : [];
    if (expr.kind === 'call' && first?.kind === 'name' && how.test(first.name)) found ??= expr;
  };
  for (const expr of stmt ? expressionsOf(stmt) : []) walkExpr(expr, look);
  return found;
}

/** Without a limit of time: else the signal is dealt with when that has passed. */
function isEndless(call: Expr, name: string, { scope }: RuleContext): boolean {
  if (call.kind !== 'call' || name === 'pause') return true;
  const last = call.args.at(-1);
  if (!last) return false;
  if (name === 'select') return isNull(last) || scope.evaluator.constant(last, scope) === 0n;
  return scope.evaluator.constant(last, scope) === -1n;
}

const isNull = (arg: Expr) => {
  const inner = unwrap(arg);
  return inner.kind === 'name' && inner.name === 'NULL';
};
