import type { FunctionScope } from '../../analysis/context';
import type { CallEvent, StoreEvent } from '../../analysis/events';
import type { Path } from '../../analysis/path';
import type { CallSite, Value } from '../../analysis/values';
import { parameterIndex } from '../../c/ast';

/** What rules learn of calls as a walk comes by, to ask of the objects that those calls made. */
export class Facts<T> {
  private readonly known = new Map<CallSite, T | undefined>();

  /** Adds what is known of a call; what differs from path to path is not known. */
  add(site: CallSite, fact: T | undefined): void {
    const same = !this.known.has(site) || this.known.get(site) === fact;
    this.known.set(site, same ? fact : undefined);
  }

  /** The fact that holds whichever of its calls gave the value. */
  of(value: Value | undefined): { site: CallSite; fact: T } | undefined {
    const [first, ...others] = value?.origins ?? [];
    const fact = first && this.known.get(first.site);
    return first && fact !== undefined && others.every(({ site }) => this.known.get(site) === fact)
      ? { site: first.site, fact }
      : undefined;
  }
}

/** The pointer that is followed last to reach a place: `p` for `p->x`, `p[3].x` and, where types tell, `p->rows[i].x`; `p->q` for `p->q->x`. */
export function pointerTo(place: string | undefined, path: Path, scope?: FunctionScope): Value | undefined {
  const [, pointer] = /^([^[\]>]+?)(?:->|\[[^\]]*\])[^[>]*$/.exec(place ?? '') ?? [];
  const followed = pointer ?? (scope && place?.includes('->') ? lastPointer(place, scope) : undefined);
  return followed === undefined ? undefined : path.get(followed);
}

const step = /(->|\.)(\w+)|\[[^\]]*\]/y;

/** The pointer behind which only members follow, and elements of arrays in them. */
function lastPointer(place: string, scope: FunctionScope): string | undefined {
  const { types } = scope.evaluator;
  const [root = '', name = ''] = /^\d+:(\w+)/.exec(place) ?? [];
  let type = name ? scope.resolvedTypeOf({ kind: 'name', name, start: 0, end: 0 }) : undefined;
  let pointer: string | undefined;
  step.lastIndex = root.length;
  while (type && step.lastIndex < place.length) {
    const at = step.lastIndex;
    const [, link, field = ''] = step.exec(place) ?? [''];
    if (step.lastIndex <= at) return undefined;
    if (link === '->') {
      if (type.k !== 'pointer') return undefined;
      pointer = place.slice(0, at);
      type = types.resolve(type.to);
    }
    if (link === undefined) {
      if (type.k === 'pointer') pointer = place.slice(0, at);
      else if (type.k !== 'array') return undefined;
    }
    type = link === undefined ? types.pointee(type) : types.member(type, field);
    type = type && types.resolve(type);
  }
  return type && pointer;
}

/** Functions outside the catalog that write through their first argument. */
const writers = new Set([
  'memcpy',
  'memmove',
  'memset',
  'strcpy',
  'strncpy',
  'strcat',
  'sprintf',
  'snprintf',
]);

/** Pointers through which a call certainly writes, itself or as the start of an object, or some way behind it. */
export function writtenThrough(event: CallEvent): Value[] {
  const through = (index: number) => {
    const value = event.countedFrom(index);
    return value?.origins ? value : pointerTo(event.targetOf(index), event.path, event.scope);
  };
  if (!event.site) {
    const first = writers.has(event.name) ? event.args[0]?.value : undefined;
    return first ? [through(0) || first] : [];
  }
  const { params, effects } = event.site.call;
  return effects.flatMap((effect) => {
    const name = effect.op === 'initialise' ? effect.at.replace(/^\*/, '') : undefined;
    const index = parameterIndex(params, name);
    return (event.args[index] && through(index)) || [];
  });
}

/** The memory that the kernel reads or fills for a call, by the index of the argument. */
export function handedToKernel({ site }: CallEvent): number[] {
  const names = site?.call.effects.flatMap(({ op, data }) =>
    (op === 'read' || op === 'write') && data !== undefined ? [data] : [],
  );
  return (site?.call.params ?? []).flatMap(({ name }, index) => (names?.includes(name) ? [index] : []));
}

/** Functions of the C library that read what their arguments point to, and those arguments. */
const readers: Partial<Record<string, readonly number[]>> = {
  memcpy: [1],
  memmove: [1],
  memcmp: [0, 1],
  memchr: [0],
  strcpy: [1],
  strncpy: [1],
  strcat: [1],
  strncat: [1],
  strcmp: [0, 1],
  strncmp: [0, 1],
  strlen: [0],
  strdup: [0],
  strchr: [0],
  strstr: [0],
  puts: [0],
  fputs: [0],
  fwrite: [0],
};

/** The arguments through which a function of the C library reads or writes, by their index. */
export function followedByLibrary({ name, site }: CallEvent): number[] {
  if (site) return [];
  const read = Object.hasOwn(readers, name) ? readers[name]! : [];
  return writers.has(name) ? [0, ...read] : [...read];
}

/** Pointers through which a call certainly reads. */
export function readThrough(event: CallEvent): Value[] {
  const { name, args, scope } = event;
  const format = /^(?:f|d|s|sn)?printf$/.test(name)
    ? args.findIndex(({ expr }) => expr.kind === 'string')
    : -1;
  if (format >= 0) {
    const text = scope.evaluator.string(args[format]!.expr) ?? '';
    // A pointer behind a format is either text or an address to be shown.
    const isText = /%[-\d.*]*s/.test(text) && !text.includes('%p');
    return isText ? args.slice(format + 1).map(({ value }) => value) : [];
  }
  const indexes = Object.hasOwn(readers, name) ? readers[name] : undefined;
  return (indexes ?? []).flatMap((index) => event.countedFrom(index) ?? []);
}

/** The pointer through which a store goes. */
export function storedThrough(event: StoreEvent): Value | undefined {
  if (event.array !== undefined) return event.path.get(event.array);
  return pointerTo(event.place, event.path, event.scope);
}
