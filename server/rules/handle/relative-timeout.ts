import type { Rule } from '../rule';
import { deadlineOf, sourcesOf } from '../shared/deadlines';
import { excerpt } from '../shared/support';

export const relativeTimeout: Rule = {
  meta: {
    id: 'handle/relative-timeout',
    severity: 'error',
    preset: 'recommended',
    title: 'A call that waits until a point in time is given a length of time',
    explanation:
      'These calls take the time at which to give up, counted from 1970, and not how long to wait. A few seconds is a time long past, so the call fails with ETIMEDOUT at once instead of waiting.',
    silence: 'Times that come from somewhere else, and zero, which asks not to wait at all.',
    references: [
      { page: 'sem_timedwait', section: 3 },
      { page: 'mq_receive', section: 3 },
      { page: 'pthread_mutex_lock', section: 3 },
    ],
    example: {
      bad: `#include <semaphore.h>
#include <time.h>

int wait_for(sem_t *sem) {
  struct timespec limit = {.tv_sec = 5};
  return sem_timedwait(sem, &limit);
}
`,
      good: `#include <semaphore.h>
#include <time.h>

int wait_for(sem_t *sem) {
  struct timespec limit;
  if (clock_gettime(CLOCK_REALTIME, &limit) == -1)
    return -1;
  limit.tv_sec += 5;
  return sem_timedwait(sem, &limit);
}
`,
    },
  },
  check: () => ({
    call(event, context) {
      const deadline = deadlineOf(event);
      if (!deadline) return;
      const { variable, arg } = deadline;
      const { definition } = context.scope;
      const { clocks, spans, unknown } = sourcesOf(definition, variable, context, false, 0, arg);
      if (unknown || clocks.size > 0 || spans.length === 0 || spans.every(({ zero }) => zero)) return;
      const given = excerpt(context, arg);
      context.report({
        span: event.at,
        message: `\`${event.name}\` waits until a point in time, but \`${given}\` holds only how long to wait: a time just after 1970, so the call fails with ETIMEDOUT at once. Read the clock with \`clock_gettime(CLOCK_REALTIME, ${given})\` and add the time to wait.`,
      });
    },
  }),
};
