import type { CallEvent, Operand } from '../../analysis/events';
import { unwrap, withoutCasts } from '../../analysis/operators';
import type { Location } from '../../analysis/path';
import type { Origin } from '../../analysis/values';
import { calledName } from '../../c/cfg';
import type { Rule, RuleContext } from '../rule';
import { fixOf } from '../shared/edits';
import { spanOfSite } from '../shared/loops';
import { statementBehind } from '../shared/statements';
import { argument, excerpt, isDirect, makesHandle } from '../shared/support';
import { assignmentsTo, declaratorOf, isAddressTaken } from '../shared/uses';

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
  const stream = from && streamOf(from);
  const made = onto && (madeBy(event, onto, context) ?? closedBehind(event, onto, context));
  if (!event.site || !from || !onto || !stream || !made) {
    return;
  }
  const fits = isDirect(event.at, event.expr) && !from.expr.use && !onto.expr.use;
  context.report({
    span: spanOfSite(event.site),
    message: `\`${event.name}\` closes its second argument: \`${excerpt(context, onto.expr)}\` is lost here, and ${stream} stays what it was. Exchange the arguments.`,
    related: [{ span: made.at, message: made.says }],
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

/** What a number stands for, or `fileno(stdout)`. */
function streamOf({ expr, value }: Operand): string | undefined {
  const inner = unwrap(expr);
  const [stream] = inner.kind === 'call' && calledName(inner) === 'fileno' ? inner.args : [];
  const named = stream?.kind === 'name' ? ['stdin', 'stdout', 'stderr'].indexOf(stream.name) : -1;
  return streams[value.constant === undefined ? named : Number(value.constant)];
}

/** A place that shows that the second argument is the descriptor that was to be copied, and what it shows. */
interface Sign {
  at: Location;
  says: string;
}

const comesFrom = (name: string) => `It comes from this \`${name}\``;

/** The one call that has given a descriptor: one of the library, or a function of another file that is named after opening. */
function madeBy(event: CallEvent, { expr, value }: Operand, context: RuleContext): Sign | undefined {
  const [origin, ...others] = value.origins ?? [];
  if (origin)
    return others.length === 0 && isOpen(event, origin)
      ? { says: comesFrom(origin.site.call.name), at: spanOfSite(origin.site) }
      : undefined;
  const inner = unwrap(expr);
  const { definition } = context.scope;
  const local = inner.kind === 'name' ? declaratorOf(context.scope, inner.name) : undefined;
  const [only, ...more] = inner.kind === 'name' && local ? assignmentsTo(definition, inner.name) : [];
  const call = only && more.length === 0 ? withoutCasts(only.value) : undefined;
  const name = call && calledName(call);
  return call &&
    name !== undefined &&
    /(?:^|_)open(?:_|$)/.test(name) &&
    !isAddressTaken(definition, local!.declarator.name)
    ? { says: comesFrom(name), at: { start: call.start, end: call.end, within: definition } }
    : undefined;
}

/** The close of a descriptor of which nothing is known, right behind: the number that was to be made is not closed at once. */
function closedBehind(event: CallEvent, { expr, value }: Operand, context: RuleContext): Sign | undefined {
  const { definition } = context.scope;
  const behind = statementBehind(definition, event.expr);
  const call = behind?.kind === 'expr' ? unwrap(behind.expr) : undefined;
  if (value.origins || value.constant !== undefined || call?.kind !== 'call' || calledName(call) !== 'close')
    return undefined;
  const [closed] = call.args;
  return closed &&
    ['name', 'member', 'index'].includes(expr.kind) &&
    context.source(closed) === context.source(expr)
    ? { says: 'It is closed right behind', at: { start: call.start, end: call.end, within: definition } }
    : undefined;
}

/** A descriptor that a call has given, and that nobody has closed. A duplicate is a standard descriptor put aside, as a rule. */
function isOpen({ path }: CallEvent, { effect, resource, site }: Origin): boolean {
  const made = effect !== undefined && makesHandle(effect) && path.outcome(site) !== 'failure';
  return made && resource !== undefined && path.holding(resource)?.state !== 'closed';
}
