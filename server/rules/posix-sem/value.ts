import type { Rule } from '../rule';
import { argument, constantNamed } from '../support';

export const value: Rule = {
  meta: {
    id: 'posix-sem/value',
    severity: 'error',
    preset: 'recommended',
    title: 'A semaphore starts with a value above SEM_VALUE_MAX',
    explanation:
      'The value of a semaphore is unsigned and at most SEM_VALUE_MAX, which is 2147483647. sem_init and sem_open fail with EINVAL for a larger first value, and -1 is one.',
    silence: 'Values that are not known, and a sem_open that creates nothing.',
    references: [
      { page: 'sem_init', section: 3 },
      { page: 'sem_open', section: 3 },
    ],
    example: {
      bad: `#include <semaphore.h>

int prepare(sem_t *gate) {
  return sem_init(gate, 0, -1);
}
`,
      good: `#include <semaphore.h>

int prepare(sem_t *gate) {
  return sem_init(gate, 0, 0);
}
`,
    },
  },
  check: () => ({
    call(event, context) {
      const sets = event.site && (event.name === 'sem_init' || event.name === 'sem_open');
      const given = sets ? argument(event, 'value') : undefined;
      const first = given?.value.constant;
      const seen = first === undefined ? 0n : BigInt.asUintN(32, first);
      const most = constantNamed('SEM_VALUE_MAX');
      if (!given || first === undefined || seen <= most) {
        return;
      }
      const what = seen === first ? `${first}` : `${first}, which is ${seen} to the unsigned parameter`;
      context.report({
        span: event.at.start === event.expr.start ? given.expr : event.at,
        message: `The first value is ${what}, and \`${event.name}\` fails with EINVAL for any above SEM_VALUE_MAX (${most}). A semaphore counts what is there to take: start at 0 to wait for an event, at 1 for a lock.`,
      });
    },
  }),
};
