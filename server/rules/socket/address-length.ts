import type { CallEvent } from '../../analysis/events';
import { unwrap } from '../../analysis/operators';
import type { Value } from '../../analysis/values';
import type { Expr } from '../../c/ast';
import type { Report, Rule, RuleContext } from '../rule';
import { isLoop, loopAround } from '../shared/loops';
import { excerpt, isDirect } from '../shared/support';
import {
  addressed,
  declaratorOf,
  isMeasured,
  isUnsetBefore,
  type Use,
  usesOf,
  variableIn,
} from '../shared/uses';
import { type AddressUse, addressUse, type Family, familyOf } from '../subjects/addresses';

export const addressLength: Rule = {
  meta: {
    id: 'socket/address-length',
    severity: 'error',
    preset: 'recommended',
    title: 'The length given with a socket address is not that of the address',
    explanation:
      'The kernel takes as many bytes as the length says: too few cut the address or make the call fail with EINVAL, too many read what lies behind it. Calls that give an address back take the room from the length variable first, so that must be set each time.',
    silence:
      'Lengths and addresses whose type is not known, and larger lengths for the storage that fits every family.',
    references: [
      { page: 'bind', section: 2 },
      { page: 'accept', section: 2 },
      { page: 'unix', section: 7 },
      { page: 'sockaddr', section: 3 },
    ],
    example: {
      bad: `#include <netinet/in.h>
#include <sys/socket.h>

int next_client(int fd, struct sockaddr_in *peer) {
  socklen_t length;
  return accept(fd, (struct sockaddr *)peer, &length);
}
`,
      good: `#include <netinet/in.h>
#include <sys/socket.h>

int next_client(int fd, struct sockaddr_in *peer) {
  socklen_t length = sizeof(*peer);
  return accept(fd, (struct sockaddr *)peer, &length);
}
`,
    },
  },
  check: () => ({
    call(event, context) {
      const use = addressUse(event, context);
      const report = use && (use.result ? judgeResult(event, use, context) : judgeGiven(event, use, context));
      if (report) context.report(report);
      if (event.name === 'getsockopt') judgeOption(event, context);
    },
  }),
};

/** The length is an argument: bind, connect, sendto. */
function judgeGiven(event: CallEvent, use: AddressUse, context: RuleContext): Report | undefined {
  const { length } = use;
  // A function that is asked for the length answers by what the address holds.
  if (unwrap(length.expr).kind === 'call') return undefined;
  const at = isDirect(event.at, event.expr) ? length.expr : event.at;
  return judgeSize(length.value, length.expr, use, at, event, context);
}

/** What is wrong with a size that was measured or is a number. */
function judgeSize(
  size: Value,
  expr: Expr,
  { address }: AddressUse,
  at: Report['span'],
  event: CallEvent,
  context: RuleContext,
): Report | undefined {
  const { types } = context.scope.evaluator;
  const measured = size.measures && types.resolve(size.measures.type);
  const text = excerpt(context, expr);
  if (measured?.k === 'pointer') {
    // A size measured elsewhere is of something that has another name here.
    const of = expr.kind === 'sizeof' && size.measures?.of ? unwrap(size.measures.of) : undefined;
    const better =
      of?.kind === 'name' || of?.kind === 'member' ? `sizeof(*${excerpt(context, of)})` : undefined;
    const direct = at === expr && expr.kind === 'sizeof' && of !== undefined && better !== undefined;
    return {
      span: at,
      message: `\`${text}\` is the size of a pointer, 8 bytes, and not of the address, so \`${event.name}\` fails with EINVAL or takes a part of it. Use the size of what it points to${better ? `, \`${better}\`` : ''}.`,
      ...(direct
        ? {
            fix: {
              title: 'Measure what the pointer points to',
              edits: [{ span: of, text: `*${context.source(of)}` }],
            },
          }
        : {}),
    };
  }
  const { family } = address;
  const other = familyOf(measured);
  if (family && other && other.bytes !== family.bytes && tooDifferent(family, other)) {
    return mismatch(family, other, text, at, event, addressBytes(address.inner, context));
  }
  // The list of getaddrinfo holds addresses of both families.
  if (other?.struct === 'sockaddr' && address.inner.kind === 'member' && address.inner.field === 'ai_addr') {
    return {
      span: at,
      severity: 'warning',
      message: `\`${text}\` has 16 bytes, which an IPv6 address does not fit in, so \`${event.name}\` fails with EINVAL for it. Pass \`ai_addrlen\`.`,
    };
  }
  const bytes = size.measures ? undefined : size.constant;
  const least = family && smallest(family);
  return family && least !== undefined && bytes !== undefined && bytes >= 0n && bytes < least
    ? {
        span: at,
        message: `\`struct ${family.struct}\` has ${family.bytes} bytes, but \`${event.name}\` is told ${bytes}, so it fails with EINVAL. Pass the size of the address.`,
      }
    : undefined;
}

