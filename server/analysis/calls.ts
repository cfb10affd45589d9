import type { Effect, EffectOp, Param } from '../../catalog/schema';
import { type ExprOf, parameterIndex } from '../c/ast';
import { calledName } from '../c/cfg';
import { applies } from './conditions';
import type { FunctionScope } from './context';
import { type CallEvent, type Operand, resourcesOf } from './events';
import type { Frame } from './frame';
import { forgetFree, freeNumber, takeLowest } from './numbers';
import { unwrap } from './operators';
import { callPassedBy } from './passed-by';
import type { Path } from './path';
import { depthOf, descriptor, element, isIndirect, nameOf, type Place, part } from './places';
import { functionCalled, type Reach, reachOf } from './reach';
import { resultsOf } from './results';
import { mayStoreThrough } from './signature';
import { storeText } from './texts';
import { baseOf, callUnknown, forgetObject, isExposed, isLibrary, letGo } from './unknown-calls';
import { type CallSite, joinValues, type Origin, type Resource, unknown, type Value } from './values';
import type { Walk } from './walk';
import { madeBy, takes } from './wrappers';

/** Calls that turn a number from network to host order. */
const toHost = new Set(['ntohs', 'ntohl']);

/** Operations around which other threads, processes or handlers do their work. */
const concurrent = new Set<EffectOp>([
  'lock',
  'unlock',
  'wait',
  'post',
  'broadcast',
  'spawn-thread',
  'join-thread',
]);

/** Operations that leave a lock held when they succeed, and only then. */
const entering = new Set<EffectOp>(['lock', 'try-lock', 'wait']);

const making = new Set<EffectOp>(['create', 'open', 'accept', 'duplicate', 'map', 'fork', 'make-key']);

export function makesObject(effect: Effect): boolean {
  return making.has(effect.op);
}

/** Calls: what they are, for the rules, and what they do to a path. */
export class Calls {
  constructor(private readonly walk: Walk) {}

  /** Asked at each evaluation of a call. */
  private readonly reaches = new Map<FunctionScope, Reach | null>();

  /** Makes a call that is not walked into: one of the catalog, or one of which nothing is known. */
  make(expr: ExprOf<'call'>, args: Operand[], path: Path, frame: Frame): Value {
    const site = this.siteOf(expr, frame);
    this.announce(expr, args, site, path, frame);
    const name = calledName(expr) ?? '';
    const isOfLibrary = site !== undefined || isLibrary(expr, frame);
    const storing = isOfLibrary ? storeText(name, args, path, frame) : undefined;
    const reach = site ? undefined : this.reachOf(name, frame);
    const value = site
      ? this.effects(site, args, path, frame)
      : reach
        ? callPassedBy(args, reach, path, frame)
        : callUnknown(expr, args, path, frame);
    storing?.();
    return value;
  }

  /** What a function of the project can change and keep, where that is known. */
  private reachOf(name: string, frame: Frame): Reach | undefined {
    const callee = frame.isLocal(name) ? undefined : functionCalled(name, frame.scope);
    if (!callee) return undefined;
    const known = this.reaches.get(callee);
    if (known !== undefined) return known ?? undefined;
    const { reach, read } = reachOf(callee);
    this.reaches.set(callee, reach ?? null);
    for (const definition of read) this.walk.read.add(definition);
    return reach;
  }

  /** Makes a call of a function that leaves everything as it is, but for numbers that nobody follows. */
  passOver(expr: ExprOf<'call'>, args: Operand[], path: Path, frame: Frame): Value {
    this.announce(expr, args, undefined, path, frame, true);
    path.forgetPlain((place) => depthOf(place) === 0 || isIndirect(place) || isExposed(place, frame));
    return unknown;
  }

  siteOf(expr: ExprOf<'call'>, frame: Frame): CallSite | undefined {
    const name = calledName(expr);
    const call = name === undefined ? undefined : frame.scope.call(name);
    if (call && madeBy(call) && !takes(call, expr.args.length)) {
      return undefined;
    }
    return call && this.walk.interner.site(call, expr, frame.scope.definition, frame.context);
  }

  /** Tells the rules of a call before it happens. */
  announce(
    expr: ExprOf<'call'>,
    args: Operand[],
    site: CallSite | undefined,
    path: Path,
    frame: Frame,
    into = false,
  ): void {
    // A wrapper is known to the rules by what it wraps.
    const name = site?.call.name ?? calledName(expr);
    if (name === undefined) {
      return;
    }
    const targetOf = (index: number) => {
      const arg = args[index];
      return arg && (arg.value.target ?? frame.targetOf(arg.expr, path));
    };
    const pointerOf = (index: number) => {
      const arg = args[index];
      return arg && frame.pointer(unwrap(arg.expr), path);
    };
    const event: CallEvent = {
      expr,
      name,
      ...(site ? { site } : {}),
      ...(into ? { into } : {}),
      args,
      targetOf,
      placeOf: (index) => {
        const arg = args[index];
        return arg && frame.place(unwrap(arg.expr), path);
      },
      pointerOf,
      member: (index, field) => {
        const target = targetOf(index);
        const place = target === undefined ? part(pointerOf(index), `->${field}`) : part(target, `.${field}`);
        return place === undefined ? undefined : path.get(place);
      },
      countedFrom: (index) => {
        const arg = args[index];
        const base = arg && baseOf(arg.expr);
        if (!base || base === arg.expr) return arg?.value;
        const place = frame.typeOf(base)?.k === 'pointer' ? frame.place(unwrap(base), path) : undefined;
        return place === undefined ? undefined : path.get(place);
      },
      pointee: (index) => {
        const target = targetOf(index);
        return target === undefined ? undefined : path.get(target);
      },
      path,
      scope: frame.scope,
      at: this.walk.at(expr, frame),
    };
    this.walk.tell(() => this.walk.listener.call?.(event));
    this.walk.listener.mark?.(event);
  }

