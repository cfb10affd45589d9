import type { CallEvent } from '../../analysis/events';
import { resourcesOf } from '../../analysis/events';
import { unwrap } from '../../analysis/operators';
import type { Value } from '../../analysis/values';
import { type Expr, someExprIn, walkStmt } from '../../c/ast';
import { calledName } from '../../c/cfg';
import type { Rule, RuleContext } from '../rule';
import { lostAfter } from '../shared/dropped';
import { fixOf, withFlag } from '../shared/edits';
import { loopAround, Result, resultName } from '../shared/loops';
import { contains, statementBehind } from '../shared/statements';
import { argument, constantNamed, excerpt, mayFail } from '../shared/support';
import { assignmentsTo, callsIn, isUnsetBefore, usesOf, variableIn } from '../shared/uses';
import { fileMakes, fileNames } from '../shared/whole-file';
import { promisedWhole } from './promised';
import { stayingStarts } from './start-stays';

export const shortCount: Rule = {
  meta: {
    id: 'handle/short-count',
    severity: 'warning',
    preset: 'recommended',
    title: 'Nobody asks how many bytes a call has moved',
    explanation:
      'A stream has no messages: `read` gives what is there, be it one byte, and write may take less than it is offered. Who ignores the count, or goes on where he began, works with bytes that never came, or loses some on the way.',
    silence:
      'Output to a terminal or a log, single bytes that only wake somebody, files (unless a variable that has no value is to be filled), and counts that are returned or added up.',
    references: [
      { page: 'read', section: 2 },
      { page: 'write', section: 2 },
      { page: 'pipe', section: 7 },
    ],
    example: {
      bad: `#include <unistd.h>

int number(void) {
  int ends[2], value = 0;
  if (pipe(ends) == -1)
    return -1;
  pid_t pid = fork();
  if (pid == -1)
    return -1;
  if (pid == 0) {
    close(ends[0]);
    value = 42;
    _exit(write(ends[1], &value, sizeof(value)) == sizeof(value) ? 0 : 1);
  }
  close(ends[1]);
  read(ends[0], &value, sizeof(value));
  close(ends[0]);
  return value;
}
`,
      good: `#include <unistd.h>

int number(void) {
  int ends[2], value = 0;
  if (pipe(ends) == -1)
    return -1;
  pid_t pid = fork();
  if (pid == -1)
    return -1;
  if (pid == 0) {
    close(ends[0]);
    value = 42;
    _exit(write(ends[1], &value, sizeof(value)) == sizeof(value) ? 0 : 1);
  }
  close(ends[1]);
  if (read(ends[0], &value, sizeof(value)) != sizeof(value))
    value = -1;
  close(ends[0]);
  return value;
}
`,
    },
  },
  check: (own) => ({
    end() {
      const promised = promisedWhole(own);
      if (promised) {
        const name = calledName(promised.call) ?? '';
        const reads = /^re/.test(name);
        const length = excerpt(own, promised.length);
        own.report({
          span: promised.call,
          message: `\`${own.scope.definition.name}\` is to ${reads ? 'bring' : 'hand over'} all, but one \`${name}\` may ${reads ? 'bring' : 'take'} fewer than \`${length}\` bytes, and ${reads ? 'the rest is taken for there' : 'the rest is lost'}. Repeat it until all \`${length}\` are ${reads ? 'there' : 'gone'}.`,
        });
      }
      for (const { call, start, length } of stayingStarts(own)) {
        const name = calledName(call) ?? '';
        const reads = /^re/.test(name);
        own.report({
          span: call,
          message: `Each round ${reads ? 'stores' : 'begins'} at \`${start}\` again, while \`${excerpt(own, length)}\` counts what is left: ${reads ? 'what comes later overwrites what came first' : 'the first bytes are sent twice and the last never'}. Move \`${start}\` on by what has been moved, or add that to it.`,
        });
      }
    },
    call(event, context) {
      if (!mayFail(event) || !/^(?:read|recv|write|send)$/.test(event.name)) return;
      if (isHandler(context)) return;
      checkLost(event, context);
      checkWhole(event, context);
      checkObject(event, context);
      checkTold(event, context);
    },
  }),
};

