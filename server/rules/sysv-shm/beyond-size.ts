import type { CallEvent, Operand, StoreEvent } from '../../analysis/events';
import { unwrap } from '../../analysis/operators';
import type { Expr } from '../../c/ast';
import type { Rule, RuleContext } from '../rule';
import { Facts, storedThrough } from '../shared/facts';
import { lastNumber } from '../shared/ranges';
import { argument } from '../shared/support';
import { pagesFor } from '../subjects/shared-memory';

interface Segment {
  event: CallEvent;
  context: RuleContext;
  size: Operand;
  bytes: bigint;
}

/** Calls that write all of so many bytes, by the argument that counts them. */
const lengthOf: Record<string, number> = { memset: 2, memcpy: 2, memmove: 2, strncpy: 2, bzero: 1 };

export const segmentTooSmall: Rule = {
  meta: {
    id: 'sysv-shm/beyond-size',
    severity: 'error',
    preset: 'recommended',
    title: 'A segment is smaller than the structure that is put into it',
    explanation:
      'A segment has the size given to shmget, rounded up to whole pages. Members of a structure that lie behind its last page are not mapped, and touching them kills the process with SIGSEGV; others rely on the rounding.',
    silence: 'Sizes that are not known, and pointers to single elements of an array.',
    references: [
      { page: 'shmget', section: 2 },
      { page: 'shmop', section: 2 },
    ],
    example: {
      bad: `#include <sys/shm.h>

struct board { int count; char text[8192]; };

struct board *make(void) {
  int id = shmget(IPC_PRIVATE, sizeof(struct board *), IPC_CREAT | 0600);
  if (id == -1)
    return 0;
  struct board *board = shmat(id, 0, 0);
  return board == (void *)-1 ? 0 : board;
}
`,
      good: `#include <sys/shm.h>

struct board { int count; char text[8192]; };

struct board *make(void) {
  int id = shmget(IPC_PRIVATE, sizeof(struct board), IPC_CREAT | 0600);
  if (id == -1)
    return 0;
  struct board *board = shmat(id, 0, 0);
  return board == (void *)-1 ? 0 : board;
}
`,
    },
  },
  check() {
    const segments = new Facts<Segment>();
    const attached = new Facts<Segment>();
    return {
      mark(event, context) {
        if (event.name === 'shmget' && event.site) {
          const size = argument(event, 'size');
          const bytes = size?.value.constant;
          const known = segments.of({ origins: [{ site: event.site, at: 'return' }] });
          if (!known) {
            segments.add(
              event.site,
              size && bytes !== undefined && bytes > 0n ? { event, context, size, bytes } : undefined,
            );
          }
        } else if (event.name === 'shmat' && event.site) {
          const known = attached.of({ origins: [{ site: event.site, at: 'return' }] });
          if (!known) attached.add(event.site, segments.of(argument(event, 'shmid')?.value)?.fact);
        }
      },
      call(event) {
        const length = event.args[lengthOf[event.name] ?? -1];
        const bytes = length?.value.constant;
        const found = attached.of(event.args[0]?.value);
        if (!length || !found || bytes === undefined || bytes <= found.fact.bytes) {
          return;
        }
        const { event: made, context: where, size: given, bytes: has } = found.fact;
        const fatal = pagesFor(bytes) > pagesFor(has);
        where.report({
          span: made.at.start === made.expr.start ? given.expr : made.at,
          severity: fatal ? 'error' : 'warning',
          message: `The segment gets ${has} ${has === 1n ? 'byte' : 'bytes'}, and \`${event.name}\` writes ${bytes} into it, ${fatal ? 'beyond what is mapped, which kills the process with SIGSEGV' : 'more than was asked for'}. Ask for as many as are written.`,
          related: [{ span: event.at, message: 'Written here' }],
        });
      },
      store(event, context) {
        checkElement(event, attached.of(storedThrough(event))?.fact, context);
        const found = attached.of(event.value.value);
        const { types } = context.scope.evaluator;
        const type = context.scope.resolvedTypeOf(event.target);
        const pointee = found && type && types.pointee(type);
        const size = pointee && types.resolve(pointee).k === 'struct' ? types.sizeOf(pointee) : undefined;
        if (!found || size === undefined || BigInt(size) <= found.fact.bytes) {
          return;
        }
        const { event: made, context: where, size: given, bytes } = found.fact;
        const fatal = pagesFor(BigInt(size)) > pagesFor(bytes);
        where.report({
          span: made.at.start === made.expr.start ? given.expr : made.at,
          severity: fatal ? 'error' : 'warning',
          message: `The segment gets ${bytes} ${bytes === 1n ? 'byte' : 'bytes'}, and the structure that \`${where.scope === context.scope ? context.source(event.target) : 'it'}\` points to has ${size}, ${fatal ? 'so its end is not mapped and touching it kills the process with SIGSEGV' : 'so its end lies in what the system adds to fill the page'}. Ask for the size of the structure.`,
          related: [{ span: event.at, message: 'It is attached as that structure here' }],
        });
      },
    };
  },
};

/** `table[1100] = 0`, or a loop that fills so many elements: where the element lies behind what was asked for. */
function checkElement(event: StoreEvent, segment: Segment | undefined, context: RuleContext): void {
  const { target, expr, scope } = event;
  if (!segment || target.kind !== 'index' || event.at.within !== scope.definition) return;
  const { types } = scope.evaluator;
  const type = scope.resolvedTypeOf(target);
  const size = type && types.sizeOf(type);
  const index = lastNumber(target.index, expr, scope);
  const pointer = scope.resolvedTypeOf(target.array);
  if (size === undefined || index === undefined || pointer?.k !== 'pointer') return;
  const end = (index + 1n) * BigInt(size);
  if (end <= segment.bytes || !isStart(target.array)) return;
  const { event: made, context: where, size: given, bytes } = segment;
  const fatal = pagesFor(end) > pagesFor(bytes);
  where.report({
    span: made.at.start === made.expr.start ? given.expr : made.at,
    severity: fatal ? 'error' : 'warning',
    message: `The segment gets ${bytes} ${bytes === 1n ? 'byte' : 'bytes'}, and element ${index} of \`${context.source(target.array)}\` ends at byte ${end}, ${fatal ? 'which is not mapped: the process dies with SIGSEGV' : 'in what the system adds to fill the page'}. Ask for as many bytes as the elements take: their number times the size of one.`,
    related: [{ span: event.at, message: 'Stored here' }],
  });
}

/** A name, which has not been moved on. */
function isStart(array: Expr): boolean {
  const { kind } = unwrap(array);
  return kind === 'name' || kind === 'member';
}
