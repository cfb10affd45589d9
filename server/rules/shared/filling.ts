import { type Expr, type ExprOf, type FunctionDefinition, type Span, walkStmt } from '../../c/ast';
import { calledName } from '../../c/cfg';
import type { RuleContext } from '../rule';
import { isLeftBehind } from './left-behind';
import { declaratorOf, hasLabelBefore, isMeasured, type Use, usesOf } from './uses';
import { functionsOf, isAllRead, isProgram } from './whole-file';

/** What the text does to a structure before it is handed over. */
export interface Filling {
  /** All of it was set to zero. */
  zeroed: boolean;
  /** Members that something was stored in, or that a function got. */
  set: ReadonlySet<string>;
}

/** Whether a call only reads the structure that is used in it. */
export type Takes = (call: ExprOf<'call'>, use: Use) => boolean;

/**
 * What becomes of a structure before a call; undefined when something may fill it that is not understood. A local one is declared without a
 * value or with zeros, and what stands before the call in the text or in a loop around it counts. Of a variable of this file alone, or of a file that is a
 * whole program, all that the file does counts.
 */
export function fillingOf(context: RuleContext, name: string, call: Span, takes: Takes): Filling | undefined {
  const { scope } = context;
  return scope.typeOf(name) ? localFilling(context, name, call, takes) : fileFilling(context, name, takes);
}

function localFilling(context: RuleContext, name: string, call: Span, takes: Takes): Filling | undefined {
  const { scope } = context;
  const { definition } = scope;
  const found = declaratorOf(scope, name);
  const given = found?.declarator.init && initialMembers(found.declarator.init);
  if (!found || (found.declarator.init && !given) || scope.ambiguous.has(name)) {
    return undefined;
  }
  if (found.storage.some((word) => word === 'static' || word === 'extern')) {
    return undefined;
  }
  const loop = outermostLoop(definition, call);
  const before = usesOf(definition, name).filter(({ expr }) => {
    const inLoop = loop && expr.start >= loop.start && expr.end <= loop.end;
    return (expr.start < call.start || inLoop) && !isLeftBehind(context, expr, call);
  });
  return filled(before, takes, { zeroed: given !== undefined, set: new Set(given) });
}

/** A variable outside functions is zero when the program starts. */
function fileFilling(context: RuleContext, name: string, takes: Takes): Filling | undefined {
  const { symbols } = context.scope.file;
  const qualities = symbols.qualities.get(name);
  const isOwn =
    qualities?.includes('static') || (qualities?.includes('extern') === false && isProgram(context));
  const init = symbols.initialisers.get(name);
  const given = init && initialMembers(init);
  if (!isOwn || (init && !given) || !isAllRead(context)) return undefined;
  const uses = functionsOf(context).flatMap((definition) =>
    context.scope.file.scopeOf(definition).typeOf(name) ? [] : usesOf(definition, name),
  );
  return filled(uses, takes, { zeroed: true, set: new Set(given) });
}

function filled(
  uses: readonly Use[],
  takes: Takes,
  start: { zeroed: boolean; set: Set<string> },
): Filling | undefined {
  const { set } = start;
  let { zeroed } = start;
  for (const use of uses) {
    if (isMeasured(use)) continue;
    const [member] = use.around;
    if (member?.kind === 'member' && member.object === use.expr) {
      set.add(member.field);
      continue;
    }
    const outer = use.around.find((expr): expr is ExprOf<'call'> => expr.kind === 'call');
    const isCleared = outer && /^(?:memset|bzero|explicit_bzero)$/.test(calledName(outer) ?? '');
    if (isCleared && isPlainAddress(use, outer)) zeroed = true;
    else if (!outer || !takes(outer, use)) return undefined;
  }
  return { zeroed, set };
}

/** The members that an initialiser names, the others being zero; undefined where it goes by position. */
function initialMembers(init: Expr): string[] | undefined {
  if (init.kind !== 'init') {
    return undefined;
  }
  const [only] = init.items;
  if (init.items.length === 1 && only?.value.kind === 'number' && /^0+$/.test(only.value.text)) {
    return only.designators.length === 0 ? [] : undefined;
  }
  const names = init.items.flatMap(({ designators: [first] }) => (typeof first === 'string' ? [first] : []));
  return names.length === init.items.length ? names : undefined;
}

function outermostLoop(definition: FunctionDefinition, at: Span): Span | undefined {
  let found: Span | undefined;
  walkStmt(definition.body, {
    stmt: (stmt) => {
      const loop =
        stmt.kind === 'while' || stmt.kind === 'do' || stmt.kind === 'for' || stmt.kind === 'label';
      if (loop && stmt.start <= at.start && stmt.end >= at.end) found ??= stmt;
    },
  });
  return found ?? (hasLabelBefore(definition, at.start) ? definition.body : undefined);
}

/** The whole object is given by its address, cast or not. */
export function isPlainAddress({ around }: Use, call: Expr): boolean {
  return around
    .slice(0, around.indexOf(call))
    .every((expr) => expr.kind === 'cast' || (expr.kind === 'unary' && expr.op === '&'));
}
