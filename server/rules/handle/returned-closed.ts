import type { PathEndEvent } from '../../analysis/events';
import type { Location } from '../../analysis/path';
import type { CallSite, Resource } from '../../analysis/values';
import type { RuleContext } from '../rule';
import { spanOfSite } from '../shared/loops';
import { excerpt } from '../shared/support';

/** A function that returns a handle open on one way, and closed on another: its caller takes either for open. */
export class ReturnedClosed {
  private readonly open = new Set<CallSite>();
  private readonly closed = new Map<CallSite, { resource: Resource; closing: Location; end: PathEndEvent }>();

  constructor(private readonly context: RuleContext) {}

  hearEnd(event: PathEndEvent): void {
    const { how, inMain, value, path, scope } = event;
    const { origins = [], several } = value?.value ?? {};
    const [origin, ...others] = origins;
    const resource = others.length === 0 && !several ? origin?.resource : undefined;
    if (how !== 'return' || inMain || !resource || scope.definition !== this.context.scope.definition) return;
    if (value?.expr.kind !== 'name' || resource.at !== 'return' || path.outcome(resource.site) === 'failure')
      return;
    const holding = path.holding(resource);
    if (holding?.state === 'open') this.open.add(resource.site);
    else if (holding?.state === 'closed' && holding.at?.within === scope.definition)
      this.closed.set(resource.site, { resource, closing: holding.at, end: event });
  }

  report(): void {
    for (const [site, { closing, end }] of this.closed) {
      if (!this.open.has(site) || !end.value) continue;
      const name = excerpt(this.context, end.value.expr);
      this.context.report({
        span: closing,
        severity: 'warning',
        message: `\`${name}\` is closed here and still holds its number when \`${this.context.scope.definition.name}\` returns it, so the caller takes it for open and works on nothing, or on whatever has got the number since. Store -1 in \`${name}\` behind the close.`,
        related: [
          { span: { ...end.value.expr, within: end.at.within }, message: 'It is returned here' },
          { span: spanOfSite(site), message: 'It is made here' },
        ],
      });
    }
  }
}
