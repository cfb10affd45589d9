import { isComparison, unwrap } from '../../analysis/operators';
import { type Expr, type ExprOf, expressionsOf, type Stmt, someExprIn, walkStmt } from '../../c/ast';
import { calledName } from '../../c/cfg';
import { printsText } from '../../c/library';
import type { RuleContext } from '../rule';
import { callsIn, variableIn } from '../shared/uses';
import { textOf } from '../shared/whole-file';

/**
 * `if (flock(slot->fd, ...) == -1) { slot->fd = -1; return errno; }`: the branch for what has failed wipes the only name of a handle that
 * the same function has opened, and has not closed it. Told by the text, as members are known to others.
 */

const opening =
  /^(?:open|openat|creat|socket|accept4?|mq_open|shm_open|dup|eventfd|signalfd|epoll_create1?|posix_openpt|mkstemp)$/;
const saying = /^(?:log\w*|strerror|errno|__errno_location)$/i;

function says(name: string): boolean {
  return printsText(name) || saying.test(name);
}

type If = Extract<Stmt, { kind: 'if' }>;

export function tellWiped(context: RuleContext): void {
  const { definition } = context.scope;
  const opened = callsIn(definition, opening);
  if (opened.length === 0) {
    return;
  }
  walkStmt(definition.body, {
    stmt: (stmt) => {
      const found = stmt.kind === 'if' ? wipedIn(stmt, opened, context) : undefined;
      if (!found) return;
      const name = context.source(found.wipe.target);
      context.report({
        span: found.wipe,
        message: `\`${name}\` gets another value here although what it held is still open: \`${calledName(found.call)}\` has failed, but the descriptor is left, and nobody can close it any more. Close it before.`,
        related: [{ span: found.open, message: 'Opened here' }],
      });
    },
  });
}

function wipedIn(stmt: If, opened: readonly ExprOf<'call'>[], context: RuleContext) {
  const call = failed(stmt.test, context);
  const { consequent } = stmt;
  const body = consequent.kind === 'block' ? consequent.body : [consequent];
  for (const [i, one] of body.entries()) {
    const [wipe] = one.kind === 'expr' ? expressionsOf(one) : [];
    if (!call || wipe?.kind !== 'assign' || wipe.op !== '=') continue;
    if (context.scope.evaluator.constant(wipe.value, context.scope) !== -1n) continue;
    const open = openedInto(wipe.target, opened, call, context);
    const taken = call.args.some((arg) => same(arg, wipe.target, context));
    const root = variableIn(wipe.target);
    const handed = body.slice(0, i).some((before) => isHanded(before, root, wipe.target, context));
    if (open && taken && !handed && !isCopied(wipe.target, context)) return { wipe, call, open };
  }
  return undefined;
}

/** The call of the library that has failed when a test holds. */
function failed(test: Expr, { scope }: RuleContext): ExprOf<'call'> | undefined {
  const inner = unwrap(test);
  if (inner.kind !== 'binary' || !isComparison(inner.op)) {
    return undefined;
  }
  const call = unwrap(inner.left);
  const limit = scope.evaluator.constant(inner.right, scope);
  const fails = inner.op === '<' ? limit === 0n : inner.op === '==' && limit === -1n;
  const known = call.kind === 'call' ? scope.call(calledName(call) ?? '') : undefined;
  const closes = known?.effects.some(({ op }) => op === 'close') ?? true;
  return fails && call.kind === 'call' && !closes ? call : undefined;
}

/** The function opens it before, and nothing else gives it a handle. */
function openedInto(
  target: Expr,
  opened: readonly ExprOf<'call'>[],
  call: Expr,
  context: RuleContext,
): Expr | undefined {
  const values: Expr[] = [];
  const text = textOf(target, context.scope.definition, context);
  walkStmt(context.scope.definition.body, {
    expr: (expr) => {
      if (expr.kind === 'assign' && textOf(expr.target, context.scope.definition, context) === text)
        values.push(unwrap(expr.value));
    },
    stmt: (stmt) => {
      if (stmt.kind !== 'decl') return;
      for (const { name, init } of stmt.declaration.declarators)
        if (init && name === text) values.push(unwrap(init));
    },
  });
  const opens = values.filter((value) => opened.some((one) => one === value));
  const others = values.filter(
    (value) => !opens.includes(value) && context.scope.evaluator.constant(value, context.scope) === undefined,
  );
  const [open] = opens;
  return opens.length === 1 && others.length === 0 && open && open.end <= call.start ? open : undefined;
}

function same(one: Expr, other: Expr, context: RuleContext): boolean {
  const { definition } = context.scope;
  return textOf(unwrap(one), definition, context) === textOf(unwrap(other), definition, context);
}

/** Something before may close it, or take it along. */
function isHanded(stmt: Stmt, root: string | undefined, target: Expr, context: RuleContext): boolean {
  return someExprIn(
    stmt,
    (expr) =>
      (expr.kind === 'call' &&
        !says(calledName(expr) ?? '') &&
        (root === undefined ||
          expr.args.length === 0 ||
          expr.args.some((arg) => variableIn(arg) === root || same(arg, target, context)))) ||
      (expr.kind === 'assign' && same(expr.value, target, context)),
  );
}

/** Another variable gets the same handle somewhere in the function. */
function isCopied(target: Expr, context: RuleContext): boolean {
  return someExprIn(
    context.scope.definition.body,
    (expr) =>
      (expr.kind === 'assign' && same(expr.value, target, context)) ||
      (expr.kind === 'unary' && expr.op === '&' && same(expr.operand, target, context)),
  );
}
