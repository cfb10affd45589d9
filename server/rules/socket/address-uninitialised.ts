import type { CallEvent } from '../../analysis/events';
import { unwrap } from '../../analysis/operators';
import type { Expr, ExprOf } from '../../c/ast';
import { calledName } from '../../c/cfg';
import type { Report, Rule, RuleContext } from '../rule';
import { type Filling, fillingOf } from '../shared/filling';
import { spanOfSite } from '../shared/loops';
import { constantNamed, isDirect } from '../shared/support';
import { assignmentsTo, declaratorOf, type Use, variableIn } from '../shared/uses';
import { fileNames } from '../shared/whole-file';
import {
  type AddressUse,
  addressUse,
  describe,
  type Family,
  families,
  familyOf,
} from '../subjects/addresses';
import { followSockets, socketOf } from '../subjects/sockets';
import { checkFamilies } from './family-left-out';

export const addressUninitialised: Rule = {
  meta: {
    id: 'socket/address-uninitialised',
    severity: 'error',
    preset: 'recommended',
    title: 'A socket address has members that were never set, or a wrong family',
    explanation:
      'A local address structure holds whatever was on the stack before. A member that is never set sends the program to another port or host, and a family that is not that of the socket makes bind and connect fail with EINVAL or EAFNOSUPPORT.',
    silence:
      'Addresses that anything else may have filled: a function that gets them, a pointer to them, a copy. Members that are set on some paths count as set.',
    references: [
      { page: 'ip', section: 7 },
      { page: 'ipv6', section: 7 },
      { page: 'unix', section: 7 },
      { page: 'bind', section: 2 },
    ],
    example: {
      bad: `#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

int listen_on(int fd, unsigned short port) {
  struct sockaddr_in address;
  memset(&address, 0, sizeof(address));
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_ANY);
  return bind(fd, (struct sockaddr *)&address, sizeof(address));
}
`,
      good: `#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

int listen_on(int fd, unsigned short port) {
  struct sockaddr_in address;
  memset(&address, 0, sizeof(address));
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_ANY);
  return bind(fd, (struct sockaddr *)&address, sizeof(address));
}
`,
    },
  },
  check: (root) => {
    /** Addresses of which it is told where they are used. */
    const told = new Set<string>();
    const handed: { name: string; tell: () => void }[] = [];
    let isTold = false;
    return {
      mark: followSockets,
      call(event, context) {
        const use = addressUse(event, context);
        const given = use ? undefined : handedOn(event, context);
        if (given) handed.push({ name: given.name, tell: () => context.report(given.report) });
        if (!use || use.result) return;
        const report = otherFamily(event, use, context) ?? unsetMembers(event, use, context);
        if (!report) return;
        const { object } = use.address;
        isTold = true;
        if (object?.kind === 'name') told.add(object.name);
        context.report(report);
      },
      end() {
        for (const { name, tell } of handed) if (!told.has(name)) tell();
        if (!isTold) checkFamilies(root);
      },
    };
  },
};

/* ------------------------------------------------------------------- families */

/** One branch makes a socket of this family, and another one of the other: what decided there may have decided about the address, too. */
function isMadeEitherWay(fd: Expr | undefined, family: bigint, { scope }: RuleContext): boolean {
  const name = fd && unwrap(fd).kind === 'name' ? variableIn(fd) : undefined;
  return (
    name !== undefined &&
    assignmentsTo(scope.definition, name).some(({ value }) => {
      const call = value && unwrap(value);
      const [domain] = call?.kind === 'call' && calledName(call) === 'socket' ? call.args : [];
      return domain !== undefined && scope.evaluator.constant(domain, scope) === family;
    })
  );
}

