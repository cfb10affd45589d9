import type { CallEvent } from '../../analysis/events';
import { unwrap } from '../../analysis/operators';
import { type Expr, somePart } from '../../c/ast';
import type { Report, Rule, RuleContext } from '../rule';
import { Always } from '../shared/always';
import { spanOfSite } from '../shared/loops';
import { argument, constantNamed, excerpt } from '../shared/support';
import { assignmentsTo, callsIn } from '../shared/uses';
import { type FileCall, fileCalls, fileMakes, fileNames, isAllRead } from '../shared/whole-file';
import {
  followSockets,
  hasFailed,
  isDatagram,
  isInternet,
  isStream,
  isUnix,
  type Socket,
  socketOf,
} from '../subjects/sockets';

export const phase: Rule = {
  meta: {
    id: 'socket/phase',
    severity: 'error',
    preset: 'recommended',
    title: 'A socket call comes before the step that makes it possible',
    explanation:
      'A server goes from socket to bind, listen and accept, and a client from socket to connect; data moves on a connected stream socket, or on a datagram socket that has a peer or a name. A call out of turn fails, or waits where nobody can come.',
    silence:
      'Sockets that come from elsewhere or are known elsewhere, sockets whose type is not known, and calls that are out of turn on some paths only.',
    references: [
      { page: 'socket', section: 7 },
      { page: 'listen', section: 2 },
      { page: 'accept', section: 2 },
      { page: 'tcp', section: 7 },
      { page: 'udp', section: 7 },
    ],
    example: {
      bad: `#include <sys/socket.h>
#include <sys/un.h>

int serve(const struct sockaddr_un *address) {
  int fd = socket(AF_UNIX, SOCK_STREAM, 0);
  if (fd == -1 || bind(fd, (const struct sockaddr *)address, sizeof(*address)) == -1)
    return -1;
  return accept(fd, NULL, NULL);
}
`,
      good: `#include <sys/socket.h>
#include <sys/un.h>

int serve(const struct sockaddr_un *address) {
  int fd = socket(AF_UNIX, SOCK_STREAM, 0);
  if (fd == -1 || bind(fd, (const struct sockaddr *)address, sizeof(*address)) == -1)
    return -1;
  if (listen(fd, 5) == -1)
    return -1;
  return accept(fd, NULL, NULL);
}
`,
    },
  },
  check() {
    const always = new Always();
    return {
      mark: followSockets,
      call(event, context) {
        const judge = judgeOf(event);
        const [fd] = event.args;
        if (!judge || !fd || hasFailed(fd.value, event.path)) return;
        const socket = socketOf(fd.value, event.path);
        const name = excerpt(context, fd.expr);
        const report = socket?.own
          ? judge({ event, socket, context, name })
          : lacksStep({ event, socket, context, name });
        always.see(event.expr, event.at, report && (() => context.report(report)));
      },
      end: () => always.send(),
    };
  },
};

interface Question {
  event: CallEvent;
  socket: Socket;
  context: RuleContext;
  name: string;
}

type Judge = (question: Question) => Report | undefined;

function judgeOf({ name, site }: CallEvent): Judge | undefined {
  switch (site && name) {
    case 'bind':
      return judgeBind;
    case 'listen':
      return judgeListen;
    case 'accept':
    case 'accept4':
      return judgeAccept;
    case 'connect':
      return judgeConnect;
    case 'read':
    case 'recv':
    case 'recvfrom':
    case 'recvmsg':
    case 'readv':
      return judgeReceive;
    case 'write':
    case 'send':
    case 'sendto':
    case 'writev':
      return judgeSend;
    default:
      return undefined;
  }
}

/** Of a socket that other functions make: the step before is taken nowhere in the file that makes and names sockets. */
function lacksStep({
  event,
  socket,
  context,
  name,
}: Omit<Question, 'socket'> & { socket: Socket | undefined }) {
  if ((socket && !isStream(socket)) || !fileMakes(context, 'socket') || hasOtherSources(context)) {
    return undefined;
  }
  if (
    /^accept4?$/.test(event.name) &&
    fileMakes(context, 'bind') &&
    !mayListen(context) &&
    !isOfUsers(event, context) &&
    isAllRead(context)
  ) {
    return {
      span: event.at,
      message: `Nothing in this file calls \`listen\`, so \`${event.name}\` on \`${name}\` fails with EINVAL. Call \`listen\` after \`bind\`.`,
    };
  }
  return undefined;
}

/** The call is made or named, or a function that is not in the file may make it, by its name. What is only called a listener does nothing. */
function mayListen(context: RuleContext): boolean {
  const { symbols } = context.scope.file;
  const isElsewhere = ({ name }: FileCall) => name === 'listen' || !symbols.function(name)?.definition;
  return fileNames(context, 'listen') || fileCalls(context, /listen/i).some(isElsewhere);
}

/** The socket is a parameter of a function that nobody in the file calls, or got by one: who hands it over has had it listen, perhaps. */
function isOfUsers({ args: [socket], scope: { definition } }: CallEvent, context: RuleContext): boolean {
  const given = socket && unwrap(socket.expr);
  const isParameter = (expr: Expr) =>
    expr.kind === 'name' && definition.type.params.some(({ name }) => name === expr.name);
  return (
    given?.kind === 'name' &&
    (isParameter(given) ||
      assignmentsTo(definition, given.name).some(({ value }) => somePart(value, isParameter))) &&
    !fileNames(context, definition.name)
  );
}

