import type { Effect } from '../../../catalog/schema';
import { applies } from '../../analysis/conditions';
import type { CallEvent, StoreEvent } from '../../analysis/events';
import type { Location } from '../../analysis/path';
import type { CallSite, Value } from '../../analysis/values';
import { parameterIndex } from '../../c/ast';
import type { RuleContext, RuleListener } from '../rule';
import { argument } from '../shared/support';
import { detailsOf } from './details';
import { addressName, addressSource, followTexts, MadeNames, nameOf, serviceName, written } from './naming';
import type { Doing, ObjectKind, ObjectName, ObjectUse } from './object-use';

/** Writes down what a function does with objects that others can find. */
export function recordUses(context: RuleContext): RuleListener {
  const recorder = new Recorder(context);
  return {
    mark: (event, inside) => followTexts(event, inside),
    call: (event, inside) => recorder.call(event, inside),
    store: (event) => recorder.store(event),
    end: () => recorder.finish(),
  };
}

/** A use as it is seen; which object a handle is of comes out at the end, when all calls have been seen. */
interface Seen {
  use: ObjectUse;
  at: Location;
  site: CallSite;
  /** What the handle comes from, where the use has no name of its own. */
  handle?: Value;
  /** Calls before on the path whose objects are open. */
  earlier: CallSite[];
}

const kinds: Record<string, ObjectKind> = {
  'sysv-msg': 'sysv-msg',
  'sysv-sem': 'sysv-sem',
  'sysv-shm': 'sysv-shm',
  'posix-mq': 'posix-mq',
  'posix-shm': 'posix-shm',
  'posix-sem-named': 'posix-sem-named',
  fifo: 'fifo',
  file: 'file',
  descriptor: 'file',
  stream: 'file',
};

/** What can be told of without knowing which object it is about. */
const carriers = new Set<ObjectKind>(['sysv-msg', 'posix-mq', 'sysv-sem', 'sysv-shm']);

const doings: Partial<Record<Effect['op'], Doing>> = {
  create: 'create',
  open: 'open',
  remove: 'remove',
  bind: 'bind',
  connect: 'connect',
  read: 'read',
  write: 'write',
  map: 'map',
  resize: 'resize',
  wait: 'wait',
  post: 'post',
};

const mayRemove = /rm|remove|ctl|unlink|destroy|delete|clean/i;

/** A function does not do more with objects than a person could read. */
const mostSeen = 2000;

class Recorder {
  private readonly seen: Seen[] = [];
  private readonly made = new MadeNames();
  /** What the handles of a call are, whichever object it is. */
  private readonly kindsOf = new Map<CallSite, ObjectKind>();
  private readonly kept = new Map<CallSite, Set<string>>();
  private readonly sockets = new Map<CallSite, Socket>();

  constructor(private readonly context: RuleContext) {}

  call(event: CallEvent, context: RuleContext): void {
    const { site, name } = event;
    if (this.seen.length >= mostSeen) {
      return;
    }
    if (!site) {
      if (!event.into && mayRemove.test(name)) this.removal(event);
      return;
    }
    this.made.learn(event, context);
    if (name === 'socket') this.sockets.set(site, socketOf(event));
    const told = new Set<Doing>();
    for (const effect of site.call.effects) {
      const sure = applies(effect, site.call, event.args, event.scope);
      const doing = doings[effect.op];
      if (sure === false || !doing) continue;
      // Where the flags are not known it may create, and opens for certain.
      const does = doing === 'create' && sure === undefined ? 'open' : doing;
      if (told.has(does)) continue;
      if (this.add(effect, does, event, context)) told.add(does);
    }
  }

  /** A function of which nothing is known but its name may remove what it is handed. */
  private removal(event: CallEvent): void {
    for (const { value } of event.args) {
      const [origin] = value.origins ?? [];
      const kind = origin && this.kindsOf.get(origin.site);
      if (!origin || !kind) continue;
      const { name: call, path, at } = event;
      const root = this.context.scope.definition.name;
      const use: ObjectUse = { fact: 'use', does: 'remove', kind, call, root, role: path.role.id };
      this.seen.push({ use, at, site: origin.site, handle: value, earlier: [] });
    }
  }

