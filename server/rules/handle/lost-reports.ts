import type { Location } from '../../analysis/path';
import type { Resource } from '../../analysis/values';
import { type Stmt, walkStmt } from '../../c/ast';
import type { RuleContext } from '../rule';
import { failureBranch, isLoop, loopAround, spanOfSite } from '../shared/loops';
import { arms, around, contains } from '../shared/statements';
import { callsIn } from '../shared/uses';
import { thing } from './using';

/** What is said of handles that are lost. */

export function tellRound(resource: Resource, name: string, at: Location, context: RuleContext): void {
  const early = carelessContinue(resource, name, context);
  if (early) {
    context.report({
      span: { start: early.start, end: early.end, within: resource.site.within },
      message: `The next round of this loop begins here with the ${thing(resource)} \`${name}\` still open, and opens another: each such round loses one until the process may open no more. Close it before.`,
      related: [{ span: spanOfSite(resource.site), message: 'Opened here' }],
    });
    return;
  }
  context.report({
    span: at,
    message: `The ${thing(resource)} \`${name}\` of the round before is still open when the next round of this loop opens another, so each round loses one until the process may open no more. Close it before the round ends.`,
  });
}

/** The one `continue` in front of which the handle is not closed, where others are careful. */
function carelessContinue({ site }: Resource, name: string, context: RuleContext): Stmt | undefined {
  const definition = site.within;
  const own = context.in(context.scope.file.scopeOf(definition));
  const loop = loopAround(definition, site.expr);
  const failed = failureBranch(site.expr, own);
  const careless: Stmt[] = [];
  let careful = false;
  walkStmt(loop ?? definition.body, {
    stmt: (stmt) => {
      if (
        stmt.kind !== 'continue' ||
        stmt.start < site.expr.end ||
        around(definition, stmt).findLast(isLoop) !== loop
      )
        return;
      if (failed && contains(failed, stmt)) return;
      const chain = arms(definition, stmt);
      const closed = callsIn(definition, /close/i).some(
        (call) =>
          call.start > site.expr.end &&
          call.end <= stmt.start &&
          arms(definition, call).every((arm) => chain.includes(arm)) &&
          call.args.some((arg) => own.source(arg) === name),
      );
      if (closed) careful = true;
      else careless.push(stmt);
    },
  });
  return loop && careful && careless.length === 1 ? careless[0] : undefined;
}

export function tellOverwritten(resource: Resource, name: string, at: Location, context: RuleContext): void {
  context.report({
    span: at,
    message: `\`${name}\` gets another value here although the ${thing(resource)} that it held is still open: nobody can close that any more, and each time loses one until the process may open no more. Close it before.`,
    related: [{ span: { ...resource.site.expr, within: resource.site.within }, message: 'Opened here' }],
  });
}

export function tellLost(
  resource: Resource,
  name: string,
  at: Location,
  halfway: boolean,
  context: RuleContext,
  severity?: 'information',
): void {
  const { definition } = context.scope;
  context.report({
    span: at,
    ...(severity ? { severity } : {}),
    message: halfway
      ? `\`${definition.name}\` fails here and does not hand on the ${thing(resource)} \`${name}\`, which stays open without anybody who knows it: each such failure loses one until the process may open no more. Close it before.`
      : `Nobody knows the ${thing(resource)} \`${name}\` any more when \`${definition.name}\` returns, and it is still open: each call loses one until the process may open no more. Close it before.`,
    related: [{ span: { ...resource.site.expr, within: resource.site.within }, message: 'Opened here' }],
  });
}
