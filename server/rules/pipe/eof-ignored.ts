import type { CallEvent } from '../../analysis/events';
import { unwrap } from '../../analysis/operators';
import type { Value } from '../../analysis/values';
import type { Expr, ExprOf } from '../../c/ast';
import { calledName } from '../../c/cfg';
import type { Rule, RuleContext } from '../rule';
import { fixOf } from '../shared/edits';
import { keptOpen } from '../shared/kept';
import { exitsOf, isEndless, loopAround, Result, resultName, resultPlace, spanOfSite } from '../shared/loops';
import { around, contains } from '../shared/statements';
import { argument, excerpt } from '../shared/support';
import { assignmentsTo } from '../shared/uses';
import { fileCalls, fileMakes, fileMentions, isAllRead, textOf } from '../shared/whole-file';
import { spinsAtEnd } from '../subjects/end-of-file';
import { asksOnly, endHeld, pipeEnd, transferred } from '../subjects/pipes';
import { followSockets, isStream, type Socket, socketOf } from '../subjects/sockets';

import { halfClosed } from './closed-on-failure';
import { idleAtEnd } from './idle-at-end';

export const eofIgnored: Rule = {
  meta: {
    id: 'pipe/eof-ignored',
    severity: 'error',
    preset: 'recommended',
    title: 'A loop reads on after end-of-file',
    explanation:
      'When the last writer has gone, read on a pipe returns 0 at once, and does so again each time; so does a stream socket whose peer has closed. A file gives 0 at its end. A loop that ends only on a failure then runs for ever and takes a whole processor, and so does an event loop that closes a connection only after a failure.',
    silence:
      'Descriptors that may be something else, in files that order devices about as well, structures read from a file that may be a device, a process that holds the write end too, FIFOs that the program makes itself, of which another rule tells, loops that have another way out, and those that sleep until there is more.',
    references: [
      { page: 'pipe', section: 7 },
      { page: 'read', section: 2 },
    ],
    example: {
      bad: `#include <unistd.h>

void copy(int fd[2]) {
  char buf[512];
  ssize_t n;
  if (pipe(fd) == -1)
    return;
  pid_t pid = fork();
  if (pid == -1 || pid > 0)
    return;
  close(fd[1]);
  while ((n = read(fd[0], buf, sizeof buf)) >= 0)
    if (write(STDOUT_FILENO, buf, n) != n)
      _exit(1);
  _exit(0);
}
`,
      good: `#include <unistd.h>

void copy(int fd[2]) {
  char buf[512];
  ssize_t n;
  if (pipe(fd) == -1)
    return;
  pid_t pid = fork();
  if (pid == -1 || pid > 0)
    return;
  close(fd[1]);
  while ((n = read(fd[0], buf, sizeof buf)) > 0)
    if (write(STDOUT_FILENO, buf, n) != n)
      _exit(1);
  _exit(0);
}
`,
    },
  },
  check: (own) => ({
    mark: followSockets,
    end() {
      const half = halfClosed(own);
      const idle = half ? undefined : idleAtEnd(own);
      if (idle) {
        own.report({
          span: idle,
          severity: 'warning',
          message: `\`${calledName(idle)}\` returns 0 when the other side has closed, and nothing is done then: the connection stays open and ready to be read, and the event loop comes back to it for ever. Close it at 0.`,
        });
      }
      if (!half) return;
      own.report({
        span: half.read,
        severity: 'warning',
        message: `\`${calledName(half.read)}\` returns 0 when the other side has closed, and only a failure closes \`${half.fd}\`: it stays ready to be read, and the event loop comes back to it for ever. Close it at 0 as well.`,
        related: [{ span: half.close, message: 'Closed here after a failure' }],
      });
    },
    call(event, context) {
      const fd = transferred(event, 'read');
      const end = pipeEnd(fd?.value);
      const from = event.args[0]?.value;
      if (from && !end && event.site) checkConnection(event, from, context);
      if (!fd || end?.end !== 'read' || endHeld(event.path, end.site, 'write') !== 'closed') {
        return;
      }
      if (!runsOn(event, context) && !spinsAtEnd(event, context)) {
        return;
      }
      context.report({
        span: event.at,
        message: `\`${event.name}\` returns 0 when every write end is closed, and this loop takes that for data and never ends. End the loop when the result is 0.`,
        related: [
          {
            span: spanOfSite(end.site),
            message: `\`${excerpt(context, fd.expr)}\` is the read end of the pipe made here`,
          },
        ],
        ...endFix(event, context),
      });
    },
  }),
};

/** The same for the connection with a peer, which closes it as the last writer closes a pipe. */
function checkConnection(event: CallEvent, fd: Value, context: RuleContext): void {
  if (!/^(?:read|recv)$/.test(event.name)) {
    return;
  }
  const spins = spinsAtEnd(event, context);
  const connected = spins && isConnection(event, fd, spins === 'until full', context);
  if (!spins || !(connected || hasEnd(event, fd, context) || isPlainLoop(event, fd, context))) {
    return;
  }
  const when = connected ? 'when the other side has closed' : 'at the end of the input';
  context.report({
    span: event.at,
    severity: 'warning',
    message: `\`${event.name}\` returns 0 ${when}, here and each time after that, and this loop does not end then: it goes round for ever. End the loop when the result is 0.`,
    ...endFix(event, context),
  });
}