  private add(effect: Effect, does: Doing, event: CallEvent, context: RuleContext): boolean {
    const { site } = event;
    const handle = handleOf(effect, event);
    const kind = this.kindOf(effect, does, handle);
    if (!site || !kind) {
      return false;
    }
    if (does === 'create' || does === 'open') this.kindsOf.set(site, kind);
    const base: ObjectUse = {
      fact: 'use',
      does,
      kind,
      call: event.name,
      root: this.context.scope.definition.name,
      role: event.path.role.id,
      ...detailsOf(effect, does, kind, event, context),
    };
    const named = this.named(effect, base, event, context);
    this.seen.push({
      use: named ?? { ...base, ...variableOf(effect, event) },
      at: event.at,
      site,
      ...(named || !handle ? {} : { handle }),
      earlier: does === 'open' ? [...event.path.holdings()].map(([resource]) => resource.site) : [],
    });
    return true;
  }

  private kindOf(effect: Effect, does: Doing, handle: Value | undefined): ObjectKind | undefined {
    if (effect.op === 'bind' || effect.op === 'connect') {
      // Of which family, the address tells, or the socket.
      return 'socket';
    }
    const known = kinds[effect.kind ?? ''];
    if (does === 'create' || does === 'open') {
      return known;
    }
    if (does === 'remove') {
      return known ?? 'file';
    }
    // What stands behind a handle, where a walk has seen it being made; or where the call is for one kind alone.
    const from = handle?.origins?.map(({ site, resource }) =>
      this.kindsOf.get(resource?.duplicateOf?.site ?? site),
    );
    const [first] = from ?? [];
    const same = from?.every((other) => other === first) ? first : undefined;
    return same ?? (known && carriers.has(known) ? known : undefined);
  }

  /** The use with its name, where the call says one itself. */
  private named(
    effect: Effect,
    base: ObjectUse,
    event: CallEvent,
    context: RuleContext,
  ): ObjectUse | undefined {
    const index = parameterIndex(event.site?.call.params, effect.name);
    if (index < 0 || effect.op === 'write') {
      return undefined;
    }
    const text = written(event, index, context);
    if (effect.op === 'bind' || effect.op === 'connect') {
      const found = addressName(event, index, this.made);
      const { transport, kind = base.kind } = this.socketOf(handleOf(effect, event));
      const ofAddress = event.args[index]?.expr;
      const byService = ofAddress && serviceName(ofAddress, event);
      return {
        ...base,
        kind,
        ...addressWritten(text, addressSource(event, index, this.made)),
        ...(transport ? { transport } : {}),
        ...(byService ? { kind: 'inet-socket', name: byService } : {}),
        ...found,
      };
    }
    const more = text === undefined ? {} : { written: text };
    const name = nameOf(event, index, base.kind, this.made);
    const nameIn = sharedVariable(event.targetOf(index) ?? event.placeOf(index));
    return { ...base, ...more, ...(nameIn === undefined ? {} : { nameIn }), ...(name ? { name } : {}) };
  }

  private socketOf(handle: Value | undefined): Socket {
    const found = handle?.origins?.map(({ site }) => this.sockets.get(site)) ?? [];
    const [first = {}] = found;
    const same = found.every((other) => other?.kind === first.kind && other?.transport === first.transport);
    return same ? first : {};
  }

  /** A handle is put into a variable that other functions see. */
  store({ place, value: { value } }: StoreEvent): void {
    const variable = sharedVariable(place);
    if (variable === undefined) {
      return;
    }
    for (const { site } of value.origins ?? []) {
      const known = this.kept.get(site) ?? new Set();
      this.kept.set(site, known.add(variable));
    }
  }

