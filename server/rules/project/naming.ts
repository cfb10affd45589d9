import type { CallEvent } from '../../analysis/events';
import { noteAt } from '../../analysis/notes';
import { unwrap } from '../../analysis/operators';
import type { CallSite, Value } from '../../analysis/values';
import type { Expr } from '../../c/ast';
import { calledName } from '../../c/cfg';
import type { RuleContext } from '../rule';
import type { ObjectKind, ObjectName } from './object-use';

/** Finds out under which name a call creates, opens or removes an object. */

const prefix = 'named';
const service = 'named service';
/** What a socket's path is made of, as the source has it, where the text is not known. */
const source = 'named from';

/** Notes on the path what is copied into places that can be names. */
export function followTexts(event: CallEvent, context: RuleContext): void {
  const { name, path } = event;
  if (name === 'getaddrinfo') {
    path.setNote(service, event.args[1]?.value.text);
    return;
  }
  if (!/^(?:strn?cpy|strlcpy|stpn?cpy|v?sn?printf|memcpy|memset|bzero)$/.test(name)) {
    return;
  }
  const target = event.targetOf(0);
  if (target === undefined) {
    return;
  }
  const place = target.replace(/\[0\]$/, '');
  if (name === 'memset' || name === 'bzero') {
    // Only a note that is there is taken away: notes keep paths apart.
    for (const key of notesWithin(event, place)) path.setNote(key, undefined);
    return;
  }
  const put = textPut(event);
  if (place.endsWith('.sun_path'))
    path.setNote(
      noteAt(source, place),
      put === undefined ? saidIn(event, partPut(event, context)) : undefined,
    );
  // Other texts are no names.
  const text = put !== undefined && (/^[/.@]/.test(put) || place.includes('sun_path')) ? put : undefined;
  if (text !== undefined || path.note(noteAt(prefix, place)) !== undefined)
    path.setNote(noteAt(prefix, place), text);
}

function notesWithin({ path }: CallEvent, place: string): string[] {
  return [...path.noteEntries()].flatMap(([key]) => (key.startsWith(noteAt(prefix, place)) ? [key] : []));
}

/** The text that a call puts into its first argument; a format, where that decides. */
function textPut(event: CallEvent): string | undefined {
  const { name, args } = event;
  if (!name.endsWith('printf')) {
    return args[1]?.value.text;
  }
  const at = name.endsWith('snprintf') ? 2 : 1;
  const format = args[at]?.value.text;
  if (format === undefined || name.startsWith('v')) {
    return undefined;
  }
  const values = args.slice(at + 1).map(({ value }) => value);
  const filled = format.replace(/%s/g, () => values.shift()?.text ?? '%s');
  if (filled === '%s') return undefined;
  // After another conversion the arguments no longer stand in turn.
  return /%[^%s]/.test(format) && format.includes('%s') ? format : filled;
}

/** With the function, as a variable of the same name may take the place in the next one. */
const saidIn = ({ scope }: CallEvent, text: string | undefined) =>
  text === undefined ? undefined : `${scope.definition.name}\n${text}`;

/** The argument that a call puts into its first one whole: `argv[1]`. */
function partPut({ name, args }: CallEvent, context: RuleContext): string | undefined {
  const formatAt = name.endsWith('snprintf') ? 2 : 1;
  if (!name.endsWith('printf')) return sourceOf(args[1]?.expr, context);
  const whole = !name.startsWith('v') && args[formatAt]?.value.text === '%s';
  return whole ? sourceOf(args[formatAt + 1]?.expr, context) : undefined;
}

/** Keys that ftok makes, and ports in network byte order, by the call that made them. */
export class MadeNames {
  private readonly names = new Map<CallSite, ObjectName | undefined>();
  private readonly ports = new Map<CallSite, string>();

  learn(event: CallEvent, context: RuleContext): void {
    const { site, name } = event;
    if (!site) {
      return;
    }
    if (name === 'ftok') this.add(site, ftokName(event));
    if (name === 'htons') {
      this.add(site, portName(event.args[0]?.value));
      const port = sourceOf(event.args[0]?.expr, context);
      if (port !== undefined) this.ports.set(site, port);
    }
  }

  /** How the source writes a port that is not known: `atoi(argv[1])`. */
  portFrom(value: Value | undefined): string | undefined {
    const [first, ...others] = value?.origins ?? [];
    return first && others.length === 0 ? this.ports.get(first.site) : undefined;
  }

  /** The name, when the value comes from calls that all made the same. */
  of(value: Value | undefined): ObjectName | undefined {
    const made = value?.origins?.map(({ site }) => this.names.get(site));
    const [first] = made ?? [];
    return made?.every((other) => other?.text === first?.text && other?.by === first?.by) ? first : undefined;
  }

  private add(site: CallSite, name: ObjectName | undefined): void {
    const same = !this.names.has(site) || this.names.get(site)?.text === name?.text;
    this.names.set(site, same ? name : undefined);
  }
}