/** `while ((n = read(...)) >= 0)`: of whatever descriptor it is, a loop that works on what comes is meant to end with it. */
function isPlainLoop(event: CallEvent, fd: Value, context: RuleContext): boolean {
  const { definition } = context.scope;
  const test = loopAround(definition, event.expr)?.test;
  const result = new Result(event.expr, resultPlace(definition, event.expr), context);
  const isOwnTest = test !== undefined && contains(test, event.expr) && asksOnly(test, result);
  return isOwnTest && !fd.origins && fd.constant === undefined && !mayBeOfOther(context);
}

/** Calls whose descriptors have an end of another kind, or none, and settings of a terminal that make read return 0 meanwhile. */
const kinds = 'inotify_init1?|timerfd_create|signalfd|eventfd|fanotify_init|perf_event_open';
const otherKinds = new RegExp(`^(?:${kinds})$`);
const otherwise = new RegExp(`^(?:${kinds}|tcsetattr|cfmakeraw|openpty|forkpty|posix_openpt)$`);

/** The file makes descriptors of another kind. That something is there to be read has been asked before: a terminal gives 0 at its end only then. */
function mayBeOther(event: CallEvent, context: RuleContext): boolean {
  const asked = around(context.scope.definition, event.expr).some(
    (stmt) =>
      stmt.kind === 'if' &&
      contains(stmt.consequent, event.expr) &&
      /\bFD_ISSET\b|\brevents\b/.test(context.source(stmt.test)),
  );
  const isInput = event.args[0]?.value.constant === 0n;
  return isInput && (asked || setsAnother(context))
    ? fileMentions(context, otherKinds)
    : mayBeOfOther(context);
}

/** The file makes descriptors that have no end, changes terminals, or orders devices about. */
function mayBeOfOther(context: RuleContext): boolean {
  return fileMentions(context, otherwise) || fileCalls(context, 'ioctl').some(ordersDevice);
}

/** `ioctl(fd, SNDCTL_DSP_SPEED, &rate)`: what files, pipes and sockets understand, too, begins otherwise (ioctl_list(2)). */
function ordersDevice({ expr }: { expr: ExprOf<'call'> }): boolean {
  const request = expr.args[1] && unwrap(expr.args[1]);
  return (
    request?.kind === 'name' && /^[A-Z]/.test(request.name) && !/^(?:FI[ON]|FS_|SIOC)/.test(request.name)
  );
}

/** The only terminal whose settings the file changes is one that it opens by name, and keeps in a variable of the file or a member. */
function setsAnother(context: RuleContext): boolean {
  const changes = fileCalls(context, 'tcsetattr');
  return (
    changes.length > 0 &&
    changes.every(({ expr, within }) => {
      const [fd] = expr.args;
      if (!fd) return false;
      if (calledName(fd) === 'fileno') return !/\bstdin\b/.test(textOf(fd, within, context));
      const isShared =
        fd.kind === 'member' || (fd.kind === 'name' && !context.scope.file.scopeOf(within).typeOf(fd.name));
      return isShared && keptOpen(fd, context) !== undefined;
    })
  );
}

/** Of a type that is not known here: accepted, or connected in a file that does nothing with datagrams. */
function isLikelyStream(socket: Socket, context: RuleContext): boolean {
  const forDatagrams = /^(?:SOCK_(?:DGRAM|RAW|SEQPACKET)|recvfrom|sendto|recvmsg|sendmsg)$/;
  return socket.did('accepted') || (socket.did('connect') && !fileMentions(context, forDatagrams));
}

/** A stream socket that has a peer, or a descriptor of a caller in a file that is about such. */
function isConnection(event: CallEvent, fd: Value, collects: boolean, context: RuleContext): boolean {
  const socket = socketOf(fd, event.path);
  if (socket) {
    const type = socket.type === undefined ? isLikelyStream(socket, context) : isStream(socket);
    return type && socket.site.call.name !== 'socketpair';
  }
  const made = fd.origins?.map(({ resource }) => resource) ?? [];
  if (made.length > 1 && made.every((each) => each?.kind === 'socket')) {
    return made.every(
      (each) => each && !/SOCK_(?:DGRAM|RAW|SEQ)/.test(context.source(spanOfSite(each.site))),
    );
  }
  const flags = argument(event, 'flags');
  if (fd.origins || fd.constant !== undefined || (flags && flags.value.constant !== 0n)) {
    return false;
  }
  if (isFile(event.args[0]?.expr, context)) {
    return false;
  }
  const about = fileMakes(context, /^(?:accept4?|connect|listen|pipe2?)$/);
  const datagrams = fileCalls(context, /^socket$/).some(({ expr, within }) =>
    textOf(expr, within, context).includes('SOCK_DGRAM'),
  );
  return (collects || about) && !datagrams && !mayBeOfOther(context) && isAllRead(context);
}

