import type { CallEvent, StoreEvent } from '../../analysis/events';
import { unwrap } from '../../analysis/operators';
import { type Expr, someExprIn, walkStmt } from '../../c/ast';
import { calledName } from '../../c/cfg';
import type { Report, Rule, RuleContext } from '../rule';
import { isDirect } from '../shared/support';
import {
  assignmentsTo,
  callsIn,
  declaratorOf,
  isMeasured,
  type Use,
  usesOf,
  variableIn,
} from '../shared/uses';
import { fileNames } from '../shared/whole-file';
import { tellReceived } from './received';

export const controlBuffer: Rule = {
  meta: {
    id: 'socket/control-buffer',
    severity: 'error',
    preset: 'recommended',
    title: 'A control message is laid out or taken apart wrongly',
    explanation:
      'CMSG_LEN counts a control message without the padding behind it, and is for `cmsg_len`; CMSG_SPACE counts it with the padding, and is for buffers. On a UNIX stream socket control data travels only with at least one byte of real data, and the receiver must look which message it got, if any. Each descriptor that comes with a message is a new one, to be closed by who got it.',
    silence: 'Messages that are filled or read in functions elsewhere.',
    references: [
      { page: 'cmsg', section: 3 },
      { page: 'unix', section: 7 },
      { page: 'recvmsg', section: 2 },
    ],
    example: {
      bad: `#include <string.h>
#include <sys/socket.h>

void put(struct cmsghdr *header, int fd) {
  header->cmsg_level = SOL_SOCKET;
  header->cmsg_type = SCM_RIGHTS;
  header->cmsg_len = CMSG_SPACE(sizeof(fd));
  memcpy(CMSG_DATA(header), &fd, sizeof(fd));
}
`,
      good: `#include <string.h>
#include <sys/socket.h>

void put(struct cmsghdr *header, int fd) {
  header->cmsg_level = SOL_SOCKET;
  header->cmsg_type = SCM_RIGHTS;
  header->cmsg_len = CMSG_LEN(sizeof(fd));
  memcpy(CMSG_DATA(header), &fd, sizeof(fd));
}
`,
    },
  },
  check: (own) => ({
    test({ op, left, right, at }, context) {
      const [member, space] = [unwrap(left.expr), right && unwrap(right.expr)];
      const isLength = member.kind === 'member' && member.field === 'cmsg_len';
      if (!isLength || !space || !/^[=!]=$/.test(op) || calledName(space) !== 'CMSG_SPACE') return;
      const size = space.kind === 'call' ? space.args[0] : undefined;
      const bytes = size && context.scope.evaluator.constant(size, context.scope);
      if (bytes === undefined || bytes % 8n === 0n) return;
      context.report({
        span: at,
        message: `\`CMSG_SPACE\` counts the padding behind the data, and \`cmsg_len\` does not, so the two are never equal where ${bytes} bytes are passed. Compare with \`CMSG_LEN\`.`,
      });
    },
    store(event, context) {
      const report = judgeLength(event, context);
      if (report) context.report(report);
    },
    call(event, context) {
      if (!event.site || !isDirect(event.at, event.expr)) return;
      const judge =
        event.name === 'sendmsg' ? judgeSent : event.name === 'recvmsg' ? judgeReceived : undefined;
      const report = judge && (judgeRoom(event, context) ?? judge(event, context));
      if (report) context.report(report);
    },
    end: () => tellReceived(own),
  }),
};

