import type { CallEvent, Operand } from '../../analysis/events';
import type { Location } from '../../analysis/path';
import type { Rule, RuleContext } from '../rule';
import { keptBy } from '../shared/kept';
import { spanOfSite } from '../shared/loops';
import { allOrigins, argument, excerpt, givenAt } from '../shared/support';

/** The bytes that an eventfd moves, and the one value that cannot be added: see eventfd(2). */
const width = 8n;
const forbidden = 0xffff_ffff_ffff_ffffn;

export const eventfdWidth: Rule = {
  meta: {
    id: 'eventfd/width',
    severity: 'error',
    preset: 'recommended',
    title: 'An eventfd or timerfd is read or written with something other than an 8-byte number',
    explanation:
      'An eventfd holds a 64-bit counter: read and write take exactly eight bytes. Fewer make the call fail with EINVAL, so the other side is never woken. A timerfd gives the number of its expirations in the same way.',
    silence: 'Descriptors that are not surely one of them, and sizes that are not known.',
    references: [
      { page: 'eventfd', section: 2 },
      { page: 'timerfd_create', section: 2 },
    ],
    example: {
      bad: `#include <sys/eventfd.h>
#include <unistd.h>

int wake(void) {
  int one = 1;
  int fd = eventfd(0, EFD_CLOEXEC);
  if (fd == -1)
    return -1;
  if (write(fd, &one, sizeof(one)) == -1)
    return -1;
  return fd;
}
`,
      good: `#include <stdint.h>
#include <sys/eventfd.h>
#include <unistd.h>

int wake(void) {
  uint64_t one = 1;
  int fd = eventfd(0, EFD_CLOEXEC);
  if (fd == -1)
    return -1;
  if (write(fd, &one, sizeof(one)) == -1)
    return -1;
  return fd;
}
`,
    },
  },
  check: () => ({
    call(event, context) {
      if (event.name === 'eventfd_write') {
        checkValue(event, argument(event, 'value')?.value.constant, context);
      } else if (event.site && (event.name === 'read' || event.name === 'write')) {
        checkTransfer(event, context);
      }
    },
  }),
};

function checkTransfer(event: CallEvent, context: RuleContext): void {
  const fd = argument(event, 'fd');
  const size = argument(event, 'count');
  const origins = fd && allOrigins(fd.value, ({ kind }) => kind === 'eventfd' || kind === 'timerfd');
  const bytes = size?.value.constant;
  const isTimer = origins?.some(({ kind }) => kind === 'timerfd') === true;
  const made = fd && (origins?.[0] ? spanOfSite(origins[0].site) : keptEventfd(fd, context));
  if (!fd || !size || bytes === undefined || !made) {
    return;
  }
  // A timerfd takes a larger buffer and fills its beginning.
  if (isTimer && (bytes >= width || event.name === 'write')) return;
  if (bytes === width) {
    if (event.name === 'write') checkValue(event, event.pointee(1)?.constant, context);
    return;
  }
  context.report({
    ...givenAt(event, size.expr),
    ...(bytes > width ? { severity: 'warning' as const } : {}),
    message: `\`${excerpt(context, fd.expr)}\` is ${isTimer ? 'a timerfd, which gives 8 bytes' : 'an eventfd, which moves exactly 8 bytes'}, and this \`${event.name}\` asks for ${bytes}${consequence(bytes)}. Use a uint64_t and its size.`,
    related: [{ span: made, message: `The ${isTimer ? 'timerfd' : 'eventfd'} is created here` }],
  });
}

/** Where the eventfd is made that a member or a variable of the file always holds. */
function keptEventfd({ expr, value }: Operand, context: RuleContext): Location | undefined {
  const kept = value.origins ? undefined : keptBy(expr, context);
  return kept?.name === 'eventfd' ? { ...kept.expr, within: kept.within } : undefined;
}

function consequence(bytes: bigint): string {
  return bytes < width ? ', so it fails with EINVAL' : ', of which the kernel uses 8 or refuses all';
}

function checkValue(event: CallEvent, value: Operand['value']['constant'], context: RuleContext): void {
  if (value !== undefined && BigInt.asUintN(64, value) === forbidden) {
    context.report({
      span: event.at,
      message: `The counter of an eventfd cannot take 0xffffffffffffffff, so \`${event.name}\` fails with EINVAL. Add at most 0xfffffffffffffffe.`,
    });
  }
}
