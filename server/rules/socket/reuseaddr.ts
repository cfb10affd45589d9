import type { CallEvent } from '../../analysis/events';
import type { CallSite } from '../../analysis/values';
import { type Expr, someExprIn } from '../../c/ast';
import type { Rule, RuleContext } from '../rule';
import { Always } from '../shared/always';
import { fixOf, insertedBefore, lineOf } from '../shared/edits';
import { spanOfSite } from '../shared/loops';
import { excerpt, isDirect } from '../shared/support';
import { variableIn } from '../shared/uses';
import { addressUse } from '../subjects/addresses';
import { followSockets, hasFailed, isInternet, isStream, socketOf } from '../subjects/sockets';

export const reuseaddr: Rule = {
  meta: {
    id: 'socket/reuseaddr',
    severity: 'hint',
    preset: 'strict',
    title: 'A TCP server binds its port without SO_REUSEADDR',
    explanation:
      'After a server has closed a connection its port stays in TIME_WAIT for a minute. A server that is started again in that time fails to bind with EADDRINUSE, unless SO_REUSEADDR was set before.',
    silence:
      'Sockets that come from elsewhere or are known elsewhere, clients, which do not listen, ports that the kernel chooses, and functions that name the option.',
    references: [
      { page: 'socket', section: 7 },
      { page: 'ip', section: 7 },
    ],
    example: {
      bad: `#include <netinet/in.h>
#include <sys/socket.h>

int server(const struct sockaddr_in *address) {
  int fd = socket(AF_INET, SOCK_STREAM, 0);
  if (fd == -1 || bind(fd, (const struct sockaddr *)address, sizeof(*address)) == -1)
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
    const listening = new Set<Expr>();
    return {
      mark: followSockets,
      call(event, context) {
        const { path, name, site } = event;
        const [fd] = event.args;
        if (!site || !fd || (name !== 'bind' && name !== 'listen') || hasFailed(fd.value, path)) return;
        const socket = socketOf(fd.value, path);
        if (name === 'listen') {
          if (socket) listening.add(socket.site.expr);
          return;
        }
        const wrong = socket?.own && isStream(socket) && isInternet(socket) && !socket.did('reuse');
        const hint = () => {
          if (!socket || !listening.has(socket.site.expr)) return;
          context.report({
            span: event.at,
            message: `\`bind\` fails with EADDRINUSE for a minute after an earlier run, because \`${excerpt(context, fd.expr)}\` has no SO_REUSEADDR. Set it with \`setsockopt\` before.`,
            related: [{ span: spanOfSite(socket.site), message: 'The socket is made here' }],
            ...optionFix(event, socket.site, context),
          });
        };
        const late = /\bSO_REUSE/.test(context.code(context.scope.definition.body));
        always.see(event.expr, event.at, wrong && !late && !isAnyPort(event, context) ? hint : undefined);
      },
      end: () => always.send(),
    };
  },
};

function optionFix(event: CallEvent, made: CallSite, context: RuleContext) {
  const { definition } = context.scope;
  const line = isDirect(event.at, event.expr) ? lineOf(event.expr, definition) : undefined;
  const fd = excerpt(context, event.args[0]!.expr);
  // In the statement of the bind the socket may not be there before.
  const before =
    line &&
    (made.within !== definition || made.expr.end <= line.stmt.start) &&
    !(line.stmt.kind === 'if' && isCompared(fd, context.source(line.stmt.test)));
  const text = `setsockopt(${fd}, SOL_SOCKET, SO_REUSEADDR, &(int){1}, sizeof(int));`;
  return fixOf(
    'Set SO_REUSEADDR',
    before && /^[\w.>-]+$/.test(fd) ? insertedBefore(line, text, context) : undefined,
  );
}

/** The condition finds out whether there is a socket at all. */
function isCompared(fd: string, test: string): boolean {
  return test.split(fd).some((behind, index) => index > 0 && /^\s*(?:<|[=!]=)/.test(behind));
}

/** Port 0 asks the kernel for a free one. */
function isAnyPort(event: CallEvent, context: RuleContext): boolean {
  const use = addressUse(event, context);
  if (!use) {
    return false;
  }
  if (event.member(1, 'sin_port')?.constant === 0n) {
    return true;
  }
  const owner = variableIn(use.address.inner);
  return someExprIn(context.scope.definition.body, (expr) => {
    const port =
      expr.kind === 'assign' && expr.target.kind === 'member' && /^sin6?_port$/.test(expr.target.field);
    if (expr.kind !== 'assign' || !port || variableIn(expr.target) !== owner) return false;
    const [arg] = expr.value.kind === 'call' ? expr.value.args : [expr.value];
    return arg !== undefined && context.scope.evaluator.constant(arg, context.scope) === 0n;
  });
}
