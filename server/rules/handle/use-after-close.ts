import { spanOfSite } from '../loops';
import type { Rule, RuleContext } from '../rule';
import { excerpt } from '../support';
import { callAt, closedObject, closes, isNumber, thing, triesErrors, usesIn, wasBefore } from './using';

export const useAfterClose: Rule = {
  meta: {
    id: 'handle/use-after-close',
    severity: 'error',
    preset: 'recommended',
    title: 'A descriptor, stream or other handle is used after it was closed',
    explanation:
      'A closed descriptor makes the call fail with EBADF, or, once its number has been given out again, makes it act on another file or socket. A closed stream or list is freed memory.',
    silence:
      'Handles that may have been opened again, were closed only on some of the ways there or through an alias, and programs that try out EBADF.',
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
  check: () => ({
    call(event, context) {
      const uses = usesIn(event);
      if (uses.some(({ effect }) => closes(effect))) {
        return;
      }
      for (const use of uses) {
        const closed = closedObject(event, use);
        if (!closed || isExempt(closed.resource.kind, context, callAt(context, closed.at))) continue;
        const { resource, at } = closed;
        if (!wasBefore(context, at, event.at.start)) continue;
        const end = isNumber(resource)
          ? 'so the call fails with EBADF or acts on whatever has got the number since'
          : 'so the call reaches into freed memory';
        context.report({
          span: event.at,
          message: `The ${thing(resource)} \`${excerpt(context, use.operand.expr)}\` has been closed when \`${event.name}\` uses it, ${end}. Close it after its last use.`,
          related: [
            { span: at, message: 'Closed here' },
            { span: spanOfSite(resource.site), message: 'Made here' },
          ],
        });
        return;
      }
    },
  }),
};

/** Parts of a mapping may be given back one by one, and freopen gives the same stream again. */
function isExempt(kind: string | undefined, context: RuleContext, closer: string): boolean {
  return kind === 'mapping' || closer === 'freopen' || triesErrors(context);
}
