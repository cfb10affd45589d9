import { rootName } from '../../analysis/aliasing';
import type { CallEvent } from '../../analysis/events';
import { changedBy } from '../../analysis/operators';
import type { Expr } from '../../c/ast';
import { calledName } from '../../c/cfg';
import type { RuleContext } from '../rule';
import { resultName } from '../shared/loops';
import { contains } from '../shared/statements';
import { callsIn, declaratorOf, type Use, usesOf } from '../shared/uses';
import { childBranches } from '../subjects/branches';

/**
 * A child stores into memory that was mapped before its fork, and the parent looks there once it has waited: whoever maps
 * memory for this and does not simply allocate it wants one piece for both.
 */
export function isUsedByBoth({ expr }: CallEvent, context: RuleContext): boolean {
  const { scope } = context;
  const { definition } = scope;
  const name = resultName(definition, expr);
  if (name === undefined || !declaratorOf(scope, name)) return false;
  const branches = childBranches(definition, context).filter(({ fork }) => fork.start > expr.end);
  const uses = usesOf(definition, name);
  const child = branches.find(({ span }) => uses.some((use) => contains(span, use.expr) && isWorkedOn(use)));
  const wait =
    child && callsIn(definition, /^wait(?:pid|id|[34])?$/).find(({ start }) => start > child.fork.end);
  if (!child || !wait) return false;
  const isOutside = ({ expr: at }: Use) =>
    at.start > child.fork.end && !branches.some(({ span }) => contains(span, at));
  const given = new Set(uses.filter((use) => contains(child.span, use.expr)).map(takerOf));
  const mayFill = (use: Use) => isFilled(use) || (isGiven(use) && !given.has(takerOf(use)));
  return (
    uses.some((use) => use.expr.start > wait.end && isOutside(use) && isLookedInto(use)) &&
    !uses.some((use) => isOutside(use) && mayFill(use))
  );
}

/** Handed to a function, or the address of a part of it. Of what the child stores itself fork/private-memory tells. */
function isWorkedOn(use: Use): boolean {
  return isGiven(use) || (isFilled(use) && !use.around.some(changedBy));
}

/** The function that gets the whole of it. */
function takerOf({ around: [outer] }: Use): string | undefined {
  return outer && calledName(outer);
}

/** The whole of it goes to a function, which may do anything there. */
export function isGiven({ expr, around: [outer] }: Use): boolean {
  return outer?.kind === 'call' && outer.args.includes(expr) && !/^munmap$/.test(calledName(outer) ?? '');
}

/** What it points to is changed, or its address handed on. */
export function isFilled({ expr, around }: Use): boolean {
  return around.some((outer) => {
    const target = changedBy(outer);
    if (target && target !== expr && rootName(target) === rootName(expr)) return true;
    return outer.kind === 'unary' && outer.op === '&' && !isLoaded(outer, around);
  });
}

function isLoaded(address: Expr, around: readonly Expr[]): boolean {
  return around.some(
    (outer) =>
      outer.kind === 'call' &&
      outer.args.includes(address) &&
      /^(?:__)?atomic_load/.test(calledName(outer) ?? ''),
  );
}

export function isLookedInto({ expr, around: [outer] }: Use): boolean {
  if (outer?.kind === 'member') return outer.object === expr && outer.arrow;
  if (outer?.kind === 'index') return outer.array === expr;
  return outer?.kind === 'unary' && outer.op === '*';
}