const streams = new Set<string | undefined>(['pipe', 'socket', 'socketpair', 'fifo']);

/** What a transfer goes through, where that is known to be a stream. */
function isStream(value: Value | undefined): boolean {
  const resources = value ? resourcesOf(value) : [];
  return (
    resources.length > 0 &&
    resources.length === value?.origins?.length &&
    resources.every(({ kind, site }) => streams.has(kind) && !isDatagram(site.expr.args[1]))
  );
}

function isDatagram(type: unknown): boolean {
  return (
    JSON.stringify(type ?? '').includes('SOCK_DGRAM') || JSON.stringify(type ?? '').includes('SOCK_SEQPACKET')
  );
}

function isAccepted({ origins }: Value): boolean {
  return origins?.every(({ site }) => site.call.name.startsWith('accept')) === true;
}

function checkLost(event: CallEvent, context: RuleContext): void {
  const lost = lostAfter(event.expr, context);
  const handle = event.args[0];
  const size = sizeOf(event);
  if (
    !lost ||
    !handle ||
    !(isStream(handle.value) || fillsObject(event, context)) ||
    (size !== undefined && size <= 1n) ||
    isLastWord(event, context)
  ) {
    return;
  }
  const buffer = event.args[1] ? excerpt(context, event.args[1].expr).replace(/^&/, '') : 'the buffer';
  const reads = /^re/.test(event.name);
  if (reads && (isOnlyAwaited(event, context) || isEmptyTextBefore(event, context))) return;
  context.report({
    span: event.at,
    // A server that answers clients who may be gone by now has nobody to tell.
    ...(!reads && isAccepted(handle.value) ? { severity: 'information' } : {}),
    message: reads
      ? `Nobody looks at how many bytes \`${event.name}\` stored in \`${buffer}\`: after a failure, at end-of-file or when less has come, the rest of it is what was there before. Keep the count, and read on until all has come.`
      : `Nobody looks at how many bytes \`${event.name}\` took from \`${buffer}\`: when it fails or takes less, the rest is lost and the reader waits for it. Keep the count, and write on until all is gone.`,
  });
}

/** A whole variable without a value is to be filled, from wherever: when nothing comes it holds what lay on the stack. */
function fillsObject({ name, args: [, buffer, size] }: CallEvent, { scope }: RuleContext): boolean {
  const object = buffer && unwrap(buffer.expr);
  const filled = object?.kind === 'unary' && object.op === '&' ? object.operand : undefined;
  const whole = size !== undefined && unwrap(size.expr).kind === 'sizeof';
  return (
    /^re/.test(name) && whole && filled?.kind === 'name' && isUnsetBefore(scope, filled.name, object!.start)
  );
}

/** Nobody ever looks at what came: the process waits for the other one, and goes on as well when that has gone. */
function isOnlyAwaited({ args, expr }: CallEvent, { scope }: RuleContext): boolean {
  const name = args[1] && variableIn(args[1].expr);
  const type = name === undefined ? undefined : scope.typeOf(name);
  return (
    name !== undefined &&
    type !== undefined &&
    scope.evaluator.types.resolve(type).k !== 'pointer' &&
    usesOf(scope.definition, name).every(({ expr: use }) => expr.start <= use.start && use.end <= expr.end)
  );
}

/** `text[0] = 0` in front of the call: a program that minds that nothing may come finds an empty text then. */
function isEmptyTextBefore({ args, expr }: CallEvent, { scope }: RuleContext): boolean {
  const name = args[1] && variableIn(args[1].expr);
  return (
    name !== undefined &&
    someExprIn(
      scope.definition.body,
      (part) =>
        part.kind === 'assign' &&
        part.start < expr.start &&
        part.target.kind === 'index' &&
        variableIn(part.target.array) === name &&
        [part.target.index, part.value].every((zero) => scope.evaluator.constant(zero, scope) === 0n),
    )
  );
}

