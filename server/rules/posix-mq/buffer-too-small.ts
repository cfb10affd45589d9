import type { CallEvent } from '../../analysis/events';
import { spanOfSite } from '../loops';
import type { Rule, RuleContext } from '../rule';
import { argument } from '../support';
import { Queues } from './queues';

export const bufferTooSmall: Rule = {
  meta: {
    id: 'posix-mq/buffer-too-small',
    severity: 'error',
    preset: 'recommended',
    title: 'A queue is read with a buffer smaller than its messages may be',
    explanation:
      'The size given to mq_receive must be at least mq_msgsize of the queue, however short the message is that waits. With a smaller one the call always fails with EMSGSIZE, and the message stays in the queue.',
    silence:
      'Queues that are only opened here, and sizes that are not known. A queue made without attributes is taken to have the usual 8192 bytes.',
    references: [
      { page: 'mq_receive', section: 3 },
      { page: 'mq_overview', section: 7 },
    ],
    example: {
      bad: `#include <fcntl.h>
#include <mqueue.h>

int first_job(char *text) {
  int result = -1;
  mqd_t queue = mq_open("/jobs", O_RDONLY | O_CREAT, 0600, NULL);
  if (queue == (mqd_t)-1)
    return -1;
  if (mq_receive(queue, text, 256, NULL) >= 0)
    result = 0;
  mq_close(queue);
  return result;
}
`,
      good: `#include <fcntl.h>
#include <mqueue.h>

int first_job(char *text) {
  int result = -1;
  struct mq_attr attr = {.mq_maxmsg = 10, .mq_msgsize = 256};
  mqd_t queue = mq_open("/jobs", O_RDONLY | O_CREAT, 0600, &attr);
  if (queue == (mqd_t)-1)
    return -1;
  if (mq_receive(queue, text, 256, NULL) >= 0)
    result = 0;
  mq_close(queue);
  return result;
}
`,
    },
  },
  check() {
    const queues = new Queues();
    const receives: { event: CallEvent; context: RuleContext }[] = [];
    return {
      call(event, context) {
        queues.learn(event, context);
        const reads = event.site?.call.effects.some(({ op, kind }) => op === 'read' && kind === 'posix-mq');
        if (reads) receives.push({ event, context });
      },
      end() {
        for (const { event, context } of receives) judge(event, queues, context);
      },
    };
  },
};

function judge(event: CallEvent, queues: Queues, context: RuleContext): void {
  const queue = argument(event, 'mqdes');
  const length = argument(event, 'msg_len');
  const size = queue && queues.sizeOf(queue.value);
  const bytes = length?.value.constant;
  if (!size || !length || bytes === undefined || bytes < 0n || bytes >= size.bytes) {
    return;
  }
  context.report({
    span: event.at.start === event.expr.start ? length.expr : event.at,
    message: `\`${event.name}\` offers ${bytes} bytes, but messages of this queue may have ${size.bytes} (${size.why}), so it fails with EMSGSIZE whatever is waiting. Offer at least mq_msgsize bytes: ask mq_getattr, or create the queue with a smaller mq_msgsize.`,
    related: [
      {
        span: spanOfSite(size.site),
        message: `The queue gets messages of up to ${size.bytes} bytes here`,
      },
    ],
  });
}