  /* ---------------------------------------------------------------- effects */

  private effects(site: CallSite, args: Operand[], path: Path, frame: Frame): Value {
    const { call } = site;
    site.given = args.map(({ value }, i) => (site.given?.[i] ? joinValues(site.given[i], value) : value));
    const happening = call.effects.filter((effect) => applies(effect, call, args, frame.scope) !== false);
    // What a thread is given it knows, before it may change it.
    if (happening.some(({ op }) => op === 'spawn-thread')) {
      for (const { value, expr } of args) letGo(value, expr, path, frame);
    }
    this.overwrite(site, happening, args, path, frame);
    for (const effect of happening) {
      this.apply(effect, site, args, path, frame);
    }
    const made = this.madeAtReturn(site, args, frame);
    const origin = this.originOf(site, 'return', made, this.sourceOf(made, site, args));
    const makes =
      made !== undefined || happening.some((effect) => makesObject(effect) && effect.at !== 'return');
    if (origin.resource) {
      this.begin(origin.resource, path);
      takeLowest(origin, path);
    }
    const enters = happening.some(({ op }) => entering.has(op));
    if ((makes || enters) && resultsOf(call)) {
      path.setOutcome(site, 'untested');
    }
    const order = toHost.has(call.name) ? { hostOrder: true } : {};
    const wrapped = madeBy(call);
    // Whoever comes back from exec has not been replaced.
    const failed = happening.some(({ op }) => op === 'exec') ? resultsOf(call)?.failure : undefined;
    return { ...failed, ...(wrapped && resultsOf(wrapped)?.success), origins: [origin], ...order };
  }

  /** Forgets what the call may store through its pointers, and what others may change while it waits. */
  private overwrite(
    { call, expr }: CallSite,
    happening: readonly Effect[],
    args: Operand[],
    path: Path,
    frame: Frame,
  ): void {
    let astray = false;
    args.forEach((arg, index) => {
      if (!mayStoreThrough(call, index) || onlyReads(happening, call.params[index])) {
        return;
      }
      const target = arg.value.target ?? frame.targetOf(arg.expr, path);
      if (target !== undefined) {
        forgetObject(target, path);
      } else {
        const place = frame.pointer(unwrap(arg.expr), path);
        if (place !== undefined) path.forgetParts(place);
        astray ||= frame.typeOf(unwrap(arg.expr))?.k === 'pointer';
      }
    });
    if (astray) {
      path.forgetWhere(
        (place) => frame.reachable.aliased.has(nameOf(place)) && depthOf(place) === frame.depth,
      );
    }
    if (call.blocking.blocks || call.effects.some(({ op }) => concurrent.has(op))) {
      path.forgetNumbers((place) => depthOf(place) === 0 || frame.reachable.exposed.has(nameOf(place)));
    }
    // The call's own result of an earlier round says nothing of this one.
    path.setResult(frame.depth, expr, undefined);
  }

  private apply(effect: Effect, site: CallSite, args: Operand[], path: Path, frame: Frame): void {
    switch (effect.op) {
      case 'close':
      case 'unmap':
      case 'free':
        this.close(effect, site, args, path, applies(effect, site.call, args, frame.scope) === true);
        break;
      case 'exec':
        this.leave('exec', site, path, frame);
        break;
      case 'exit':
        if (effect.kind !== 'thread') this.leave('exit', site, path, frame);
        break;
      case 'spawn-thread':
        break;
      default:
        if (makesObject(effect) && effect.at !== 'return') this.makeAt(effect, site, args, path, frame);
    }
  }

  /** `sure`: whether the call closes for certain, and not only under a condition that cannot be told. */
  private close(effect: Effect, site: CallSite, args: Operand[], path: Path, sure: boolean): void {
    const arg = argumentAt(site, args, effect.at);
    const { start, end } = site.expr;
    const at = { start, end, within: site.within };
    const number = arg?.value.constant;
    const value = number === undefined ? arg?.value : path.get(descriptor(number));
    const resources = value ? resourcesOf(value) : [];
    const holding =
      sure && resources.length === 1 && !value?.several
        ? { state: 'closed' as const, at }
        : { state: 'maybe' as const };
    for (const resource of resources) {
      path.hold(resource, holding);
      if (resource.on && path.holding(resource.on)?.state === 'open') path.hold(resource.on, holding);
    }
    if (number !== undefined) {
      freeNumber(number, path);
    }
  }

