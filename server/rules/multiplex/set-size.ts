import { unwrap } from '../../analysis/operators';
import { FileIndex } from '../../analysis/survey';
import { type Expr, type FunctionDefinition, someExprIn, walkStmt } from '../../c/ast';
import { calledName } from '../../c/cfg';
import type { Rule, RuleContext } from '../rule';
import { loopAround } from '../shared/loops';
import { constantNamed, excerpt } from '../shared/support';
import { assignmentsTo } from '../shared/uses';
import { type FileCall, fileMentions, ownCalls } from '../shared/whole-file';

export const setSize: Rule = {
  meta: {
    id: 'multiplex/set-size',
    severity: 'information',
    preset: 'teaching',
    title: 'A descriptor that may be too large for a set of select is put into one',
    explanation:
      'A set has FD_SETSIZE places, 1024 on Linux, and FD_SET does not check. A server that has more clients than that, or was started with many files open, writes beyond the set and damages what lies behind it.',
    silence:
      'Programs that name FD_SETSIZE or set their limit of open files, descriptors that are compared with a number, and descriptors that do not come from accept in a loop.',
    references: [{ page: 'select', section: 2 }],
    example: {
      bad: `#include <stddef.h>
#include <sys/select.h>
#include <sys/socket.h>

void serve(int listener) {
  fd_set all, ready;
  FD_ZERO(&all);
  FD_SET(listener, &all);
  for (;;) {
    ready = all;
    if (select(FD_SETSIZE, &ready, NULL, NULL, NULL) == -1)
      return;
    int client = accept(listener, NULL, NULL);
    if (client == -1)
      return;
    FD_SET(client, &all);
  }
}
`,
      good: `#include <stddef.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <unistd.h>

void serve(int listener) {
  fd_set all, ready;
  FD_ZERO(&all);
  FD_SET(listener, &all);
  for (;;) {
    ready = all;
    if (select(FD_SETSIZE, &ready, NULL, NULL, NULL) == -1)
      return;
    int client = accept(listener, NULL, NULL);
    if (client == -1)
      return;
    if (client >= FD_SETSIZE)
      close(client);
    else
      FD_SET(client, &all);
  }
}
`,
    },
  },
  check: (context) => ({
    end() {
      for (const call of ownCalls(context, /^FD_SET$/)) judge(call, context);
    },
  }),
};

function judge({ expr, within }: FileCall, context: RuleContext): void {
  const [fd] = expr.args;
  if (!fd) {
    return;
  }
  const number = context.scope.evaluator.constant(fd, context.scope);
  const most = constantNamed('FD_SETSIZE');
  if (number !== undefined && number >= most) {
    context.report({
      span: expr,
      severity: 'error',
      message: `A set has ${most} places, so \`FD_SET\` for descriptor ${number} writes beyond it and damages what lies behind. Use \`poll\` or \`epoll\`, which have no such limit.`,
    });
    return;
  }
  const accepted =
    fd.kind === 'name' && !isCompared(fd.name, within, context) ? acceptOf(fd.name, within) : undefined;
  if (
    !accepted ||
    fileMentions(context, /^(?:setrlimit|prlimit)$/) ||
    context.ask(bounding, 'yes').length > 0
  ) {
    return;
  }
  context.report({
    span: expr,
    message: `With many clients \`${excerpt(context, fd)}\` reaches FD_SETSIZE (${most}), and \`FD_SET\` then writes beyond the set without a word. Close what is not below FD_SETSIZE, or use \`poll\` or \`epoll\`.`,
    related: [{ span: accepted, message: 'The clients come in here' }],
  });
}

/** The accept in a loop from which a variable is set, and from nothing else. */
function acceptOf(name: string, within: FunctionDefinition): Expr | undefined {
  const calls = assignmentsTo(within, name)
    .map(({ value }) => unwrap(value))
    .filter((value) => value.kind === 'call');
  const [only, ...others] = calls;
  const accepts = only && /^accept4?$/.test(calledName(only) ?? '');
  return accepts && others.length === 0 && loopAround(within, only) ? only : undefined;
}

/** Compared with something else than what tells of failure, or of other descriptors. */
function isCompared(name: string, { body }: FunctionDefinition, { scope }: RuleContext): boolean {
  let found = false;
  walkStmt(body, {
    expr: (expr) => {
      if (expr.kind !== 'binary' || !/^[<>]=?$/.test(expr.op)) return;
      for (const [one, other] of [
        [expr.left, expr.right],
        [expr.right, expr.left],
      ] as const) {
        const number = scope.evaluator.constant(other, scope);
        found ||= one.kind === 'name' && one.name === name && number !== undefined && number > 0n;
      }
    },
  });
  return found;
}

/** Functions that compare something with the size of a set. */
const bounding = new FileIndex((definition): [string, true][] =>
  boundsSets(definition) ? [['yes', true]] : [],
);

function boundsSets({ body }: FunctionDefinition): boolean {
  return someExprIn(body, (expr) => {
    if (expr.kind !== 'binary' || !/^[<>=!]=?$/.test(expr.op)) return false;
    return [expr.left, expr.right].some((side) => side.kind === 'name' && side.name === 'FD_SETSIZE');
  });
}
