import { calledName } from '../../c/cfg';
import type { Rule } from '../rule';
import { isDirect } from '../shared/support';

/** What stands against each call, and what to use: see gethostbyname(3), inet(3). */
const calls: Record<string, { wrong: string; better: string }> = {
  gethostbyname: {
    wrong: 'knows only IPv4 and returns a buffer that the next call overwrites',
    better: 'getaddrinfo',
  },
  gethostbyname2: { wrong: 'returns a buffer that the next call overwrites', better: 'getaddrinfo' },
  gethostbyaddr: { wrong: 'returns a buffer that the next call overwrites', better: 'getnameinfo' },
  inet_ntoa: {
    wrong: 'knows only IPv4 and returns a buffer that the next call overwrites',
    better: 'inet_ntop',
  },
  inet_addr: {
    wrong: 'returns -1 for a failure, which is also the valid address 255.255.255.255',
    better: 'inet_pton',
  },
  inet_network: { wrong: 'returns -1 for a failure, which is also a valid address', better: 'inet_pton' },
};

export const obsolete: Rule = {
  meta: {
    id: 'socket/obsolete',
    severity: 'information',
    preset: 'strict',
    title: 'A call for names and addresses that has a better successor',
    explanation:
      'The old calls know only IPv4, keep their results in a buffer that the next call or another thread overwrites, or have a failure value that is also a valid result.',
    silence: 'Functions of the project that have the same names.',
    references: [
      { page: 'getaddrinfo', section: 3 },
      { page: 'inet_pton', section: 3 },
      { page: 'gethostbyname', section: 3 },
    ],
    example: {
      bad: `#include <arpa/inet.h>
#include <netinet/in.h>

void set(struct sockaddr_in *address, const char *text) {
  address->sin_addr.s_addr = inet_addr(text);
}
`,
      good: `#include <arpa/inet.h>
#include <netinet/in.h>

int set(struct sockaddr_in *address, const char *text) {
  return inet_pton(AF_INET, text, &address->sin_addr) == 1 ? 0 : -1;
}
`,
    },
  },
  check: () => ({
    call(event, context) {
      const isWritten = isDirect(event.at, event.expr) && calledName(event.expr) === event.name;
      const known = event.site && isWritten && Object.hasOwn(calls, event.name);
      const call = known ? calls[event.name] : undefined;
      if (!call) return;
      const text = event.name === 'inet_addr' ? event.args[0]?.value.text : undefined;
      // The address is written down in the program, so it is no failure.
      if (text !== undefined && /^\d+\.\d+\.\d+\.\d+$/.test(text)) return;
      context.report({
        span: { start: event.expr.callee.start, end: event.expr.callee.end },
        message: `\`${event.name}\` ${call.wrong}. Use \`${call.better}\`.`,
      });
    },
  }),
};