/** The process ends behind it with a failure: the bytes tell of that, and nothing could be done if they do not arrive. */
function isLastWord(event: CallEvent, context: RuleContext): boolean {
  const next = statementBehind(context.scope.definition, event.expr);
  const call = next?.kind === 'expr' && next.expr.kind === 'call' ? next.expr : undefined;
  if (!call || !/^(?:_?exit|_Exit|abort)$/.test(calledName(call) ?? '')) {
    return false;
  }
  const [status] = call.args;
  return !status || (context.scope.evaluator.constant(status, context.scope) ?? 0n) !== 0n;
}

function sizeOf(event: CallEvent): bigint | undefined {
  return event.args[2]?.value.constant;
}

/** `recv` on a connection, taken for all or nothing. */
function checkWhole(event: CallEvent, context: RuleContext): void {
  if (event.name !== 'recv' || loopAround(context.scope.definition, event.expr)) {
    return;
  }
  const flags = argument(event, 'flags')?.value.constant;
  const size = sizeOf(event);
  const test = testAround(event, context);
  const other = flags === undefined || (flags & constantNamed('MSG_WAITALL')) !== 0n;
  if (other || size === undefined || size < 2n || !test || !isConnection(event, context)) {
    return;
  }
  context.report({
    span: event.at,
    severity: 'information',
    message: `This takes fewer than ${size} bytes for a failure, but on a stream \`recv\` returns as soon as some have come. Pass MSG_WAITALL, or call it until all have come.`,
    ...fixOf(
      'Pass MSG_WAITALL',
      event.at.start === event.expr.start
        ? withFlag(argument(event, 'flags')?.expr, 'MSG_WAITALL', context)
        : undefined,
    ),
  });
}

function isConnection(event: CallEvent, context: RuleContext): boolean {
  return isStream(event.args[0]?.value) && fileMakes(context, /^(?:connect|accept4?)$/);
}

/** A structure is filled from a stream, and the count is asked for nothing but failure: 0 and a part are taken for all of it. */
function checkObject(event: CallEvent, context: RuleContext): void {
  const [handle, buffer, size] = event.args;
  const reads = /^re/.test(event.name) && event.at.start === event.expr.start;
  const object = buffer && unwrap(buffer.expr);
  const whole = object?.kind === 'unary' && object.op === '&' && size && unwrap(size.expr).kind === 'sizeof';
  if (!reads || !whole || !handle || !isStream(handle.value) || size.value.constant === 1n) {
    return;
  }
  if (!isAskedForFailure(event, context) || isOnlyAwaited(event, context)) {
    return;
  }
  const text = excerpt(context, object.operand);
  context.report({
    span: event.at,
    message: `Only a failure of \`${event.name}\` is asked for, but at end-of-file it stores nothing and returns 0, and from a stream it may store a part of \`${text}\`: the rest is what was there before. Compare the count with \`sizeof(${text})\`.`,
  });
}

/** The result is compared, around the call or behind it before the variable gets another, and 0 is never told from more. */
function isAskedForFailure({ expr }: CallEvent, context: RuleContext): boolean {
  const { definition } = context.scope;
  const name = resultName(definition, expr);
  const result = new Result(expr, name, context);
  const stores = name === undefined ? [] : assignmentsTo(definition, name);
  const next = Math.min(...stores.map(({ value }) => value.start).filter((start) => start > expr.start));
  const tests: Expr[] = [];
  walkStmt(definition.body, {
    expr: (part) => {
      const isAbout = part.kind === 'binary' && (result.is(part.left) || result.is(part.right));
      if (isAbout && (contains(part, expr) || (part.start > expr.end && part.end < next))) tests.push(part);
    },
  });
  const others = usesOf(definition, name ?? '').filter(
    ({ expr: use, around: [outer] }) =>
      outer?.kind !== 'assign' &&
      use.start > expr.end &&
      use.start < next &&
      !tests.some((test) => contains(test, use)),
  );
  const isForFailure = (test: Expr) => {
    const [none, some, failed] = [0n, 1n, -1n].map((count) => result.holds(test, count));
    return none === some && some !== undefined && failed === !some;
  };
  return tests.length > 0 && others.length === 0 && tests.every(isForFailure);
}

