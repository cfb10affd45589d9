import { rootName } from '../../analysis/aliasing';
import { unwrap, withoutCasts } from '../../analysis/operators';
import type { Location } from '../../analysis/path';
import { FileIndex } from '../../analysis/survey';
import {
  type Expr,
  type ExprOf,
  expressionsOf,
  type Stmt,
  someStmtIn,
  statementsOf,
  walkExpr,
  walkStmt,
} from '../../c/ast';
import { calledName } from '../../c/cfg';
import type { Rule, RuleContext } from '../rule';
import { mentions } from '../shared/globals';
import { isLoop, type Loop, loopAround, resultName } from '../shared/loops';
import { around, contains } from '../shared/statements';
import { addressed, assignmentsTo, callsIn } from '../shared/uses';
import { fileNames } from '../shared/whole-file';
import { blockingEdges, type Read } from './edge-blocking';

export const edgeTriggered: Rule = {
  meta: {
    id: 'multiplex/edge-triggered',
    severity: 'warning',
    preset: 'recommended',
    title: 'An edge-triggered descriptor is read once for each event',
    explanation:
      'With EPOLLET epoll_wait tells of new input once. What one read leaves behind is not reported again before more arrives: a peer that waits for the answer to it waits for ever.',
    silence:
      'Reads that stand in a loop of their own or in functions that cannot be followed, eventfd-like descriptors that one read of 8 bytes empties, and EPOLLONESHOT, which arms the descriptor anew.',
    references: [{ page: 'epoll', section: 7 }],
    example: {
      bad: `#include <sys/epoll.h>
#include <unistd.h>

void serve(int epfd, int client) {
  char buf[512];
  struct epoll_event event = {.events = EPOLLIN | EPOLLET, .data.fd = client};
  if (epoll_ctl(epfd, EPOLL_CTL_ADD, client, &event) == -1)
    return;
  while (epoll_wait(epfd, &event, 1, -1) == 1) {
    ssize_t n = read(event.data.fd, buf, sizeof buf);
    if (n <= 0)
      return;
  }
}
`,
      good: `#include <errno.h>
#include <sys/epoll.h>
#include <unistd.h>

void serve(int epfd, int client) {
  char buf[512];
  struct epoll_event event = {.events = EPOLLIN | EPOLLET, .data.fd = client};
  if (epoll_ctl(epfd, EPOLL_CTL_ADD, client, &event) == -1)
    return;
  while (epoll_wait(epfd, &event, 1, -1) == 1) {
    ssize_t n;
    while ((n = read(event.data.fd, buf, sizeof buf)) > 0)
      ;
    if (n == 0 || errno != EAGAIN)
      return;
  }
}
`,
    },
  },
  check: () => ({
    call(event, context) {
      if (!event.site || !/^epoll_p?wait2?$/.test(event.name)) return;
      const armed = arming(context);
      const loops = around(context.scope.definition, event.expr).filter(isLoop);
      const [outermost] = loops;
      if (!armed || !outermost) return;
      const result = resultName(context.scope.definition, event.expr);
      for (const blocking of blockingEdges(
        context,
        (call) => asksForEdges(call, context),
        () => readsIn(outermost, event.expr, result, context, true),
      ))
        context.report(blocking);
      for (const { read, within } of readsIn(outermost, event.expr, result, context)) {
        context.report({
          span: { start: read.start, end: read.end, within },
          message: `\`${calledName(read)}\` takes what one call can take, but the descriptor is edge-triggered: what is left is not reported again until more arrives. Repeat the call until it fails with EAGAIN, on a non-blocking descriptor.`,
          related: [{ span: armed.at, message: 'EPOLLET is asked for here' }],
        });
      }
    },
  }),
};

/** Where epoll is asked for edges. */
const edges = new FileIndex<Location>((within) => {
  const found: [string, Location][] = [];
  walkStmt(within.body, {
    expr: (expr) => {
      if (expr.kind !== 'name' || expr.name !== 'EPOLLET') return;
      found.push([expr.name, { start: expr.start, end: expr.end, within }]);
    },
  });
  return found;
});

