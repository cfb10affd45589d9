import { changedBy, unwrap } from '../../analysis/operators';
import { type Expr, type ExprOf, type Stmt, someExprIn } from '../../c/ast';
import { calledName } from '../../c/cfg';
import { printsText } from '../../c/library';
import type { RuleContext } from '../rule';
import { leavesAtEnd } from '../shared/endings';
import { tellsFailure } from '../shared/reporting';
import { around, contains } from '../shared/statements';
import { callsIn } from '../shared/uses';
import { dominates } from './using';

/**
 * A function that frees the structure of a connection on several ways out, and closes what is in there on all of them but one: by the
 * text, as the structure comes from a caller or from a thread's argument, and nothing is known of what it holds.
 */

type Call = ExprOf<'call'>;

export function tellForgottenMember(context: RuleContext): void {
  const { definition } = context.scope;
  const frees = callsIn(definition, /^free$/);
  if (frees.length < 2 || definition.broken) return;
  for (const name of new Set(frees.map(freedName))) {
    const own = frees.filter((free) => freedName(free) === name);
    if (name === undefined || own.length < 2) continue;
    const closings = callsIn(definition, /^close$/).filter((call) => heldBy(call, name) !== undefined);
    const fields = new Set(closings.map((call) => heldBy(call, name)));
    const [field] = fields;
    if (fields.size !== 1 || field === undefined || isStored(field, context)) continue;
    const isCareful = (free: Call) =>
      closings.some(
        (call) =>
          blockOf(call, context) === blockOf(free, context) ||
          (call.start < free.start && dominates(context, call.start, free.start)),
      );
    const [forgetful, ...others] = own.filter((free) => !isCareful(free));
    if (!forgetful || others.length > 0 || !isPlain(forgetful, name, field, context)) continue;
    const [careful] = closings;
    context.report({
      span: forgetful,
      message: `The structure is freed here while the descriptor \`${name}->${field}\` in it is still open: nobody can close it any more, and each time one is lost until the process may open no more. Close it before.`,
      related: careful ? [{ span: careful, message: 'Another way out of the function closes it' }] : [],
    });
  }
}

function freedName({ args: [arg] }: Call): string | undefined {
  const given = arg && unwrap(arg);
  return given?.kind === 'name' ? given.name : undefined;
}

/** `close(c->fd)`: the member. */
function heldBy({ args: [arg] }: Call, name: string): string | undefined {
  const given = arg && unwrap(arg);
  const isOwn =
    given?.kind === 'member' && given.arrow && given.object.kind === 'name' && given.object.name === name;
  return isOwn ? given.field : undefined;
}

/** The function itself puts something there, which has not been there on all ways. */
function isStored(field: string, { scope: { definition } }: RuleContext): boolean {
  return someExprIn(definition.body, (expr) => {
    const target = changedBy(expr) ?? (expr.kind === 'unary' && expr.op === '&' ? expr.operand : undefined);
    return target?.kind === 'member' && target.field === field;
  });
}

function blockOf(call: Expr, { scope: { definition } }: RuleContext): Stmt | undefined {
  return around(definition, call).findLast(({ kind }) => kind === 'block');
}

/** A branch that leaves, in which nothing else gets hold of the structure, and whose test does not ask for the descriptor. */
function isPlain(free: Call, name: string, field: string, context: RuleContext): boolean {
  const { definition } = context.scope;
  const block = blockOf(free, context);
  if (!block || block === definition.body || !leavesAtEnd(block, context)) return false;
  const isHeld = (expr: Expr) => expr.kind === 'member' && expr.field === field;
  const asks = around(definition, free).some(
    (stmt) =>
      stmt.kind === 'if' &&
      !contains(stmt.test, free) &&
      someExprIn({ kind: 'expr', expr: stmt.test, start: stmt.test.start, end: stmt.test.end }, isHeld),
  );
  const isGiven = (call: Expr) =>
    call.kind === 'call' &&
    call !== free &&
    !printsText(calledName(call) ?? '') &&
    !tellsFailure(calledName(call) ?? '') &&
    call.args.some((arg) => {
      const given = unwrap(arg);
      return (given.kind === 'name' && given.name === name) || isHeld(given);
    });
  return !asks && !someExprIn(block, isGiven);
}
