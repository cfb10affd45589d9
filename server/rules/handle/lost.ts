import { type CallEvent, type PathEndEvent, resourcesOf, type StoreEvent } from '../../analysis/events';
import { unwrap } from '../../analysis/operators';
import type { Location } from '../../analysis/path';
import { nameOf } from '../../analysis/places';
import type { CallSite, Resource } from '../../analysis/values';
import { type Expr, walkStmt } from '../../c/ast';
import type { RuleContext } from '../rule';
import { failureBranch, loopAround, resultName } from '../shared/loops';
import { isErrorNumber } from '../shared/reporting';
import { around, contains } from '../shared/statements';
import { returnsHandle } from '../shared/support';
import { callsIn, isAddressTaken, variableIn } from '../shared/uses';
import { callsOf, threadStarts } from '../shared/whole-file';
import { goesOn, isCalledOften, isCalledOrCareful } from './callers';
import { keptForChild } from './kept-for-child';
import {
  closesStandard,
  isClosedUnderSameTest,
  isForOption,
  isHandler,
  isIdle,
  isLock,
  isOfEachClient,
  isOnWay,
  isOverDescriptor,
  isPair,
  isPlainLocal,
  isSweptUp,
  kinds,
  type LeftOpen,
  leadsBack,
  selfClosingIn,
} from './leaking';
import { tellLost, tellOverwritten, tellRound } from './lost-reports';
import { closes, isTakenBack, usesIn } from './using';
import { isFailedClose } from './ways-out';

/** Operations for whose sake a handle is made, used and no longer needed: a connection may just be tried, a file opened to ask what it is. */
const transfers = new Set<string>(['read', 'write', 'connect', 'query']);

/** Operations that are no reason to keep a handle either. All others are: a lock, a mapping, a duplicate, a binding. */
const passing = new Set<string>(['close', 'free', 'unmap', 'seek', 'resize', 'sync', 'shutdown']);

/** Handles that a function loses though no way out closes them: it opens them anew in each round, fails to hand them on, or forgets them. */
export class Lost {
  private selfClosing?: (name: string) => boolean;
  private readonly given = new Set<Resource>();
  /** Stored where others may find them. */
  private readonly stored = new Set<Resource>();
  /** Where that happens first in the text, or where a helper is called that does it. */
  private readonly storedFrom = new Map<Resource, number>();
  /** Stored in a function that is called at this place. */
  private readonly storedByHelper = new Map<Resource, number>();
  /** The call of this function's own that the walk has gone into last. */
  private entered = 0;
  /** Where each is first given to a function that is not walked into, and may keep it. */
  private readonly givenAt = new Map<Resource, number>();
  private readonly closed = new Set<Resource>();
  private readonly used = new Set<Resource>();
  /** Used by a child of the function. */
  private readonly forChild = new Set<Resource>();
  /** Given another number by dup2, under which they go on. */
  private readonly renumbered = new Set<Resource>();
  private readonly kept = new Set<Resource>();
  private readonly locked = new Set<Resource>();
  private readonly touched = new Set<Resource>();
  private readonly ends: (LeftOpen & { failing: boolean })[] = [];
  private readonly handedOut = new Set<Resource>();
  /** Left open by the parent of a fork. */
  private readonly forked = new Set<Resource>();
  private readonly names = new Map<Resource, string>();
  private readonly rounds = new Map<Resource, { name: string; at: Location }>();
  private readonly overwritten = new Map<Resource, { name: string; at: Location }>();

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

  /** `fd = -1;` or `fd = socket(...)` while `fd` was all that led to an open handle. */
  hearOverwrite({ target, value, path, scope, at }: StoreEvent): void {
    const { definition } = this.context.scope;
    if (target.kind !== 'name' || scope.definition !== definition || path.role.kind === 'child') return;
    const { origins = [], constant } = value.value;
    for (const resource of resourcesOf(value.value)) this.noteName(resource, target.name);
    const isOther = origins.length > 0 && origins.every((origin) => returnsHandle(origin.site.call));
    if (!isOther && (constant === undefined || origins.length > 0)) return;
    if (scope.ambiguous.has(target.name) || this.isTakenCareOf(target.name, at)) return;
    for (const [resource, { state }] of path.holdings()) {
      const { site, kind } = resource;
      if (state !== 'open' || !kinds.has(kind) || path.outcome(site) !== 'success') continue;
      // What mkdir makes is not what it returns.
      if (resource.at !== 'return' || origins.some((origin) => origin.site === site)) continue;
      const own = site.within === definition;
      if ((own ? resultName(definition, site.expr) : this.names.get(resource)) !== target.name) continue;
      const known = [...path.entries()].some(([, { origins: others }]) =>
        others?.some((origin) => origin.site === site),
      );
      if (!known) this.overwritten.set(resource, { name: target.name, at });
    }
  }

