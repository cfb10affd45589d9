import { isEntry } from '../../c/entry';
import type { RuleContext } from '../rule';
import { type KeptEnd, keptEnds } from '../subjects/kept-ends';

/**
 * Tells of descriptors that are the child's, and that the parent still has when it comes back from the function: those that the walk has
 * lost sight of, because something on the way is not known. `said` are the names that were told already.
 */
export function tellKeptForChild(said: ReadonlySet<string>, context: RuleContext): void {
  if (isEntry(context.scope.definition)) return;
  for (const kept of keptEnds(context)) if (!said.has(kept.name)) tell(kept, context);
}

function tell({ name, other, kind, writes, made, fork }: KeptEnd, context: RuleContext): void {
  const { definition } = context.scope;
  const also = !writes
    ? ''
    : kind === 'terminal'
      ? ', and the master never tells of a hang-up while the slave is open here'
      : `, and whoever reads from \`${other}\` never sees end-of-file while it is open here`;
  context.report({
    span: fork,
    ...(writes ? {} : { severity: 'information' as const }),
    message: `The parent keeps \`${name}\`, which only its child uses, and nobody knows the descriptor any more when \`${definition.name}\` returns: each call loses one${also}. Close it in the parent behind the fork.`,
    related: [{ span: made, message: 'Opened here' }],
  });
}
