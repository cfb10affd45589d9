import type { RuleMeta } from './rule';

/** As much of a demo as is needed to find it: the rule that reports the mistake it shows, if there is one. */
export interface Demonstration {
  id: string;
  rule?: string;
}

/** The demo that shows what a mistake leads to: the one that the rule names, or the first that names the rule. */
export function demoOf({ id, demo }: RuleMeta, demos: readonly Demonstration[]): string | undefined {
  const named = demos.find((one) => one.id === demo);
  return (named ?? demos.find((one) => one.rule === id))?.id;
}
