import { changedBy, unwrap } from '../../analysis/operators';
import { type Expr, type ExprOf, someExprIn, somePart, someStmtIn } from '../../c/ast';
import { calledName } from '../../c/cfg';
import type { RuleContext } from '../rule';
import { mentions } from '../shared/globals';
import { type Loop, loopAround, resultName } from '../shared/loops';
import { contains } from '../shared/statements';
import { callsIn, usesOf } from '../shared/uses';

/** A loop that moves bytes until all are moved, counts how many are left, and begins each time at the same place. */
export interface StayingStart {
  call: ExprOf<'call'>;
  /** The pointer that does not move on. */
  start: string;
  /** The length that does. */
  length: Expr;
}

export function stayingStarts(context: RuleContext): StayingStart[] {
  const { definition } = context.scope;
  return callsIn(definition, /^(?:read|recv|write|send)$/).flatMap((call) => {
    const loop = loopAround(definition, call);
    const count = resultName(definition, call);
    const [, start, length] = call.args;
    if (!loop || count === undefined || start?.kind !== 'name' || !length) return [];
    const isPointer = context.scope.resolvedTypeOf(start)?.k === 'pointer';
    const counted = countersOf(loop, count).filter((name) => isLeft(length, name));
    if (!isPointer || counted.length === 0 || !isOnlyGiven(start.name, loop, call, context)) return [];
    return [{ call, start: start.name, length }];
  });
}

/** Variables to which each round adds what the call has moved, or from which it takes that away. */
function countersOf(loop: Loop, count: string): string[] {
  const names: string[] = [];
  someExprIn(loop, (expr) => {
    if (expr.kind === 'assign' && expr.target.kind === 'name') {
      const value = unwrap(expr.value);
      const isAdded = /^[+-]=$/.test(expr.op) && value.kind === 'name' && value.name === count;
      const isSum =
        value.kind === 'binary' &&
        /^[+-]$/.test(value.op) &&
        mentions(value, count) &&
        mentions(value, expr.target.name);
      if (isAdded || isSum) names.push(expr.target.name);
    }
    return false;
  });
  return names;
}

/** `left`, or `size - done`: no less, as where a piece at a time is moved. */
function isLeft(length: Expr, name: string): boolean {
  const plain = unwrap(length);
  if (plain.kind === 'name') return plain.name === name;
  return plain.kind === 'binary' && plain.op === '-' && mentions(plain.right, name);
}

/** The loop neither moves the pointer on nor does anything else with what it leads to, and it is a parameter, or used behind the loop. */
function isOnlyGiven(
  start: string,
  loop: Loop,
  call: ExprOf<'call'>,
  { scope: { definition } }: RuleContext,
): boolean {
  const uses = usesOf(definition, start)
    // Who gives up gives it back.
    .filter(({ around: [outer] }) => !(outer && /free/i.test(calledName(outer) ?? '')))
    .map(({ expr }) => expr);
  const inside = uses.filter((expr) => contains(loop, expr));
  const isWanted = /^(?:write|send)$/.test(calledName(call) ?? '') || isKept(start, loop, uses, definition);
  const isChanged = someExprIn(loop, (expr) => {
    const target = changedBy(expr);
    return target?.kind === 'name' && target.name === start;
  });
  // Made anew in each round, it is where that round begins.
  const isAnew = someStmtIn(
    loop,
    (stmt) => stmt.kind === 'decl' && stmt.declaration.declarators.some(({ name }) => name === start),
  );
  return (
    !isAnew &&
    inside.length === 1 &&
    isWanted &&
    !isChanged &&
    !somePart(call.args[2]!, (part) => part === inside[0])
  );
}

/** Somebody wants what was read: nobody reads a rest to throw it away into what the caller gave. */
function isKept(
  start: string,
  loop: Loop,
  uses: readonly Expr[],
  { type }: RuleContext['scope']['definition'],
): boolean {
  return type.params.some(({ name }) => name === start) || uses.some((expr) => expr.start > loop.end);
}