function otherFamily(event: CallEvent, { address }: AddressUse, context: RuleContext): Report | undefined {
  const index = event.args.findIndex(({ expr }) => expr === address.expr);
  // What a caller has filled says by its members what it is.
  const isMember = ({ member }: Family) => event.member(index, member) !== undefined;
  const family = address.family?.constant ? address.family : specific.find(isMember);
  if (family?.constant === undefined) {
    return undefined;
  }
  const given = event.member(index, family.member)?.constant;
  const right = constantNamed(family.constant);
  if (given === 0n && isLeftOut(address.object, event, context)) {
    return {
      span: event.at,
      message: `\`${family.member}\` is 0 (AF_UNSPEC) here: the address was filled with zeros, and nothing has set its family, so ${withoutFamily(event.name, family)}. Set \`${family.member}\` to ${family.constant}.`,
    };
  }
  if (given !== undefined && given !== right && given !== 0n) {
    return {
      span: event.at,
      message: `\`${family.member}\` says ${nameOf(given)}, but a \`struct ${family.struct}\` is an address of ${family.constant}, so \`${event.name}\` reads it wrongly or fails. Set \`${family.member}\` to ${family.constant}.`,
    };
  }
  const socket = socketOf(event.args[0]?.value, event.path);
  const domain = socket?.domain;
  const isOther = domain !== undefined && domain !== right && isKnown(domain);
  if (socket && isOther && !isMadeEitherWay(event.args[0]?.expr, right, context)) {
    return {
      span: event.at,
      message: `The socket is of ${nameOf(domain)}, but the address is a \`struct ${family.struct}\`, so \`${event.name}\` fails with EINVAL or EAFNOSUPPORT. Make both of one family.`,
      related: [{ span: spanOfSite(socket.site), message: 'The socket is made here' }],
    };
  }
  return undefined;
}

/**
 * An address with a port or a path, but no family, given to a function whose text is not at hand: as a general address and
 * with its length, so that function sends, binds or connects with it and does not fill it.
 */
function handedOn(event: CallEvent, context: RuleContext): { name: string; report: Report } | undefined {
  if (event.site || event.into || !isDirect(event.at, event.expr)) return undefined;
  const index = event.args.findIndex(
    ({ expr }, at) => expr.kind === 'cast' && event.args[at + 1]?.expr.kind === 'sizeof',
  );
  const given = event.args[index]?.expr;
  const { family, object } = given ? describe(given, context) : {};
  if (!given || !family?.constant || object?.kind !== 'name' || !isGeneral(given, context)) return undefined;
  const filling = filledAddress(object.name, family, event.expr, context);
  if (!filling || filling.set.has(family.member) || !filling.set.has(whereIn(family))) return undefined;
  const value = filling.zeroed ? '0 (AF_UNSPEC)' : 'whatever was on the stack';
  const report = {
    span: given,
    message: `\`${family.member}\` of \`${object.name}\` is never set, so \`${event.name}\` gets an address of family ${value}, with which nobody can be reached. Set \`${family.member}\` to ${family.constant}.`,
    related: declared(object.name, context),
  };
  return { name: object.name, report };
}

/** Cast to `struct sockaddr *`, or to a name for it that a header has which is not at hand. */
function isGeneral(expr: Expr, { scope }: RuleContext): boolean {
  const type = expr.kind === 'cast' ? scope.evaluator.types.resolve(expr.type) : undefined;
  const to = type?.k === 'pointer' ? scope.evaluator.types.resolve(type.to) : undefined;
  return to?.k === 'named' || (to?.k === 'struct' && to.tag === 'sockaddr');
}

/** What a family of 0 leads to, on Linux: connect(2) takes it for the wish to have no peer, ip(7) is lenient elsewhere. */
function withoutFamily(call: string, { constant }: Family): string {
  if (call === 'connect') return '`connect` makes no connection';
  return `\`${call}\` ${constant === 'AF_INET' ? 'may fail with EAFNOSUPPORT' : 'fails'}`;
}

/** The structures of one family each. */
const specific = families.filter(({ constant }) => constant !== undefined);

/** Calls that only read an address. */
const takers = /^(?:bind|connect|sendto|getnameinfo)$/;

/** The member that says where an address leads. */
function whereIn({ struct, member }: Family): string {
  return struct === 'sockaddr_un' ? 'sun_path' : member.replace('family', 'port');
}

/**
 * What becomes of an address before a call. A function whose text is not at hand reads it, too, where it gets a general address and its length,
 * and the program has said where that leads; of a variable of the file it must have said so anyway.
 */