/** CMSG_SPACE where CMSG_LEN belongs, the other way round, or the size of the data alone. */
function judgeLength({ target, value, at, expr }: StoreEvent, context: RuleContext): Report | undefined {
  const field = target.kind === 'member' ? target.field : undefined;
  const call = unwrap(value.expr);
  const used = calledName(call);
  const swap = (right: string): Pick<Report, 'span' | 'fix'> => ({
    span: isDirect(at, expr) ? call : at,
    ...(isDirect(at, expr) && call.kind === 'call'
      ? { fix: { title: `Use ${right}`, edits: [{ span: call.callee, text: right }] } }
      : {}),
  });
  if (field === 'cmsg_len' && used === 'CMSG_SPACE') {
    return {
      ...swap('CMSG_LEN'),
      message:
        '`CMSG_SPACE` counts the padding too, so the kernel takes that for one more descriptor: sendmsg fails with EBADF, or passes a wrong one. Use `CMSG_LEN` for `cmsg_len`.',
    };
  }
  // A receiver's buffer of that length takes one message just so, and no more than the program asked for.
  if (field === 'msg_controllen' && used === 'CMSG_LEN' && !receives(context)) {
    return {
      ...swap('CMSG_SPACE'),
      // With a single message nothing follows that could be missed.
      severity: callsIn(context.scope.definition, /^CMSG_NXTHDR$/).length > 0 ? 'warning' : 'information',
      message:
        '`CMSG_LEN` leaves out the padding behind the control message, so the buffer is said to be shorter than a message needs, and CMSG_NXTHDR does not find what follows. Use `CMSG_SPACE` for `msg_controllen`.',
    };
  }
  const bytes = field === 'cmsg_len' ? value.value.constant : undefined;
  if (bytes !== undefined && bytes > 0n && bytes < headerSize) {
    return {
      span: isDirect(at, expr) ? value.expr : at,
      message: `\`cmsg_len\` counts the header as well, which has ${headerSize} bytes, so with ${bytes} \`sendmsg\` fails with EINVAL or passes nothing. Use \`CMSG_LEN(...)\` with the size of the data.`,
    };
  }
  return undefined;
}

/** What struct cmsghdr takes. */
const headerSize = 16n;

function receives({ scope }: RuleContext): boolean {
  return callsIn(scope.definition, /^recvmsg$/).length > 0;
}

/** What a control message with one descriptor takes: CMSG_LEN(sizeof(int)). */
const smallest = 20n;

function judgeRoom(event: CallEvent, context: RuleContext): Report | undefined {
  const room = event.member(1, 'msg_controllen')?.constant;
  if (room === 0n && hasBuffer(event, context)) {
    return {
      span: event.at,
      message: `\`msg_controllen\` is 0 here although \`msg_control\` has a buffer, so no control message ${
        event.name === 'recvmsg' ? 'arrives, and `CMSG_FIRSTHDR` gives NULL' : 'is sent'
      }. Set it to the size of the buffer.`,
    };
  }
  if (room === undefined || room <= 0n || room >= smallest || !mentions(context, 'SCM_RIGHTS')) {
    return undefined;
  }
  return {
    span: event.at,
    message: `The control buffer has ${room} bytes, and the header of a control message alone takes more, so no descriptor ${
      event.name === 'recvmsg' ? 'arrives: it is cut off and MSG_CTRUNC is set' : 'can be sent'
    }. Make the buffer CMSG_SPACE(sizeof(int)) bytes long.`,
  };
}

/** `message.msg_control = buffer;` stands in front of the call, and nobody stores a length, not even 0. */
function hasBuffer(event: CallEvent, { scope }: RuleContext): boolean {
  const message = event.args[1] && variableIn(event.args[1].expr);
  const stores = (field: string) =>
    someExprIn(
      scope.definition.body,
      (expr) =>
        expr.kind === 'assign' &&
        expr.end < event.expr.start &&
        expr.target.kind === 'member' &&
        expr.target.field === field &&
        variableIn(expr.target.object) === message &&
        expr.value.kind !== 'null',
    );
  return stores('msg_control') && !stores('msg_controllen');
}

/* -------------------------------------------------------------------- sending */

function judgeSent(event: CallEvent, context: RuleContext): Report | undefined {
  const { scope } = context;
  const message = event.args[1] && variableIn(event.args[1].expr);
  if (message === undefined || !declaratorOf(scope, message) || !mentions(context, 'SCM_RIGHTS')) {
    return undefined;
  }
  const header = unsetHeader(context);
  if (header) {
    return {
      span: event.at,
      message: `\`${header}\` of the control message is never set, so \`sendmsg\` finds whatever was in the buffer there and fails or ignores the message. Set \`cmsg_len\`, \`cmsg_level\` and \`cmsg_type\` before.`,
    };
  }
  return hasNoData(message, context) && !isToldNumber(event, context)
    ? {
        span: event.at,
        severity: 'warning',
        message: `\`${message}\` carries no data besides the descriptors, and on a UNIX stream socket control data without a byte of real data is not sent. Send at least one byte with it.`,
      }
    : undefined;
}

