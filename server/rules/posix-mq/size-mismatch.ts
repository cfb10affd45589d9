import { actsByObject, actsOf, areApart, fileName, type ProjectRule } from '../project/project-rule';

const server = (size: number) => `// file: takes.c
#include <stddef.h>
#include <fcntl.h>
#include <mqueue.h>

int main(void) {
  char job[${size}];
  struct mq_attr attr = { .mq_maxmsg = 5, .mq_msgsize = ${size} };
  mqd_t queue = mq_open("/jobs", O_CREAT | O_RDONLY, 0600, &attr);
  if (queue == (mqd_t) -1) return 1;
  if (mq_receive(queue, job, sizeof job, NULL) == -1) return 1;
  return mq_unlink("/jobs") == -1;
}
// file: gives.c
#include <fcntl.h>
#include <mqueue.h>

int main(void) {
  char job[128] = "";
  mqd_t queue = mq_open("/jobs", O_WRONLY);
  if (queue == (mqd_t) -1) return 1;
  return mq_send(queue, job, sizeof job, 0) == -1;
}
`;

export const sizeMismatch: ProjectRule = {
  meta: {
    id: 'posix-mq/size-mismatch',
    severity: 'error',
    preset: 'recommended',
    title: 'A message does not fit the queue as another program creates it',
    explanation:
      'Whoever creates a queue fixes the size of its messages for everybody. A longer message cannot be sent, and a shorter buffer cannot receive: both fail with EMSGSIZE.',
    silence:
      'The name, the `mq_msgsize` of every creation and the sizes must be constants. What a process does with a queue that it creates itself is judged by `posix-mq/message-too-big` and `posix-mq/buffer-too-small`.',
    references: [
      { page: 'mq_send', section: 3 },
      { page: 'mq_receive', section: 3 },
    ],
    example: { bad: server(64), good: server(128) },
  },
  checkProject(neighbourhood, report) {
    for (const acts of actsByObject(actsOf(neighbourhood)).values()) {
      const creations = acts.filter(({ use }) => use.kind === 'posix-mq' && use.does === 'create');
      const [made] = creations;
      const size = made?.use.size;
      if (!made || size === undefined || creations.some(({ use }) => use.size !== size)) continue;
      for (const act of acts) {
        const { does, size: bytes, call } = act.use;
        const tooLong = does === 'write' && bytes !== undefined && bytes > size;
        const tooShort = does === 'read' && bytes !== undefined && bytes < size;
        if ((!tooLong && !tooShort) || !creations.every((other) => areApart(other, act))) continue;
        const name = made.use.name?.text;
        report({
          use: act.use,
          message: tooLong
            ? `\`${call}\` sends ${bytes} bytes to \`${name}\`, whose messages hold ${size} as ${fileName(made.use)} creates it: the call fails with EMSGSIZE. Send at most \`mq_msgsize\` bytes, or create the queue with larger messages.`
            : `\`${call}\` has room for ${bytes} bytes, but messages of \`${name}\` may hold ${size} as ${fileName(made.use)} creates it: the call fails with EMSGSIZE whatever is sent. Receive into a buffer of at least \`mq_msgsize\` bytes.`,
          related: [{ use: made.use, message: `Created here with messages of ${size} bytes` }],
        });
      }
    }
  },
};
