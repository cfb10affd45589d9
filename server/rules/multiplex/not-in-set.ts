import { unwrap } from '../../analysis/operators';
import { type Expr, type ExprOf, walkExpr } from '../../c/ast';
import { calledName } from '../../c/cfg';
import type { Report, RuleContext } from '../rule';
import { addressed, assignmentsTo, callsIn, declaratorOf, usesOf } from '../shared/uses';

/** Descriptors that are looked for in a set into which nobody puts them: `FD_ISSET(0, &set)` without `FD_SET(0, &set)`. */

/** Calls that change a set, or look into it, and do nothing else with it. */
const ofSets = /^(?:FD_(?:ZERO|SET|CLR|ISSET)|p?select)$/;

export function notInSet(context: RuleContext): Report[] {
  const { definition } = context.scope;
  const asked = callsIn(definition, /^FD_ISSET$/);
  if (asked.length === 0 || callsIn(definition, /^p?select$/).length === 0) return [];
  const told = new Set<string>();
  return asked.flatMap((call) => {
    const [fd] = call.args;
    const set = addressed(call.args[1]);
    if (!fd || set === undefined || !isOwnSet(set, context)) return [];
    const put = callsIn(definition, /^FD_SET$/).filter(({ args }) => addressed(args[1]) === set);
    const isOther = (one: ExprOf<'call'>) =>
      one.args[0] !== undefined && areDifferent(fd, one.args[0], context);
    const text = context.source(fd);
    if (put.length === 0 || !put.every(isOther) || told.has(`${text} ${set}`)) return [];
    told.add(`${text} ${set}`);
    return [
      {
        span: call,
        message: `Nothing puts \`${text}\` into \`${set}\`, so \`select\` does not wait for it, and it is never found there. Add \`FD_SET(${text}, &${set})\` where the set is filled.`,
        related: [{ span: put[0]!, message: 'The set is filled here' }],
      },
    ];
  });
}

/** A variable of the function that nobody else fills. */
function isOwnSet(name: string, context: RuleContext): boolean {
  const { scope } = context;
  const found = declaratorOf(scope, name);
  if (!found || found.declarator.init || scope.ambiguous.has(name)) return false;
  return usesOf(scope.definition, name).every(({ around: [own, call] }) => {
    if (own?.kind === 'sizeof') return true;
    return (
      own?.kind === 'unary' && own.op === '&' && call?.kind === 'call' && ofSets.test(calledName(call) ?? '')
    );
  });
}

/** Numbers that are the same by no chance: one written down, and one that a call of the function gives. */
function areDifferent(asked: Expr, put: Expr, context: RuleContext): boolean {
  const [a, b] = [numberOf(asked, context), numberOf(put, context)];
  if (a !== undefined && b !== undefined) return a !== b;
  if (a !== undefined) return isMade(put, context);
  return b !== undefined && isMade(asked, context);
}

function numberOf(expr: Expr, { scope }: RuleContext): bigint | undefined {
  if (calledName(expr) === 'fileno') {
    const [stream] = (unwrap(expr) as ExprOf<'call'>).args;
    return stream?.kind === 'name' && stream.name === 'stdin' ? 0n : undefined;
  }
  return scope.evaluator.constant(expr, scope);
}

/** A variable that only gets what calls give, and is no copy of a standard descriptor. */
function isMade(expr: Expr, { scope }: RuleContext): boolean {
  const inner = unwrap(expr);
  if (inner.kind !== 'name' || scope.ambiguous.has(inner.name)) return false;
  const { definition } = scope;
  const given = assignmentsTo(definition, inner.name).map(({ value }) => value);
  const param = definition.type.params.some(({ name }) => name === inner.name);
  const isStandard = (value: Expr) => {
    let found = false;
    walkExpr(value, (part) => {
      found ||= part.kind === 'name' && /std|tty/i.test(part.name);
    });
    return found;
  };
  const isNone = (value: Expr) => (scope.evaluator.constant(value, scope) ?? 0n) < 0n;
  const isCall = (value: Expr) => unwrap(value).kind === 'call' && calledName(unwrap(value)) !== 'fileno';
  const isLikely = given.every((value) => isNone(value) || (isCall(value) && !isStandard(value)));
  return !param && given.length > 0 && !given.every(isNone) && isLikely;
}
