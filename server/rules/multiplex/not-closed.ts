import { rootName } from '../../analysis/aliasing';
import { unwrap } from '../../analysis/operators';
import { type Expr, type ExprOf, type Stmt, someExprIn, somePart, someStmtIn } from '../../c/ast';
import { calledName } from '../../c/cfg';
import { printsText } from '../../c/library';
import type { Rule, RuleContext } from '../rule';
import { Result, resultPlace } from '../shared/loops';
import { around, contains } from '../shared/statements';
import { callsIn } from '../shared/uses';
import { lastName, textOf } from '../shared/whole-file';

export const notClosed: Rule = {
  meta: {
    id: 'multiplex/not-closed',
    severity: 'warning',
    preset: 'recommended',
    title: 'A connection that has ended is no longer watched, and stays open',
    explanation:
      'A descriptor that is taken out of an epoll set or a set of `select` is still open. Where the peer has closed and nobody closes this side, each connection loses a descriptor until `accept` fails with EMFILE, and the peer never sees the end.',
    silence:
      'The standard input. Functions that close the descriptor anywhere, hand it or what it belongs to to another function, store it, or return at that point.',
    references: [
      { page: 'epoll_ctl', section: 2 },
      { page: 'close', section: 2 },
    ],
    example: {
      bad: `#include <sys/epoll.h>
#include <unistd.h>

void serve(int set) {
  struct epoll_event events[16];
  char text[64];
  for (;;) {
    int count = epoll_wait(set, events, 16, -1);
    for (int i = 0; i < count; i++) {
      ssize_t length = read(events[i].data.fd, text, sizeof text);
      if (length == 0)
        epoll_ctl(set, EPOLL_CTL_DEL, events[i].data.fd, NULL);
    }
  }
}
`,
      good: `#include <sys/epoll.h>
#include <unistd.h>

void serve(int set) {
  struct epoll_event events[16];
  char text[64];
  for (;;) {
    int count = epoll_wait(set, events, 16, -1);
    for (int i = 0; i < count; i++) {
      ssize_t length = read(events[i].data.fd, text, sizeof text);
      if (length == 0) {
        epoll_ctl(set, EPOLL_CTL_DEL, events[i].data.fd, NULL);
        close(events[i].data.fd);
      }
    }
  }
}
`,
    },
  },
  check: (context) => ({
    end() {
      const { definition } = context.scope;
      for (const call of callsIn(definition, /^(?:epoll_ctl|FD_CLR)$/)) {
        const fd = takenOut(call);
        if (!fd || isStandard(fd, context) || !isAtEnd(call, fd, context) || isUsedOtherwise(fd, context))
          continue;
        const text = textOf(fd, definition, context);
        context.report({
          span: call,
          message: `\`${text}\` is taken out of the set here, as the peer has closed, and nobody closes this side: each such connection keeps a descriptor until there are no more. Call \`close(${text})\` behind it.`,
        });
      }
    },
  }),
};

/** The descriptor that is no longer watched. */
function takenOut({ args, ...call }: ExprOf<'call'>): Expr | undefined {
  if (calledName({ args, ...call }) === 'FD_CLR') return args[0];
  const [, operation, fd] = args;
  return operation?.kind === 'name' && operation.name === 'EPOLL_CTL_DEL' ? fd : undefined;
}

/** The standard input is nobody's connection. */
function isStandard(fd: Expr, { scope }: RuleContext): boolean {
  return (
    calledName(fd) === 'fileno' ||
    scope.evaluator.constant(fd, scope) !== undefined ||
    /std|tty/i.test(lastName(fd) ?? '')
  );
}

/** In the branch that is taken where a read of the descriptor has come to the end. */
function isAtEnd(call: Expr, fd: Expr, context: RuleContext): boolean {
  const { definition } = context.scope;
  const text = textOf(fd, definition, context);
  const reads = callsIn(definition, /^(?:read|recv)$/).filter(
    ({ args, end }) => args[0] && end <= call.start && textOf(args[0], definition, context) === text,
  );
  return around(definition, call).some((stmt) => {
    if (stmt.kind !== 'if' || !contains(stmt.consequent, call) || leaves(stmt.consequent)) return false;
    return reads.some(
      (read) =>
        new Result(read, resultPlace(definition, read), context).holds(stmt.test, 0n) === true &&
        new Result(read, resultPlace(definition, read), context).holds(stmt.test, 1n) === false,
    );
  });
}

const leaves = (branch: Stmt) => someStmtIn(branch, ({ kind }) => kind === 'return' || kind === 'goto');

/** Calls that leave a descriptor as it is. */
const harmless =
  /^(?:epoll_(?:ctl|wait)|FD_\w+|read|recv|write|send|fcntl|ioctl|[gs]etsockopt|select|memset|memcpy|str\w+)$/;

/** Closed somewhere, handed on with what it belongs to, or stored. */
function isUsedOtherwise(fd: Expr, context: RuleContext): boolean {
  const { definition } = context.scope;
  const text = textOf(fd, definition, context);
  const root = rootName(fd);
  const isMeant = (part: Expr) =>
    /^(?:name|member|index)$/.test(part.kind) && textOf(part, definition, context) === text;
  const isOwner = (arg: Expr) => somePart(arg, isMeant) || (root !== undefined && rootName(arg) === root);
  return (
    callsIn(definition, /./).some((call) => {
      const name = calledName(call) ?? '';
      return !harmless.test(name) && !printsText(name) && call.args.some(isOwner);
    }) ||
    callsIn(definition, /close|shutdown/i).some(({ args }) => args.some((arg) => somePart(arg, isMeant))) ||
    someExprIn(definition.body, (expr) => expr.kind === 'assign' && isMeant(unwrap(expr.value)))
  );
}
