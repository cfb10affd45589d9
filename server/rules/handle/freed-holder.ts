import { type CallEvent, resourcesOf } from '../../analysis/events';
import type { Location } from '../../analysis/path';
import type { Resource } from '../../analysis/values';
import type { RuleContext } from '../rule';
import { spanOfSite } from '../shared/loops';
import { isAtMostZero, isMade, isPair, kinds } from './leaking';
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
  /** Where something has been told. */
  readonly told = new Set<number>();

  constructor(private readonly context: RuleContext) {}

  hearCall(event: CallEvent): void {
    const { name, site, path, args } = event;
    const pointer = name === 'free' && !site && path.role.kind !== 'child' ? event.pointerOf(0) : undefined;
    if (pointer === undefined) return;
    const root = this.context.scope.definition;
    for (const [resource, { state }] of path.holdings()) {
      // A name in the file system, as mkdir makes one, is not what a structure holds.
      const isHandle = resource.at === 'return' || isPair(resource);
      if (!isHandle || !kinds.has(resource.kind) || !isMade(resource, path)) continue;
      const known = [...path.entries()].filter(([, value]) => resourcesOf(value).includes(resource));
      const [place, value] = known[0] ?? [];
      const isHeld = known.every(([other]) => other.startsWith(`${pointer}->`));
      // What helpers make and free between them is told of the one that calls both.
      const isOwn = event.at.within === root;
      if (place === undefined || !isHeld || (!isOwn && resource.site.within !== root)) continue;
      const text = args[0] && isOwn ? this.context.source(args[0].expr) : '';
      this.add(resource, event.at, state === 'open' && !isAtMostZero(value), {
        ...(/^\w+$/.test(text) ? { name: text + place.slice(pointer.length) } : {}),
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
      this.told.add(at.start);
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
