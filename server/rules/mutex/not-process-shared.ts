import type { CallEvent } from '../../analysis/events';
import { resourcesOf } from '../../analysis/events';
import { noteAt } from '../../analysis/notes';
import type { Location } from '../../analysis/path';
import type { CallSite } from '../../analysis/values';
import { type Expr, parameterIndex, type Stmt } from '../../c/ast';
import type { Rule, RuleContext } from '../rule';
import { spanOfSite } from '../shared/loops';
import { around, contains } from '../shared/statements';
import { argument, certainBits, constantNamed } from '../shared/support';
import { callsIn } from '../shared/uses';

const prefix = 'mutex/not-process-shared';

/** Objects with a process-shared attribute, as a reader calls them. */
const kinds: Record<string, string> = {
  mutex: 'mutex',
  condvar: 'condition variable',
  rwlock: 'read-write lock',
  barrier: 'barrier',
};

export const notProcessShared: Rule = {
  meta: {
    id: 'mutex/not-process-shared',
    severity: 'error',
    preset: 'recommended',
    title: 'A mutex or condition variable in shared memory is made for one process only',
    explanation:
      'Without PTHREAD_PROCESS_SHARED the waiting threads are woken inside one process only: the other process that maps the same memory may sleep for ever, or enter although the lock is taken.',
    silence:
      'Functions that set the attribute on any of their ways, memory that is not surely a shared mapping or a System V segment of this function, and attributes that come from elsewhere or are handed to unknown functions.',
    references: [
      { page: 'pthread_mutexattr_setpshared', section: 3 },
      { page: 'mmap', section: 2 },
    ],
    example: {
      bad: `#include <pthread.h>
#include <stddef.h>
#include <sys/mman.h>

struct shared { pthread_mutex_t lock; int value; };

struct shared *make(void) {
  struct shared *p = mmap(NULL, sizeof(*p), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (p == MAP_FAILED)
    return NULL;
  pthread_mutex_init(&p->lock, NULL);
  return p;
}
`,
      good: `#include <pthread.h>
#include <stddef.h>
#include <sys/mman.h>

struct shared { pthread_mutex_t lock; int value; };

struct shared *make(void) {
  pthread_mutexattr_t attr;
  struct shared *p = mmap(NULL, sizeof(*p), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (p == MAP_FAILED)
    return NULL;
  pthread_mutexattr_init(&attr);
  pthread_mutexattr_setpshared(&attr, PTHREAD_PROCESS_SHARED);
  pthread_mutex_init(&p->lock, &attr);
  return p;
}
`,
    },
  },
  check() {
    const privates: Made[] = [];
    const sharedWith = new Map<string, Location>();
    return {
      mark: followAttributes,
      call(event, context) {
        const kind = kindMade(event);
        if (!kind) return;
        const beside = ownerOf(event);
        if (!isPrivate(event)) {
          if (beside !== undefined && isForProcesses(event)) sharedWith.set(beside, event.at);
          return;
        }
        const attributes = attributesOf(kind);
        // A function that sets it for this kind on some of its ways knows which of them are shared.
        const knows = callsIn(context.scope.definition, new RegExp(`${attributes}_setpshared$`)).length > 0;
        const isReady = event.path.note(ready(attributes)) !== undefined;
        if (knows && !isReady) return;
        // Where another build sets it, this one is for systems that cannot share any.
        const builds = around(context.scope.definition, event.expr).filter(({ kind }) => kind === 'either');
        if (!isReady && builds.some((build) => callsInside(build, `${attributes}_setpshared`, context)))
          return;
        const site = sharedMemory(event, context);
        if (site) report({ event, kind, context }, spanOfSite(site));
        else if (beside !== undefined && !knows) privates.push({ event, kind, context, beside });
      },
      end() {
        const told = new Set<Expr>();
        for (const made of privates) {
          const other = sharedWith.get(made.beside);
          if (other && !told.has(made.event.expr)) report(made, undefined, other);
          told.add(made.event.expr);
        }
      },
    };
  },
};

function callsInside(build: Stmt, name: string, context: RuleContext): boolean {
  return callsIn(context.scope.definition, new RegExp(`${name}$`)).some((call) => contains(build, call));
}

/** An object of one of the kinds as it is made. */
interface Made {
  event: CallEvent;
  kind: string;
  context: RuleContext;
  /** The structure that it lies in. */
  beside: string;
}

const attributesOf = (kind: string) => `${kind === 'condvar' ? 'cond' : kind}attr`;