/** The program got the number of the socket from the one that started it, `atoi(argv[1])`: it may well be one for datagrams. */
function isToldNumber({ args: [sock] }: CallEvent, { scope }: RuleContext): boolean {
  const name = sock && variableIn(sock.expr);
  return (
    name !== undefined &&
    assignmentsTo(scope.definition, name).some(({ value }) =>
      /^(?:atoi|atol|strtol|strtoul)$/.test(calledName(unwrap(value)) ?? ''),
    )
  );
}

/** The first member of a header that the function fills without it. */
function unsetHeader({ scope }: RuleContext): string | undefined {
  const set = new Set<string>();
  walkStmt(scope.definition.body, {
    expr: (expr) => {
      if (expr.kind === 'assign' && expr.target.kind === 'member') set.add(expr.target.field);
      // A header that is filled as a whole, or by a function.
      if (expr.kind === 'init')
        for (const { designators } of expr.items)
          if (typeof designators[0] === 'string') set.add(designators[0]);
    },
  });
  const members = ['cmsg_len', 'cmsg_level', 'cmsg_type'];
  const missing = members.filter((member) => !set.has(member));
  return missing.length > 0 && missing.length < members.length ? missing[0] : undefined;
}

/** The message never gets a vector, or one of nothing. */
function hasNoData(message: string, { scope }: RuleContext): boolean {
  const { definition } = scope;
  const stored: Record<string, Expr[]> = { msg_iov: [], msg_iovlen: [] };
  for (const use of usesOf(definition, message)) {
    const [member, assign] = use.around;
    const values = member?.kind === 'member' ? stored[member.field] : undefined;
    if (values && assign?.kind === 'assign' && assign.target === member) values.push(assign.value);
    // Whatever else gets the message or its vector may fill it.
    else if (values || (member?.kind !== 'member' && !isMeasured(use) && !onlyReads(use))) return false;
  }
  const init = declaratorOf(scope, message)?.declarator.init;
  for (const { designators, value } of init?.kind === 'init' ? init.items : []) {
    const [field] = designators;
    if (typeof field === 'string') stored[field]?.push(value);
    else if (init?.kind === 'init' && init.items.length > 1) return false;
  }
  if (init && init.kind !== 'init') {
    return false;
  }
  const zero = (expr: Expr) => expr.kind === 'null' || scope.evaluator.constant(expr, scope) === 0n;
  const [vectors = [], lengths = []] = [stored.msg_iov, stored.msg_iovlen];
  if (vectors.every(zero) || (lengths.length > 0 && lengths.every(zero))) return true;
  const [vector, ...others] = vectors;
  return vector !== undefined && others.length === 0 && isEmptyVector(vector, scope);
}

/** `&part`, of which the length that is set is 0. */
function isEmptyVector(vector: Expr, scope: RuleContext['scope']): boolean {
  const inner = unwrap(vector);
  const part = inner.kind === 'unary' && inner.op === '&' ? unwrap(inner.operand) : undefined;
  const found = part?.kind === 'name' ? declaratorOf(scope, part.name) : undefined;
  if (part?.kind !== 'name' || !found) return false;
  const lengths: Expr[] = [];
  const { init } = found.declarator;
  for (const { designators, value } of init?.kind === 'init' ? init.items : [])
    if (designators[0] === 'iov_len') lengths.push(value);
  for (const { around } of usesOf(scope.definition, part.name)) {
    const [member, assign] = around;
    if (member?.kind === 'member' && member.field === 'iov_len' && assign?.kind === 'assign')
      lengths.push(assign.value);
  }
  return lengths.length === 1 && scope.evaluator.constant(lengths[0]!, scope) === 0n;
}

function onlyReads({ around }: Use): boolean {
  const call = around.find(({ kind }) => kind === 'call');
  return /^(?:memset|bzero|sendmsg|CMSG_\w+)$/.test((call && calledName(call)) ?? '');
}

