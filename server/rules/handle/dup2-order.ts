import type { CallEvent } from '../../analysis/events';
import type { Origin } from '../../analysis/values';
import type { Rule, RuleContext } from '../rule';
import { fixOf } from '../shared/edits';
import { spanOfSite } from '../shared/loops';
import { argument, excerpt, isDirect } from '../shared/support';

export const dup2Order: Rule = {
  meta: {
    id: 'handle/dup2-order',
    severity: 'error',
    preset: 'recommended',
    title: 'The arguments of dup2 are exchanged',
    explanation:
      '`dup2(old, new)` closes `new` and makes it another number for `old`. With a standard descriptor as `old` and a pipe, file or socket just opened as `new`, that one is closed and lost, and standard input or output stays what it was.',
    silence:
      'Descriptors that come from elsewhere, and standard descriptors that this process has redirected before.',
    references: [{ page: 'dup', section: 2 }],
    example: {
      bad: `#include <fcntl.h>
#include <unistd.h>

int log_to(const char *path) {
  int fd = open(path, O_WRONLY | O_CREAT | O_APPEND, 0600);
  if (fd == -1)
    return -1;
  if (dup2(STDOUT_FILENO, fd) == -1) {
    close(fd);
    return -1;
  }
  return close(fd);
}
`,
      good: `#include <fcntl.h>
#include <unistd.h>

int log_to(const char *path) {
  int fd = open(path, O_WRONLY | O_CREAT | O_APPEND, 0600);
  if (fd == -1)
    return -1;
  if (dup2(fd, STDOUT_FILENO) == -1) {
    close(fd);
    return -1;
  }
  return close(fd);
}
`,
    },
  },
  check: () => ({
    call(event, context) {
      if (event.site && /^dup[23]$/.test(event.name)) tell(event, context);
    },
  }),
};

const streams = ['standard input', 'standard output', 'standard error'];

function tell(event: CallEvent, context: RuleContext): void {
  const [from, onto] = [argument(event, 'oldfd'), argument(event, 'newfd')];
  const stream = from?.value.constant === undefined ? undefined : streams[Number(from.value.constant)];
  const [opened, ...others] = onto?.value.origins ?? [];
  if (!event.site || !from || !onto || !stream || !opened || others.length > 0 || !isOpen(event, opened)) {
    return;
  }
  const fits = isDirect(event.at, event.expr) && !from.expr.use && !onto.expr.use;
  context.report({
    span: spanOfSite(event.site),
    message: `\`${event.name}\` closes its second argument: \`${excerpt(context, onto.expr)}\` is lost here, and ${stream} stays what it was. Exchange the arguments.`,
    related: [{ span: spanOfSite(opened.site), message: `It comes from this \`${opened.site.call.name}\`` }],
    ...fixOf(
      'Exchange the arguments',
      fits
        ? [
            { span: from.expr, text: context.source(onto.expr) },
            { span: onto.expr, text: context.source(from.expr) },
          ]
        : undefined,
    ),
  });
}

const makers = new Set(['create', 'open', 'accept']);

/** A descriptor that a call has given, and that nobody has closed. A duplicate is a standard descriptor put aside, as a rule. */
function isOpen({ path }: CallEvent, { effect, resource, site }: Origin): boolean {
  const made = effect !== undefined && makers.has(effect.op) && path.outcome(site) !== 'failure';
  return made && resource !== undefined && path.holding(resource)?.state !== 'closed';
}
