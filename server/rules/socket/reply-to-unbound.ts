import type { Rule } from '../rule';
import { Always } from '../shared/always';
import { spanOfSite } from '../shared/loops';
import { excerpt } from '../shared/support';
import { followSockets, hasFailed, isDatagram, isUnix, socketOf } from '../subjects/sockets';

export const replyToUnbound: Rule = {
  meta: {
    id: 'socket/reply-to-unbound',
    severity: 'error',
    preset: 'recommended',
    title: 'A UNIX datagram client without a name waits for an answer',
    explanation:
      'Unlike an Internet socket, a UNIX datagram socket gets no address by sending. The server learns no address it could answer to, its sendto fails, and the client waits for ever.',
    silence:
      'Sockets that come from elsewhere or are known elsewhere, sockets for which SO_PASSCRED makes the kernel choose a name, and socket pairs.',
    references: [
      { page: 'unix', section: 7 },
      { page: 'bind', section: 2 },
    ],
    example: {
      bad: `#include <sys/socket.h>
#include <sys/un.h>

ssize_t ask(const struct sockaddr_un *server, char *answer, size_t size) {
  int fd = socket(AF_UNIX, SOCK_DGRAM, 0);
  if (fd == -1)
    return -1;
  if (sendto(fd, "time", 4, 0, (const struct sockaddr *)server, sizeof(*server)) == -1)
    return -1;
  return recvfrom(fd, answer, size, 0, NULL, NULL);
}
`,
      good: `#include <sys/socket.h>
#include <sys/un.h>

ssize_t ask(const struct sockaddr_un *mine, const struct sockaddr_un *server, char *answer, size_t size) {
  int fd = socket(AF_UNIX, SOCK_DGRAM, 0);
  if (fd == -1)
    return -1;
  if (bind(fd, (const struct sockaddr *)mine, sizeof(*mine)) == -1)
    return -1;
  if (sendto(fd, "time", 4, 0, (const struct sockaddr *)server, sizeof(*server)) == -1)
    return -1;
  return recvfrom(fd, answer, size, 0, NULL, NULL);
}
`,
    },
  },
  check() {
    const always = new Always();
    return {
      mark: followSockets,
      call(event, context) {
        const [fd] = event.args;
        const receives = event.site && /^(?:recv|recvfrom|recvmsg|recvmmsg|read|readv)$/.test(event.name);
        if (!receives || !fd || hasFailed(fd.value, event.path)) return;
        const socket = socketOf(fd.value, event.path);
        const nameless =
          socket?.own &&
          isUnix(socket) &&
          isDatagram(socket) &&
          socket.site.call.name === 'socket' &&
          !socket.did('bind') &&
          !socket.did('autobind');
        const asked = socket && (socket.did('send') || socket.did('connect'));
        const name = excerpt(context, fd.expr);
        const report = () =>
          context.report({
            span: event.at,
            message: `\`${name}\` was never bound, so the server has no address to answer to and \`${event.name}\` waits for ever. Bind it to a path of its own before it sends, or to an address that is only the family, for which the kernel chooses a name.`,
            related: socket ? [{ span: spanOfSite(socket.site), message: 'The socket is made here' }] : [],
          });
        always.see(event.expr, event.at, nameless && asked ? report : undefined);
      },
      end: () => always.send(),
    };
  },
};