function kindMade({ site }: CallEvent): string | undefined {
  const effect = site?.call.effects.find(
    ({ op, kind }) => op === 'initialise' && kind !== undefined && kind in kinds,
  );
  return effect?.from === '*attr' ? effect.kind : undefined;
}

function report(
  { event, kind, context }: Pick<Made, 'event' | 'kind' | 'context'>,
  memory: Location | undefined,
  other?: Location,
): void {
  const what = kinds[kind]!;
  const setter = `pthread_${attributesOf(kind)}`;
  const where = memory
    ? 'lies in shared memory but is'
    : 'lies in one structure with an object that several processes may use, but is itself';
  context.report({
    span: event.at,
    message: `This ${what} ${where} made for the threads of one process, so another process that uses it may wait for ever or get in although it is locked. Give \`${event.name}\` an attribute on which \`${setter}_setpshared\` has set PTHREAD_PROCESS_SHARED.`,
    related: [
      ...(memory ? [{ span: memory, message: 'The shared memory comes from here' }] : []),
      ...(other ? [{ span: other, message: 'What lies beside it is made for several processes here' }] : []),
    ],
  });
}

/** The structure behind a pointer that an object is a member of: `1:sync` for `sync->mutex`. */
function ownerOf(event: CallEvent): string | undefined {
  const target = event.targetOf(0);
  return target === undefined ? undefined : /^(\d+:\w+)->\w+$/.exec(target)?.[1];
}

/** On this way an attribute for several processes has been prepared: whoever does not hand it over has forgotten to. */
const ready = (attributes: string) => noteAt(`${prefix}:ready`, attributes);

/** Which attribute objects have been made, and whether they are for several processes. */
function followAttributes(event: CallEvent): void {
  const { path, site, args } = event;
  const [, attributes] = /^pthread_(\w+attr)_setpshared$/.exec(event.name) ?? [];
  const sets = attributes !== undefined && args[1]?.value.constant !== 0n;
  if (sets) path.setNote(ready(attributes), true);
  args.forEach((_, index) => {
    const place = event.targetOf(index);
    if (place === undefined) return;
    const key = `${prefix}:${place}`;
    const effect = index === 0 ? site?.call.effects[0] : undefined;
    if (effect?.op === 'initialise' && effect.kind?.endsWith('-attr')) path.setNote(key, 'private');
    else if (/^pthread_(?:mutex|cond|rwlock|barrier)attr_init$/.test(event.name) && index === 0)
      path.setNote(key, 'private');
    else if (event.name.endsWith('attr_setpshared')) path.setNote(key, sets ? 'shared' : undefined);
    else if (!site) path.setNote(key, undefined);
  });
}

/** An attribute that was set to serve several processes. */
function isForProcesses(event: CallEvent): boolean {
  const attr = argument(event, 'attr');
  const place = attr ? event.targetOf(event.args.indexOf(attr)) : undefined;
  return place !== undefined && event.path.note(`${prefix}:${place}`) === 'shared';
}

/** No attribute, or one that nobody has changed in this respect. */
function isPrivate(event: CallEvent): boolean {
  const attr = argument(event, 'attr');
  const index = attr ? event.args.indexOf(attr) : -1;
  if (!attr || attr.value.constant === 0n) {
    return attr !== undefined;
  }
  const place = event.targetOf(index);
  return place !== undefined && event.path.note(`${prefix}:${place}`) === 'private';
}

/** The call that made the shared memory in which the object lies. */
function sharedMemory(event: CallEvent, context: RuleContext): CallSite | undefined {
  const target = event.targetOf(0);
  const pointer = target === undefined ? undefined : /^(\d+:\w+)(?:->|\[0\])/.exec(target)?.[1];
  const value = pointer === undefined ? event.args[0]?.value : event.path.get(pointer);
  const [resource, ...others] = value ? resourcesOf(value) : [];
  if (!resource || others.length > 0 || resource.effect.op !== 'map') {
    return undefined;
  }
  const { site } = resource;
  if (site.call.name === 'shmat') {
    return site;
  }
  const index = parameterIndex(site.call.params, 'flags');
  const flags = site.expr.args[index];
  const scope = context.scope.file.scopeOf(site.within);
  const bits = site.given?.[index]?.constant ?? (flags ? certainBits(flags, context.in(scope)) : 0n);
  return site.call.name === 'mmap' && (bits & constantNamed('MAP_SHARED')) !== 0n ? site : undefined;
}
