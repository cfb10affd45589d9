import { descriptorKinds } from '../../../catalog/descriptors';
import type { Effect, ResourceKind } from '../../../catalog/schema';
import { argumentAt, makesObject } from '../../analysis/calls';
import type { FunctionScope } from '../../analysis/context';
import type { CallEvent, Operand } from '../../analysis/events';
import { unwrap } from '../../analysis/operators';
import type { Location } from '../../analysis/path';
import { depthOf, nameOf } from '../../analysis/places';
import type { CType, Expr } from '../../c/ast';
import type { Report, Rule, RuleContext } from '../rule';
import { Always } from '../shared/always';
import { targetOf } from '../shared/dropped';
import { fixOf, replaced } from '../shared/edits';
import { keptBy } from '../shared/kept';
import { spanOfSite } from '../shared/loops';
import { allOrigins, excerpt, isDirect } from '../shared/support';
import { type FileCall, fileCalls, fileMentions, lastName } from '../shared/whole-file';

export const wrongKind: Rule = {
  meta: {
    id: 'handle/wrong-kind',
    severity: 'error',
    preset: 'recommended',
    title: 'A handle is given to a call for another kind of object',
    explanation:
      'Identifiers, descriptors and addresses are plain numbers to the compiler. The kernel refuses one of the wrong kind, or takes it for another object that happens to have the same number.',
    silence: 'Handles that may come from several calls, and programs that try out what the kernel answers.',
    references: [
      { page: 'svipc', section: 7 },
      { page: 'sem_overview', section: 7 },
      { page: 'mmap', section: 2 },
    ],
    example: {
      bad: `#include <sys/ipc.h>
#include <sys/shm.h>
#include <unistd.h>

int count(void) {
  int id = shmget(IPC_PRIVATE, sizeof(int), 0600);
  if (id == -1)
    return -1;
  int *value = shmat(id, NULL, 0);
  if (value == (void *)-1)
    return -1;
  int copy = *value;
  shmdt(value);
  close(id);
  return copy;
}
`,
      good: `#include <sys/ipc.h>
#include <sys/shm.h>
#include <unistd.h>

int count(void) {
  int id = shmget(IPC_PRIVATE, sizeof(int), 0600);
  if (id == -1)
    return -1;
  int *value = shmat(id, NULL, 0);
  if (value == (void *)-1)
    return -1;
  int copy = *value;
  shmdt(value);
  shmctl(id, IPC_RMID, NULL);
  return copy;
}
`,
    },
  },
  check() {
    const always = new Always();
    return {
      call(event, context) {
        const report = event.site && !triesWrongKinds(context) ? faultOf(event, context) : undefined;
        if (event.site) always.see(event.expr, event.at, report && (() => context.report(report)));
      },
      end: () => always.send(),
    };
  },
};

function triesWrongKinds(context: RuleContext): boolean {
  return /\b(?:EBADF|ENOTSOCK|ESPIPE|EINVAL|ENODEV)\b/.test(context.code(context.scope.definition.body));
}

/** What a kind of object is called, and how it is got rid of. */
const kinds: Partial<Record<ResourceKind, { name: string; end?: string }>> = {
  pipe: { name: 'an end of a pipe', end: 'close' },
  file: { name: 'a file descriptor', end: 'close' },
  descriptor: { name: 'a file descriptor', end: 'close' },
  socket: { name: 'a socket', end: 'close' },
  socketpair: { name: 'a socket', end: 'close' },
  eventfd: { name: 'an eventfd', end: 'close' },
  epoll: { name: 'an epoll descriptor', end: 'close' },
  memfd: { name: 'a memory file', end: 'close' },
  'posix-shm': { name: 'a descriptor of shared memory', end: 'close' },
  'posix-mq': { name: 'a POSIX queue', end: 'mq_close' },
  'sysv-msg': { name: 'a System V queue', end: 'msgctl' },
  'sysv-sem': { name: 'a System V semaphore set', end: 'semctl' },
  'sysv-shm': { name: 'a System V segment', end: 'shmctl' },
  'sysv-attachment': { name: 'an attached System V segment', end: 'shmdt' },
  mapping: { name: 'a mapping', end: 'munmap' },
  'posix-sem-named': { name: 'a named semaphore', end: 'sem_close' },
  'posix-sem-unnamed': { name: 'an unnamed semaphore', end: 'sem_destroy' },
  stream: { name: 'a stream', end: 'fclose' },
  directory: { name: 'a directory stream', end: 'closedir' },
  key: { name: 'a key' },
};

/** Calls that need an offset or pages, which these kinds do not have. */
const withoutOffset = new Set<ResourceKind>(['pipe', 'socket', 'socketpair']);
const needOffset = /^(?:lseek|pread|pwrite|mmap|ftruncate)$/;