  private leave(how: 'exec' | 'exit', site: CallSite, path: Path, frame: Frame): void {
    this.walk.tell(() =>
      this.walk.listener.pathEnd?.({
        how,
        inMain: false,
        path,
        scope: frame.scope,
        at: this.walk.at(site.expr, frame),
      }),
    );
  }

  /** A new object. Values that the same call made in an earlier round are of another one, of which no account is kept. */
  private begin(resource: Resource, path: Path): void {
    const earlier: Place[] = [];
    const isOf = (one: Resource | undefined): boolean =>
      one !== undefined && (one === resource || isOf(one.duplicateOf));
    path.rewrite((value, place) => {
      if (value.several || !value.origins?.some((origin) => isOf(origin.resource))) return value;
      if (!place?.includes('[')) return unknown;
      earlier.push(place);
      return value;
    });
    for (const place of earlier) path.becomeSome(place);
    // Only what was there before has duplicates.
    if (path.holding(resource)) {
      for (const [one, { state }] of [...path.holdings()]) {
        if (state === 'open' && one !== resource && isOf(one)) path.hold(one, { state: 'maybe' });
      }
    }
    path.hold(resource, { state: 'open' });
  }

  /** An object whose handle the call stores through a pointer, or a descriptor of a given number. */
  private makeAt(effect: Effect, site: CallSite, args: Operand[], path: Path, frame: Frame): void {
    const arg = argumentAt(site, args, effect.at);
    if (!arg) {
      return;
    }
    const origin = this.originOf(site, effect.at, effect, this.sourceOf(effect, site, args));
    if (effect.op === 'duplicate') {
      this.duplicateOnto(arg, origin, path);
      return;
    }
    const target = arg.value.target ?? frame.targetOf(arg.expr, path);
    const index = /\[(\d+)\]$/.exec(effect.at)?.[1];
    const place =
      target !== undefined
        ? index === undefined
          ? target
          : element(target, BigInt(index))
        : part(frame.pointer(unwrap(arg.expr), path), `[${index ?? 0}]`);
    if (origin.resource) {
      this.begin(origin.resource, path);
      forgetFree(path);
    }
    if (place !== undefined && !frame.isAmbiguous(place)) {
      path.set(place, { origins: [origin] });
    }
  }

  /** dup2: the descriptor given gets another meaning. */
  private duplicateOnto({ value }: Operand, origin: Origin, path: Path): void {
    for (const resource of resourcesOf(value)) {
      if (resource !== origin.resource?.duplicateOf) path.hold(resource, { state: 'closed' });
      // Its number lives on, for the duplicate.
      path.rewrite((other) =>
        other.origins?.some((known) => known.resource === resource)
          ? other.origins.length === 1
            ? { origins: [origin] }
            : unknown
          : other,
      );
    }
    if (origin.resource) {
      path.hold(origin.resource, { state: 'open' });
    }
    if (value.constant !== undefined && value.constant >= 0n) {
      path.set(descriptor(value.constant), { origins: [origin] });
    }
  }

  /**
   * The effect by which a call makes the object it returns. Several that exclude each other, as "creates with O_CREAT"
   * and "opens without", leave no doubt that it makes one even where the flags are not known.
   */
  private madeAtReturn(site: CallSite, args: Operand[], frame: Frame): Effect | undefined {
    const candidates = site.call.effects.filter((effect) => effect.at === 'return' && makesObject(effect));
    const possible = candidates.map((effect) => ({
      effect,
      sure: applies(effect, site.call, args, frame.scope),
    }));
    const sure = possible.find((candidate) => candidate.sure === true);
    const unsure = possible.filter((candidate) => candidate.sure === undefined);
    return sure?.effect ?? (unsure.length > 1 ? unsure[0]?.effect : undefined);
  }

  private originOf(site: CallSite, at: string, effect: Effect | undefined, source?: Resource): Origin {
    if (!effect) {
      return { site, at };
    }
    const resource = this.walk.interner.resource(site, at, effect, source);
    return { site, at, effect, resource, ...(resource.kind ? { kind: resource.kind } : {}) };
  }

  /** The object that a duplicate stands for. */
  private sourceOf(effect: Effect | undefined, site: CallSite, args: Operand[]): Resource | undefined {
    const from = effect?.from === undefined ? undefined : argumentAt(site, args, effect.from);
    return from ? resourcesOf(from.value)[0] : undefined;
  }
}

/** What a variadic argument points to is data of what happens, and nothing is asked: `fcntl` reads the lock it shall set. */
function onlyReads(happening: readonly Effect[], param: Param | undefined): boolean {
  const about = param?.variadic ? happening.filter(({ data }) => data === param.name) : [];
  return about.length > 0 && about.every(({ op }) => op !== 'query');
}

/** The argument that an effect's place names. */
export function argumentAt(site: CallSite, args: readonly Operand[], where: string): Operand | undefined {
  const name = where.replace(/^\*/, '').replace(/\[\d+\]$/, '');
  return args[parameterIndex(site.call.params, name)];
}