function ftokName({ args }: CallEvent): ObjectName | undefined {
  const path = args[0]?.value.text;
  const id = args[1]?.value.constant;
  const variable = args[0] && environmentIn(args[0].expr);
  // The same for all who are started alike.
  if (variable !== undefined && id !== undefined)
    return { by: 'ftok', text: `ftok(getenv("${variable}"), ${shownId(id)})` };
  return path === undefined || id === undefined
    ? undefined
    : { by: 'ftok', text: `ftok("${path}", ${shownId(id)})`, ftok: { path, id: Number(id & 0xffn) } };
}

function environmentIn(expr: Expr): string | undefined {
  const [name] = expr.kind === 'call' && calledName(expr) === 'getenv' ? expr.args : [];
  return name?.kind === 'string' ? name.value : undefined;
}

function shownId(id: bigint): string {
  return id >= 33n && id < 127n ? `'${String.fromCharCode(Number(id))}'` : `${id}`;
}

function portName(value: Value | undefined): ObjectName | undefined {
  return value?.constant === undefined || value.constant <= 0n
    ? undefined
    : { by: 'port', text: `${value.constant}` };
}

/** The name in an argument of `open`, `mq_open`, `msgget` and their like. */
export function nameOf(
  event: CallEvent,
  index: number,
  kind: ObjectKind,
  made: MadeNames,
): ObjectName | undefined {
  const value = event.args[index]?.value;
  if (!value) {
    return undefined;
  }
  if (kind.startsWith('sysv')) {
    return made.of(value) ?? keyName(value, event);
  }
  const by = kind.startsWith('posix') ? 'name' : 'path';
  if (value.text !== undefined) {
    return { by, text: value.text };
  }
  const place = event.targetOf(index) ?? event.placeOf(index);
  const noted =
    place === undefined ? undefined : event.path.note(noteAt(prefix, place.replace(/\[0\]$/, '')));
  return typeof noted === 'string' ? textName(by, noted) : undefined;
}

function textName(by: ObjectName['by'], text: string): ObjectName {
  const plain = text.replaceAll('%%', '');
  return { by, text, ...(plain.includes('%') ? { pattern: true } : {}) };
}

function keyName({ constant }: Value, { site }: CallEvent): ObjectName | undefined {
  if (constant === undefined) {
    return undefined;
  }
  const key = Number(BigInt.asUintN(32, constant));
  return key === 0
    ? { by: 'private', text: `IPC_PRIVATE of ${site?.within.name} ${site?.expr.start}` }
    : { by: 'key', text: `0x${key.toString(16)}`, key };
}

/** The address given to bind or connect. */
export function addressName(
  event: CallEvent,
  index: number,
  made: MadeNames,
): { kind: ObjectKind; name: ObjectName } | undefined {
  const target = event.targetOf(index);
  if (target === undefined) {
    return undefined;
  }
  const { path } = event;
  const hidden = path.note(noteAt(prefix, `${target}.sun_path[1]`));
  if (typeof hidden === 'string') {
    return { kind: 'unix-socket', name: textName('abstract', `@${hidden}`) };
  }
  const text = path.note(noteAt(prefix, `${target}.sun_path`)) ?? path.get(`${target}.sun_path`)?.text;
  if (typeof text === 'string' && text !== '') {
    return { kind: 'unix-socket', name: textName('path', text) };
  }
  const port = made.of(path.get(`${target}.sin_port`)) ?? made.of(path.get(`${target}.sin6_port`));
  return port && { kind: 'inet-socket', name: port };
}

/** How the source writes what an address that is not known is made of. */
export function addressSource(event: CallEvent, index: number, made: MadeNames): string | undefined {
  const { path } = event;
  const target = event.targetOf(index);
  const text = target === undefined ? undefined : path.note(noteAt(source, `${target}.sun_path`));
  const within = `${event.scope.definition.name}\n`;
  if (typeof text === 'string' && text.startsWith(within)) return text.slice(within.length);
  const port =
    made.portFrom(path.get(`${target}.sin_port`)) ?? made.portFrom(path.get(`${target}.sin6_port`));
  return port === undefined ? undefined : `port ${port}`;
}

/** The port of an address that getaddrinfo found. */
export function serviceName(address: Expr, { path }: CallEvent): ObjectName | undefined {
  const inner = unwrap(address);
  const found = inner.kind === 'member' && inner.field === 'ai_addr' ? path.note(service) : undefined;
  return typeof found === 'string' ? { by: 'port', text: found } : undefined;
}

/** What stands for the name in the source, on one line. */
export function written(event: CallEvent, index: number, context: RuleContext): string | undefined {
  return sourceOf(event.args[index]?.expr, context);
}

function sourceOf(expr: Expr | undefined, context: RuleContext): string | undefined {
  const text = expr && context.source(unwrap(expr)).replace(/\s+/g, ' ');
  return text === undefined || text === '' || text.length > 60 ? undefined : text;
}
