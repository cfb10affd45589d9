import type { FunctionScope } from '../../analysis/context';
import type { CallEvent } from '../../analysis/events';
import type { Expr } from '../../c/ast';
import { calledName } from '../../c/cfg';
import { printsText } from '../../c/library';
import type { RuleContext } from '../rule';
import { calls, reachedFrom } from '../shared/globals';
import { resultName } from '../shared/loops';
import { contains } from '../shared/statements';
import { declaratorOf, type Use, usesOf } from '../shared/uses';
import { callsOf } from '../shared/whole-file';
import { childBranches } from '../subjects/branches';
import { isFilled, isGiven, isLookedInto } from './used-by-both';

/** A use of the memory, here or in a function that is handed its address. */
interface Reached {
  use: Use;
  /** Where it comes in the order of the program: the calls that lead to it, and it. */
  order: readonly number[];
  isChild: boolean;
  /** A function that cannot be seen gets the whole of it. */
  isLost: boolean;
}

const deepest = 3;

/**
 * As `isUsedByBoth`, where one function makes the children, which store their results, and another one reads them when it has waited.
 * What is in the memory before is nobody's result: then each may well be meant to go on with a copy.
 */
export function isUsedThroughHelpers({ expr }: CallEvent, context: RuleContext): boolean {
  const { scope } = context;
  const name = resultName(scope.definition, expr);
  if (name === undefined || !declaratorOf(scope, name)) return false;
  const reached = usesReached(name, scope, context).filter(({ order }) => order[0]! > expr.end);
  const child = reached.find((one) => one.isChild && (isFilled(one.use) || one.isLost));
  const wait = child && waitBehind(child.order, context);
  if (!child || wait === undefined) return false;
  const others = reached.filter(({ isChild }) => !isChild);
  return (
    // What all happens in this function `isUsedByBoth` has seen.
    others.some(
      ({ use, order }) =>
        isLookedInto(use) && isBefore([wait], order) && order.length + child.order.length > 2,
    ) && !others.some(({ use, isLost }) => isLost || isFilled(use))
  );
}

function usesReached(
  name: string,
  scope: FunctionScope,
  context: RuleContext,
  at: { order: readonly number[]; isChild: boolean } = { order: [], isChild: false },
): Reached[] {
  const branches = childBranches(scope.definition, context);
  return usesOf(scope.definition, name).flatMap((use) => {
    const order = [...at.order, use.expr.start];
    const isChild = at.isChild || branches.some(({ span }) => contains(span, use.expr));
    const call = isGiven(use) ? use.around[0] : undefined;
    const into = call?.kind === 'call' ? handedTo(call, use.expr, context) : undefined;
    if (into && order.length <= deepest) {
      return usesReached(into.name, into.scope, context.in(into.scope), { order, isChild });
    }
    return [{ use, order, isChild, isLost: call !== undefined && !printsText(calledName(call) ?? '') }];
  });
}

/** The parameter that gets the address, where the function's text is at hand. */
function handedTo(
  call: Expr,
  given: Expr,
  context: RuleContext,
): { scope: FunctionScope; name: string } | undefined {
  const scope = call.kind === 'call' ? context.functionNamed(calledName(call) ?? '') : undefined;
  const index = call.kind === 'call' ? call.args.indexOf(given) : -1;
  const name = scope?.definition.type.params[index]?.name;
  return scope && name !== undefined ? { scope, name } : undefined;
}

/** The first place behind at which this function waits for children, itself or in what it calls. */
function waitBehind([start]: readonly number[], context: RuleContext): number | undefined {
  const waiting = /^wait(?:pid|id|[34])?$/;
  return callsOf(context.scope.definition).find(({ name, expr }) => {
    if (expr.start <= start!) return false;
    const callee = waiting.test(name) ? undefined : context.functionNamed(name);
    return waiting.test(name) || (callee && calls(reachedFrom(callee.definition, context), waiting));
  })?.expr.start;
}

function isBefore(one: readonly number[], other: readonly number[]): boolean {
  const index = one.findIndex((place, i) => place !== other[i]);
  return index < 0 || one[index]! < (other[index] ?? Number.POSITIVE_INFINITY);
}
