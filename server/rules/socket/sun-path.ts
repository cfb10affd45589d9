import type { CallEvent } from '../../analysis/events';
import { unwrap } from '../../analysis/operators';
import { type Expr, someExprIn, somePart } from '../../c/ast';
import { calledName } from '../../c/cfg';
import type { Report, Rule, RuleContext } from '../rule';
import { excerpt, isDirect } from '../shared/support';
import { assignmentsTo, callsIn, variableIn } from '../shared/uses';
import { addressUse, isAbstract, pathIn } from '../subjects/addresses';
import { isMeasuredByCallers, isMeasuredSomewhere, longestOf } from './path-length';

/** What sun_path holds, the terminating NUL included: see unix(7). */
const room = 108n;

export const sunPath: Rule = {
  meta: {
    id: 'socket/sun-path',
    severity: 'warning',
    preset: 'recommended',
    title: 'A socket path may not fit into its address, or has the wrong length',
    explanation:
      'The sun_path of a UNIX address has 108 bytes. A longer text copied without a limit overwrites what lies behind, and strncpy of all 108 leaves no terminator. An abstract name is counted by its length, zeros included.',
    silence:
      'Texts that are known to fit, and functions that measure the text before they copy it, or whose callers do.',
    references: [
      { page: 'unix', section: 7 },
      { page: 'strncpy', section: 3 },
    ],
    example: {
      bad: `#include <string.h>
#include <sys/un.h>

void name(struct sockaddr_un *address, const char *path) {
  memset(address, 0, sizeof(*address));
  address->sun_family = AF_UNIX;
  strcpy(address->sun_path, path);
}
`,
      good: `#include <string.h>
#include <sys/un.h>

int name(struct sockaddr_un *address, const char *path) {
  if (strlen(path) >= sizeof(address->sun_path))
    return -1;
  memset(address, 0, sizeof(*address));
  address->sun_family = AF_UNIX;
  strcpy(address->sun_path, path);
  return 0;
}
`,
    },
  },
  check: (root) => ({
    call(event, context) {
      const report = judgeCopy(event, context, root) ?? judgeLength(event, context);
      if (report) context.report(report);
    },
  }),
};

/* --------------------------------------------------------------------- copies */

function judgeCopy(event: CallEvent, context: RuleContext, root: RuleContext): Report | undefined {
  const path = pathIn(event.args[0]?.expr, context);
  if (!path || !isDirect(event.at, event.expr)) {
    return undefined;
  }
  const left = room - path.offset;
  switch (event.name) {
    case 'strcpy':
    case 'stpcpy':
    case 'strcat':
      return judgeUnlimited(event, left, path.member, context, root);
    case 'sprintf':
      return judgeFormat(event, left, path.member, context);
    case 'strncpy':
      return (
        judgeLimit(event, 2, left, path.member, context) ?? judgeTerminator(event, left, path.member, context)
      );
    case 'snprintf':
      return judgeLimit(event, 1, left, path.member, context);
    case 'strlcpy':
    case 'memcpy':
    case 'memmove':
      return judgeLimit(event, 2, left, path.member, context);
    default:
      return undefined;
  }
}

function judgeUnlimited(
  event: CallEvent,
  left: bigint,
  member: Expr,
  context: RuleContext,
  root: RuleContext,
): Report | undefined {
  const source = event.args[1];
  if (!source) {
    return undefined;
  }
  const { text } = source.value;
  const what = excerpt(context, source.expr);
  const to = excerpt(context, member);
  if (text !== undefined) {
    return event.name !== 'strcat' && BigInt(text.length) >= left
      ? {
          span: event.at,
          severity: 'error',
          message: `This path has ${text.length} characters and \`${to}\` has room for ${left - 1n}, so \`${event.name}\` overwrites what lies behind. Choose a shorter path.`,
        }
      : undefined;
  }
  if (
    isConstantElsewhere(source.expr, context) ||
    isMeasuredSomewhere(source.expr, context) ||
    fits(source.expr, left, context) ||
    isShort(event, source.expr, left, context)
  ) {
    return undefined;
  }
  // What the callers of a helper give is seen when they are walked.
  const { definition } = context.scope;
  const name = variableIn(source.expr);
  const given = definition.type.params.some((param) => param.name === name);
  if (given && definition.storage.includes('static') && root.scope === context.scope) {
    return undefined;
  }
  if (given && isMeasuredByCallers(context)) return undefined;
  const fix = event.name === 'strcpy' && source.expr.kind !== 'call' && event.expr.callee.kind === 'name';
  return {
    span: event.at,
    message: `\`${what}\` may be longer than the ${left} bytes of \`${to}\`, and then \`${event.name}\` overwrites what lies behind. Compare its length with \`sizeof(${to})\` first, and refuse what does not fit.`,
    ...(fix
      ? {
          fix: {
            title: 'Copy no more than fits',
            edits: [
              {
                span: event.expr,
                text: `snprintf(${context.source(event.args[0]!.expr)}, sizeof(${context.source(member)})${left === room ? '' : ` - ${room - left}`}, "%s", ${context.source(source.expr)})`,
              },
            ],
          },
        }
      : {}),
  };
}

