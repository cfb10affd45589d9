import type { CallEvent } from '../../analysis/events';
import { type Expr, parameterIndex } from '../../c/ast';
import type { Report, RuleContext } from '../rule';
import { loopAround } from '../shared/loops';
import { addressed, declaratorOf, usesOf } from '../shared/uses';
import { callsTo } from '../shared/whole-file';

/**
 * A function gets the address of a set of signals and reads it before anything else is done with it; its caller hands over one that
 * nothing has filled.
 */
export function unfilledSet(
  event: CallEvent,
  set: Expr | undefined,
  context: RuleContext,
): Report | undefined {
  const { definition, file } = context.scope;
  const name = set?.kind === 'name' ? set.name : undefined;
  const index = parameterIndex(definition.type.params, name);
  if (name === undefined || index < 0 || isFilled(name, event, context)) return undefined;
  for (const { expr, within } of callsTo(context, definition.name)) {
    const variable = addressed(expr.args[index]);
    const found = variable === undefined ? undefined : declaratorOf(file.scopeOf(within), variable);
    const isBare = found && !found.declarator.init && found.storage.length === 0;
    if (!variable || !isBare || loopAround(within, expr)) continue;
    if (found.declarator.type.k !== 'named' || found.declarator.type.name !== 'sigset_t') continue;
    if (usesOf(within, variable).some((use) => use.expr.start < expr.start)) continue;
    return {
      span: event.at,
      message: `\`${event.name}\` reads \`*${name}\`, and \`${within.name}\` hands over \`${variable}\`, which nothing has initialised: it holds whatever lay on the stack. Call \`sigemptyset\` or \`sigfillset\` first.`,
      related: [
        { span: { ...expr, within }, message: `\`${definition.name}\` gets it here` },
        { span: { ...found.declarator.nameSpan, within }, message: `\`${variable}\` has no value yet` },
      ],
    };
  }
  return undefined;
}

/** Something has been done with the set before, or may have been in an earlier round of a loop. */
function isFilled(name: string, { expr }: CallEvent, { scope: { definition } }: RuleContext): boolean {
  const loop = loopAround(definition, expr);
  return usesOf(definition, name).some(
    ({ expr: use }) => use.start < expr.start || (loop && use.start > expr.end && use.end <= loop.end),
  );
}
