import { unwrap } from '../../analysis/operators';
import { type Expr, type ExprOf, someExprIn, walkStmt } from '../../c/ast';
import type { RuleContext } from '../rule';
import { mentions } from '../shared/globals';
import { type Loop, loopAround, Result, resultName } from '../shared/loops';
import { contains } from '../shared/statements';
import { callsIn } from '../shared/uses';

/** Functions that by their name move all they are asked to, `write_all`, `readn`, and leave it at one call that may move less. */
export interface Promised {
  call: ExprOf<'call'>;
  length: Expr;
}

const all =
  /^(?:\w+_)?(?:(?:write|send|read|recv|receive)_?(?:all|n|full|fully|exact|exactly|whole)|(?:full|all)_?(?:write|send|read|recv))$/i;

export function promisedWhole(context: RuleContext): Promised | undefined {
  const { definition } = context.scope;
  if (!all.test(definition.name) || definition.broken) return undefined;
  const [call, ...others] = callsIn(definition, /^(?:read|recv|write|send)$/);
  const given = call?.args[2] && unwrap(call.args[2]);
  const length = given?.kind === 'name' ? given.name : undefined;
  const isOne = call && others.length === 0 && definition.type.params.some(({ name }) => name === length);
  if (!call || !isOne || length === undefined) return undefined;
  const count = resultName(definition, call);
  if (count === undefined || waitsForAll(call) || !endsWithOne(call, count, context)) return undefined;
  return comparesOrReturns(call, count, length, context) ? undefined : { call, length: call.args[2]! };
}

function waitsForAll({ args }: ExprOf<'call'>): boolean {
  return args[3] !== undefined && mentions(args[3], 'MSG_WAITALL');
}

/** No loop, or one that ends as soon as anything has been moved: `while ((n = write(...)) == -1 && errno == EINTR)`. */
function endsWithOne(call: Expr, count: string, context: RuleContext): boolean {
  const loop: Loop | undefined = loopAround(context.scope.definition, call);
  return (
    !loop || (loop.test !== undefined && new Result(call, count, context).holds(loop.test, 1n) === false)
  );
}

/** Somebody can tell how much it was: the count goes to the caller, or is reckoned with or compared with what was asked for. */
function comparesOrReturns(call: Expr, count: string, length: string, context: RuleContext): boolean {
  const { definition } = context.scope;
  const isCount = (expr: Expr) => mentions(expr, count) && !contains(expr, call);
  let returned = false;
  walkStmt(definition.body, {
    stmt: (stmt) => {
      const value = stmt.kind === 'return' && stmt.value ? unwrap(stmt.value) : undefined;
      const values =
        value?.kind === 'conditional' ? [value.consequent ?? value.test, value.alternative] : [value];
      // `sent == -1` says no more than whether it failed.
      returned ||= values.some((one) => one && one.kind !== 'binary' && mentions(one, count));
    },
  });
  const compares = (one: Expr, other: Expr) =>
    (isCount(one) || contains(one, call)) && mentions(other, length) && !contains(other, call);
  return (
    returned ||
    someExprIn(definition.body, (expr) => {
      if (expr.kind === 'assign') return isCount(expr.value) && !mentions(expr.target, count);
      return expr.kind === 'binary' && (compares(expr.left, expr.right) || compares(expr.right, expr.left));
    })
  );
}
