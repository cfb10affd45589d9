import type { FunctionScope } from '../../analysis/context';
import type { CallEvent, StoreEvent } from '../../analysis/events';
import { noteAt } from '../../analysis/notes';
import { unwrap, withoutCasts } from '../../analysis/operators';
import type { CallSite } from '../../analysis/values';
import {
  type Expr,
  type ExprOf,
  parameterIndex,
  type Span,
  someExprIn,
  somePart,
  walkStmt,
} from '../../c/ast';
import { calledName } from '../../c/cfg';
import type { Rule, RuleContext } from '../rule';
import { conversionsIn } from '../shared/formats';
import { loopAround, spanOfSite } from '../shared/loops';
import { argument, excerpt } from '../shared/support';
import { assignmentsTo, declaratorOf, usesOf } from '../shared/uses';
import { fileCalls, ownCalls, textOf } from '../shared/whole-file';
import { ownerOf } from './received-into';
import { onlyText, stringsOfHelper } from './strings-taken';

const raw = 'handle/not-a-string';

export const notAString: Rule = {
  meta: {
    id: 'handle/not-a-string',
    severity: 'warning',
    preset: 'recommended',
    title: 'Bytes that were received are used as a string without a terminator',
    explanation:
      '`read` and its kin store bytes and nothing behind them. A function that looks for the end of a string runs on into what was in the buffer before, or past its end.',
    silence:
      'Buffers that were cleared and are larger than what is read into them, senders in the same file that send the terminator too, and functions that are told the length. Numbers read from files of `/proc` and `/sys` are information: a line ends behind them.',
    references: [
      { page: 'read', section: 2 },
      { page: 'recv', section: 2 },
      { page: 'strlen', section: 3 },
    ],
    example: {
      bad: `#include <stdio.h>
#include <unistd.h>

int show(int fd) {
  char line[128];
  ssize_t got = read(fd, line, sizeof(line));
  if (got <= 0)
    return -1;
  printf("%s", line);
  return 0;
}
`,
      good: `#include <stdio.h>
#include <unistd.h>

int show(int fd) {
  char line[128];
  ssize_t got = read(fd, line, sizeof(line) - 1);
  if (got <= 0)
    return -1;
  line[got] = '\\0';
  printf("%s", line);
  return 0;
}
`,
    },
  },
  check() {
    const reads = new Map<number, CallSite>();
    const told = new Map<number, number>();
    return {
      mark(event, context) {
        const { site, path } = event;
        const buffer = site && bufferRead(event);
        if (site && buffer !== undefined) {
          reads.set(site.id, site);
          path.setNote(key(buffer), leavesRaw(event, buffer, context) ? site.id : undefined);
          return;
        }
        // Whoever else gets the buffer may end it.
        if (event.into) return;
        event.args.forEach((_, index) => {
          const place = bufferAt(event, index);
          if (place !== undefined && !isReader(event.name, index)) path.setNote(key(place), undefined);
        });
      },
      store: judgeEnd,
      call(event, context) {
        for (const index of [...stringArguments(event), ...stringsOfHelper(event, context)]) {
          const place = bufferAt(event, index);
          const site = place === undefined ? undefined : reads.get(Number(event.path.note(key(place))));
          const arg = event.args[index];
          // Once is enough for what was received in one place.
          const first = site && (told.get(site.id) ?? event.at.start);
          if (!site || !arg || first !== event.at.start) continue;
          told.set(site.id, first);
          context.report({
            span: event.at,
            ...(isLineOfKernel(event, site, context) ? { severity: 'information' } : {}),
            message: `\`${event.name}\` takes \`${excerpt(context, arg.expr)}\` for a string, but \`${site.call.name}\` stored bytes there without a terminator, so it reads on into whatever follows. Store a '\\0' behind the bytes received, with room left for it, or pass their number.`,
            related: [{ span: spanOfSite(site), message: 'The bytes are received here' }],
          });
        }
      },
    };
  },
};

