import { withoutCasts } from '../../analysis/operators';
import type { Location } from '../../analysis/path';
import { type Expr, type ExprOf, type Stmt, someStmtIn, walkStmt } from '../../c/ast';
import { calledName } from '../../c/cfg';
import type { RuleContext } from '../rule';
import { targetOf } from '../shared/dropped';
import { leavesAtEnd } from '../shared/endings';
import { failureBranch } from '../shared/loops';
import { arms, contains } from '../shared/statements';
import { assignmentsTo, declaratorOf, isAddressTaken, type Use, usesOf } from '../shared/uses';
import { callsOf } from '../shared/whole-file';
import { leavesOpen } from './given';
import { isOnWay } from './leaking';
import { returnsFailure } from './ways-out';

/**
 * A descriptor that a function of another file has made: the function that got it closes it where one thing fails, and forgets to where
 * another does.
 */
export function tellGot(context: RuleContext): void {
  const { definition } = context.scope;
  if (definition.broken || callsOf(definition).every(({ name }) => name !== 'close')) return;
  if (someStmtIn(definition.body, ({ kind }) => /^(?:goto|label|either|unknown)$/.test(kind))) return;
  for (const { name, expr } of callsOf(definition)) {
    const got = makesUnseen(name, context) ? variableOf(expr, context) : undefined;
    if (got === undefined) continue;
    const close = carefulClose(got, expr, context);
    const failed = failureBranch(expr, context);
    if (!close || !failed) continue;
    walkStmt(definition.body, {
      stmt: (stmt) => {
        if (contains(failed, stmt) || !forgets(stmt, got, expr, context)) return;
        context.report({
          span: stmt,
          message: `\`${got}\` is closed where another step fails, but stays open when \`${definition.name}\` returns here: each such return loses the descriptor that \`${name}\` gave, until the process may open no more. Close it before.`,
          related: [
            { span: expr, message: 'Got here' },
            { span: close, message: 'Closed here on the other way' },
          ],
        });
      },
    });
  }
}

/** A function whose text is not at hand, with a name as of one that opens something. */
function makesUnseen(name: string, context: RuleContext): boolean {
  return (
    /open|sock|connect|listen|accept|creat|te?mp/i.test(name) &&
    !/^(?:get|find|is|has|lookup)/i.test(name) &&
    context.scope.call(name) === undefined &&
    context.functionNamed(name) === undefined &&
    context.scope.file.symbols.macro(name) === undefined
  );
}

/** The local number that the result goes into, and nothing else. */
function variableOf(call: Expr, { scope }: RuleContext): string | undefined {
  const target = targetOf(scope.definition, call);
  if (target?.kind !== 'name' || !declaratorOf(scope, target.name)) return undefined;
  const isNumber = scope.typeOf(target.name)?.k === 'int';
  const only = assignmentsTo(scope.definition, target.name).every(
    ({ value }) => withoutCasts(value) === call || value.kind !== 'call',
  );
  return isNumber && only && !isAddressTaken(scope.definition, target.name) ? target.name : undefined;
}

/** The close in a branch that leaves, as by somebody who means to close it wherever something fails. */
function carefulClose(name: string, got: Expr, context: RuleContext): ExprOf<'call'> | undefined {
  const { definition } = context.scope;
  return callsOf(definition).find(
    ({ name: called, expr }) =>
      called === 'close' &&
      expr.start > got.end &&
      isNamed(expr.args[0], name) &&
      arms(definition, expr).some((arm) => leavesAtEnd(arm, context)),
  )?.expr;
}

function isNamed(expr: Expr | undefined, name: string): boolean {
  const inner = expr && withoutCasts(expr);
  return inner?.kind === 'name' && inner.name === name;
}

/** The function fails here, and on the way nobody has closed the descriptor or got to know of it. */
function forgets(stmt: Stmt, name: string, got: Expr, context: RuleContext): boolean {
  const { definition } = context.scope;
  const at: Location = { start: stmt.start, end: stmt.end, within: definition };
  if (stmt.kind !== 'return' || stmt.start < got.end || !returnsFailure(at, context)) return false;
  const isUnder = arms(definition, got).every((arm) => contains(arm, stmt));
  const before = usesOf(definition, name).filter(
    ({ expr }) => expr.start > got.end && expr.start < stmt.start && isOnWay(expr, at, context),
  );
  return isUnder && before.every((use) => isIdle(use, context));
}

/** It is compared, or given to a call of the library that leaves it open. */
function isIdle({ around: [outer, ...more] }: Use, context: RuleContext): boolean {
  const call = outer?.kind === 'cast' ? more[0] : outer;
  if (call?.kind === 'call') return calledName(call) !== 'close' && leavesOpen(call, context);
  return outer?.kind === 'binary' && /^[=!<>]=?$/.test(outer.op);
}