/** Where the storage for any family is used, its own size and those of the families in it are right. */
function tooDifferent(family: Family, measured: Family): boolean {
  return family.struct === 'sockaddr_storage' || family.struct === 'sockaddr'
    ? false
    : measured.struct !== 'sockaddr_storage' || family.struct === 'sockaddr_un';
}

/** A UNIX address may be as short as its path; the abstract ones are counted out. */
function smallest({ struct, bytes }: Family): bigint | undefined {
  return struct === 'sockaddr_in' || struct === 'sockaddr_in6'
    ? BigInt(bytes) - 4n
    : struct === 'sockaddr_un'
      ? 2n
      : undefined;
}

function addressBytes(inner: Expr, context: RuleContext): string {
  const name = inner.kind === 'unary' ? inner.operand : inner;
  return excerpt(context, name);
}

function mismatch(
  family: Family,
  other: Family,
  text: string,
  span: Report['span'],
  event: CallEvent,
  name: string,
): Report {
  const shorter = other.bytes < family.bytes;
  const what = shorter
    ? family.struct === 'sockaddr_un'
      ? `cuts the path after ${other.bytes - 2} characters`
      : `does not get all of the address and fails with EINVAL`
    : family.struct === 'sockaddr_un'
      ? 'fails with EINVAL'
      : 'reads past its end';
  return {
    span,
    message: `\`${name}\` is a \`struct ${family.struct}\` of ${family.bytes} bytes, but \`${text}\` is ${other.bytes}, so \`${event.name}\` ${what}. Use the size of the address itself.`,
  };
}

/* ------------------------------------------------------- lengths given by address */

/** The length is a variable that the call reads and sets: accept, recvfrom, getsockname. */
function judgeResult(event: CallEvent, use: AddressUse, context: RuleContext): Report | undefined {
  const { expr } = use.length;
  const direct = isDirect(event.at, event.expr);
  const name = addressed(expr);
  if (direct && name !== undefined && isUnsetBefore(context.scope, name, event.expr.start)) {
    return unset(name, use, event, context);
  }
  if (direct && name !== undefined && setOnlyOnce(name, use, event, context)) {
    return once(name, use, event, context);
  }
  const room = event.pointee(use.lengthIndex);
  const read =
    direct && name !== undefined && room?.constant === 0n ? readBehind(use, event, context) : undefined;
  if (read !== undefined) {
    return {
      span: expr,
      message: `\`${name}\` is 0 here, so \`${event.name}\` stores nothing of the address, and \`${read}\` stays what it was. Set it to \`sizeof(${read})\` first.`,
    };
  }
  const measured = room?.measures && context.scope.evaluator.types.resolve(room.measures.type);
  const pointer = measured?.k === 'pointer';
  const known = familyOf(measured);
  const { family } = use.address;
  const tooSmall = known !== undefined && family !== undefined && known.bytes < family.bytes;
  if (!pointer && (!tooSmall || family.struct === 'sockaddr_storage')) {
    return undefined;
  }
  return {
    span: direct ? expr : event.at,
    message: pointer
      ? `\`${excerpt(context, expr)}\` leads to the size of a pointer, so \`${event.name}\` stores only 8 bytes of the address. Set it to the size of the address.`
      : `\`${excerpt(context, expr)}\` leads to the size of a \`struct ${known!.struct}\`, so \`${event.name}\` stores only ${known!.bytes} bytes of the \`struct ${family!.struct}\`. Set it to the size of the address.`,
  };
}

/** The variable that the address is to be stored in, where it is looked at further down. */
function readBehind({ address }: AddressUse, { expr: { end } }: CallEvent, { scope }: RuleContext) {
  const name = address.object && variableIn(address.object);
  const isRead = name !== undefined && usesOf(scope.definition, name).some((use) => use.expr.start > end);
  return isRead ? name : undefined;
}