/** Where a file asks for edges; undefined when it also uses one-shot events, or never does. */
function arming(context: RuleContext): { at: Location } | undefined {
  const [at] = context.ask(edges, 'EPOLLET');
  return at && !fileNames(context, 'EPOLLONESHOT') ? { at } : undefined;
}

/** Reads of the descriptor that an event names, made once for each event, or `drained` in a loop, here or in a function that gets it. */
function readsIn(
  loop: Loop,
  wait: Expr,
  result: string | undefined,
  context: RuleContext,
  drained = false,
): Read[] {
  const found: Read[] = [];
  const within = context.scope.definition;
  const visit = (stmt: Stmt, repeated: boolean): void => {
    for (const expr of expressionsOf(stmt).flatMap(all)) {
      if (expr.kind !== 'call' || (repeated && !drained)) continue;
      const [first] = expr.args;
      if (/^accept4?$/.test(calledName(expr) ?? '')) {
        if (first && !drained && armsByName(first, context)) found.push({ read: expr, within });
        continue;
      }
      if (!/^(?:read|recv|readv)$/.test(calledName(expr) ?? '')) {
        expr.args.forEach((arg, index) => {
          const known = isOfEvent(unwrap(arg), context) ? 'fd' : isOwner(arg, context) ? 'ptr' : undefined;
          if (known) found.push(...readsOfParameter(expr, index, known, context, drained));
        });
        continue;
      }
      const [fd, , size] = expr.args;
      const bytes = size && context.scope.evaluator.constant(size, context.scope);
      const armed = fd && (isOfEvent(fd, context) || armsByName(fd, context) || isOfOwner(fd, context));
      if (armed && bytes !== 8n && repeated === drained) found.push({ read: expr, within });
    }
    for (const inner of statementsOf(stmt)) {
      const overEvents = isLoop(inner) && inner.test && result !== undefined && mentions(inner.test, result);
      const once = isLoop(inner) && inner.test && context.scope.evaluator.constant(inner.test) === 0n;
      const own = isLoop(inner) && !contains(inner, wait) && !overEvents && !once && !isLeftAtOnce(inner);
      visit(inner, repeated || own);
    }
  };
  visit(loop.body, false);
  return found;
}

/** Reads that a function makes of the descriptor it is given, or of one in what it gets a pointer to, without a loop or a jump back that could repeat them. */
function readsOfParameter(
  call: ExprOf<'call'>,
  index: number,
  known: 'fd' | 'ptr',
  context: RuleContext,
  drained: boolean,
): Read[] {
  const callee = context.functionNamed(calledName(call) ?? '');
  const name = callee?.definition.type.params[index]?.name;
  if (!callee || name === undefined || someStmtIn(callee.definition.body, ({ kind }) => kind === 'goto')) {
    return [];
  }
  return callsIn(callee.definition, /^(?:read|recv|readv)$/).flatMap((read) => {
    const [fd, , size] = read.args;
    const bytes = size && callee.evaluator.constant(size, callee);
    const isPart = known === 'ptr' ? fd?.kind === 'member' : fd?.kind === 'name';
    const isOwn = fd !== undefined && isPart && rootName(fd) === name && bytes !== 8n;
    const around = loopAround(callee.definition, read);
    const repeated = around !== undefined && !isLeftAtOnce(around);
    return isOwn && repeated === drained ? [{ read, within: callee.definition }] : [];
  });
}

/** Whatever the first round does, it leaves the loop at its end. */
function isLeftAtOnce({ body }: Loop): boolean {
  return leavesLoop(body) && !someStmtIn(body, ({ kind }) => kind === 'continue' || kind === 'goto');
}

