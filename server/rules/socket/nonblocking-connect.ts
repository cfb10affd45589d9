import type { CallEvent } from '../../analysis/events';
import { type Expr, type FunctionDefinition, somePart, someStmtIn, walkStmt } from '../../c/ast';
import type { Report, Rule, RuleContext } from '../rule';
import { Always } from '../shared/always';
import { resultName, spanOfSite } from '../shared/loops';
import { around, contains } from '../shared/statements';
import { excerpt, isDirect } from '../shared/support';
import { callsIn } from '../shared/uses';
import { fileCalls, fileMakes, fileNames, isAllRead } from '../shared/whole-file';
import { followSockets, hasFailed, isStream, isUnix, type Socket, socketOf } from '../subjects/sockets';

export const nonblockingConnect: Rule = {
  meta: {
    id: 'socket/nonblocking-connect',
    severity: 'warning',
    preset: 'recommended',
    title: 'The outcome of a connect that does not wait is misread',
    explanation:
      'On a non-blocking TCP socket connect nearly always fails with EINPROGRESS, and the connection is made in the background. When the socket becomes writable, only SO_ERROR tells whether it succeeded.',
    silence:
      'Sockets that are not surely non-blocking, UNIX sockets, whose connect succeeds or fails at once, and files that ask for the outcome in any way.',
    references: [
      { page: 'connect', section: 2 },
      { page: 'socket', section: 7 },
    ],
    example: {
      bad: `#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

int dial(const struct sockaddr_in *server) {
  int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
  if (fd == -1)
    return -1;
  if (connect(fd, (const struct sockaddr *)server, sizeof(*server)) == -1) {
    close(fd);
    return -1;
  }
  return fd;
}
`,
      good: `#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

int dial(const struct sockaddr_in *server) {
  int error = 0;
  socklen_t size = sizeof(error);
  int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
  struct pollfd wait = {.fd = fd, .events = POLLOUT};
  if (fd == -1)
    return -1;
  if (connect(fd, (const struct sockaddr *)server, sizeof(*server)) == -1 && errno != EINPROGRESS)
    goto fail;
  if (poll(&wait, 1, 5000) != 1 || getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size) == -1 || error != 0)
    goto fail;
  return fd;
fail:
  close(fd);
  return -1;
}
`,
    },
  },
  check() {
    const always = new Always();
    return {
      mark: followSockets,
      call(event, context) {
        const [fd] = event.args;
        if (event.name !== 'connect' || !event.site || !fd || hasFailed(fd.value, event.path)) return;
        const socket = socketOf(fd.value, event.path);
        const certain = socket && isStream(socket) && !isUnix(socket) && socket.did('nonblocking');
        if (!fileNames(context, /^(?:EINPROGRESS|EALREADY|EAGAIN|EWOULDBLOCK)$/)) {
          // Whatever other paths do: nobody here expects it.
          const taken = certain && isAllRead(context) ? takenForFailure(event, socket, context) : undefined;
          if (taken) context.report(taken);
          return;
        }
        // Of a socket from elsewhere the test for EINPROGRESS tells that it may be one that does not block.
        const isMeant = certain || (!socket && !fd.value.origins);
        const report = isMeant ? unasked(event, socket, context) : undefined;
        always.see(event.expr, event.at, report && (() => context.report(report)));
      },
      end: () => always.send(),
    };
  },
};

/** The failure with EINPROGRESS is like any other. */
function takenForFailure(event: CallEvent, socket: Socket, context: RuleContext): Report | undefined {
  const { definition } = context.scope;
  const name = excerpt(context, event.args[0]!.expr);
  const branch = around(definition, event.expr).at(-1);
  const result = resultName(definition, event.expr);
  const judged =
    (branch?.kind === 'if' && contains(branch.test, event.expr)) ||
    (result !== undefined && isAsked(result, event.expr, definition));
  return judged && isDirect(event.at, event.expr)
    ? {
        span: event.at,
        message: `\`${name}\` does not block, so \`connect\` fails with EINPROGRESS while the connection is made, and that is taken for a failure here. Go on when errno is EINPROGRESS, wait until \`${name}\` is writable, and read SO_ERROR.`,
        related: [madeHere(socket)],
      }
    : undefined;
}

/** Some test behind the call asks for its result. */
function isAsked(result: string, call: Expr, { body }: FunctionDefinition): boolean {
  return someStmtIn(
    body,
    (stmt) =>
      stmt.kind === 'if' &&
      stmt.start > call.start &&
      somePart(stmt.test, (part) => part.kind === 'name' && part.name === result),
  );
}

const madeHere = (socket: Socket) => ({ span: spanOfSite(socket.site), message: 'The socket is made here' });

/** After the wait nobody asks how it went. */
function unasked(event: CallEvent, socket: Socket | undefined, context: RuleContext): Report | undefined {
  const { definition } = context.scope;
  const name = excerpt(context, event.args[0]!.expr);
  const waits = callsIn(definition, /^(?:poll|ppoll|select|pselect|epoll_wait|epoll_pwait)$/).find(
    (call) => call.start > event.expr.end,
  );
  const asks =
    fileNames(context, 'SO_ERROR') ||
    fileMakes(context, 'getpeername') ||
    connectsAgain(context) ||
    // Who expects this error calls connect once more to learn how it went.
    names(definition, /^EISCONN$/);
  return waits && !asks && names(definition, /^EINPROGRESS$/)
    ? {
        span: { start: waits.start, end: waits.end },
        message: `\`${name}\` becomes writable when the connection is made and also when it has failed, so what follows may use a socket that is not connected. Read SO_ERROR with \`getsockopt\` after the wait.`,
        related: [
          { span: event.at, message: 'The connection is begun here' },
          ...(socket ? [madeHere(socket)] : []),
        ],
      }
    : undefined;
}

/** A function that tries again what it began. */
function connectsAgain(context: RuleContext): boolean {
  const functions = fileCalls(context, 'connect').map(({ within }) => within);
  return new Set(functions).size < functions.length;
}

function names({ body }: FunctionDefinition, wanted: RegExp): boolean {
  let found = false;
  walkStmt(body, {
    expr: (expr) => {
      found ||= expr.kind === 'name' && wanted.test(expr.name);
    },
    stmt: (stmt) => {
      found ||= stmt.kind === 'case' && stmt.value?.kind === 'name' && wanted.test(stmt.value.name);
    },
  });
  return found;
}
