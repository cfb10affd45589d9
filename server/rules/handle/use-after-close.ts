import type { CallEvent, LoadEvent, Operand, StoreEvent } from '../../analysis/events';
import { unwrap } from '../../analysis/operators';
import type { Location, Path } from '../../analysis/path';
import type { Resource, Value } from '../../analysis/values';
import type { Expr, Span } from '../../c/ast';
import type { Rule, RuleContext } from '../rule';
import { leavesAtEnd } from '../shared/endings';
import { followedByLibrary, handedToKernel, pointerTo } from '../shared/facts';
import { isLoop, spanOfSite } from '../shared/loops';
import { arms, around, contains } from '../shared/statements';
import { excerpt } from '../shared/support';
import { textOf } from '../shared/whole-file';
import { closedBefore } from './closed-before';
import { ReturnedClosed } from './returned-closed';
import { ledHereBehind } from './standpoints';
import {
  callAt,
  closedObject,
  closes,
  fallsTo,
  isNumber,
  thing,
  triesErrors,
  usesIn,
  wasBefore,
} from './using';

export const useAfterClose: Rule = {
  meta: {
    id: 'handle/use-after-close',
    severity: 'error',
    preset: 'recommended',
    title: 'A descriptor, stream, mapping or other handle is used after it was closed',
    explanation:
      'A closed descriptor makes the call fail with EBADF, or, once its number has been given out again, makes it act on another file or socket. A closed stream or list is freed memory, and memory that was unmapped or detached is not there any more. A function that returns a handle which it has closed on the way lets its caller do all that.',
    silence:
      'Handles that may have been opened again, were closed on a way that leads there only past tests of something else, or through an alias, and programs that try out EBADF.',
    references: [{ page: 'close', section: 2 }],
    example: {
      bad: `#include <unistd.h>

int send_last(const char *text, size_t length) {
  int ends[2];
  if (pipe(ends) == -1)
    return -1;
  close(ends[0]);
  close(ends[1]);
  return write(ends[1], text, length) == -1 ? -1 : 0;
}
`,
      good: `#include <unistd.h>

int send_last(const char *text, size_t length) {
  int ends[2];
  if (pipe(ends) == -1)
    return -1;
  int result = write(ends[1], text, length) == -1 ? -1 : 0;
  close(ends[0]);
  close(ends[1]);
  return result;
}
`,
    },
  },
  check(root) {
    const returned = new ReturnedClosed(root);
    const through = ({ place, path, scope }: LoadEvent | StoreEvent) => pointerTo(place, path, scope);
    return {
      call(event, context) {
        const uses = usesIn(event);
        if (tellUse(event, uses, context) || uses.some(({ effect }) => closes(effect))) return;
        tellNamed(event, context);
        for (const { value, expr } of followedArguments(event))
          tellMemory(value, excerpt(context, expr), event, context);
      },
      load(event, context) {
        tellMemory(through(event), excerpt(context, rootOf(event.expr)), event, context);
      },
      store(event, context) {
        tellMemory(through(event), excerpt(context, rootOf(event.target)), event, context);
        tellStored(event, context);
      },
      pathEnd: (event) => returned.hearEnd(event),
      end: () => returned.report(),
    };
  },
};

/** `pair->to = ends[1];` behind `close(ends[1])`: whoever gets the structure takes the number for an open descriptor. */
function tellStored({ target, value, path, scope, at }: StoreEvent, context: RuleContext): void {
  const to = unwrap(target);
  const origins = value.value.origins ?? [];
  const resource = origins.length === 1 && !value.value.several ? origins[0]?.resource : undefined;
  const holding = resource && path.holding(resource);
  const isPlain = value.expr.kind === 'name' || value.expr.kind === 'index';
  if (to.kind !== 'member' || !to.arrow || !isPlain || !resource || holding?.state !== 'closed') return;
  const closing = holding.at;
  if (!closing || scope.definition !== context.scope.definition) return;
  if (!wasBefore(context, closing, at.start, path.role)) return;
  const name = excerpt(context, value.expr);
  context.report({
    span: at,
    severity: 'warning',
    message: `\`${name}\` has been closed when its number is stored here, so whoever takes it from there works on nothing, or on whatever has got the number since. Close it when it is no longer needed.`,
    related: [{ span: closing, message: 'It is closed here' }],
  });
}

/** Tells of the first argument that was closed before, by whatever name; true where there is one. */
function tellUse(event: CallEvent, uses: ReturnType<typeof usesIn>, context: RuleContext): boolean {
  const ended = uses.flatMap(({ effect, operand }) => (closes(effect) ? [operand] : []));
  for (const use of uses) {
    const closed = ended.includes(use.operand) ? undefined : closedObject(event, use);
    if (!closed || isExempt(closed.resource.kind, context, callAt(context, closed.at))) continue;
    const { resource, at } = closed;
    const { role } = event.path;
    const isBehind = wasBefore(context, at, event.at.start, role);
    const led = isBehind ? undefined : ledHereBehind(context, at, role);
    const isNext = !isBehind && !led && isNextRound(at, event.at, resource, context);
    const isOnOneWay = !isBehind && !led && !isNext && fallsThere(at, event, use.operand.expr, context);
    if (!isBehind && !led && !isNext && !isOnOneWay) continue;
    const what = `The ${thing(resource)} \`${excerpt(context, use.operand.expr)}\``;
    const end = isNumber(resource)
      ? 'so the call fails with EBADF or acts on whatever has got the number since'
      : 'so the call reaches into freed memory';
    const made = { span: spanOfSite(resource.site), message: 'Made here' };
    if (isNext) {
      context.report({
        span: at,
        message: `${what} is closed at the end of each round, and was made in front of the loop: in the next round \`${event.name}\` uses it, ${end}. Close it behind the loop.`,
        related: [{ span: event.at, message: 'Used in each round' }, made],
      });
    } else {
      const where = led ? ` in \`${context.scope.definition.name}\`` : '';
      context.report({
        span: led?.call ?? event.at,
        ...(isOnOneWay ? { severity: 'warning' as const } : {}),
        message: `${what} has been closed${isOnOneWay ? ' on one way here' : ''} when \`${event.name}\`${where} uses it, ${end}. Close it after its last use.`,
        related: [
          ...(led ? [{ span: event.at, message: 'Used here' }] : []),
          { span: at, message: 'Closed here' },
          made,
        ],
      });
    }
    return true;
  }
  return false;
}

