import type { CallEvent } from '../../analysis/events';
import type { Rule, RuleContext } from '../rule';
import { argument } from '../shared/support';
import { attribute, creates } from './queues';

/** What mq_open reads of the attributes, and the most that a process without privilege may ask for by default: see mq_overview(7). */
const members = [
  { field: 'mq_maxmsg', most: 10n, file: '/proc/sys/fs/mqueue/msg_max' },
  { field: 'mq_msgsize', most: 8192n, file: '/proc/sys/fs/mqueue/msgsize_max' },
];

export const attr: Rule = {
  meta: {
    id: 'posix-mq/attr',
    severity: 'error',
    preset: 'recommended',
    title: 'A queue is created with attributes that the kernel refuses',
    explanation:
      'When mq_open creates a queue, mq_maxmsg and mq_msgsize must both be greater than zero, and without privilege not above the limits of the machine, which are 10 messages and 8192 bytes by default. Otherwise it fails with EINVAL.',
    silence:
      'Members whose value is not known, and structures that somebody else may fill. Values above the usual limits are only an information: a machine may permit more.',
    references: [
      { page: 'mq_open', section: 3 },
      { page: 'mq_overview', section: 7 },
    ],
    example: {
      bad: `#include <fcntl.h>
#include <mqueue.h>

mqd_t make_queue(void) {
  struct mq_attr attr = {.mq_msgsize = 128};
  return mq_open("/jobs", O_RDWR | O_CREAT, 0600, &attr);
}
`,
      good: `#include <fcntl.h>
#include <mqueue.h>

mqd_t make_queue(void) {
  struct mq_attr attr = {.mq_maxmsg = 10, .mq_msgsize = 128};
  return mq_open("/jobs", O_RDWR | O_CREAT, 0600, &attr);
}
`,
    },
  },
  check: () => ({
    call(event, context) {
      if (event.name === 'mq_open' && event.site && creates(event, context)) {
        for (const member of members) judge(event, member, context);
      }
    },
  }),
};

function judge(
  event: CallEvent,
  { field, most, file }: (typeof members)[number],
  context: RuleContext,
): void {
  const given = argument(event, 'attr');
  if (!given || event.at.start !== event.expr.start) {
    return;
  }
  const value = attribute(event, field);
  if (value === undefined) {
    return;
  }
  if (value <= 0n) {
    context.report({
      span: given.expr,
      message: `\`${field}\` is ${value} here, so \`mq_open\` fails with EINVAL when it creates the queue. Set \`mq_maxmsg\` and \`mq_msgsize\` to what the queue is to hold.`,
    });
  } else if (value > most) {
    context.report({
      span: given.expr,
      severity: 'information',
      message: `\`${field}\` is ${value}, and without privilege \`mq_open\` fails with EINVAL above the machine's limit, which is ${most} by default. Ask for at most ${most}, or see that ${file} permits more.`,
    });
  }
}