  /** The only variable of the function in which a handle has been stored. */
  private noteName(resource: Resource, name: string): void {
    const known = this.names.get(resource);
    this.names.set(resource, known === undefined || known === name ? name : '');
  }

  /** The compiler closes what the variable holds, or the same block does so before. */
  private isTakenCareOf(name: string, at: Location): boolean {
    const { definition } = this.context.scope;
    const block = around(definition, at).findLast(({ kind }) => kind === 'block');
    const isClosing = (call: Expr) =>
      call.kind === 'call' &&
      call.args.some((arg) => variableIn(arg) === name) &&
      isOnWay(call, at, this.context);
    return (
      callsIn(definition, /close/i).some(
        (call) => block && contains(block, call) && call.end <= at.start && isClosing(call),
      ) || this.isSelfClosing(name)
    );
  }

  private isSelfClosing(name: string, scope = this.context.scope): boolean {
    const { definition } = scope;
    if (definition !== this.context.scope.definition) {
      return selfClosingIn(this.context.code({ ...definition.body, within: definition }), {
        ...this.context,
        scope,
      })(name);
    }
    this.selfClosing ??= selfClosingIn(this.context.code(this.context.scope.definition.body), this.context);
    return this.selfClosing(name);
  }

  hearCall(event: CallEvent): void {
    if (event.into && event.at.within === this.context.scope.definition) this.entered = event.at.start;
    this.hearUse(event);
    this.hearRound(event);
  }