/* ------------------------------------------------------------------ receiving */

function judgeReceived({ args }: CallEvent, context: RuleContext): Report | undefined {
  const { definition } = context.scope;
  // What comes from the queue of errors always has one: the error itself.
  if (args[2] && /\bMSG_ERRQUEUE\b/.test(context.code(args[2].expr))) return undefined;
  const [data] = callsIn(definition, /^CMSG_DATA$/);
  const [first] = callsIn(definition, /^CMSG_FIRSTHDR$/);
  if (!data || !first) {
    return undefined;
  }
  if (!mentions(context, 'cmsg_type') && !mentions(context, 'SCM_CREDENTIALS')) {
    return {
      span: { start: data.start, end: data.end },
      // Unless a socket was told to pass more on, nothing else can come.
      severity: fileNames(context, passingOn) ? 'warning' : 'information',
      message:
        'Whatever control message comes is taken for the one expected here, because `cmsg_level` and `cmsg_type` are never looked at. Compare them before using `CMSG_DATA`.',
    };
  }
  const header = variableOf(first, context);
  if (header === undefined || isTested(header, context) || isBuilt(header, context)) {
    return undefined;
  }
  return {
    span: { start: first.start, end: first.end },
    severity: 'warning',
    message: `\`CMSG_FIRSTHDR\` gives NULL when no control message came, as when the peer sends only data, and \`${header}\` is used without a test. Compare it with NULL first.`,
  };
}

/** Options of sockets after which other control messages come. */
const passingOn = /^(?:SO_(?:PASS\w+|TIMESTAMP\w*|RXQ_OVFL)|IPV?6?_(?:RECV\w+|PKTINFO))$/;

/** The header is filled in, for a message that is to be sent. */
function isBuilt(header: string, { scope }: RuleContext): boolean {
  return usesOf(scope.definition, header).some(
    ({ around: [member, assign] }) =>
      member?.kind === 'member' &&
      member.field === 'cmsg_len' &&
      assign?.kind === 'assign' &&
      assign.target === member,
  );
}

/** The variable that a result is stored in. */
function variableOf(call: Expr, { scope }: RuleContext): string | undefined {
  let found: string | undefined;
  walkStmt(scope.definition.body, {
    stmt: (stmt) => {
      for (const { name, init } of stmt.kind === 'decl' ? stmt.declaration.declarators : []) {
        if (init && unwrap(init) === call) found = name;
      }
    },
    expr: (expr) => {
      if (expr.kind === 'assign' && unwrap(expr.value) === call && expr.target.kind === 'name')
        found = expr.target.name;
    },
  });
  return found;
}

/** Some test asks whether the pointer is there: it stands in a condition as itself, or in one that is handed on. */
function isTested(name: string, { scope }: RuleContext): boolean {
  let tested = false;
  const asks = (test: Expr | undefined): void => {
    if (!test) return;
    if (test.kind === 'logical') {
      asks(test.left);
      asks(test.right);
    } else if (test.kind === 'unary' && test.op === '!') asks(test.operand);
    else if (test.kind === 'binary') {
      tested ||= [test.left, test.right].some((side) => side.kind === 'name' && side.name === name);
      tested ||= [test.left, test.right].some(
        (side) => side.kind === 'assign' && variableIn(side.target) === name,
      );
    } else tested ||= variableIn(test) === name && (test.kind === 'name' || test.kind === 'assign');
  };
  walkStmt(scope.definition.body, {
    stmt: (stmt) => {
      if (stmt.kind === 'if' || stmt.kind === 'while' || stmt.kind === 'do' || stmt.kind === 'for')
        asks(stmt.test);
    },
    expr: (expr) => {
      if (expr.kind === 'conditional') asks(expr.test);
      // assert(header), CHECK(header != NULL)
      if (expr.kind === 'call' && !/^CMSG_/.test(calledName(expr) ?? '')) expr.args.forEach(asks);
    },
  });
  return tested;
}

function mentions(context: RuleContext, word: string): boolean {
  return new RegExp(`\\b${word}\\b`).test(context.code(context.scope.definition.body));
}