/** Sockets may come from who started the program or from another process, or be of a kind that is accepted without listening. */
function hasOtherSources(context: RuleContext): boolean {
  return fileMakes(context, /^(?:recvmsg|sd_\w+|dlsym)$/) || fileNames(context, /^[AP]F_ALG$/);
}

function said({ event, socket }: Question, message: string): Report {
  return {
    span: event.at,
    message,
    related: [{ span: spanOfSite(socket.site), message: 'The socket is made here' }],
  };
}

const judgeBind: Judge = (question) => {
  const { socket, name } = question;
  return isStream(socket) && socket.did('listen')
    ? said(
        question,
        `\`${name}\` listens already and has a name by that, so \`bind\` fails with EINVAL. Call \`bind\` before \`listen\`.`,
      )
    : undefined;
};

const judgeListen: Judge = (question) => {
  const { socket, name } = question;
  if (isDatagram(socket)) {
    return said(
      question,
      `\`${name}\` is a datagram socket, which has no connections, so \`listen\` fails with EOPNOTSUPP. Make it with SOCK_STREAM, or leave out \`listen\` and receive at once.`,
    );
  }
  if (!isStream(socket) || socket.did('bind')) {
    return undefined;
  }
  if (isUnix(socket)) {
    return said(
      question,
      `\`${name}\` has no address yet, so \`listen\` fails with EINVAL. Call \`bind\` before \`listen\`.`,
    );
  }
  return isInternet(socket) && !asksForName(question)
    ? said(
        question,
        `\`${name}\` has no address yet, so \`listen\` takes a port at random that no client knows. Call \`bind\` before \`listen\`.`,
      )
    : undefined;
};

/** Somewhere the program asks which port it was given. */
function asksForName({ context }: Question): boolean {
  return /\bgetsockname\b/.test(context.code(context.scope.definition.body));
}

const judgeAccept: Judge = (question) => {
  const { socket, name } = question;
  if (isDatagram(socket)) {
    return said(
      question,
      `\`${name}\` is a datagram socket, which has no connections, so \`accept\` fails with EOPNOTSUPP. Make it with SOCK_STREAM, or receive from it at once.`,
    );
  }
  if (!isStream(socket)) {
    return undefined;
  }
  if (socket.did('accepted')) {
    return said(
      question,
      `\`${name}\` is a connection that was accepted and does not listen itself, so \`accept\` fails with EINVAL. Accept from the listening socket.`,
    );
  }
  return socket.did('listen')
    ? undefined
    : said(question, `\`${name}\` does not listen, so \`accept\` fails with EINVAL. Call \`listen\` before.`);
};

const judgeConnect: Judge = (question) => {
  const { socket, name } = question;
  return isStream(socket) && socket.did('listen')
    ? said(
        question,
        `\`${name}\` listens for others, so \`connect\` on it fails. Make another socket for the connection.`,
      )
    : undefined;
};

const judgeReceive: Judge = (question) => {
  const { event, socket, name } = question;
  if (isStream(socket) && !socket.did('connect')) {
    return said(question, unconnected(socket, event.name, name));
  }
  const silent = isDatagram(socket) && (isInternet(socket) || isUnix(socket));
  const steps = ['bind', 'connect', 'send', 'autobind'] as const;
  if (!silent || steps.some((step) => socket.did(step)) || mayBeSentFrom(question)) {
    return undefined;
  }
  return said(
    question,
    `\`${name}\` has no address that anybody could send to, so \`${event.name}\` waits for ever. Call \`bind\` before.`,
  );
};

/** Another thread may send from the socket meanwhile, and give it an address by that. */
function mayBeSentFrom({ context }: Question): boolean {
  const scopes = [context.scope, ...context.callers().map(({ scope }) => scope)];
  return scopes.some(({ definition }) => callsIn(definition, /^(?:pthread|thrd)_create$/).length > 0);
}

const judgeSend: Judge = (question) => {
  const { event, socket, name } = question;
  const to = event.name === 'sendto' ? argument(event, 'dest_addr')?.value : undefined;
  if (event.name === 'sendto' && to?.constant !== 0n) {
    return undefined;
  }
  if (isStream(socket) && !socket.did('connect') && !socket.did('send')) {
    return said(question, unconnected(socket, event.name, name));
  }
  if (isDatagram(socket) && !socket.did('connect') && (isInternet(socket) || isUnix(socket))) {
    const error = isUnix(socket) ? 'ENOTCONN' : 'EDESTADDRREQ';
    return said(
      question,
      `\`${name}\` has no peer, so \`${event.name}\` fails with ${error}. Call \`connect\` before, or give the address to \`sendto\`.`,
    );
  }
  return undefined;
};

function unconnected(socket: Socket, call: string, name: string): string {
  if (socket.did('listen')) {
    const error = socket.domain === constantNamed('AF_UNIX') && /^re/.test(call) ? 'EINVAL' : 'ENOTCONN';
    return `\`${name}\` is the socket that listens and carries no data, so \`${call}\` fails${/^re/.test(call) ? ` with ${error}` : ''}. Use the descriptor that \`accept\` returned.`;
  }
  return `\`${name}\` is not connected, so \`${call}\` fails${/^re/.test(call) ? ' with ENOTCONN' : ''}. Call \`connect\` before.`;
}