/** A number in a file of the kernel's: the line ends behind it, and that is where reading stops. */
function isLineOfKernel({ name }: CallEvent, { within }: CallSite, context: RuleContext): boolean {
  const stops = /^(?:ato(?:i|l|f)|strtou?l|sscanf)$/.test(name);
  const { symbols } = context.scope.file;
  const isPath = (expr: Expr) => {
    const text = expr.kind === 'name' ? symbols.macro(expr.name)?.body.replace(/^"/, '') : undefined;
    return /^\/(?:proc|sys)\//.test(text ?? (expr.kind === 'string' ? expr.value : ''));
  };
  return stops && someExprIn(within.body, isPath);
}

function key(place: string): string {
  return noteAt(raw, place);
}

/** The array that an argument is, by its first element; memory from the heap by the variable that points to it. */
function bufferAt(event: CallEvent, index: number): string | undefined {
  const target = event.targetOf(index);
  if (target !== undefined) return /\[0\]$/.test(target) ? target : undefined;
  const arg = event.args[index]?.expr;
  const isHeap = arg?.kind === 'name' && isAllocated(arg.name, event.scope);
  return isHeap ? event.placeOf(index) : undefined;
}

/** A local variable that only ever gets memory in which anything may lie. */
function isAllocated(name: string, scope: FunctionScope): boolean {
  const given = declaratorOf(scope, name) ? assignmentsTo(scope.definition, name) : [];
  const values = given.filter(({ value }) => value.kind !== 'null');
  return (
    values.length > 0 &&
    values.every(({ value, op }) => op === '=' && /^x?malloc$/.test(calledName(withoutCasts(value)) ?? '')) &&
    // Through a pointer that counts from it, its end may be stored.
    !usesOf(scope.definition, name).some(
      ({ around: [outer, ...rest] }) =>
        outer?.kind === 'binary' && outer.op === '+' && !rest.some(({ kind }) => kind === 'call'),
    )
  );
}

const receiving = /^(?:p?read|recv|recvfrom|mq_receive|mq_timedreceive)$/;

function bufferRead(event: CallEvent): string | undefined {
  const effect = event.site?.call.effects.find(({ op, data }) => op === 'read' && data !== undefined);
  if (!effect?.data || !receiving.test(event.name)) {
    return undefined;
  }
  const index = parameterIndex(event.site?.call.params, effect.data);
  return bufferAt(event, index);
}

/** Whether the bytes may fill the array without a zero behind them. */
function leavesRaw(event: CallEvent, place: string, context: RuleContext): boolean {
  if (isSought(event, context)) return false;
  const arg = argument(event, event.site?.call.effects.find(({ op }) => op === 'read')?.data ?? '')?.expr;
  const owner = arg?.kind === 'name' ? ownerOf(arg.name, event.expr, context) : undefined;
  if (!owner || place.includes('.') || place.includes('->')) return false;
  const { scope } = owner.context;
  const type = scope.typeOf(owner.name);
  const kind = type && scope.evaluator.types.resolve(type).k;
  if (kind !== 'array' && !(kind === 'pointer' && isAllocated(owner.name, scope))) return false;
  return (
    !isCleared(owner.name, owner.context) &&
    !isEnded(owner.name, owner.read, owner.context) &&
    !sendersEnd(event, context)
  );
}

/** A place is chosen in a file, or in the memory of a process, where strings lie with their ends. The start of a file is no such place. */
function isSought(event: CallEvent, context: RuleContext): boolean {
  const handle = event.args[0] && context.source(event.args[0].expr);
  const { definition } = context.scope;
  if (event.name === 'pread' && event.args[3]?.value.constant !== 0n) return true;
  return ownCalls(context, /^lseek/).some(
    ({ expr: { args } }) =>
      args[0] !== undefined &&
      textOf(args[0], definition, context) === handle &&
      (args[1] === undefined || context.scope.evaluator.constant(args[1], context.scope) !== 0n),
  );
}

/** The array is all zeros at some point: declared so, or by a call. */
function isCleared(name: string, context: RuleContext): boolean {
  const text = context.code(context.scope.definition.body);
  const declared = declaratorOf(context.scope, name);
  return (
    !declared ||
    (declared.declarator.init !== undefined && !isAllocated(name, context.scope)) ||
    new RegExp(
      `\\b(?:memset|\\w*(?:zero|ZERO|[Cc]lear|CLEAR)\\w*)\\s*\\(\\s*&?\\s*${name}\\b|\\bstatic\\b[^;]*\\b${name}\\s*\\[`,
    ).test(text)
  );
}

/** A store of a zero into some element, wherever. */
function isEnded(name: string, read: Expr, context: RuleContext): boolean {
  const { definition } = context.scope;
  const text = context.code(definition.body);
  const stores = new RegExp(
    `\\b${name}\\s*\\[([^\\]]*)\\]\\s*=(?!=)|\\*\\s*\\(\\s*${name}\\s*\\+[^)]*\\)\\s*=(?!=)`,
    'g',
  );
  // What was stored in the first byte before is overwritten by what comes.
  const overwritten = (index: string | undefined, at: number) =>
    index?.trim() === '0' && definition.body.start + at < read.start && !loopAround(definition, read);
  // `line[strcspn(line, "\n")] = 0` looks for the end itself.
  const sought = (index: string | undefined) =>
    new RegExp(`\\bstr\\w+\\s*\\(\\s*${name}\\b`).test(index ?? '');
  return [...text.matchAll(stores)].some(
    ({ 1: index, index: at }) => !overwritten(index, at) && !sought(index),
  );
}

/** Some sender in the file sends the terminator, or whole arrays and structures. */
function sendersEnd({ args: [from] }: CallEvent, context: RuleContext): boolean {
  const opened = from?.value.origins?.every(({ site }) => /^open(?:at)?$/.test(site.call.name));
  // What a program sends to its peers and queues it does not find in a file that it opens by name.
  const sends = fileCalls(
    context,
    opened
      ? /^(?:writev?|\w*[wW]rite\w*)$/
      : /^(?:write|send|sendto|mq_send|mq_timedsend|writev|sendmsg|\w*[wW]rite\w*|\w*[sS]end\w*)$/,
  );
  return sends.some(
    ({ name, expr, within }) =>
      !isForPeople(expr.args[0], context) &&
      // Behind the bytes and their number `sendto` has the address, with a size of its own.
      expr.args.slice(0, /sendto$/i.test(name) ? 3 : undefined).some((arg, index) => {
        const next = expr.args[index + 1];
        const count = next && context.scope.evaluator.constant(next, context.scope);
        const known = arg.kind === 'name' ? onlyText(arg.name, within, context) : undefined;
        if (known !== undefined && count === BigInt(known.length) + 1n) return known.length > 0;
        // A single byte of an empty text wakes somebody up.
        if (arg.kind === 'string' && count !== undefined && count > BigInt(arg.value.length))
          return arg.value.length > 0;
        // The bytes of a number, as a handler of signals writes into a pipe, are no text.
        const data = expr.args[index - 1];
        const number = data?.kind === 'unary' && data.op === '&' ? data.operand : undefined;
        if (number && context.scope.file.scopeOf(within).resolvedTypeOf(number)?.k === 'int') return false;
        const text = textOf(arg, within, context);
        return (
          /strlen\(.*\)\+1|1\+strlen|sizeof(?!.*-1$)|(?:SIZE|LEN|MAX|BUF)\w*$/.test(text) || endsText(arg)
        );
      }),
  );
}

/** What is written there nobody in the program reads. */
function isForPeople(to: Expr | undefined, { scope }: RuleContext): boolean {
  const number = to && scope.evaluator.constant(to, scope);
  return number === 1n || number === 2n;
}

/** A text with an explicit zero in it. */
function endsText(arg: Expr): boolean {
  return somePart(arg, (expr) => expr.kind === 'string' && expr.value.includes('\0'));
}

/** The arguments that a call takes for strings. */
function stringArguments({ name, args }: CallEvent): number[] {
  switch (name) {
    case 'strlen':
    case 'puts':
    case 'fputs':
    case 'atoi':
    case 'atol':
    case 'atof':
    case 'strtol':
    case 'strtoul':
    case 'strtoll':
    case 'strtoull':
    case 'strtod':
    case 'strdup':
    case 'sscanf':
    case 'strtok':
    case 'strchr':
    case 'strrchr':
    case 'strcspn':
    case 'strspn':
      return [0];
    case 'strcmp':
    case 'strstr':
    case 'strcasecmp':
      return [0, 1];
    case 'strcpy':
    case 'strcat':
      return [1];
    case 'printf':
      return converted(args, 0);
    case 'fprintf':
    case 'dprintf':
    case 'sprintf':
      return converted(args, 1);
    case 'snprintf':
      return converted(args, 2);
    default:
      return [];
  }
}

/** The arguments of plain `%s`, where the format is known. */
function converted(args: CallEvent['args'], format: number): number[] {
  return conversionsIn(args[format]?.value.text ?? '').flatMap(({ text, index }) =>
    text.endsWith('s') && !text.includes('.') ? [format + 1 + index] : [],
  );
}

/** A call that only looks at what it is given. */
function isReader(name: string, index: number): boolean {
  if (
    /^(?:f?printf|puts|fputs|strlen|strcmp|strncmp|strstr|strr?chr|strc?spn|atoi|atol|atof|strtol|strtoul|strtoll|strtoull|strtod|strdup|write|send|sendto|memcmp|fwrite|sscanf|strcasecmp|dprintf)$/.test(
      name,
    )
  ) {
    return true;
  }
  return /^(?:strcpy|strcat|memcpy|sprintf|snprintf|strncpy)$/.test(name) && index > 0;
}

/* ------------------------------------------------------------ room for the end */

/** `text[n] = 0`, where n is what a call returned that may fill the array to its last byte. */
function judgeEnd({ target, value, at }: StoreEvent, context: RuleContext): void {
  if (target.kind !== 'index' || target.array.kind !== 'name' || value.value.constant !== 0n) {
    return;
  }
  const index = context.scope.resolvedTypeOf(target.index)?.k === 'int' ? target.index : undefined;
  const type = context.scope.resolvedTypeOf(target.array);
  const count = index?.kind === 'name' ? lastRead(index.name, target, context) : undefined;
  const length = count && context.scope.evaluator.constant(count.length, context.scope);
  const room = type && context.scope.evaluator.types.sizeOf(type);
  if (!count || length === undefined || room === undefined || type?.k !== 'array' || length < room) {
    return;
  }
  context.report({
    span: at,
    message: `\`${count.name}\` may fill all ${room} bytes of \`${target.array.name}\`, and then this terminator is stored behind the end. Ask for one byte less than the array has.`,
    related: [
      { span: { start: count.call.start, end: count.call.end }, message: 'The bytes are received here' },
    ],
  });
}

/** The call right before, in the order of the text, whose result the index is and which fills the same array. */
function lastRead(index: string, target: ExprOf<'index'>, context: RuleContext) {
  const { definition } = context.scope;
  const stored = assignmentsTo(definition, index).filter(({ at }) => at.start < target.start);
  const call = stored.at(-1) && unwrap(stored.at(-1)!.value);
  const name = call && calledName(call);
  const array = target.array.kind === 'name' ? target.array.name : undefined;
  if (call?.kind !== 'call' || name === undefined || !/^(?:read|recv|recvfrom|mq_receive)$/.test(name)) {
    return undefined;
  }
  if (isBounded(index, { start: call.end, end: target.start }, context)) {
    return undefined;
  }
  const [, buffer, length] = call.args;
  const same = buffer?.kind === 'name' && buffer.name === array;
  return same && length ? { call, name, length } : undefined;
}

/** Within a piece of the function a number is cut off, or compared with how much there is room for. */
function isBounded(name: string, { start, end }: Span, { scope }: RuleContext): boolean {
  let bounded = false;
  const isIt = (expr: Expr) => {
    const plain = unwrap(expr);
    const subject = plain.kind === 'assign' ? plain.target : plain;
    return subject.kind === 'name' && subject.name === name;
  };
  const isRoom = (expr: Expr) => (scope.evaluator.constant(expr, scope) ?? 1n) > 0n;
  walkStmt(scope.definition.body, {
    expr: (expr) => {
      // `(n = read(...)) != expected`: the comparison begins in front of the call.
      const compares = expr.kind === 'binary' && expr.end > start;
      if ((expr.start < start && !compares) || expr.end > end) return;
      if (expr.kind === 'update') bounded ||= isIt(expr.operand);
      else if (expr.kind === 'assign') bounded ||= isIt(expr.target);
      else if (expr.kind === 'binary' && /^[<>=!]=?$/.test(expr.op))
        bounded ||= (isIt(expr.left) && isRoom(expr.right)) || (isIt(expr.right) && isRoom(expr.left));
    },
  });
  return bounded;
}
