import { rootName } from '../../analysis/aliasing';
import { type CallEvent, type PathEndEvent, resourcesOf, type StoreEvent } from '../../analysis/events';
import { unwrap } from '../../analysis/operators';
import type { Location } from '../../analysis/path';
import { nameOf } from '../../analysis/places';
import type { CallSite, Resource } from '../../analysis/values';
import { type Expr, type ExprOf, type Span, somePart, walkStmt } from '../../c/ast';
import type { RuleContext } from '../rule';
import { failureBranch, type Loop, loopAround, Result, resultName } from '../shared/loops';
import { isErrorNumber } from '../shared/reporting';
import { arms, around, contains } from '../shared/statements';
import { returnsHandle } from '../shared/support';
import { callsIn, isAddressTaken, variableIn } from '../shared/uses';
import { callsOf, fileMakes } from '../shared/whole-file';
import { isSweptUp } from '../subjects/sweeps';
import { isCalledOften, isCalledOrCareful } from './callers';
import { Fates } from './fates';
import { HelperRounds } from './helper-rounds';
import { keptForChild } from './kept-for-child';
import {
  closesStandard,
  isForOption,
  isOfEachClient,
  isOnWay,
  isOverDescriptor,
  isPair,
  isPlainLocal,
  kinds,
  type LeftOpen,
  selfClosingIn,
} from './leaking';
import { tellLost, tellOverwritten, tellRound } from './lost-reports';
import { isClosedUnderSameTest, isWritten } from './same-test';
import { choiceAround, isFailedClose } from './ways-out';

/** With so many, all at once, the program is one that nobody wrote, and each call would be compared with all of them. */
const mostHeld = 300;

/** Handles that a function loses though no way out closes them: it opens them anew in each round, fails to hand them on, or forgets them. */
export class Lost {
  private selfClosing?: (name: string) => boolean;
  private readonly ends: (LeftOpen & { failing: boolean })[] = [];
  private readonly names = new Map<Resource, string>();
  private readonly rounds = new Map<Resource, { name: string; at: Location }>();
  private readonly overwritten = new Map<Resource, { name: string; at: Location }>();

  /** Told of what becomes of handles elsewhere, too: `giveUp`, `store`. */
  readonly fates: Fates;

  /** Of what helpers open. */
  private readonly byHelpers: HelperRounds;

  constructor(private readonly context: RuleContext) {
    this.fates = new Fates(context);
    this.byHelpers = new HelperRounds(context, (name) => this.isSelfClosing(name));
  }

