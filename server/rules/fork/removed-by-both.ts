import { applies } from '../../analysis/conditions';
import type { CallEvent } from '../../analysis/events';
import type { CallSite } from '../../analysis/values';
import type { Expr } from '../../c/ast';
import type { RuleContext } from '../rule';
import { isBehind, noteBehind } from '../subjects/comebacks';

interface Removal {
  fork: CallSite;
  event: CallEvent;
  context: RuleContext;
}

/** Removals of objects that both sides of a fork come to behind their branches: the first takes away what the other still uses. */
export class RemovedByBoth {
  private readonly byChild = new Map<Expr, Removal>();
  private readonly byParent = new Map<Expr, Set<CallSite>>();

  hear(event: CallEvent, context: RuleContext): void {
    const { site, args, path, expr, scope } = event;
    const { fork, kind } = path.role;
    const isRemoval = site?.call.effects.some(
      (effect) => effect.op === 'remove' && applies(effect, site.call, args, scope) === true,
    );
    if (!isRemoval || !fork || fork.within !== scope.definition) {
      return;
    }
    // This may be the first call behind the branch.
    noteBehind(event, context);
    if (kind === 'parent') {
      this.byParent.set(expr, (this.byParent.get(expr) ?? new Set()).add(fork));
    } else if (isBehind(path) && !this.byChild.has(expr)) {
      this.byChild.set(expr, { fork, event, context });
    }
  }

  /** One for each fork. */
  found(): Removal[] {
    const byFork = new Map<CallSite, Removal>();
    for (const [expr, removal] of this.byChild) {
      const { fork } = removal;
      if (this.byParent.get(expr)?.has(fork) && !byFork.has(fork)) byFork.set(fork, removal);
    }
    return [...byFork.values()];
  }
}