function faultOf(event: CallEvent, context: RuleContext): Report | undefined {
  for (const effect of event.site?.call.effects ?? []) {
    const where = makesObject(effect) || effect.op === 'accept' ? effect.from : effect.at;
    const operand = where && event.site ? argumentAt(event.site, event.args, where) : undefined;
    if (!operand || where === 'return' || (where?.startsWith('*') && isMemory(operand))) continue;
    const report =
      byOrigin(event, effect, operand, where, context) ?? byAddress(event, effect, operand, context);
    if (report) return report;
  }
  return byFile(event, context);
}

/** What a call works on lies in shared memory. */
function isMemory({ value }: Operand): boolean {
  return value.origins?.some(({ kind }) => kind !== undefined && isSharedMemory(kind)) ?? false;
}

function isSharedMemory(kind: ResourceKind): boolean {
  return kind === 'mapping' || kind === 'sysv-attachment';
}

function byOrigin(
  event: CallEvent,
  effect: Effect,
  operand: Operand,
  where: string | undefined,
  context: RuleContext,
): Report | undefined {
  const made = madeBy(operand, context);
  // What a call works on may lie in what is mapped, as far as the file alone tells of it, too.
  if (made && where?.startsWith('*') && isSharedMemory(made.kind)) return undefined;
  if (!made || !kinds[made.kind] || isRight(event, effect, operand, made.kind)) {
    return undefined;
  }
  const name = excerpt(context, operand.expr);
  return {
    span: event.at,
    message: `\`${name}\` is ${kinds[made.kind]!.name} that \`${made.by}\` returned, but \`${event.name}\` ${wants(event, effect)}. ${advice(event, effect, made.kind)}`,
    related: [{ span: made.at, message: `\`${made.by}\` makes it here` }],
    ...(isDirect(event.at, event.expr) ? endFix(event, effect, kinds[made.kind]?.end) : {}),
  };
}

/** What made a handle: its kind, the call and where that stands. */
interface Made {
  kind: ResourceKind;
  by: string;
  at: Location;
}

/** The one call that the handle comes from on this path, or that the file stores in the variable or member it is in. */
function madeBy({ value, expr }: Operand, context: RuleContext): Made | undefined {
  const [origin, ...others] = allOrigins(value, ({ kind }) => kind !== undefined) ?? [];
  if (origin?.kind)
    return others.length === 0
      ? { kind: origin.kind, by: origin.site.call.name, at: spanOfSite(origin.site) }
      : undefined;
  const kept = value.origins || value.target !== undefined ? undefined : keptBy(expr, context);
  const scope = kept && context.scope.file.scopeOf(kept.within);
  const made = scope
    ?.call(kept!.name)
    ?.effects.filter((effect) => effect.at === 'return' && makesObject(effect));
  const [kind, ...more] = new Set((made ?? []).map((effect) => effect.kind));
  const isSame = kept && (isOfFile(expr, context) || isOfOneStructure(expr, kept, context));
  return kept && kind && more.length === 0 && isSame
    ? { kind, by: kept.name, at: { ...kept.expr, within: kept.within } }
    : undefined;
}

/** A variable that no other file knows, and that each function finds as the last one left it; the program's own file may leave `static` out. */
function isOfFile(expr: Expr, context: RuleContext): boolean {
  const inner = unwrap(expr);
  const { globals, qualities, functions } = context.scope.file.symbols;
  if (inner.kind !== 'name' || !globals.has(inner.name)) return false;
  return (
    context.scope.file.symbols.isStatic(inner.name) ||
    (functions.get('main')?.definition !== undefined && !qualities.get(inner.name)?.includes('extern'))
  );
}

/** Members of one name may belong to several structures. */
function isOfOneStructure(expr: Expr, { expr: call, within }: FileCall, { scope }: RuleContext): boolean {
  const inner = unwrap(expr);
  const stored = targetOf(within, call);
  if (inner.kind !== 'member' || stored?.kind !== 'member') return false;
  const own = structureOf(inner.object, scope);
  return own !== undefined && own === structureOf(stored.object, scope.file.scopeOf(within));
}

function structureOf(object: Expr, scope: FunctionScope): CType | undefined {
  const type = scope.resolvedTypeOf(object);
  return type?.k === 'pointer' ? scope.evaluator.types.resolve(type.to) : type;
}

/** Whether a call may be given a handle of some kind; true where that is not known. */
function isRight(event: CallEvent, effect: Effect, operand: Operand, made: ResourceKind): boolean {
  const param = event.site?.call.params[event.args.indexOf(operand)]?.name;
  if (param === undefined) {
    return true;
  }
  // A packet socket has rings that are mapped.
  if (event.name === 'mmap' && made === 'socket') {
    return true;
  }
  if (needOffset.test(event.name) && /fd$/.test(param) && withoutOffset.has(made)) {
    return false;
  }
  if (param === 'sockfd') {
    return made === 'socket' || made === 'socketpair' || made === 'descriptor';
  }
  if (/fd$/.test(param)) {
    return !isNumber(made);
  }
  const wanted = makesObject(effect) ? fromKinds[event.name] : effect.kind;
  return wanted === undefined || wanted === made || !isComparable(wanted, made);
}