function leavesLoop(stmt: Stmt | undefined): boolean {
  if (stmt?.kind === 'block') return leavesLoop(stmt.body.at(-1));
  if (stmt?.kind === 'if') return leavesLoop(stmt.consequent) && leavesLoop(stmt.alternative);
  return stmt?.kind === 'break' || stmt?.kind === 'return';
}

/** An expression and all below it. */
function all(expr: Expr): Expr[] {
  const found: Expr[] = [];
  walkExpr(expr, (inner) => found.push(inner));
  return found;
}

/** `ev.events = EPOLLIN | EPOLLET; epoll_ctl(epfd, EPOLL_CTL_ADD, fd, &ev)` in the same function, by the name of `fd`. */
function armsByName(fd: Expr, context: RuleContext): boolean {
  const { definition } = context.scope;
  const ways = callsIn(definition, /^epoll_ctl$/).filter(
    ({ args: [, command, armed] }) =>
      fd.kind === 'name' &&
      armed?.kind === 'name' &&
      armed.name === fd.name &&
      command !== undefined &&
      context.source(command) !== 'EPOLL_CTL_DEL',
  );
  return ways.length > 0 && ways.every((call) => asksForEdges(call, context));
}

/** What was last put into the events of the structure that epoll_ctl is given, in the order of the text, names EPOLLET. */
function asksForEdges({ start, args }: ExprOf<'call'>, context: RuleContext): boolean {
  const name = addressed(args[3]);
  let last: Expr | undefined;
  const take = (value: Expr | undefined) => {
    if (value && value.start < start && value.start > (last?.start ?? -1)) last = value;
  };
  walkStmt(context.scope.definition.body, {
    stmt: (stmt) => {
      if (stmt.kind !== 'decl') return;
      for (const one of stmt.declaration.declarators) if (one.name === name) take(one.init);
    },
    expr: (expr) => {
      if (expr.kind !== 'assign' || expr.target.kind !== 'member' || expr.target.field !== 'events') return;
      const { object } = expr.target;
      if (object.kind === 'name' && object.name === name) take(expr.value);
    },
  });
  return name !== undefined && last !== undefined && /\bEPOLLET\b/.test(context.source(last));
}

/** `connection->fd`, where the connection is what epoll hands back. */
function isOfOwner(fd: Expr, context: RuleContext): boolean {
  return fd.kind === 'member' && fd.arrow && isOwner(fd.object, context);
}

/** `events[i].data.ptr`, or a local that was set to it; who asks anew for each event is told again what is left. */
function isOwner(expr: Expr, context: RuleContext): boolean {
  const isPointer = (value: Expr | undefined): boolean => {
    const inner = value && withoutCasts(value);
    return (
      inner?.kind === 'member' &&
      inner.field === 'ptr' &&
      inner.object.kind === 'member' &&
      inner.object.field === 'data'
    );
  };
  const inner = withoutCasts(expr);
  const isFound =
    inner.kind === 'name'
      ? assignmentsTo(context.scope.definition, inner.name).some(({ value }) => isPointer(value))
      : isPointer(inner);
  return isFound && !fileNames(context, 'EPOLL_CTL_MOD');
}

/** `events[i].data.fd`, or a local that was set to it. */
function isOfEvent(fd: Expr, context: RuleContext): boolean {
  if (fd.kind === 'member') {
    return fd.field === 'fd' && fd.object.kind === 'member' && fd.object.field === 'data';
  }
  if (fd.kind !== 'name') {
    return false;
  }
  let found = false;
  walkStmt(context.scope.definition.body, {
    stmt: (stmt) => {
      if (stmt.kind !== 'decl') return;
      for (const { name, init } of stmt.declaration.declarators) {
        if (name === fd.name && init?.kind === 'member') found ||= isOfEvent(init, context);
      }
    },
    expr: (expr) => {
      if (expr.kind === 'assign' && expr.target.kind === 'name' && expr.target.name === fd.name) {
        found ||= expr.value.kind === 'member' && isOfEvent(expr.value, context);
      }
    },
  });
  return found;
}