/** A file that is opened by its name, or the standard input: read as bytes they have an end, unless they are a device. */
function hasEnd(event: CallEvent, fd: Value, context: RuleContext): boolean {
  const opened = fd.origins?.map(({ site }) => site) ?? [];
  const isInput = fd.constant === 0n && event.name === 'read';
  const files = opened.length > 0 && opened.every(({ call }) => /^open(?:at)?$/.test(call.name));
  const path = opened[0]?.expr.args[opened[0].call.name === 'open' ? 0 : 1];
  const name = path && context.scope.evaluator.string(path);
  const isRecord = readsRecord(event, isInput, context) && name === undefined;
  // Of a FIFO that the program makes and serves, its own rule tells.
  if (path && fileMakes(context, /^mkfifo(?:at)?$/)) return false;
  return (files || isInput) && !isRecord && !name?.startsWith('/dev/') && !mayBeOther(event, context);
}

/** What comes in structures is as likely to come from a device, which tells of events and has no end. */
function readsRecord(event: CallEvent, isInput: boolean, context: RuleContext): boolean {
  const start = event.args[1] && unwrap(event.args[1].expr);
  // `text + length`: the standard input is collected so, and what devices give, too.
  const buffer = isInput && start?.kind === 'binary' && start.op === '+' ? unwrap(start.left) : start;
  const type = buffer && context.scope.resolvedTypeOf(buffer);
  const target = type?.k === 'pointer' ? type.to : type?.k === 'array' ? type.of : undefined;
  const resolved = target && context.scope.evaluator.types.resolve(target);
  return resolved === undefined || resolved.k === 'struct';
}

/** A file that the function, or for a variable of the file another one, opens by its name: it may be a device without an end. */
function isFile(handle: Expr | undefined, context: RuleContext): boolean {
  const { scope } = context;
  const opened = handle?.kind === 'name' ? assignmentsTo(scope.definition, handle.name) : [];
  const isShared = handle?.kind === 'name' && scope.typeOf(handle.name) === undefined;
  if (isShared && keptOpen(handle, context) !== undefined) return true;
  return opened.some(({ value }) => /^open(?:at)?(?:64)?$/.test(calledName(unwrap(value)) ?? ''));
}

/** True when the loop around a read ends on a failure only. */
function runsOn(event: CallEvent, context: RuleContext): boolean {
  const { definition } = context.scope;
  const loop = event.at.start === event.expr.start ? loopAround(definition, event.expr) : undefined;
  if (!loop) {
    return false;
  }
  const name = resultName(definition, event.expr);
  const result = new Result(event.expr, name, context);
  // What the variable gets behind the read is what the loop asks for then.
  const isNext = (start: number) => start > event.expr.end && start < loop.end;
  if (name !== undefined && assignmentsTo(definition, name).some(({ value }) => isNext(value.start))) {
    return false;
  }
  let onFailure = false;
  if (!isEndless(loop, context)) {
    if (!loop.test || !asksOnly(loop.test, result) || result.holds(loop.test, 0n) !== true) return false;
    onFailure = result.holds(loop.test, -1n) === false;
  }
  for (const { conditions, obscure } of exitsOf(loop, context)) {
    const own = conditions.filter(({ test }) => asksOnly(test, result));
    // What a failed write leads to is no way out.
    const atEnd = own.some(({ test, truth }) => result.holds(test, 0n) === !truth);
    if (obscure || !(atEnd || conditions.some(({ test }) => outputFails(context.source(test))))) return false;
    onFailure ||= own.some(({ test, truth }) => result.holds(test, -1n) === truth);
  }
  return onFailure;
}

function outputFails(test: string): boolean {
  return /\b(?:write|fwrite|fputs|fflush)\s*\(/.test(test);
}

/** `>= 0`, `!= -1` and `> -1` in the loop's own test become `> 0`. */
function endFix(event: CallEvent, context: RuleContext) {
  const { definition } = context.scope;
  const test = loopAround(definition, event.expr)?.test;
  const result = new Result(event.expr, resultPlace(definition, event.expr), context);
  const fits =
    test?.kind === 'binary' &&
    !test.use &&
    test.left.end <= test.right.start &&
    result.is(test.left) &&
    result.holds(test, 0n) === true;
  return fixOf(
    'End the loop at 0',
    fits
      ? [
          {
            span: { start: test.left.end, end: test.end },
            text: `${closed(context.source({ start: test.left.end, end: test.end }))} > 0`,
          },
        ]
      : undefined,
  );
}

/** The parentheses that still have to be closed behind the left side. */
function closed(rest: string): string {
  return /^\)*/.exec(rest.replace(/\s/g, ''))?.[0] ?? '';
}