  finish(): void {
    const names = new Map<CallSite, ObjectName | undefined>();
    for (const { site, use } of this.seen) {
      if (use.does !== 'create' && use.does !== 'open') continue;
      const same = !names.has(site) || names.get(site)?.text === use.name?.text;
      names.set(site, same ? use.name : undefined);
    }
    const opened = new Map(this.seen.map(({ site, use }) => [site, use.access]));
    for (const { use, at, site, handle, earlier } of this.seen) {
      const name = use.name ?? (handle && sameName(handle, names));
      const keeps = this.kept.get(site);
      const before = earlier.flatMap((other) => {
        const [object, access] = [names.get(other)?.text, opened.get(other)];
        return object !== undefined && access !== undefined ? [{ object, access }] : [];
      });
      const whole: ObjectUse = {
        ...use,
        ...(name ? { name } : {}),
        ...(keeps ? { keeps: [...keeps] } : {}),
        ...(before.length > 0 ? { before } : {}),
      };
      this.context.record(whole, at);
    }
  }
}

interface Socket {
  kind?: ObjectKind;
  transport?: 'stream' | 'dgram';
}

/** What stands for the name of a socket: what its address is made of, or where it lies. */
function addressWritten(
  argument: string | undefined,
  source: string | undefined,
): Pick<ObjectUse, 'written' | 'addressIn'> {
  if (source !== undefined) return { written: source };
  return argument === undefined ? {} : { addressIn: argument.replace(/^&\s*/, '') };
}

function socketOf({ args }: CallEvent): Socket {
  const domain = args[0]?.value.constant;
  const type = args[1]?.value.constant;
  // Behind the type stand flags.
  const low = type === undefined ? undefined : type & 0xfn;
  const transport = low === 1n ? 'stream' : low === 2n ? 'dgram' : undefined;
  const kind = domain === 1n ? 'unix-socket' : domain === 2n || domain === 10n ? 'inet-socket' : undefined;
  return { ...(kind ? { kind } : {}), ...(transport ? { transport } : {}) };
}

/** A handle that the caller hands over. */
export const parameter = '()';

/** The handle that a call acts on; undefined where it makes one. */
function handleOf(effect: Effect, event: CallEvent): Value | undefined {
  const where = effect.op === 'map' ? effect.from : effect.at;
  if (where === undefined || where === 'return') {
    return undefined;
  }
  const arg = argument(event, where.replace(/^\*/, ''));
  return arg?.value;
}

/** The variable outside functions from which the handle comes, where nothing else is known of it. */
function variableOf(effect: Effect, event: CallEvent): { handle?: string } {
  const where = effect.op === 'map' ? effect.from : effect.at;
  const index = parameterIndex(event.site?.call.params, where?.replace(/^\*/, ''));
  const place = index < 0 ? undefined : event.placeOf(index);
  const variable = sharedVariable(place);
  if (variable !== undefined) return { handle: variable };
  const name = /^\d+:(\w+)$/.exec(place ?? '')?.[1];
  const isParameter = event.scope.definition.type.params.some((param) => param.name === name);
  return isParameter ? { handle: parameter } : {};
}

/** A variable or member by the name that all functions have for it. */
function sharedVariable(place: string | undefined): string | undefined {
  const whole = place?.replace(/\[0\]$/, '');
  if (whole === undefined || whole.includes('[')) {
    return undefined;
  }
  const member = /(?:->|\.)(\w+)$/.exec(whole)?.[1];
  if (member !== undefined) return `.${member}`;
  return /^0:(\w+)$/.exec(whole)?.[1];
}

/** The name of the object that a handle is of, whichever call gave it. */
function sameName(
  { origins }: Value,
  names: ReadonlyMap<CallSite, ObjectName | undefined>,
): ObjectName | undefined {
  const found = (origins ?? []).map(({ site, resource }) => names.get(resource?.duplicateOf?.site ?? site));
  const [first] = found;
  return found.every((other) => other?.text === first?.text) ? first : undefined;
}
