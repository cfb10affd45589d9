import { isEntry } from '../../c/entry';
import type { RuleContext } from '../rule';
import { type KeptEnd, keptEnds, lostOnFailedForks } from '../subjects/kept-ends';

/** The end of the program closes what is left, but who reads at the other end may wait until then. */
export function keptForChild(context: RuleContext): KeptEnd[] {
  const isMain = isEntry(context.scope.definition);
  return keptEnds(context).filter(
    ({ kind, writes, handedOn }) => !isMain || (kind === 'pipe' && writes && handedOn),
  );
}

/**
 * Tells of descriptors that are the child's, and that the parent still has when it comes back from the function: those that the walk has
 * lost sight of, because something on the way is not known. `said` are the names that were told already, `mildly` those of which only a failed
 * fork was told, `choices` the pieces of which it is not known whether they are compiled.
 */
export function tellKeptForChild(
  said: ReadonlySet<string>,
  mildly: ReadonlySet<string>,
  choices: readonly string[],
  context: RuleContext,
): void {
  const isMain = isEntry(context.scope.definition);
  for (const kept of keptForChild(context)) {
    if (!said.has(kept.name) || mildly.has(kept.name)) tell(kept, isMain, context);
  }
  if (isMain) return;
  for (const { name, made, at } of lostOnFailedForks(context)) {
    const isChoice = choices.some((choice) => new RegExp(`\\b${name}\\b`).test(choice));
    if (isChoice || said.has(`${name}[0]`) || said.has(`${name}[1]`)) continue;
    context.report({
      span: at,
      severity: 'information',
      message: `Where the fork has failed, both descriptors in \`${name}\` are still open when \`${context.scope.definition.name}\` returns, and nobody knows them any more: each failure loses two. Close them before.`,
      related: [{ span: made, message: 'Opened here' }],
    });
  }
}

function tell(
  { name, other, kind, writes, made, fork }: KeptEnd,
  isMain: boolean,
  context: RuleContext,
): void {
  const { definition } = context.scope;
  const also = !writes
    ? ''
    : kind === 'terminal'
      ? ', and the master never tells of a hang-up while the slave is open here'
      : `, and whoever reads from \`${other}\` never sees end-of-file while it is open here`;
  context.report({
    span: fork,
    ...(writes ? {} : { severity: 'information' as const }),
    message: isMain
      ? `The parent keeps \`${name}\`, which only its child uses${also}. Close it in the parent behind the fork.`
      : `The parent keeps \`${name}\`, which only its child uses, and nobody knows the descriptor any more when \`${definition.name}\` returns: each call loses one${also}. Close it in the parent behind the fork.`,
    related: [{ span: made, message: 'Opened here' }],
  });
}
