import type { Call, Effect } from '../../catalog/schema';
import type { ExprOf, FunctionDefinition } from '../c/ast';
import type { CallSite, Resource } from './values';

/** Makes one object for each site and resource of a walk, so that they can be compared by identity. */
export class Interner {
  private readonly sites = new Map<ExprOf<'call'>, Map<number, CallSite>>();
  private readonly resources = new Map<CallSite, Map<string, Resource>>();
  private readonly contexts = new Map<number, Map<ExprOf<'call'>, number>>();
  private siteCount = 0;
  private resourceCount = 0;
  private contextCount = 0;
  /** The chain that each chain goes on from. */
  private readonly outer: number[] = [];

  site(call: Call, expr: ExprOf<'call'>, within: FunctionDefinition, context: number): CallSite {
    const byContext = this.sites.get(expr) ?? new Map<number, CallSite>();
    this.sites.set(expr, byContext);
    const known = byContext.get(context);
    if (known) {
      return known;
    }
    const site = { id: ++this.siteCount, call, expr, within, context };
    byContext.set(context, site);
    return site;
  }

  resource(site: CallSite, at: string, effect: Effect, source?: Resource): Resource {
    const key = `${at}/${source?.id ?? ''}`;
    const duplicateOf = effect.op === 'duplicate' ? source : undefined;
    const on = effect.kind === 'stream' ? source : undefined;
    const byPlace = this.resources.get(site) ?? new Map<string, Resource>();
    this.resources.set(site, byPlace);
    const known = byPlace.get(key);
    if (known) {
      return known;
    }
    const { kind, end } = duplicateOf ?? effect;
    const resource: Resource = {
      id: ++this.resourceCount,
      site,
      at,
      effect,
      ...(kind ? { kind } : {}),
      ...(end ? { end } : {}),
      ...(duplicateOf ? { duplicateOf: duplicateOf.duplicateOf ?? duplicateOf } : {}),
      ...(on ? { on } : {}),
    };
    byPlace.set(key, resource);
    return resource;
  }

  /** The context of what a call inside a context leads to. */
  context(outer: number, expr: ExprOf<'call'>): number {
    const inner = this.contexts.get(outer) ?? new Map<ExprOf<'call'>, number>();
    this.contexts.set(outer, inner);
    const known = inner.get(expr) ?? ++this.contextCount;
    inner.set(expr, known);
    this.outer[known] = outer;
    return known;
  }

  /** Whether one chain of calls goes on from another, or is the same. */
  isBelow(context: number, above: number): boolean {
    for (let at = context; at > 0; at = this.outer[at] ?? 0) if (at === above) return true;
    return false;
  }
}