/** The branch that closes it comes out, and goes on to the use. */
function fallsThere(closed: Location, { at }: CallEvent, handle: Expr, context: RuleContext): boolean {
  const { definition } = context.scope;
  return (
    closed.within === definition &&
    at.within === definition &&
    fallsTo(context, closed.start, at.start, handle.kind === 'name' ? handle.name : undefined)
  );
}

/** Each round of a loop uses what was made in front of it and closes it at its end: the next one finds it closed. */
function isNextRound(closed: Location, use: Location, { site }: Resource, context: RuleContext): boolean {
  const { definition } = context.scope;
  const loop = around(definition, closed).findLast(isLoop);
  if (!loop || closed.within !== definition || use.within !== definition) return false;
  const isDirect = (place: Location) => arms(definition, place).at(-1) === loop.body;
  const direct = loop.body.kind === 'block' ? loop.body.body : [];
  return (
    use.start < closed.start &&
    isDirect(closed) &&
    (isDirect(use) || (loop.test !== undefined && contains(loop.test, use))) &&
    !contains(loop, site.expr) &&
    !direct.some((stmt) => stmt.start > closed.start && leavesAtEnd(stmt, context))
  );
}

/** A handle that came from elsewhere, of which the text tells that it is closed. */
function tellNamed(event: CallEvent, context: RuleContext): void {
  const closed = closedBefore(event, context);
  if (!closed || closed.again) {
    return;
  }
  const { operand, at, by, closer } = closed;
  const numbered = /^(?:mq_)?close$/.test(closer);
  const end = numbered
    ? 'so the call fails with EBADF or acts on whatever has got the number since'
    : 'so the call reaches into freed memory';
  context.report({
    span: event.at,
    severity: 'warning',
    message: `\`${excerpt(context, operand.expr)}\` has been closed when \`${by ?? event.name}\` uses it, ${end}. Close it after its last use.`,
    related: [{ span: at, message: 'Closed here' }],
  });
}

/** The arguments behind which a call certainly reads or writes. */
function followedArguments(event: CallEvent): Operand[] {
  const indexes = new Set([...handedToKernel(event), ...followedByLibrary(event)]);
  return [...indexes].flatMap((index) => event.args[index] ?? []).filter(({ value }) => value.origins);
}

function rootOf(place: Expr): Span {
  switch (place.kind) {
    case 'member':
      return rootOf(place.object);
    case 'index':
      return rootOf(place.array);
    case 'unary':
      return rootOf(place.operand);
    default:
      return { start: place.start, end: place.end };
  }
}

/** Memory that was unmapped or detached as a whole is followed a pointer to. */
function tellMemory(
  pointer: Value | undefined,
  name: string,
  { path, at }: { path: Path; at: Location },
  context: RuleContext,
): void {
  const resource = pointer && onlyResource(pointer);
  const holding = resource && path.holding(resource);
  if (!resource || holding?.state !== 'closed' || !holding.at) {
    return;
  }
  const gone = holding.at;
  if (!isWhole(resource, gone, context)) return;
  const led = wasBefore(context, gone, at.start) ? undefined : ledHereBehind(context, gone, path.role);
  if (!led && !wasBefore(context, gone, at.start)) return;
  const where = led ? `\`${context.scope.definition.name}\` uses it` : 'it is used here';
  context.report({
    span: led?.call ?? at,
    message: `The memory at \`${name}\` has been ${resource.kind === 'mapping' ? 'unmapped' : 'detached'} when ${where}, so the process dies with SIGSEGV. Take what is needed out of it before.`,
    related: [
      ...(led ? [{ span: at, message: 'Used here' }] : []),
      { span: gone, message: 'It is given back here' },
      { span: spanOfSite(resource.site), message: 'It is attached here' },
    ],
  });
}

function onlyResource({ origins, several }: Value): Resource | undefined {
  return origins?.length === 1 && !several ? origins[0]?.resource : undefined;
}

/** shmdt takes all of a segment; munmap takes as much as it is told, which must be what was mapped. */
function isWhole({ kind, site }: Resource, gone: Location, context: RuleContext): boolean {
  if (kind === 'sysv-attachment') {
    return true;
  }
  const length = site.expr.args[1];
  return (
    kind === 'mapping' &&
    length !== undefined &&
    site.within === gone.within &&
    context
      .source(gone)
      .replace(/\s+/g, '')
      .endsWith(`,${textOf(length, site.within, context)})`)
  );
}

/** Parts of a mapping may be given back one by one, and freopen gives the same stream again. */
function isExempt(kind: string | undefined, context: RuleContext, closer: string): boolean {
  return kind === 'mapping' || closer === 'freopen' || triesErrors(context);
}