function filledAddress(name: string, family: Family, at: Expr, context: RuleContext): Filling | undefined {
  let isHandedOn = context.scope.typeOf(name) === undefined;
  const filling = fillingOf(context, name, at, (call, use) => {
    if (takers.test(calledName(call) ?? '')) return true;
    const isRead = isLengthNext(call, use) && context.functionNamed(calledName(call) ?? '') === undefined;
    isHandedOn ||= isRead;
    return isRead;
  });
  return isHandedOn && !filling?.set.has(whereIn(family)) ? undefined : filling;
}

/** Cast, and with its own length behind it. */
function isLengthNext({ args }: ExprOf<'call'>, { around }: Use): boolean {
  const index = args.findIndex((arg) => arg.kind === 'cast' && around.includes(arg));
  return index >= 0 && args[index + 1]?.kind === 'sizeof';
}

/**
 * A family of 0 that nobody chose: the file does not name AF_UNSPEC, with which a datagram socket is disconnected. Of an
 * address that the function at hand fills itself the text tells.
 */
function isLeftOut(object: Expr | undefined, event: CallEvent, context: RuleContext): boolean {
  const family = familyOf(object && context.scope.resolvedTypeOf(object));
  const filled =
    family &&
    object?.kind === 'name' &&
    filledAddress(object.name, family, event.expr, context) !== undefined;
  return !filled && !fileNames(context, 'AF_UNSPEC');
}

function isKnown(domain: bigint): boolean {
  return families.some(({ constant }) => constant !== undefined && constantNamed(constant) === domain);
}

function nameOf(family: bigint): string {
  const known = families.find(({ constant }) => constant !== undefined && constantNamed(constant) === family);
  return known?.constant ?? `family ${family}`;
}

/* -------------------------------------------------------------------- members */

/** What a program must set of each structure when it was not zeroed, besides the family. */
const needed: Record<string, readonly string[]> = {
  sockaddr_in: ['sin_port', 'sin_addr'],
  sockaddr_in6: ['sin6_port', 'sin6_addr', 'sin6_scope_id', 'sin6_flowinfo'],
  sockaddr_un: ['sun_path'],
};

function unsetMembers(
  event: CallEvent,
  { address, length }: AddressUse,
  context: RuleContext,
): Report | undefined {
  const { family, object } = address;
  const name = object?.kind === 'name' ? object.name : undefined;
  if (!family || name === undefined || !isDirect(event.at, event.expr)) {
    return undefined;
  }
  // Of so few bytes only the family is read: it disconnects a datagram socket, or asks for any name.
  if (length.value.constant === 2n) return undefined;
  const filling = filledAddress(name, family, event.expr, context);
  const required = needed[family.struct];
  if (!filling || !required) {
    return undefined;
  }
  const missing = [family.member, ...(filling.zeroed ? [] : required)].filter(
    (member) => !filling.set.has(member),
  );
  const [first] = missing;
  if (first === undefined) {
    return filling.zeroed ? undefined : notZeroed(name, family, event, context);
  }
  const all = missing.map((member) => `\`${member}\``).join(', ');
  const serious = missing.some((member) => !/scope_id|flowinfo/.test(member));
  const value = filling.zeroed ? '0 (AF_UNSPEC)' : 'whatever was on the stack';
  const then = filling.zeroed ? ` there, and ${withoutFamily(event.name, family)}` : ' there';
  return {
    span: event.at,
    ...(serious ? {} : { severity: 'warning' as const }),
    message: `${all} of \`${name}\` ${missing.length > 1 ? 'are' : 'is'} never set, so \`${event.name}\` finds ${value}${then}. ${filling.zeroed ? `Set \`${first}\` to ${family.constant}` : `Fill \`${name}\` with zeros and set its members before`}.`,
    related: declared(name, context),
  };
}

function notZeroed(name: string, family: Family, event: CallEvent, context: RuleContext): Report {
  const rest = family.struct === 'sockaddr_in' ? '`sin_zero`' : 'the rest of it';
  return {
    span: event.at,
    severity: 'information',
    message: `\`${name}\` is never filled with zeros, so ${rest} holds whatever was on the stack, which some systems take for a part of the address. Zero it before its members are set.`,
    related: declared(name, context),
  };
}

function declared(name: string, { scope }: RuleContext): NonNullable<Report['related']> {
  const span = declaratorOf(scope, name)?.declarator.nameSpan;
  return span ? [{ span, message: 'Declared here without a value' }] : [];
}
