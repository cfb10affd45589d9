import { type CallEvent, resourcesOf } from '../../analysis/events';
import type { Location } from '../../analysis/path';
import { isWithin } from '../../analysis/places';
import type { Resource } from '../../analysis/values';
import type { RuleContext } from '../rule';
import { spanOfSite } from '../shared/loops';
import { isAtMostZero, isMade, kinds } from './leaking';
import { thing } from './using';

/** What `free` does to a structure that holds a handle. */
interface Freeing {
  resource: Resource;
  /** `free`, or the call of the helper that calls it. */
  at: Location;
  /** What the handle is called there; absent where a helper frees. */
  name?: string;
  /** On no path has it been closed by then. */
  open: boolean;
}

/** Structures that are freed while they alone hold an open handle: nobody can close it any more. */
export class FreedHolder {
  private readonly freed = new Map<string, Freeing>();

  constructor(private readonly context: RuleContext) {}

  hearCall(event: CallEvent): void {
    const { name, site, path, args } = event;
    const pointer = name === 'free' && !site && path.role.kind !== 'child' ? event.pointerOf(0) : undefined;
    if (pointer === undefined) return;
    for (const [resource, { state }] of path.holdings()) {
      if (!kinds.has(resource.kind) || !isMade(resource, path)) continue;
      const known = [...path.entries()].filter(([, value]) => resourcesOf(value).includes(resource));
      const [place, value] = known[0] ?? [];
      const isHeld = known.every(([other]) => other !== pointer && isWithin(other, pointer));
      if (place === undefined || !isHeld) continue;
      const isOwn = event.at.within === this.context.scope.definition;
      const root =
        args[0] && isOwn ? this.context.source({ ...args[0].expr, within: event.at.within }) : undefined;
      this.add(resource, event.at, state === 'open' && !isAtMostZero(value), {
        ...(root !== undefined && /^\w+$/.test(root) ? { name: root + place.slice(pointer.length) } : {}),
      });
    }
  }

  private add(resource: Resource, at: Location, open: boolean, named: Pick<Freeing, 'name'>): void {
    const key = `${resource.id} ${at.start} ${at.within.name} ${at.context}`;
    const known = this.freed.get(key);
    // A test that the walk has lost sight of may decide whether it is closed.
    if (known) known.open &&= open;
    else {
      const outer = at.within === this.context.scope.definition ? at : this.context.callers().at(-1)?.call;
      this.freed.set(key, { resource, at: outer ?? at, open, ...named });
    }
  }

  /** Gives the names of what is lost. */
  tell(): string[] {
    return [...this.freed.values()].flatMap(({ resource, at, name, open }) => {
      if (!open) return [];
      const what = `the ${thing(resource)}${name ? ` \`${name}\`` : ''}`;
      this.context.report({
        span: at,
        message: `The structure is freed here while it alone holds ${what}, which is still open: nobody can close it any more, and each time one is lost until the process may open no more. Close it before.`,
        related: [{ span: spanOfSite(resource.site), message: 'Opened here' }],
      });
      return name ? [name] : [];
    });
  }
}
