import { unwrap } from '../../analysis/operators';
import { type Expr, someExprIn, somePart, walkStmt } from '../../c/ast';
import type { RuleContext } from '../rule';
import { callsIn, variableIn } from '../shared/uses';
import { callsTo, fileNames } from '../shared/whole-file';

/** Who has seen to it that a text fits into the path of an address. */

/** Somewhere the function compares a length with something: of this text, or of what it was made of. */
export function isMeasuredSomewhere(source: Expr, context: RuleContext): boolean {
  const { definition } = context.scope;
  const name = variableIn(source);
  let found = callsIn(definition, /^x?str(?:n?len|lcpy)$/).some(({ args }) => {
    const of = args[0] && variableIn(args[0]);
    return of === undefined || of === name;
  });
  walkStmt(definition.body, {
    expr: (expr) => {
      // A limit asked of the structure, or a length kept in a variable.
      found ||=
        expr.kind === 'binary' &&
        /^[<>]=?$/.test(expr.op) &&
        [expr.left, expr.right].some((side) => mentionsPathSize(side, context));
    },
  });
  return found;
}

/** Who calls the helper compares with the size of the path first, or another function of the file that does so for it. */
export function isMeasuredByCallers(context: RuleContext): boolean {
  return (
    fileNames(context, pathSize) ||
    callsTo(context, context.scope.definition.name).some(({ within }) =>
      someExprIn(
        within.body,
        (expr) => expr.kind === 'sizeof' && /sun_path/.test(context.source({ ...expr, within })),
      ),
    )
  );
}

const pathSize = /UNIX_PATH_MAX|UNIX_MAX/;

function mentionsPathSize(side: Expr, context: RuleContext): boolean {
  return somePart(
    side,
    (expr) =>
      (expr.kind === 'sizeof' && /sun_path/.test(context.source(expr))) ||
      (expr.kind === 'name' && pathSize.test(expr.name)),
  );
}

/** The longest of the texts in a table of the file: `names[i]`. */
export function longestOf(expr: Expr, { scope }: RuleContext): number | undefined {
  const inner = unwrap(expr);
  const table = inner.kind === 'index' && inner.array.kind === 'name' ? inner.array.name : undefined;
  const texts =
    table === undefined || scope.typeOf(table) ? undefined : scope.file.symbols.initialisers.get(table);
  if (texts?.kind !== 'init') return undefined;
  const lengths = texts.items.map(({ value }) =>
    value.kind === 'string' ? value.value.length : value.kind === 'null' ? 0 : undefined,
  );
  return lengths.includes(undefined) ? undefined : Math.max(...lengths.map((length) => length ?? 0));
}
