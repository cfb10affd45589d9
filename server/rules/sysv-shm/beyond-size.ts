import type { CallEvent, Operand } from '../../analysis/events';
import type { Rule, RuleContext } from '../rule';
import { Facts } from '../shared/facts';
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
