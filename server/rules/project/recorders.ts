import type { ActiveRule } from '../audience';
import type { Rule, RuleContext, RuleListener, RuleMeta } from '../rule';
import { recordLocks } from './lock-recorder';
import { recordUses } from './recorder';

function recording(id: string, check: (context: RuleContext) => RuleListener): ActiveRule {
  const rule: Rule = { meta: { id, severity: 'hint', preset: 'recommended' } as RuleMeta, check };
  return { rule, severity: 'hint' };
}

/** What listens to walks in order to write down facts. */
export const recorders: ActiveRule[] = [
  recording('project/uses', recordUses),
  recording('project/locks', recordLocks),
];
