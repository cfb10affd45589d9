import type { CallEvent } from '../../analysis/events';
import { resultsOf } from '../../analysis/results';
import type { CallSite, Origin } from '../../analysis/values';
import type { Rule, RuleContext } from '../rule';
import { spanOfSite } from '../shared/loops';
import { excerpt, returnsHandle } from '../shared/support';
import { closes, isStraight, seenFrom, triesErrors, type Use, usesIn } from './using';

export const useUncheckedFailed: Rule = {
  meta: {
    id: 'handle/use-unchecked-failed',
    severity: 'error',
    preset: 'recommended',
    title: 'A handle is used where the call that should have made it is known to have failed',
    explanation:
      'The program has found that there is no handle and goes on as if there were one: the call gets -1 and fails with EBADF, or gets NULL and crashes.',
    silence:
      'Closing a descriptor of -1 in clean-up, arguments that may be NULL or -1, and programs that try out EBADF.',
    references: [{ page: 'open', section: 2 }],
    example: {
      bad: `#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

int first(const char *path, char *byte) {
  int fd = open(path, O_RDONLY);
  if (fd == -1)
    perror(path);
  if (read(fd, byte, 1) != 1)
    return -1;
  return close(fd);
}
`,
      good: `#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

int first(const char *path, char *byte) {
  int fd = open(path, O_RDONLY);
  if (fd == -1) {
    perror(path);
    return -1;
  }
  ssize_t got = read(fd, byte, 1);
  close(fd);
  return got == 1 ? 0 : -1;
}
`,
    },
  },
  check() {
    // The first use tells all: what comes behind it is the same mistake.
    const told = new Set<CallSite>();
    return { call: (event, context) => tell(event, told, context) };
  },
};

function tell(event: CallEvent, told: Set<CallSite>, context: RuleContext): void {
  for (const use of usesIn(event)) {
    const origin = failed(event, use);
    if (!origin || told.has(origin.site) || triesErrors(context)) continue;
    const { call } = origin.site;
    const made = spanOfSite(origin.site);
    const handle = excerpt(context, use.operand.expr);
    const from = seenFrom(context, made, event.at.start);
    if (!from.some((place) => isStraight(context, place, event.at.start, handle))) continue;
    const isPointer = /\*\s*\w+\(/.test(call.prototype);
    const end = isPointer ? 'which is no valid pointer' : 'and fails with EBADF or EINVAL';
    context.report({
      span: event.at,
      message: `\`${event.name}\` uses \`${handle}\` although \`${call.name}\` has failed on this way: it gets ${call.returns.failure.value}, ${end}. Return or stop where the failure is found.`,
      related: [{ span: made, message: `This \`${call.name}\` has failed` }],
    });
    told.add(origin.site);
    return;
  }
}

/** The call whose failure value is used, when that is certain. */
function failed(event: CallEvent, { effect, operand }: Use): Origin | undefined {
  const [origin, ...others] = operand.value.origins ?? [];
  if (!origin || others.length > 0 || origin.at !== 'return' || !returnsHandle(origin.site.call)) {
    return undefined;
  }
  const nothing = resultsOf(origin.site.call)?.failure.constant;
  const certain =
    event.path.outcome(origin.site) === 'failure' &&
    nothing !== undefined &&
    operand.value.constant === nothing;
  const isPointer = nothing === 0n;
  const nullable = event.site?.call.params.find(({ name }) => name === effect.at)?.nullable;
  return certain && !nullable && (isPointer || !closes(effect)) ? origin : undefined;
}
