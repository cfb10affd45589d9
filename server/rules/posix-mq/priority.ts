import type { Rule } from '../rule';
import { argument, constantNamed, givenAt } from '../shared/support';

export const priority: Rule = {
  meta: {
    id: 'posix-mq/priority',
    severity: 'error',
    preset: 'recommended',
    title: 'A message has a priority that does not exist',
    explanation:
      'Priorities of messages are unsigned and go from 0, the lowest, to MQ_PRIO_MAX - 1, which is 32767 on Linux. With any other, -1 among them, mq_send fails with EINVAL and sends nothing.',
    silence: 'Priorities whose value is not known.',
    references: [
      { page: 'mq_send', section: 3 },
      { page: 'mq_overview', section: 7 },
    ],
    example: {
      bad: `#include <mqueue.h>

int shout(mqd_t queue) {
  return mq_send(queue, "fire", 4, 32768);
}
`,
      good: `#include <mqueue.h>

int shout(mqd_t queue) {
  return mq_send(queue, "fire", 4, 32767);
}
`,
    },
  },
  check: () => ({
    call(event, context) {
      const given = event.site ? argument(event, 'msg_prio') : undefined;
      const sends = event.site?.call.effects.some(({ op, kind }) => op === 'write' && kind === 'posix-mq');
      const value = given?.value.constant;
      if (!given || !sends || value === undefined) {
        return;
      }
      const seen = BigInt.asUintN(32, value);
      const most = constantNamed('MQ_PRIO_MAX');
      if (seen < most) {
        return;
      }
      const what = seen === value ? `${value}` : `${value}, which is ${seen} to the unsigned parameter`;
      context.report({
        ...givenAt(event, given.expr),
        message: `The priority is ${what}, and \`${event.name}\` fails with EINVAL for any from MQ_PRIO_MAX (${most}) on. Give one between 0, the lowest, and ${most - 1n}.`,
      });
    },
  }),
};