/** Kinds that are no descriptors although they are numbers or pointers. */
function isNumber(kind: ResourceKind): boolean {
  return /^(?:sysv-|mapping|key|posix-sem|stream|directory)/.test(kind);
}

const fromKinds: Partial<Record<string, ResourceKind>> = { shmat: 'sysv-shm' };

/** Only kinds that are certainly told apart; a stream by popen is seen to elsewhere. */
function isComparable(wanted: ResourceKind, made: ResourceKind): boolean {
  const streams = wanted.includes('stream') && made.includes('stream');
  const isKnown = kinds[wanted] !== undefined && kinds[made] !== undefined;
  const queueAsDescriptor = made === 'posix-mq' && descriptorKinds.has(wanted);
  return isKnown && !streams && !queueAsDescriptor && wanted !== 'file' && wanted !== 'descriptor';
}

function wants({ name, site }: CallEvent, effect: Effect): string {
  const kind = makesObject(effect) ? fromKinds[name] : effect.kind;
  if (needOffset.test(name)) return 'needs something that has an offset';
  if (site?.call.params.some((param) => param.name === 'sockfd')) return 'needs a socket';
  return kind && kinds[kind] ? `works on ${kinds[kind].name}` : 'works on a file descriptor';
}

/** Calls that end something and take nothing but it. */
const endings = /^(?:close|mq_close|shmdt|sem_close|sem_destroy|fclose|closedir)$/;

function endFix({ name, expr }: CallEvent, { op }: Effect, end: string | undefined) {
  const fits =
    /^(?:close|destroy|free|unmap)$/.test(op) && end !== undefined && endings.test(name) && endings.test(end);
  return fixOf(`Use ${end}`, fits && end !== name ? replaced(expr.callee, end) : undefined);
}

function advice(event: CallEvent, effect: Effect, kind: ResourceKind): string {
  const end = kinds[kind]?.end;
  if (kind === 'key') {
    return 'Pass the identifier that the get call returned for the key.';
  }
  return /^(?:close|unmap|destroy|free)$/.test(effect.op) && end && end !== event.name
    ? `Use \`${end}\`${/ctl$/.test(end) ? ' with IPC_RMID' : ''}.`
    : 'Pass the handle that the matching call returned.';
}

/** What ends the things of one kind where the file makes only those of the other, and keeps them in a variable of this name. */
const ends: Readonly<Record<string, { made: RegExp; other: RegExp; kind: ResourceKind; what: string }>> = {
  sem_destroy: { made: /^sem_open$/, other: /^sem_init$/, kind: 'posix-sem-named', what: 'sem_init' },
};

/** Of a handle that the path has lost sight of the file tells, when nothing in it makes one of the other kind. */
function byFile(event: CallEvent, context: RuleContext): Report | undefined {
  const end = Object.hasOwn(ends, event.name) ? ends[event.name] : undefined;
  const [operand] = event.args;
  const name = operand && lastName(operand.expr);
  const { definition } = context.scope;
  if (!end || !operand || name === undefined || operand.value.origins || operand.expr.kind === 'unary') {
    return undefined;
  }
  const isGiven = definition.type.params.some((param) => param.name === name);
  const made = fileCalls(context, end.made).find(({ expr, within }) => {
    const target = targetOf(within, expr);
    const isOwn =
      within === definition || unwrap(operand.expr).kind !== 'name' || !context.scope.typeOf(name);
    return target !== undefined && isOwn && lastName(target) === name;
  });
  if (isGiven || !made || fileMentions(context, end.other)) return undefined;
  return {
    span: event.at,
    message: `\`${excerpt(context, operand.expr)}\` is ${kinds[end.kind]!.name} that \`${made.name}\` returned, but \`${event.name}\` ends what \`${end.what}\` began. Use \`${kinds[end.kind]!.end}\`.`,
    related: [{ span: { ...made.expr, within: made.within }, message: `\`${made.name}\` makes it here` }],
    ...(isDirect(event.at, event.expr)
      ? fixOf(`Use ${kinds[end.kind]!.end}`, replaced(event.expr.callee, kinds[end.kind]!.end!))
      : {}),
  };
}

/** `sem_close` on a semaphore that is a variable: named ones are never that; and the reverse. */
function byAddress(
  event: CallEvent,
  { at }: Effect,
  operand: Operand,
  context: RuleContext,
): Report | undefined {
  if (event.name !== 'sem_close' || at !== 'sem') {
    return undefined;
  }
  const place = operand.value.target;
  const variable =
    place !== undefined && operand.expr.kind === 'unary' && operand.expr.op === '&' && depthOf(place) >= 0;
  return variable
    ? {
        span: event.at,
        message: `\`${excerpt(context, operand.expr)}\` is the address of a variable, \`${nameOf(place)}\`, but \`sem_close\` works on what \`sem_open\` returned. Use \`sem_destroy\`, which ends what \`sem_init\` began.`,
        ...(isDirect(event.at, event.expr)
          ? fixOf('Use sem_destroy', replaced(event.expr.callee, 'sem_destroy'))
          : {}),
      }
    : undefined;
}
