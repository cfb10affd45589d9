import type { Rule } from '../rule';
import { argument, givenAt } from '../shared/support';

/** The most bytes that a message may have by default: /proc/sys/kernel/msgmax. */
const usualMost = 8192n;

export const tooBig: Rule = {
  meta: {
    id: 'sysv-msg/too-big',
    severity: 'warning',
    preset: 'recommended',
    title: 'A message is larger than the kernel takes by default',
    explanation:
      'A System V message has at most MSGMAX bytes, 8192 unless the machine is configured otherwise in /proc/sys/kernel/msgmax. msgsnd fails with EINVAL for a larger one and sends nothing.',
    silence: 'Sizes that are not known, and the size of a buffer given to msgrcv.',
    references: [{ page: 'msgop', section: 2 }],
    example: {
      bad: `#include <sys/msg.h>

struct page {
  long mtype;
  char text[16384];
};

int submit(int queue, const struct page *page) {
  return msgsnd(queue, page, sizeof(page->text), 0);
}
`,
      good: `#include <sys/msg.h>

struct page {
  long mtype;
  char text[8192];
};

int submit(int queue, const struct page *page) {
  return msgsnd(queue, page, sizeof(page->text), 0);
}
`,
    },
  },
  check: () => ({
    call(event, context) {
      const size = event.site && event.name === 'msgsnd' ? argument(event, 'msgsz') : undefined;
      const bytes = size?.value.constant;
      if (!size || bytes === undefined || bytes <= usualMost) {
        return;
      }
      const negative = bytes >= 1n << 63n;
      context.report({
        ...givenAt(event, size.expr),
        message: `The message has ${negative ? 'a size that wraps round to a huge number' : `${bytes} bytes`}, and by default a System V message has at most ${usualMost} (MSGMAX), so \`msgsnd\` fails with EINVAL. Send it in pieces, or put it in shared memory and send word of it.`,
      });
    },
  }),
};
