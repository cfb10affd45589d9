import type { Location } from '../../analysis/path';
import type { Resource } from '../../analysis/values';
import type { RuleContext } from '../rule';
import { thing } from './using';

/** What is said of handles that are lost. */

export function tellRound(resource: Resource, name: string, at: Location, context: RuleContext): void {
  context.report({
    span: at,
    message: `The ${thing(resource)} \`${name}\` of the round before is still open when the next round of this loop opens another, so each round loses one until the process may open no more. Close it before the round ends.`,
  });
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