/** An option is given back in as many bytes as there is said to be room for. */
function judgeOption(event: CallEvent, context: RuleContext): void {
  const [, , , option, length] = event.args;
  const name = length && addressed(length.expr);
  if (!option || !length || name === undefined || !isDirect(event.at, event.expr)) return;
  if (!isUnsetBefore(context.scope, name, event.expr.start)) return;
  context.report({
    span: length.expr,
    message: `\`${name}\` is never set before \`getsockopt\` takes it for the room at \`${excerpt(context, option.expr)}\`, so the call fails with EINVAL or stores too much or too little. Set it to the size of what the option is stored in first.`,
  });
}

function unset(name: string, { address }: AddressUse, event: CallEvent, context: RuleContext): Report {
  const { scope } = context;
  const found = declaratorOf(scope, name);
  const object = address.object ? `sizeof(${context.source(address.object)})` : undefined;
  const declared = found?.declarator;
  // A comma may follow: only a declarator that ends with its name can take a value there.
  const plain = declared && object && isScalar(found.stmt, declared.nameSpan.end, context);
  const measurable = plain && declaredBefore(address.object, declared.nameSpan.start, context);
  return {
    span: event.args.find(({ expr }) => variableIn(expr) === name)?.expr ?? event.at,
    message: `\`${name}\` is never set before \`${event.name}\` takes it for the room that the address has, so the call fails with EINVAL or stores too much or too little. Set it to ${object ? `\`${object}\`` : 'the size of the address'} first.`,
    ...(measurable
      ? {
          fix: {
            title: `Set ${name} to the size of the address`,
            edits: [
              { span: { start: declared.nameSpan.end, end: declared.nameSpan.end }, text: ` = ${object}` },
            ],
          },
        }
      : {}),
  };
}

function isScalar(stmt: { end: number }, at: number, context: RuleContext): boolean {
  return /^\s*[,;]/.test(context.source({ start: at, end: stmt.end }));
}

/** A size may only be taken of what is declared already. */
function declaredBefore(object: Expr | undefined, at: number, { scope }: RuleContext): boolean {
  const name = object && variableIn(object);
  const declarator = name === undefined ? undefined : declaratorOf(scope, name)?.declarator;
  return object?.kind === 'name' && declarator !== undefined && declarator.nameSpan.end <= at;
}

/** In a loop, the length of one peer's address is taken for the room that the next one's has. UNIX addresses differ in length. */
function setOnlyOnce(name: string, { address }: AddressUse, event: CallEvent, context: RuleContext): boolean {
  const { scope } = context;
  const varies = address.family?.struct === 'sockaddr_un' || address.family?.struct === 'sockaddr_storage';
  const loop = loopAround(scope.definition, event.expr);
  const declared = declaratorOf(scope, name);
  if (!varies || !loop || !isLoop(loop) || !declared || !/^(?:accept4?|recvfrom)$/.test(event.name)) {
    return false;
  }
  const inside = (at: number) => at >= loop.start && at < loop.end;
  const sets = (use: Use) => {
    const [first, second] = use.around;
    const other = first?.kind === 'unary' && first.op === '&' && second !== event.expr;
    return other || (first?.kind === 'assign' && first.target === use.expr);
  };
  const uses = usesOf(scope.definition, name).filter((use) => !isMeasured(use));
  const read = uses.some(
    (use) => inside(use.expr.start) && use.around[0]?.kind === 'call' && use.around[0] !== event.expr,
  );
  return (
    !inside(declared.declarator.nameSpan.start) &&
    !uses.some((use) => inside(use.expr.start) && sets(use)) &&
    read
  );
}

function once(name: string, { address }: AddressUse, event: CallEvent, context: RuleContext): Report {
  const object = address.object ? ` to \`sizeof(${excerpt(context, address.object)})\`` : '';
  return {
    span: event.args.find(({ expr }) => variableIn(expr) === name)?.expr ?? event.at,
    severity: 'warning',
    message: `\`${event.name}\` sets \`${name}\` to the length of this peer's address, and the loop takes that for the room of the next one, whose longer address is then cut. Set \`${name}\`${object} again before each call.`,
  };
}
