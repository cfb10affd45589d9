import type { Location } from '../../analysis/path';
import type { Caller, Rule, RuleContext } from '../rule';
import { spanOfSite } from '../shared/loops';
import { excerpt } from '../shared/support';
import { closedBefore } from './closed-before';
import { tellRemovedTwice } from './removed-twice';
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

export const doubleClose: Rule = {
  meta: {
    id: 'handle/double-close',
    severity: 'error',
    preset: 'recommended',
    title: 'A handle is closed twice',
    explanation:
      'The number of a closed descriptor is given to the next one that is opened: a second close then takes it away from its new owner. A stream or list closed twice is freed twice.',
    silence:
      'Handles that may have been opened again or closed only on some of the ways there, one close repeated in a loop, and programs that try out EBADF.',
    references: [{ page: 'close', section: 2 }],
    example: {
      bad: `#include <fcntl.h>
#include <unistd.h>

int store(const char *path, const char *text, size_t length) {
  int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
  if (fd == -1)
    return -1;
  if (write(fd, text, length) == -1) {
    close(fd);
    goto failed;
  }
  return close(fd);
failed:
  close(fd);
  return -1;
}
`,
      good: `#include <fcntl.h>
#include <unistd.h>

int store(const char *path, const char *text, size_t length) {
  int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
  if (fd == -1)
    return -1;
  if (write(fd, text, length) == -1)
    goto failed;
  return close(fd);
failed:
  close(fd);
  return -1;
}
`,
    },
  },
  check: (root) => ({
    end: () => tellRemovedTwice(root),
    call(event, context) {
      for (const use of usesIn(event)) {
        const closed = closes(use.effect) ? closedObject(event, use) : undefined;
        if (!closed || closed.resource.kind === 'mapping') continue;
        const { resource, at } = closed;
        const again = at.within === context.scope.definition && at.start === event.expr.start;
        const always = wasBefore(context, at, event.at.start, event.path.role);
        const sometimes =
          at.within === context.scope.definition && fallsTo(context, at.start, event.at.start);
        const behind = always || sometimes ? undefined : ledHereBehind(context, at, event.path.role);
        const isCertain = always || behind !== undefined;
        const led = isCertain || sometimes ? behind : fallenInto(context, at);
        if (
          again ||
          !(isCertain || sometimes || led) ||
          callAt(context, at) === 'freopen' ||
          triesErrors(context)
        )
          continue;
        const end = isNumber(resource)
          ? 'the second close fails with EBADF, or closes whatever has got the number since'
          : 'the second one frees what is free already';
        context.report({
          span: led?.call ?? event.at,
          ...(isCertain ? {} : { severity: 'warning' as const }),
          message: `The ${thing(resource)} \`${excerpt(context, use.operand.expr)}\` has already been closed${isCertain ? '' : ' on one way to this call'}${led ? ` when \`${context.scope.definition.name}\` closes it` : ''}: ${end}. Close it in one place only.`,
          related: [
            ...(led ? [{ span: event.at, message: 'Closed here again' }] : []),
            { span: at, message: 'Closed here first' },
            { span: spanOfSite(resource.site), message: 'Made here' },
          ],
        });
        return;
      }
      const named = closedBefore(event, context);
      if (!named?.again) return;
      const numbered = /^(?:mq_)?close$/.test(event.name);
      context.report({
        span: event.at,
        severity: 'warning',
        message: `\`${excerpt(context, named.operand.expr)}\` has already been closed: ${numbered ? 'the second close fails with EBADF, or closes whatever has got the number since' : 'the second one frees what is free already'}. Close it in one place only.`,
        related: [{ span: named.at, message: 'Closed here first' }],
      });
    },
  }),
};

/** The call that led the walk here, where control falls to it out of the branch that has closed the handle. */
function fallenInto(context: RuleContext, at: Location): Caller | undefined {
  return context
    .callers()
    .find(
      ({ scope, call }) => at.within === scope.definition && fallsTo(context.in(scope), at.start, call.start),
    );
}
