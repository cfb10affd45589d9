import { rootName } from '../analysis/aliasing';
import { unwrap } from '../analysis/operators';
import { type Expr, type FunctionDefinition, walkStmt } from '../c/ast';
import { calledName } from '../c/cfg';
import type { RuleContext } from './rule';
import { type FileCall, fileFact } from './whole-file';

/** What members of structures and variables outside functions hold, as all functions of the file together tell. */

interface Stores {
  calls: FileCall[];
  /** Something else than a result of a call is stored there, too, or may be. */
  others: boolean;
}

/** Members are taken for one by their names, whatever the structure: what is stored in any counts for all. */
const storesOf = fileFact((functions, context): ReadonlyMap<string, Stores> => {
  const found = new Map<string, Stores>();
  for (const within of functions) collect(within, found, context);
  return found;
});

function collect(within: FunctionDefinition, found: Map<string, Stores>, context: RuleContext): void {
  const scope = context.scope.file.scopeOf(within);
  const of = (name: string) => {
    const known = found.get(name) ?? { calls: [], others: false };
    found.set(name, known);
    return known;
  };
  const put = (name: string, value: Expr | undefined) => {
    const inner = value && unwrap(value);
    const called = inner && calledName(inner);
    if (inner?.kind === 'call' && called !== undefined)
      of(name).calls.push({ name: called, expr: inner, within });
    else if (!inner || scope.evaluator.constant(inner, scope) === undefined) of(name).others = true;
  };
  const nameOf = (place: Expr) =>
    place.kind === 'member'
      ? place.field
      : place.kind === 'name' && !scope.typeOf(place.name)
        ? place.name
        : undefined;
  walkStmt(within.body, {
    expr: (expr) => {
      if (expr.kind === 'assign') {
        const name = nameOf(expr.target);
        if (name !== undefined) put(name, expr.op === '=' ? expr.value : undefined);
      } else if (expr.kind === 'update' || (expr.kind === 'unary' && expr.op === '&')) {
        const name = nameOf(expr.operand);
        if (name !== undefined) put(name, undefined);
      } else if (expr.kind === 'init') {
        for (const { designators, value } of expr.items) {
          if (typeof designators[0] === 'string') put(designators[0], value);
        }
      }
    },
  });
}

/** The call of which a member or a variable outside functions holds the result, where nothing else is ever stored there. */
export function keptBy(expr: Expr, context: RuleContext): FileCall | undefined {
  const inner = unwrap(expr);
  const isShared = inner.kind === 'name' && !context.scope.typeOf(inner.name);
  const name = inner.kind === 'member' ? inner.field : isShared ? rootName(inner) : undefined;
  const stores = name === undefined ? undefined : storesOf(context).get(name);
  const [first, ...others] = stores?.calls ?? [];
  return stores && !stores.others && others.every((other) => other.name === first?.name) ? first : undefined;
}
