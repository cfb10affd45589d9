import type { Rule } from '../rule';
import { argument, spotOf } from '../support';

export const ftok: Rule = {
  meta: {
    id: 'sysv/ftok',
    severity: 'warning',
    preset: 'recommended',
    title: 'The number given to ftok has no bits that count',
    explanation:
      'The call ftok takes the low eight bits of its second argument into the key, and its result is unspecified when they are all zero. Numbers that differ above those bits give the same key, so two programs meet in one object.',
    silence: 'Numbers whose value is not known.',
    references: [{ page: 'ftok', section: 3 }],
    example: {
      bad: `#include <sys/ipc.h>

key_t job_key(void) {
  return ftok("/etc/hostname", 0);
}
`,
      good: `#include <sys/ipc.h>

key_t job_key(void) {
  return ftok("/etc/hostname", 'J');
}
`,
    },
  },
  check: () => ({
    call(event, context) {
      const number = event.site && event.name === 'ftok' ? argument(event, 'proj_id') : undefined;
      const value = number?.value.constant;
      if (!number || value === undefined || (value & 0xffn) !== 0n) {
        return;
      }
      const what = value === 0n ? '`ftok` gets 0' : `The low eight bits of ${value} are zero`;
      context.report({
        span: spotOf(event, number.expr),
        message: `${what}, and for that POSIX leaves open which key \`ftok\` gives. Pass a number from 1 to 255, such as a letter that stands for the purpose.`,
      });
    },
  }),
};