  /** `fd = -1;` or `fd = socket(...)` while `fd` was all that led to an open handle. */
  hearOverwrite({ target, value, before, path, scope, at }: StoreEvent): void {
    const { definition } = this.context.scope;
    if (target.kind !== 'name' || scope.definition !== definition || path.role.kind === 'child') return;
    if (path.holdingCount > mostHeld) return;
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
      // What a helper lost where it failed has never been in the variable.
      if (!own && !before?.origins?.some((origin) => origin.site === site)) continue;
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

  /** The compiler closes what the variable holds, or a call before, be it one in the same block under a test or one that every way here comes by. */
  private isTakenCareOf(name: string, at: Location): boolean {
    const { definition } = this.context.scope;
    const block = around(definition, at).findLast(({ kind }) => kind === 'block');
    const isClosing = (call: ExprOf<'call'>) =>
      call.end <= at.start &&
      call.args.some((arg) => variableIn(arg) === name) &&
      ((block && contains(block, call)) || arms(definition, call).every((arm) => contains(arm, at))) &&
      isOnWay(call, at, this.context);
    return callsIn(definition, /close/i).some(isClosing) || this.isSelfClosing(name);
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
    this.fates.hear(event);
    this.hearRound(event);
  }

  private hearRound(event: CallEvent): void {
    const { site, path } = event;
    if (path.holdingCount > mostHeld) return;
    if (site && /^pipe2?$/.test(site.call.name) && path.role.kind !== 'child') this.hearNextPipe(event, site);
    const effects = site?.call.effects.filter(({ at }) => at === 'return') ?? [];
    const opens = effects.some(({ op }) => op === 'open' || op === 'create') && !/^accept/.test(event.name);
    if (!site || !opens || path.role.kind === 'child') {
      return;
    }
    this.byHelpers.hear(event);
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
    if (place === undefined && (isAddressTaken(scope.definition, name) || isClosedBehind(name, resource)))
      return undefined;
    return plain && isOwn && places.length <= 1 ? name : undefined;
  }

  hearEnd(event: PathEndEvent, left: readonly LeftOpen[]): void {
    const value = event.value?.value;
    for (const resource of value ? resourcesOf(value) : []) this.fates.handedOut.add(resource);
    for (const [place, known] of event.path.entries()) {
      if (isPlainLocal(place, event.scope)) continue;
      for (const resource of resourcesOf(known)) this.fates.handedOut.add(resource);
    }
    const { definition } = event.scope;
    const failing =
      value?.constant === undefined
        ? event.value !== undefined && isErrorNumber(event.value.expr, definition)
        : value.constant < 0n || (definition.type.returns.k === 'pointer' && value.constant === 0n);
    for (const one of left) {
      this.ends.push({ ...one, failing });
      if (one.forked) this.fates.forked.add(one.resource);
    }
  }

  /** A plain `return;` where a call with the handle has failed, in front of the place that keeps it. */
  private quietReturn({ resource, name, at }: Omit<LeftOpen, 'forked'>): Location | undefined {
    const { definition, evaluator } = this.context.scope;
    const kept = this.fates.storedFrom.get(resource) ?? this.fates.givenAt.get(resource) ?? 0;
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
      const isKept = this.fates.isOfUse(resource) && resource.kind !== 'socket';
      if (this.fates.given.has(resource) || this.fates.mayBeStoredBefore(resource, at) || isKept) continue;
      if (isClosedUnderSameTest(resource, name, this.context, at)) continue;
      if (isSweptUp(at) || isOverDescriptor(resource, at) || closesStandard(this.context)) continue;
      this.rounds.delete(resource);
      tellOverwritten(resource, name, at, this.context);
    }
    const atFork = new Set<Resource>();
    for (const [resource, { name, at }] of this.rounds) {
      const loop = loopAround(resource.site.within, resource.site.expr);
      // More may be told of it at the fork.
      const isTold = isPair(resource) && keptForChild(this.context).some((kept) => kept.name === name);
      if (isTold) atFork.add(resource);
      if (!loop || isTold || this.fates.isElsewhereBefore(resource, loop.end)) continue;
      // Another round comes only where the one before has got none.
      if (isUntilOpen(loop, resource, name, this.context)) continue;
      // A lock that other rounds give up with its file is not taken for good.
      const isLocked = this.fates.locked.has(resource) && !this.fates.closed.has(resource);
      if ((this.fates.kept.has(resource) || isLocked) && resource.kind !== 'socket') continue;
      if (isForOption(loop, resource) || isClosedUnderSameTest(resource, name, this.context)) continue;
      if (isPair(resource) && this.isClosedAsOther(name, loop)) continue;
      tellRound(resource, name, at, this.context);
    }
    const byHelpers = this.byHelpers.report(this.fates);
    const told = new Set([...said, ...this.rounds.keys(), ...this.overwritten.keys(), ...byHelpers]);
    // Where a fork has gone well more is lost than where it failed.
    const ends = [...this.ends].sort((a, b) => Number(b.forked) - Number(a.forked));
    for (const { resource, name, at, failing } of ends) {
      if (told.has(resource)) continue;
      if (this.fates.closed.has(resource)) {
        // Of several failures one is forgotten.
        if (!failing || !this.fates.isHandedOutElse(resource) || isFailedClose(at, this.context)) continue;
        told.add(resource);
        tellLost(resource, name, at, true, this.context);
        continue;
      }
      const quiet = this.quietReturn({ resource, name, at });
      if (quiet) {
        told.add(resource);
        tellLost(resource, name, quiet, true, this.context);
      }
      if (this.fates.given.has(resource) || quiet) continue;
      const notKept = this.failedToKeep(resource, at);
      const halfway =
        (notKept ||
          (failing && this.fates.handedOut.has(resource) && !this.fates.storedByHelper.has(resource))) &&
        !this.fates.isStoredAtOnce(resource) &&
        (this.fates.touched.has(resource) ||
          /^accept4?$/.test(resource.site.call.name) ||
          this.isJudged(name, at)) &&
        (resource.kind === 'socket' || isCalledOrCareful(this.context) || isUnmapped(resource, this.context));
      const often = isCalledOften(this.context) || isOfEachClient(resource, this.context);
      const alone = this.fates.isOtherEndGone(resource);
      // Nobody else has a use for what is left of a pipe to a child.
      const once =
        (resource.kind === 'pipe' && this.fates.forked.has(resource)) ||
        this.fates.renumbered.has(resource) ||
        this.fates.isUsedUp(resource);
      const isForgotten = this.fates.isForgotten(resource) && !closesStandard(this.context);
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
    return ends.flatMap(({ resource, name }) => (told.has(resource) && !atFork.has(resource) ? [name] : []));
  }

  /** `in = ends[0]`, for the next round, which closes `in` where that is no standard stream: on other ways it is one. */
  private isClosedAsOther(name: string, loop: Span): boolean {
    const { definition } = this.context.scope;
    const isEnd = (expr: Expr) => isWritten(expr, name, definition, this.context);
    const others = new Set<string>();
    walkStmt(definition.body, {
      expr: (expr) => {
        if (expr.kind !== 'assign' || expr.target.kind !== 'name' || !contains(loop, expr)) return;
        if (somePart(expr.value, isEnd)) others.add(expr.target.name);
      },
    });
    return callsIn(definition, /close/i).some(
      (call) => contains(loop, call) && call.args.some((arg) => others.has(variableIn(arg) ?? '')),
    );
  }

  /** The way out is taken for what lies in the memory: `if (board->version != 2) return NULL;`. */
  private isJudged(name: string, at: Location): boolean {
    const branch = choiceAround(at, this.context);
    return (
      branch?.kind === 'if' &&
      somePart(branch.test, (part) => part.kind === 'member' && part.arrow && rootName(part) === name)
    );
  }

  /** The helper that would have kept it says that it could not: it gives NULL or -1. */
  private failedToKeep(resource: Resource, at: Location): boolean {
    const { definition } = this.context.scope;
    const start = this.fates.storedByHelper.get(resource);
    const call = callsOf(definition).find(({ expr }) => expr.start === start);
    const callee = call && this.context.functionNamed(call.name)?.definition;
    const failure = callee?.type.returns.k === 'pointer' ? 0n : -1n;
    const branch = callee && at.within === definition && failureBranch(call.expr, this.context, failure);
    return branch ? contains(branch, at) : false;
  }
}

/** The function closes the same variable further down: a walk that has lost sight of what that holds knows no better. */
function isClosedBehind(name: string, { site: { within, expr } }: Resource): boolean {
  return callsIn(within, /close/i).some(
    (call) => call.start > expr.end && call.args.some((arg) => variableIn(arg) === name),
  );
}

/** `while (fd < 0 && tries-- > 0) fd = open(...);` */
function isUntilOpen({ test }: Loop, { site }: Resource, name: string, context: RuleContext): boolean {
  return test !== undefined && new Result(site.expr, name, context).holds(test, 3n) === false;
}

/** Somewhere in the file memory of its kind is given up. */
function isUnmapped({ kind }: Resource, context: RuleContext): boolean {
  const name = kind === 'mapping' ? 'munmap' : kind === 'sysv-attachment' ? 'shmdt' : undefined;
  return name !== undefined && fileMakes(context, name);
}