  private hearUse(event: CallEvent): void {
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

  private hearRound(event: CallEvent): void {
    const { site, path } = event;
    if (site && /^pipe2?$/.test(site.call.name) && path.role.kind !== 'child') this.hearNextPipe(event, site);
    const effects = site?.call.effects.filter(({ at }) => at === 'return') ?? [];
    const opens = effects.some(({ op }) => op === 'open' || op === 'create') && !/^accept/.test(event.name);
    if (!site || !opens || path.role.kind === 'child') {
      return;
    }
    for (const [resource, { state }] of path.holdings()) {
      if (
        resource.site !== site ||
        !kinds.has(resource.kind) ||
        state !== 'open' ||
        path.outcome(site) === 'failure'
      )
        continue;
      const name = this.onlyName(event, resource);
      if (name !== undefined && !this.isSelfClosing(name, event.scope))
        this.rounds.set(resource, { name, at: event.at });
    }
  }

  /** `pipe(ends)` again, while an end of the one before is open and only the array has it. */
  private hearNextPipe({ path, scope, at }: CallEvent, site: CallSite): void {
    const [given] = site.expr.args;
    const array = given?.kind === 'name' && scope.typeOf(given.name)?.k === 'array' ? given.name : '';
    if (site.within !== this.context.scope.definition || !array || scope.ambiguous.has(array)) return;
    for (const [resource, { state }] of path.holdings()) {
      if (resource.site !== site || state !== 'open' || path.outcome(site) === 'failure') continue;
      // Declared inside the loop, the array is another one by now.
      const known = [...path.entries()].filter(([, value]) => resourcesOf(value).includes(resource));
      if (known.every(([place, { several }]) => !several && nameOf(place) === array))
        this.rounds.set(resource, { name: `${array}[${resource.end === 'read' ? 0 : 1}]`, at });
    }
  }

  /** The local variable that alone still has the handle. */
  private onlyName({ path, scope }: CallEvent, resource: Resource): string | undefined {
    const places = [...path.entries()].filter(([, value]) => resourcesOf(value).includes(resource));
    const plain = places.every(
      ([place, { several }]) => !several && !place.includes('[') && isPlainLocal(place, scope),
    );
    const isOwn = resource.site.within === scope.definition && resource.at === 'return';
    const [place] = places.map(([first]) => first);
    // A variable declared inside the loop is a new one each time.
    const name = place === undefined ? resultName(scope.definition, resource.site.expr) : nameOf(place);
    // Two variables of one name are not told apart, so neither is known to be closed.
    if (name === undefined || scope.ambiguous.has(name)) return undefined;
    // What the variable holds is not known any more, as somebody else may have changed it: a helper may close what it finds there.
    if (place === undefined && isAddressTaken(scope.definition, name)) return undefined;
    return plain && isOwn && places.length <= 1 ? name : undefined;
  }

  hearEnd(event: PathEndEvent, left: readonly LeftOpen[]): void {
    const value = event.value?.value;
    for (const resource of value ? resourcesOf(value) : []) this.handedOut.add(resource);
    for (const [place, known] of event.path.entries()) {
      if (isPlainLocal(place, event.scope)) continue;
      for (const resource of resourcesOf(known)) this.handedOut.add(resource);
    }
    const { definition } = event.scope;
    const failing =
      value?.constant === undefined
        ? event.value !== undefined && isErrorNumber(event.value.expr, definition)
        : value.constant < 0n || (definition.type.returns.k === 'pointer' && value.constant === 0n);
    for (const one of left) {
      this.ends.push({ ...one, failing });
      if (one.forked) this.forked.add(one.resource);
    }
  }

  /** A plain `return;` where a call with the handle has failed, in front of the place that keeps it. */
  private quietReturn({ resource, name, at }: Omit<LeftOpen, 'forked'>): Location | undefined {
    const { definition, evaluator } = this.context.scope;
    const kept = this.storedFrom.get(resource) ?? this.givenAt.get(resource) ?? 0;
    let found: Location | undefined;
    walkStmt(definition.body, {
      stmt: (stmt) => {
        if (stmt.kind !== 'return' || stmt.value || found) return;
        if (stmt.start < resource.site.expr.end || stmt.start > kept || stmt.start > at.start) return;
        const place = { start: stmt.start, end: stmt.end, within: definition };
        const chain = around(definition, place);
        const branch = chain.findLast(({ kind }) => kind === 'if');
        const test = branch?.kind === 'if' && stmt.end <= branch.consequent.end ? branch.test : undefined;
        if (test?.kind !== 'binary' || chain.some(({ kind }) => /^(?:while|for|do|switch)$/.test(kind)))
          return;
        const call = unwrap(test.left);
        const limit = evaluator.constant(test.right, this.context.scope);
        const fails =
          test.op === '==' ? limit === -1n : (test.op === '<' || test.op === '!=') && limit === 0n;
        if (fails && call.kind === 'call' && call.args.some((arg) => variableIn(arg) === name)) found = place;
      },
    });
    return found;
  }

  /** Gives the names of what is lost at an end. */
  report(said: ReadonlySet<Resource>): string[] {
    for (const [resource, { name, at }] of this.overwritten) {
      const isKept = this.isOfUse(resource) && resource.kind !== 'socket';
      if (this.given.has(resource) || this.mayBeStoredBefore(resource, at) || isKept) continue;
      if (isClosedUnderSameTest(resource, name, this.context, at)) continue;
      if (isSweptUp(at) || isOverDescriptor(resource, at) || closesStandard(this.context)) continue;
      this.rounds.delete(resource);
      tellOverwritten(resource, name, at, this.context);
    }
    for (const [resource, { name, at }] of this.rounds) {
      const loop = loopAround(resource.site.within, resource.site.expr);
      // More may be told of it at the fork.
      const isTold = isPair(resource) && keptForChild(this.context).some((kept) => kept.name === name);
      if (!loop || isTold || this.isElsewhereBefore(resource, loop.end)) continue;
      // A lock that other rounds give up with its file is not taken for good.
      const isLocked = this.locked.has(resource) && !this.closed.has(resource);
      if ((this.kept.has(resource) || isLocked) && resource.kind !== 'socket') continue;
      if (isForOption(loop, resource) || isClosedUnderSameTest(resource, name, this.context)) continue;
      tellRound(resource, name, at, this.context);
    }
    const told = new Set([...said, ...this.rounds.keys(), ...this.overwritten.keys()]);
    // Where a fork has gone well more is lost than where it failed.
    const ends = [...this.ends].sort((a, b) => Number(b.forked) - Number(a.forked));
    for (const { resource, name, at, failing } of ends) {
      if (told.has(resource)) continue;
      if (this.closed.has(resource)) {
        // Of several failures one is forgotten.
        if (!failing || !this.isHandedOutElse(resource) || isFailedClose(at, this.context)) continue;
        told.add(resource);
        tellLost(resource, name, at, true, this.context);
        continue;
      }
      const quiet = this.quietReturn({ resource, name, at });
      if (quiet) {
        told.add(resource);
        tellLost(resource, name, quiet, true, this.context);
      }
      if (this.given.has(resource) || quiet) continue;
      const notKept = this.failedToKeep(resource, at);
      const halfway =
        (notKept || (failing && this.handedOut.has(resource) && !this.storedByHelper.has(resource))) &&
        !this.isStoredAtOnce(resource) &&
        (this.touched.has(resource) || /^accept4?$/.test(resource.site.call.name)) &&
        (resource.kind === 'socket' || isCalledOrCareful(this.context));
      const often = isCalledOften(this.context) || isOfEachClient(resource, this.context);
      const alone = this.isOtherEndGone(resource);
      // Nobody else has a use for what is left of a pipe to a child.
      const once =
        (resource.kind === 'pipe' && this.forked.has(resource)) ||
        this.renumbered.has(resource) ||
        this.isUsedUp(resource);
      const isForgotten = this.isForgotten(resource) && !closesStandard(this.context);
      if (halfway || (isForgotten && (often || once)) || alone) {
        told.add(resource);
        tellLost(
          resource,
          name,
          at,
          halfway,
          this.context,
          halfway || alone || often ? undefined : 'information',
        );
      }
    }
    return ends.flatMap(({ resource, name }) => (told.has(resource) ? [name] : []));
  }

  /** On its other way out the function returns it, and nobody knows it but by that. */
  private isHandedOutElse(resource: Resource): boolean {
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
  private isOtherEndGone(resource: Resource): boolean {
    if (!isPair(resource) || this.isElsewhere(resource) || this.handedOut.has(resource)) return false;
    const isOther = (other: Resource) => other.site === resource.site && other !== resource;
    const gone = [...this.closed, ...this.handedOut, ...this.stored].some(isOther);
    return gone && this.forked.has(resource) && !this.isOfUse(resource);
  }

  /** Stored in front of a place in the text, or in a loop around both. */
  private mayBeStoredBefore(resource: Resource, at: Location): boolean {
    const from = this.storedFrom.get(resource);
    return from !== undefined && (from <= at.start || leadsBack(this.context.scope.definition, at, from));
  }

  /** The helper that would have kept it says that it could not: it gives NULL or -1. */
  private failedToKeep(resource: Resource, at: Location): boolean {
    const { definition } = this.context.scope;
    const start = this.storedByHelper.get(resource);
    const call = callsOf(definition).find(({ expr }) => expr.start === start);
    const callee = call && this.context.functionNamed(call.name)?.definition;
    const failure = callee?.type.returns.k === 'pointer' ? 0n : -1n;
    const branch = callee && at.within === definition && failureBranch(call.expr, this.context, failure);
    return branch ? contains(branch, at) : false;
  }

  /** `session->sock = socket(...)`: others know it from the start. */
  private isStoredAtOnce(resource: Resource): boolean {
    const from = this.storedFrom.get(resource);
    const stmt = around(this.context.scope.definition, resource.site.expr).at(-1);
    return from !== undefined && stmt !== undefined && stmt.start <= from && from < resource.site.expr.start;
  }

  /** Behind a loop only the last one is stored, and the others are lost. */
  private isElsewhereBefore(resource: Resource, end: number): boolean {
    const from = this.storedFrom.get(resource);
    return this.given.has(resource) || (from !== undefined && from < end);
  }

  /** It does its work without a name, or the descriptor below a stream does. */
  private isOfUse(resource: Resource): boolean {
    return (
      this.kept.has(resource) ||
      this.locked.has(resource) ||
      (resource.on !== undefined && this.isOfUse(resource.on))
    );
  }

  private isElsewhere(resource: Resource): boolean {
    return this.given.has(resource) || this.stored.has(resource);
  }

  /** Read or written here for what is in it: who goes on has no more use for it, however often the function is called. */
  private isUsedUp(resource: Resource): boolean {
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

  private isForgotten(resource: Resource): boolean {
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