/** As many bytes as somebody has told are asked for, no test tells a part from all, and then they are all taken to be there. */
function checkTold(event: CallEvent, context: RuleContext): void {
  const { definition } = context.scope;
  const [handle, buffer, size] = event.args;
  const length = size && unwrap(size.expr);
  const isTold = length?.kind === 'name' || length?.kind === 'member';
  const reads = /^re/.test(event.name) && event.at.start === event.expr.start;
  const name = resultName(definition, event.expr);
  const into = buffer && variableIn(buffer.expr);
  if (!reads || !isTold || !handle || size?.value.constant !== undefined || !name || !into) {
    return;
  }
  const flags = argument(event, 'flags')?.expr;
  const waits = flags && /MSG_(?:WAITALL|PEEK)/.test(context.source(flags));
  const mayBeStream = handle.value.origins
    ? isStream(handle.value)
    : fileMakes(context, /^(?:connect|accept4?)$/) && !fileNames(context, 'SOCK_DGRAM');
  if (waits || !mayBeStream || !asksForFailureOnly(event, name, context)) {
    return;
  }
  const told = context.source(length).replace(/\s+/g, '');
  const relies = callsIn(definition, /./).find(
    ({ start, args, callee }) =>
      start > event.expr.end &&
      !(callee.kind === 'name' && givesNew.test(callee.name)) &&
      args.some((arg) => variableIn(arg) === into) &&
      args.some((arg) => context.source(arg).replace(/\s+/g, '') === told),
  );
  if (!relies) {
    return;
  }
  context.report({
    span: event.at,
    message: `\`${event.name}\` may store fewer than \`${told}\` bytes in \`${into}\`, as they come, and no test of \`${name}\` tells a part from all: the rest is what was there before. Read on until \`${told}\` bytes have come.`,
    related: [
      { span: { start: relies.start, end: relies.end }, message: `All \`${told}\` bytes are used here` },
    ],
  });
}

/** Calls that do not read what is there: they store something else, or give the memory back. */
const givesNew = /^(?:p?readv?|recv\w*|fread|getrandom|memset|(?:explicit_)?bzero|m?unmap|\w*free\w*)$/;

/** The count is compared once or more, and never so that one byte and many are told apart. */
function asksForFailureOnly(event: CallEvent, name: string, context: RuleContext): boolean {
  const { definition } = context.scope;
  const result = new Result(event.expr, name, context);
  // The variable may hold the result of other calls in other places.
  const stores = assignmentsTo(definition, name).map(({ value }) => value.start);
  const next = Math.min(...stores.filter((start) => start > event.expr.start));
  const asked = usesOf(definition, name).filter(
    ({ expr, around: [outer] }) =>
      outer?.kind !== 'assign' && expr.start > event.expr.end && expr.start < next,
  );
  return (
    asked.length > 0 &&
    !loopAround(definition, event.expr) &&
    asked.every(({ around: [outer] }) => {
      const [one, many] = [1n, 1n << 20n].map((count) => outer && result.holds(outer, count));
      return outer?.kind === 'binary' && one !== undefined && one === many;
    })
  );
}

/** The result is compared with the very size that was asked for. */
function testAround(event: CallEvent, context: RuleContext): boolean {
  const size = event.args[2]?.expr;
  const text = context.code(context.scope.definition.body).replace(/\s+/g, '');
  const call = context.source(event.expr).replace(/\s+/g, '');
  const asked = size && context.source(size).replace(/\s+/g, '');
  return (
    asked !== undefined && (text.includes(`${call}!=${asked}`) || text.includes(`${call}!=(ssize_t)${asked}`))
  );
}

/** In a handler a byte is written to wake somebody, and nothing can be done when that fails. */
function isHandler({ scope }: RuleContext): boolean {
  const { params } = scope.definition.type;
  return params.length === 1 && /^sig|signo|signum$/.test(params[0]?.name ?? '');
}
