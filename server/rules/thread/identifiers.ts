import { unwrap } from '../../analysis/operators';
import { type Expr, type FunctionDefinition, walkStmt } from '../../c/ast';
import { calledName } from '../../c/cfg';
import type { RuleContext } from '../rule';
import { contains } from '../shared/statements';
import { callsIn, declaratorOf, isMeasured, type Use, usesOf, variableIn } from '../shared/uses';
import { type FileCall, fileMentions, functionsOf } from '../shared/whole-file';

/** Where the identifiers of threads are kept, and who looks at them. */

/** Calls that store the identifier of a thread. */
export const creating = /^[pP]thread_create$/;

export function isOfStart(use: { start: number; end: number }, definition: FunctionDefinition): boolean {
  return callsIn(definition, creating).some(({ args: [first] }) => first && contains(first, use));
}

/** What is stored there afterwards tells nothing of the thread. */
export function isOverwritten({ expr, around: [outer] }: Use): boolean {
  return outer?.kind === 'assign' && outer.op === '=' && outer.target === expr;
}

/**
 * Nobody can wait for the thread by its identifier: it is kept in a variable of `main` or of the program, in an element of an array or in a
 * member, at which nobody looks. The thread is not made as a detached one.
 */
export function isForgotten({ expr }: FileCall, context: RuleContext): boolean {
  const { scope } = context;
  const identifier = expr.args[0] && unwrap(expr.args[0]);
  const place =
    identifier?.kind === 'unary' && identifier.op === '&' ? unwrap(identifier.operand) : identifier;
  const root = place && variableIn(place);
  if (!place || root === undefined || fileMentions(context, /setdetachstate/)) return false;
  if (place.kind === 'member') return isOnlyStored(place.field, context);
  const { symbols } = scope.file;
  const isLocal = scope.typeOf(root) !== undefined;
  if (isLocal ? !declaratorOf(scope, root) : symbols.qualities.get(root)?.includes('extern') !== false)
    return false;
  const users = isLocal
    ? [scope.definition]
    : functionsOf(context).filter((one) => !scope.file.scopeOf(one).typeOf(root));
  return users.every((user) =>
    usesOf(user, root).every(
      (use) => isOfStart(use.expr, user) || tellsNothing(use) || isOther(use, place, context),
    ),
  );
}

/** Another element of the array, by numbers. */
function isOther(
  { expr, around: [element] }: Use,
  place: Expr,
  { scope: { evaluator } }: RuleContext,
): boolean {
  if (element?.kind !== 'index' || element.array !== expr || place.kind !== 'index') return false;
  const [own, other] = [place, element].map(({ index }) => evaluator.constant(index));
  return own !== undefined && other !== undefined && own !== other;
}

/** Memory that is made, measured, tested and freed, and identifiers that are only shown. */
export function tellsNothing(use: Use): boolean {
  const [outer] = use.around;
  const call = use.around.find((each) => each.kind === 'call');
  const isTested =
    outer?.kind === 'binary' ? /^[!=]=$/.test(outer.op) : outer?.kind === 'unary' && outer.op === '!';
  const isShown = /^(?:free|f?printf)$/.test((call && calledName(call)) ?? '');
  return isOverwritten(use) || isMeasured(use) || isTested || isShown;
}

/** No function of the file looks at the member, whatever structure it is of. */
function isOnlyStored(field: string, context: RuleContext): boolean {
  return functionsOf(context).every((definition) => {
    let isRead = false;
    walkStmt(definition.body, {
      expr: (part: Expr) => {
        isRead ||= part.kind === 'member' && part.field === field && !isOfStart(part, definition);
      },
    });
    return !isRead;
  });
}