/** An array that is no larger than the path. */
function fits(expr: Expr, left: bigint, { scope }: RuleContext): boolean {
  const type = scope.resolvedTypeOf(unwrap(expr));
  const bytes = type?.k === 'array' ? scope.evaluator.types.sizeOf(type) : undefined;
  const inner = unwrap(expr);
  // An array of which the size is not to be read may well have that of the path.
  return (
    (type?.k === 'array' && (bytes === undefined || BigInt(bytes) <= left)) ||
    (inner.kind === 'member' && inner.field === 'sun_path')
  );
}

/** What the function has put there last is short, such as a name with a number. */
function isShort(event: CallEvent, source: Expr, left: bigint, context: RuleContext): boolean {
  const name = variableIn(source);
  const made = callsIn(context.scope.definition, /^(?:strcpy|stpcpy|strcat|sprintf|snprintf)$/).filter(
    ({ args, end }) => args[0] && variableIn(args[0]) === name && end <= event.expr.start,
  );
  const last = made.at(-1);
  const text = last?.args[calledName(last) === 'snprintf' ? 2 : 1];
  if (name === undefined || text?.kind !== 'string' || (last && calledName(last) === 'strcat')) {
    return false;
  }
  const numbers = text.value.replace(/%%/g, '').match(/%[-+ #0-9hlLqjzt]*[diouxXp]/g) ?? [];
  const isOpen = text.value.replace(/%%/g, '').split('%').length - 1 > numbers.length;
  return !isOpen && BigInt(text.value.length + numbers.length * longestNumber) < left;
}

/** A name that nothing here declares, written as those of macros are: a text of a header that is not at hand. */
function isConstantElsewhere(expr: Expr, { scope }: RuleContext): boolean {
  const inner = unwrap(expr);
  const isMacro = inner.kind === 'name' && /^_*[A-Z][A-Z0-9_]+$/.test(inner.name);
  return isMacro && scope.typeOf(inner.name) === undefined && !scope.file.symbols.global(inner.name);
}

/** Longer than any number that a conversion prints. */
const longestNumber = 21;

function judgeFormat(event: CallEvent, left: bigint, member: Expr, context: RuleContext): Report | undefined {
  const format = event.args[1]?.value.text;
  // `%.*s` takes no more than it is told.
  if (format === undefined || /%[-+ #0]*(?:\d+|\*)?\.(?:\d+|\*)s/.test(format)) {
    return undefined;
  }
  let most = 0;
  let next = 2;
  let open: Expr | undefined;
  const plain = format.replace(/%%|%[-+ #0-9.*hlLqjzt]*([a-zA-Z])/g, (_, kind?: string) => {
    if (kind === undefined) return '%';
    const arg = event.args[next++];
    const text = arg?.value.text;
    if (kind !== 's') most += kind === 'c' ? 1 : longestNumber;
    else if (text !== undefined) most += text.length;
    else if (arg && longestOf(arg.expr, context) !== undefined) most += longestOf(arg.expr, context) ?? 0;
    else if (arg && !isMeasuredSomewhere(arg.expr, context) && !fits(arg.expr, left / 2n, context))
      open ??= arg.expr;
    return '';
  });
  if (open === undefined && BigInt(plain.length + most) < left) {
    return undefined;
  }
  if (open === undefined && most > 0) {
    return undefined;
  }
  const what = open ? `\`${excerpt(context, open)}\` may make the path` : 'This path is';
  return {
    span: event.at,
    message: `${what} longer than the ${left} bytes of \`${excerpt(context, member)}\`, and then \`sprintf\` overwrites what lies behind. Use \`snprintf\` with \`sizeof(${excerpt(context, member)})\`, and refuse what does not fit.`,
  };
}

/** The number of bytes that a call may write is larger than what there is. */
function judgeLimit(
  event: CallEvent,
  index: number,
  left: bigint,
  member: Expr,
  context: RuleContext,
): Report | undefined {
  const limit = event.args[index];
  const bytes = limit?.value.constant;
  if (!limit || bytes === undefined || bytes <= left) {
    return undefined;
  }
  // strncpy and memcpy write all of it, the others only as much as there is.
  const always = event.name === 'strncpy' || event.name === 'memcpy' || event.name === 'memmove';
  return {
    span: limit.expr,
    severity: always ? 'error' : 'warning',
    message: `\`${excerpt(context, limit.expr)}\` is ${bytes} bytes, but \`${excerpt(context, member)}\` has only ${left} from here, so \`${event.name}\` ${always ? 'overwrites' : 'may overwrite'} what lies behind. Use \`sizeof(${excerpt(context, member)})\`${left === room ? '' : ` less ${room - left}`}.`,
  };
}

/** strncpy of as many bytes as there are: a long text leaves no NUL. */
function judgeTerminator(
  event: CallEvent,
  left: bigint,
  member: Expr,
  context: RuleContext,
): Report | undefined {
  const [, source, limit] = event.args;
  const text = source?.value.text;
  if (!source || !limit || (text !== undefined && BigInt(text.length) < left)) {
    return undefined;
  }
  // An abstract name goes by its length and needs no NUL.
  const all = limit.value.constant === left && left === room;
  if (
    !all ||
    isMeasuredSomewhere(source.expr, context) ||
    fits(source.expr, left, context) ||
    // The program's own text, such as `FOLDER "/socket"`.
    source.expr.kind === 'joined' ||
    isConstantElsewhere(source.expr, context) ||
    isTerminated(member, context)
  ) {
    return undefined;
  }
  const direct = limit.expr.kind === 'sizeof';
  return {
    span: event.at,
    message: `A \`${excerpt(context, source.expr)}\` of ${left} characters or more leaves no NUL in \`${excerpt(context, member)}\`, so whatever reads the path runs on behind it. Copy one byte less into a structure that was zeroed, and refuse longer paths.`,
    ...(direct
      ? {
          fix: {
            title: 'Leave room for the NUL',
            edits: [{ span: limit.expr, text: `${context.source(limit.expr)} - 1` }],
          },
        }
      : {}),
  };
}

/** Somewhere a NUL is stored into the path. */
function isTerminated(member: Expr, { scope }: RuleContext): boolean {
  const owner = variableIn(member);
  return someExprIn(
    scope.definition.body,
    (expr) =>
      expr.kind === 'assign' &&
      expr.target.kind === 'index' &&
      expr.target.array.kind === 'member' &&
      expr.target.array.field === 'sun_path' &&
      variableIn(expr.target.array) === owner &&
      scope.evaluator.constant(expr.target.index, scope) !== 0n,
  );
}

/* ------------------------------------------------------------- abstract names */

function judgeLength(event: CallEvent, context: RuleContext): Report | undefined {
  const use = addressUse(event, context);
  const { object } = use?.address ?? {};
  if (!use || use.result || use.address.family?.struct !== 'sockaddr_un' || !object) {
    return undefined;
  }
  if (!isDirect(event.at, event.expr) || !isAbstract(object, event, use.address.expr, context)) {
    return undefined;
  }
  const { length } = use;
  const name = excerpt(context, object);
  if (isBothSides(event, object, length.expr, context)) return undefined;
  if (length.value.measures || length.value.constant === 110n) {
    return {
      span: length.expr,
      message: `An abstract name is as long as the length says, so here it ends in a row of zeros, and a peer that counts only the name does not find it. Pass \`offsetof(struct sockaddr_un, sun_path) + 1\` and the length of the name.`,
    };
  }
  return countsFromZero(countedAs(length.expr, object, context), context)
    ? {
        span: length.expr,
        severity: 'error',
        message: `\`${name}.sun_path\` begins with a NUL, so its length counts as 0 here and \`${event.name}\` gets no name at all. Pass \`offsetof(struct sockaddr_un, sun_path) + 1\` and the length of what follows the NUL.`,
      }
    : undefined;
}

/** The function is its own peer: it binds the name and connects to it, with one length. */
function isBothSides({ name }: CallEvent, object: Expr, length: Expr, context: RuleContext): boolean {
  const other = name === 'bind' ? /^connect$/ : /^bind$/;
  return callsIn(context.scope.definition, other).some(
    ({ args: [, address, size] }) =>
      address !== undefined &&
      size !== undefined &&
      variableIn(address) === variableIn(object) &&
      context.source(size) === context.source(length),
  );
}

/** What a variable for the length was set to last, behind the NUL at the beginning of the path. */
function countedAs(length: Expr, object: Expr, { scope }: RuleContext): Expr {
  const inner = unwrap(length);
  if (inner.kind !== 'name') return length;
  const { definition } = scope;
  const counted = assignmentsTo(definition, inner.name).findLast(({ at }) => at.end <= length.start);
  const owner = variableIn(object);
  const isNul = (expr: Expr) =>
    expr.kind === 'assign' &&
    expr.target.kind === 'index' &&
    expr.target.array.kind === 'member' &&
    expr.target.array.field === 'sun_path' &&
    variableIn(expr.target.array) === owner &&
    scope.evaluator.constant(expr.target.index, scope) === 0n;
  const behind =
    counted?.op === '=' &&
    someExprIn(definition.body, (expr) => isNul(expr) && expr.end <= counted.at.start) &&
    !someExprIn(definition.body, (expr) => isNul(expr) && expr.start >= counted.at.end);
  return behind ? counted.value : length;
}

/** SUN_LEN(&a), or strlen(a.sun_path) from the NUL on. */
function countsFromZero(length: Expr, context: RuleContext): boolean {
  return somePart(length, (expr) => {
    if (expr.kind !== 'call') return false;
    const name = calledName(expr);
    return name === 'SUN_LEN' || (name === 'strlen' && pathIn(expr.args[0], context)?.offset === 0n);
  });
}
