import type { Rule } from '../rule';
import { checkPassed, checkPrint, checkTest } from './read-order';
import { checkStore } from './stored-order';
import { checkTwice } from './turned-twice';

export const byteOrder: Rule = {
  meta: {
    id: 'socket/byte-order',
    severity: 'error',
    preset: 'recommended',
    title: 'A port or address is not in network byte order',
    explanation:
      'Ports and addresses in socket addresses are big-endian. On a little-endian machine port 8080 without htons becomes port 36895: the server listens where no client looks, and no call fails.',
    silence:
      'Values whose origin is not known, and values that read the same in both orders, such as INADDR_ANY and 0.',
    references: [
      { page: 'ip', section: 7 },
      { page: 'htons', section: 3 },
    ],
    demo: 'inet-stream/byte-order',
    example: {
      bad: `#include <netinet/in.h>

void local_address(struct sockaddr_in *address) {
  address->sin_family = AF_INET;
  address->sin_port = 8080;
  address->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
}
`,
      good: `#include <arpa/inet.h>
#include <netinet/in.h>

void local_address(struct sockaddr_in *address) {
  address->sin_family = AF_INET;
  address->sin_port = htons(8080);
  address->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
}
`,
    },
  },
  check: () => ({
    store: checkStore,
    test: checkTest,
    call(event, context) {
      checkPrint(event, context);
      checkPassed(event, context);
      checkTwice(event, context);
    },
  }),
};
