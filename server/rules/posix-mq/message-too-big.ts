import type { CallEvent } from '../../analysis/events';
import type { Rule, RuleContext } from '../rule';
import { argument, givenAt } from '../shared/support';
import { Queues } from './queues';

export const messageTooBig: Rule = {
  meta: {
    id: 'posix-mq/message-too-big',
    severity: 'error',
    preset: 'recommended',
    title: 'A message is larger than the queue takes',
    explanation:
      'A queue takes messages of at most mq_msgsize bytes, which is fixed when it is created. A larger one is not cut: mq_send fails with EMSGSIZE and nothing is sent.',
    silence:
      'Queues that are only opened here, and lengths that are not known. A queue made without attributes is taken to have the usual 8192 bytes.',
    references: [
      { page: 'mq_send', section: 3 },
      { page: 'mq_overview', section: 7 },
    ],
    example: {
      bad: `#include <fcntl.h>
#include <mqueue.h>

struct job {
  char text[512];
};

int submit(const struct job *job) {
  int result;
  struct mq_attr attr = {.mq_maxmsg = 10, .mq_msgsize = 256};
  mqd_t queue = mq_open("/jobs", O_WRONLY | O_CREAT, 0600, &attr);
  if (queue == (mqd_t)-1)
    return -1;
  result = mq_send(queue, (const char *)job, sizeof(*job), 0);
  mq_close(queue);
  return result;
}
`,
      good: `#include <fcntl.h>
#include <mqueue.h>

struct job {
  char text[512];
};

int submit(const struct job *job) {
  int result;
  struct mq_attr attr = {.mq_maxmsg = 10, .mq_msgsize = sizeof(struct job)};
  mqd_t queue = mq_open("/jobs", O_WRONLY | O_CREAT, 0600, &attr);
  if (queue == (mqd_t)-1)
    return -1;
  result = mq_send(queue, (const char *)job, sizeof(*job), 0);
  mq_close(queue);
  return result;
}
`,
    },
  },
  check() {
    const queues = new Queues();
    const sends: { event: CallEvent; context: RuleContext }[] = [];
    return {
      call(event, context) {
        queues.learn(event, context);
        const writes = event.site?.call.effects.some(({ op, kind }) => op === 'write' && kind === 'posix-mq');
        if (writes) sends.push({ event, context });
      },
      end() {
        for (const { event, context } of sends) judge(event, queues, context);
      },
    };
  },
};

function judge(event: CallEvent, queues: Queues, context: RuleContext): void {
  const queue = argument(event, 'mqdes');
  const length = argument(event, 'msg_len');
  const size = queue && queues.sizeOf(queue, context);
  const bytes = length?.value.constant;
  if (!size || !length || bytes === undefined || bytes <= size.bytes) {
    return;
  }
  context.report({
    ...givenAt(event, length.expr),
    message: `\`${event.name}\` sends ${bytes} bytes to a queue that takes at most ${size.bytes} (${size.why}), so it fails with EMSGSIZE and sends nothing. Create the queue with a larger mq_msgsize, or send less.`,
    related: [
      {
        span: size.at,
        message: `The queue gets messages of up to ${size.bytes} bytes here`,
      },
    ],
  });
}
