import { type CallEvent, resourcesOf } from '../../analysis/events';
import type { Location } from '../../analysis/path';
import { nameOf } from '../../analysis/places';
import type { Resource } from '../../analysis/values';
import type { Expr } from '../../c/ast';
import type { RuleContext } from '../rule';
import { around } from '../shared/statements';
import { variableIn } from '../shared/uses';
import { threadStarts } from '../shared/whole-file';
import { goesOn, isCalledOrCareful } from './callers';
import { closesStandard, isHandler, isIdle, isLock, isPair, leadsBack } from './leaking';
import { closes, isTakenBack, usesIn } from './using';

/** Operations for whose sake a handle is made, used and no longer needed: a connection may just be tried, a file opened to ask what it is. */
const transfers = new Set<string>(['read', 'write', 'connect', 'query']);

/** Operations that are no reason to keep a handle either. All others are: a lock, a mapping, a duplicate, a binding. */
const passing = new Set<string>(['close', 'free', 'unmap', 'seek', 'resize', 'sync', 'shutdown']);

/** What becomes of the handles of a function on its ways, as far as the walk has seen: who uses, keeps, closes or gets them. */
export class Fates {
  readonly given = new Set<Resource>();
  /** Stored where others may find them. */
  readonly stored = new Set<Resource>();
  /** Where that happens first in the text, or where a helper is called that does it. */
  readonly storedFrom = new Map<Resource, number>();
  /** Stored in a function that is called at this place. */
  readonly storedByHelper = new Map<Resource, number>();
  /** The call of this function's own that the walk has gone into last. */
  private entered = 0;
  /** Where each is first given to a function that is not walked into, and may keep it. */
  readonly givenAt = new Map<Resource, number>();
  readonly closed = new Set<Resource>();
  readonly used = new Set<Resource>();
  /** Used by a child of the function. */
  readonly forChild = new Set<Resource>();
  /** Given another number by dup2, under which they go on. */
  readonly renumbered = new Set<Resource>();
  readonly kept = new Set<Resource>();
  readonly locked = new Set<Resource>();
  readonly touched = new Set<Resource>();
  readonly handedOut = new Set<Resource>();
  /** Left open by the parent of a fork. */
  readonly forked = new Set<Resource>();

  constructor(private readonly context: RuleContext) {}

  /** Somebody else may know these, in a way that is not followed. */
  giveUp(resources: readonly Resource[]): void {
    for (const resource of resources) this.given.add(resource);
  }

  store(resources: readonly Resource[], { within, start }: Location): void {
    const isOwn = within === this.context.scope.definition;
    const place = isOwn ? start : this.entered;
    for (const resource of resources) {
      this.stored.add(resource);
      if (!isOwn) this.storedByHelper.set(resource, place);
      this.storedFrom.set(resource, Math.min(place, this.storedFrom.get(resource) ?? place));
    }
  }

  hear(event: CallEvent): void {
    if (event.into && event.at.within === this.context.scope.definition) this.entered = event.at.start;
    const acted = new Set<Resource>();
    // What the child does with its copies says nothing of those that the parent has, but what they were made for.
    if (event.path.role.kind === 'child') {
      for (const { value } of event.site ? event.args : []) {
        for (const resource of resourcesOf(value)) this.forChild.add(resource);
      }
      return;
    }
    for (const { effect, operand } of usesIn(event)) {
      const element = operand.expr.kind === 'index' ? operand.expr : undefined;
      const which = element && event.scope.evaluator.constant(element.index, event.scope);
      if (closes(effect) && element && which === undefined) this.closeSome(element, event);
      for (const resource of resourcesOf(operand.value)) {
        acted.add(resource);
        if (closes(effect) && !isTakenBack(resource, event, this.context.scope.definition))
          this.closed.add(resource);
        // Who has gone to a directory has no more use for it.
        if (transfers.has(effect.op) || event.name === 'fchdir') this.used.add(resource);
        else if (effect.op === 'duplicate' && /^dup[23]$/.test(event.name)) this.renumbered.add(resource);
        else if (!passing.has(effect.op) && !isIdle(event))
          (isLock(effect) ? this.locked : this.kept).add(resource);
      }
    }
    // Whatever else is told of a handle, as epoll_ctl is, may need it on.
    for (const resource of event.args.flatMap(({ value }) => resourcesOf(value))) {
      this.touched.add(resource);
      if (event.site && !event.into && !acted.has(resource) && !isIdle(event)) this.kept.add(resource);
      if (!event.site && !event.into && event.at.within === this.context.scope.definition)
        this.givenAt.set(resource, Math.min(event.at.start, this.givenAt.get(resource) ?? event.at.start));
    }
  }

