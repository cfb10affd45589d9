import type { CallEvent } from '../../analysis/events';
import type { Report, Rule, RuleContext } from '../rule';
import { loopAround, spanOfSite } from '../shared/loops';
import { argument, constantNamed, excerpt, isDirect } from '../shared/support';
import { callsIn, variableIn } from '../shared/uses';
import { followSockets, isStream, socketOf } from '../subjects/sockets';

export const framing: Rule = {
  meta: {
    id: 'socket/framing',
    severity: 'information',
    preset: 'strict',
    title: 'One receive from a stream is taken for one message',
    explanation:
      "A stream has no messages: what the peer wrote at once may arrive in pieces, or joined with what it wrote next. A command that is compared right after one receive works on the developer's machine and fails now and then on a slow network.",
    silence:
      'Functions that look for the end of a message or collect bytes in a loop, sockets that keep messages apart, and sockets whose type is not known.',
    references: [
      { page: 'tcp', section: 7 },
      { page: 'recv', section: 2 },
    ],
    example: {
      bad: `#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

int is_ready(const struct sockaddr_in *server) {
  char answer[64];
  ssize_t n;
  int fd = socket(AF_INET, SOCK_STREAM, 0);
  if (fd == -1 || connect(fd, (const struct sockaddr *)server, sizeof(*server)) == -1)
    return -1;
  n = recv(fd, answer, sizeof(answer) - 1, 0);
  if (n <= 0)
    return -1;
  answer[n] = '\\0';
  return strcmp(answer, "ready\\n") == 0 ? fd : -1;
}
`,
      good: `#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

int wants_to_quit(int fd) {
  char command[64];
  size_t length = 0;
  while (length < sizeof(command) - 1) {
    ssize_t n = recv(fd, command + length, sizeof(command) - 1 - length, 0);
    if (n <= 0)
      return -1;
    length += n;
    if (memchr(command, '\\n', length))
      break;
  }
  command[length] = '\\0';
  return strcmp(command, "quit\\n") == 0;
}
`,
    },
  },
  check: () => ({
    mark: followSockets,
    call(event, context) {
      const report = isReceive(event) ? judge(event, context) : undefined;
      if (report) context.report(report);
    },
  }),
};

function isReceive({ site, name, at, expr }: CallEvent): boolean {
  return site !== undefined && /^(?:recv|read|recvfrom)$/.test(name) && isDirect(at, expr);
}

function judge(event: CallEvent, context: RuleContext): Report | undefined {
  const socket = socketOf(event.args[0]?.value, event.path);
  const buffer = argument(event, 'buf');
  const flags = argument(event, 'flags');
  if (!socket || !isStream(socket) || socket.type !== constantNamed('SOCK_STREAM') || !buffer) {
    return undefined;
  }
  // A buffer that is filled from somewhere inside is one that a loop collects in.
  const name = buffer.expr.kind === 'name' ? buffer.expr.name : undefined;
  if (name === undefined || (flags && /MSG_(?:WAITALL|PEEK)/.test(context.source(flags.expr)))) {
    return undefined;
  }
  const { definition } = context.scope;
  const about = (call: { args: readonly Parameters<typeof variableIn>[0][] }) =>
    call.args.some((arg) => variableIn(arg) === name);
  const looks = callsIn(
    definition,
    /^(?:memchr|strchr|strrchr|strstr|strpbrk|strsep|memmem|strtok(?:_r)?|strcspn)$/,
  );
  const compares = callsIn(definition, /^(?:strcmp|strncmp|strcasecmp|strncasecmp|memcmp|sscanf)$/).find(
    (call) => call.start > event.expr.end && about(call),
  );
  const loop = loopAround(definition, event.expr);
  const collects = loop && /\+=/.test(context.code(loop));
  if (!compares || looks.some(about) || collects) {
    return undefined;
  }
  return {
    span: event.at,
    message: `\`${excerpt(context, event.args[0]!.expr)}\` is a stream, so one \`${event.name}\` may give a part of what the peer sent, or more than one message, and the comparison fails now and then. Read on until the end of a message is there, such as a newline or a length sent before.`,
    related: [
      {
        span: { start: compares.start, end: compares.end },
        message: `\`${name}\` is taken for a whole message here`,
      },
      { span: spanOfSite(socket.site), message: 'The stream comes from here' },
    ],
  };
}
