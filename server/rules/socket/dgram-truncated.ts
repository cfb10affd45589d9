import type { CallEvent } from '../../analysis/events';
import type { CallSite } from '../../analysis/values';
import type { Expr, Stmt } from '../../c/ast';
import type { Rule, RuleContext } from '../rule';
import { exitsOf, isEndless, isLoop, loopAround, Result, resultPlace, spanOfSite } from '../shared/loops';
import { around } from '../shared/statements';
import { argument, excerpt, isDirect } from '../shared/support';
import { followSockets, isDatagram, type Socket, socketOf } from '../subjects/sockets';

export const dgramTruncated: Rule = {
  meta: {
    id: 'socket/dgram-truncated',
    severity: 'warning',
    preset: 'recommended',
    title: 'A datagram socket is read as if it were a stream',
    explanation:
      'A receive takes one datagram: what does not fit into the buffer is lost without an error. And a result of 0 is an empty datagram that anybody may send, not the end: a datagram socket has none.',
    silence:
      'Sockets whose type is not known, sizes that are not known, and receives with MSG_TRUNC. A sender in another file is not seen.',
    references: [
      { page: 'recv', section: 2 },
      { page: 'udp', section: 7 },
      { page: 'unix', section: 7 },
    ],
    example: {
      bad: `#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

int receive_all(const struct sockaddr_in *mine) {
  char buf[512];
  ssize_t n;
  int fd = socket(AF_INET, SOCK_DGRAM, 0);
  if (fd == -1 || bind(fd, (const struct sockaddr *)mine, sizeof(*mine)) == -1)
    return -1;
  while ((n = recv(fd, buf, sizeof(buf), 0)) > 0)
    if (write(STDOUT_FILENO, buf, n) != n)
      break;
  return close(fd);
}
`,
      good: `#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

int receive_all(const struct sockaddr_in *mine) {
  char buf[512];
  ssize_t n;
  int fd = socket(AF_INET, SOCK_DGRAM, 0);
  if (fd == -1 || bind(fd, (const struct sockaddr *)mine, sizeof(*mine)) == -1)
    return -1;
  while ((n = recv(fd, buf, sizeof(buf), 0)) >= 0)
    if (write(STDOUT_FILENO, buf, n) != n)
      break;
  return close(fd);
}
`,
    },
  },
  check() {
    const sent: Transfer[] = [];
    const received: Transfer[] = [];
    return {
      mark: followSockets,
      call(event, context) {
        const socket = event.site ? socketOf(event.args[0]?.value, event.path) : undefined;
        if (!socket || !isDatagram(socket)) {
          return;
        }
        if (receiving.test(event.name)) {
          judgeEnd(event, socket, context);
          note(event, socket, received, context);
        } else if (sending.test(event.name)) {
          note(event, socket, sent, context);
        }
      },
      end() {
        for (const receive of received) judgeSize(receive, sent);
      },
    };
  },
};

const receiving = /^(?:recv|recvfrom|read)$/;
const sending = /^(?:send|sendto|write)$/;

/* ------------------------------------------------------------------- no end */

/** A loop that an empty datagram ends, or a test of its own that takes 0 for the end of the peer. */
function judgeEnd(event: CallEvent, socket: Socket, context: RuleContext): void {
  // Who shuts a pair down gets 0 as on a stream.
  if (!isDirect(event.at, event.expr) || socket.site.call.name === 'socketpair') {
    return;
  }
  const { definition } = context.scope;
  const loop = loopAround(definition, event.expr);
  const result = new Result(event.expr, resultPlace(definition, event.expr), context);
  const end = loop && endsOnNothing(loop, result, context);
  // Inside another loop it only ends this round: the next one takes up again.
  const leavesAll = end?.kind === 'return' || end?.kind === 'goto';
  const inner = around(definition, event.expr).filter(isLoop).length > 1;
  if (!end || (inner && !leavesAll)) {
    return;
  }
  context.report({
    span: event.at,
    message: `\`${excerpt(context, event.args[0]!.expr)}\` is a datagram socket, where a result of 0 is an empty datagram and no end, so anybody can end this loop by sending one. End it only on a failure, or by a message of the protocol.`,
    related: [
      { span: { start: end.start, end: end.end }, message: 'A result of 0 leads out of the loop here' },
      { span: spanOfSite(socket.site), message: 'The socket is made here' },
    ],
  });
}

function endsOnNothing(
  loop: NonNullable<ReturnType<typeof loopAround>>,
  result: Result,
  context: RuleContext,
): Expr | Stmt | undefined {
  const test = loop.test;
  if (
    test &&
    !isEndless(loop, context) &&
    result.holds(test, 0n) === false &&
    result.holds(test, 1n) === true
  ) {
    return test;
  }
  for (const { stmt, conditions, obscure } of exitsOf(loop, context)) {
    const nothing = conditions.every(({ test: each, truth }) => result.holds(each, 0n) === truth);
    const data = conditions.every(({ test: each, truth }) => result.holds(each, 1n) === truth);
    if (!obscure && conditions.length > 0 && nothing && !data) return stmt;
  }
  return undefined;
}

/* ------------------------------------------------------------------- too small */

interface Transfer {
  /** The pair that joins sender and receiver: only then is it certain who gets what. */
  pair: CallSite;
  at: string;
  bytes: bigint;
  event: CallEvent;
  context: RuleContext;
}

function note(event: CallEvent, { site, resource }: Socket, list: Transfer[], context: RuleContext): void {
  const size = argument(event, 'len') ?? argument(event, 'count');
  const bytes = size?.value.constant;
  const flags = argument(event, 'flags');
  const asks = flags !== undefined && /MSG_TRUNC|MSG_PEEK/.test(context.source(flags.expr));
  if (site.call.name === 'socketpair' && bytes !== undefined && !asks) {
    list.push({ pair: site, at: resource.at, bytes, event, context });
  }
}

function judgeSize({ pair, at, bytes, event, context }: Transfer, sent: readonly Transfer[]): void {
  const larger = sent.find((other) => other.pair === pair && other.at !== at && other.bytes > bytes);
  if (!larger) {
    return;
  }
  const size = argument(event, 'len') ?? argument(event, 'count');
  context.report({
    span: isDirect(event.at, event.expr) && size ? size.expr : event.at,
    message: `The other side sends ${larger.bytes} bytes in one datagram, and \`${event.name}\` offers room for ${bytes}, so the rest is lost. Offer as much as is sent.`,
    related: [{ span: larger.event.at, message: `${larger.bytes} bytes are sent here` }],
  });
}
