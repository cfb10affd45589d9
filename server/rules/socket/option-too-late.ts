import type { CallEvent } from '../../analysis/events';
import type { Report, Rule, RuleContext } from '../rule';
import { Always } from '../shared/always';
import { spanOfSite } from '../shared/loops';
import { argument, constantNamed, excerpt } from '../shared/support';
import { callsIn } from '../shared/uses';
import { fileCalls, ownCalls } from '../shared/whole-file';
import { followSockets, hasFailed, isInternet, type Socket, socketOf } from '../subjects/sockets';

export const optionTooLate: Rule = {
  meta: {
    id: 'socket/option-too-late',
    severity: 'warning',
    preset: 'recommended',
    title: 'A socket option is set when it no longer matters',
    explanation:
      'SO_REUSEADDR and SO_REUSEPORT are looked at by bind. Set afterwards they change nothing, no call fails, and a server that is started again fails to bind with EADDRINUSE as if they were not there.',
    silence:
      'Sockets that come from elsewhere or are known elsewhere, and sockets that are not of the Internet.',
    references: [
      { page: 'socket', section: 7 },
      { page: 'bind', section: 2 },
    ],
    example: {
      bad: `#include <netinet/in.h>
#include <sys/socket.h>

int server(const struct sockaddr_in *address) {
  int on = 1;
  int fd = socket(AF_INET, SOCK_STREAM, 0);
  if (fd == -1 || bind(fd, (const struct sockaddr *)address, sizeof(*address)) == -1)
    return -1;
  if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) == -1)
    return -1;
  return listen(fd, 5) == -1 ? -1 : fd;
}
`,
      good: `#include <netinet/in.h>
#include <sys/socket.h>

int server(const struct sockaddr_in *address) {
  int on = 1;
  int fd = socket(AF_INET, SOCK_STREAM, 0);
  if (fd == -1 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) == -1)
    return -1;
  if (bind(fd, (const struct sockaddr *)address, sizeof(*address)) == -1)
    return -1;
  return listen(fd, 5) == -1 ? -1 : fd;
}
`,
    },
  },
  check() {
    const always = new Always();
    return {
      mark: followSockets,
      call(event, context) {
        if (event.name !== 'setsockopt' || !event.site || hasFailed(event.args[0]?.value, event.path)) return;
        if (isBoundLater(event, context)) return;
        const report = judge(event, context);
        always.see(event.expr, event.at, report && (() => context.report(report)));
      },
      end: () => always.send(),
    };
  },
};

/** The same socket is bound once more behind it: the first time failed. */
function isBoundLater({ expr, args }: CallEvent, context: RuleContext): boolean {
  const socket = args[0] && excerpt(context, args[0].expr);
  const again = ownCalls(context, /^bind$/).some(
    ({ expr: bind }) => bind.start > expr.end && bind.args[0] && excerpt(context, bind.args[0]) === socket,
  );
  // In a helper, it is the caller who tries once more.
  const { name } = context.scope.definition;
  return (
    again ||
    fileCalls(context, new RegExp(`^${name}$`)).some(({ expr: call, within }) =>
      callsIn(within, /^bind$/).some(({ start }) => start > call.end),
    )
  );
}

const early = ['SO_REUSEADDR', 'SO_REUSEPORT'];

function judge(event: CallEvent, context: RuleContext): Report | undefined {
  const option = argument(event, 'optname');
  const level = argument(event, 'level')?.value.constant;
  const name = early.find((each) => constantNamed(each) === option?.value.constant);
  const socket = socketOf(event.args[0]?.value, event.path);
  if (!name || level !== constantNamed('SOL_SOCKET') || !socket?.own || !socket.did('bind')) {
    return undefined;
  }
  if (socket.domain !== undefined && !isInternet(socket)) {
    return undefined;
  }
  if (isSetBefore(name, socket, context)) {
    return undefined;
  }
  return {
    span: event.at,
    message: `\`${excerpt(context, event.args[0]!.expr)}\` is bound already, and ${name} is looked at by \`bind\`, so it changes nothing here and a restarted server fails with EADDRINUSE. Set it before \`bind\`.`,
    related: [{ span: spanOfSite(socket.site), message: 'The socket is made here' }],
  };
}

/** The function that makes the socket sets it there already: here it is only set once more. */
function isSetBefore(name: string, { site }: Socket, context: RuleContext): boolean {
  return (
    site.within !== context.scope.definition &&
    callsIn(site.within, /^setsockopt$/).some(
      ({ args: [, , option] }) => option?.kind === 'name' && option.name === name,
    )
  );
}