  /** `close(fds[i])`: which one is not known, and in a loop it is all of them. */
  private closeSome(element: Expr, { path }: CallEvent): void {
    const array = variableIn(element);
    for (const [place, value] of path.entries()) {
      if (nameOf(place) === array) this.giveUp(resourcesOf(value));
    }
  }

  /** On its other way out the function returns it, and nobody knows it but by that. */
  isHandedOutElse(resource: Resource): boolean {
    return (
      // Who gives back a part of a mapping keeps the rest.
      !/mapping|attachment/.test(resource.kind ?? '') &&
      this.handedOut.has(resource) &&
      !this.isElsewhere(resource) &&
      !this.storedByHelper.has(resource) &&
      this.touched.has(resource)
    );
  }

  /** One end of a pipe that the function has closed or handed on the other end of. */
  isOtherEndGone(resource: Resource): boolean {
    if (!isPair(resource) || this.isElsewhere(resource) || this.handedOut.has(resource)) return false;
    const isOther = (other: Resource) => other.site === resource.site && other !== resource;
    const gone = [...this.closed, ...this.handedOut, ...this.stored].some(isOther);
    return gone && this.forked.has(resource) && !this.isOfUse(resource);
  }

  /** Stored in front of a place in the text, or in a loop around both. */
  mayBeStoredBefore(resource: Resource, at: Location): boolean {
    const from = this.storedFrom.get(resource);
    return from !== undefined && (from <= at.start || leadsBack(this.context.scope.definition, at, from));
  }

  /** `session->sock = socket(...)`: others know it from the start. */
  isStoredAtOnce(resource: Resource): boolean {
    const from = this.storedFrom.get(resource);
    const stmt = around(this.context.scope.definition, resource.site.expr).at(-1);
    return from !== undefined && stmt !== undefined && stmt.start <= from && from < resource.site.expr.start;
  }

  /** Behind a loop only the last one is stored, and the others are lost. */
  isElsewhereBefore(resource: Resource, end: number): boolean {
    const from = this.storedFrom.get(resource);
    return this.given.has(resource) || (from !== undefined && from < end);
  }

  /** It does its work without a name, or the descriptor below a stream does. */
  isOfUse(resource: Resource): boolean {
    return (
      this.kept.has(resource) ||
      this.locked.has(resource) ||
      (resource.on !== undefined && this.isOfUse(resource.on))
    );
  }

  isElsewhere(resource: Resource): boolean {
    return this.given.has(resource) || this.stored.has(resource);
  }

  /** Read or written here for what is in it: who goes on has no more use for it, however often the function is called. */
  isUsedUp(resource: Resource): boolean {
    const { name } = this.context.scope.definition;
    const isHandedOn = isHandler(this.context) || threadStarts(this.context).has(name);
    const isForOthers = isPair(resource) || this.renumbered.has(resource) || closesStandard(this.context);
    return (
      this.used.has(resource) &&
      !isForOthers &&
      !isHandedOn &&
      isCalledOrCareful(this.context) &&
      goesOn(this.context)
    );
  }

  isForgotten(resource: Resource): boolean {
    return (
      (this.used.has(resource) ||
        this.renumbered.has(resource) ||
        (this.forChild.has(resource) && this.forked.has(resource))) &&
      !this.isOfUse(resource) &&
      !this.handedOut.has(resource) &&
      !this.stored.has(resource)
    );
  }
}
