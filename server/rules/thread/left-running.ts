import { unwrap } from '../../analysis/operators';
import { type Expr, someExprIn } from '../../c/ast';
import { calledName } from '../../c/cfg';
import type { RuleContext } from '../rule';
import { contains } from '../shared/statements';
import {
  type FileCall,
  fileCalls,
  fileMakes,
  functionsOf,
  isProgram,
  lastName,
  ownCalls,
  routineOf,
} from '../shared/whole-file';
import { actsIn } from '../subjects/locks/acts';
import { creating, isOfStart } from './identifiers';

/** Threads of a module, such as the workers of a pool, that nobody joins though what they lock is destroyed. */

/** Told where it is destroyed: the identifiers are kept, and nobody ever looks at them. */
export function checkDestroyed(context: RuleContext): void {
  const starts = ownCalls(context, creating);
  // In a whole program the life of the object tells.
  if (starts.length === 0 || isProgram(context) || fileMakes(context, /join|detach|cancel/i)) return;
  for (const start of starts) {
    const field = fieldOf(start.expr.args[0]);
    const routine = routineOf(start);
    const run = routine && lastName(routine);
    const own = run === undefined ? undefined : context.functionNamed(run);
    if (field === undefined || !own || !isNeverRead(field, context)) continue;
    const used = new Set(actsIn(own, context.in(own)).map(({ last }) => last));
    const destroyed = fileCalls(context, /^(?:pthread_mutex|sem|pthread_rwlock)_destroy$/).find(
      ({ expr, within }) =>
        within !== own.definition &&
        within !== context.scope.definition &&
        isMember(expr.args[0]) &&
        used.has(lastName(expr.args[0]!) ?? ''),
    );
    if (destroyed) report(start, destroyed, own.definition.name, context);
  }
}

function report(start: FileCall, { expr, within, name }: FileCall, run: string, context: RuleContext): void {
  context.report({
    span: { ...expr, within },
    message: `Nobody has joined the threads that run \`${run}\` when this \`${name}\` destroys what they lock: one that is still at work finds no lock any more. Join them before.`,
    related: [{ span: start.expr, message: 'They are started here' }],
  });
}

/** `&pool->threads[i]`, `pool->threads + i` or `&pool->thread`: the member of the structure that keeps it. */
function fieldOf(identifier: Expr | undefined): string | undefined {
  const inner = identifier && unwrap(identifier);
  const place =
    inner?.kind === 'unary' && inner.op === '&'
      ? unwrap(inner.operand)
      : inner?.kind === 'binary'
        ? unwrap(inner.left)
        : inner;
  const base = place?.kind === 'index' ? unwrap(place.array) : place;
  return base?.kind === 'member' ? base.field : undefined;
}

function isMember(arg: Expr | undefined): boolean {
  const inner = arg && unwrap(arg);
  return inner?.kind === 'unary' && inner.op === '&' && unwrap(inner.operand).kind === 'member';
}

/** The file only makes and tests the memory for it, frees that and stores the identifiers in it. */
function isNeverRead(field: string, context: RuleContext): boolean {
  return functionsOf(context).every((definition) => {
    const harmless: Expr[] = [];
    someExprIn(definition.body, (expr) => {
      if (expr.kind === 'assign' && expr.target.kind === 'member') harmless.push(expr.target);
      if (calledName(expr) === 'free' && expr.kind === 'call') harmless.push(...expr.args);
      // Whether there is memory, and how large.
      if (expr.kind === 'sizeof' && expr.value) harmless.push(expr.value);
      if (expr.kind === 'unary' && expr.op === '!') harmless.push(expr.operand);
      if (expr.kind === 'binary' && /^[!=]=$/.test(expr.op)) harmless.push(expr.left);
      return false;
    });
    return !someExprIn(
      definition.body,
      (expr) =>
        expr.kind === 'member' &&
        expr.field === field &&
        !isOfStart(expr, definition) &&
        !harmless.some((one) => contains(one, expr)),
    );
  });
}
