import type { Rule } from '../rule';
import { constantNamed, excerpt } from '../shared/support';
import { fileMentions } from '../shared/whole-file';

export const notRobust: Rule = {
  meta: {
    id: 'mutex/not-robust',
    severity: 'hint',
    preset: 'teaching',
    title: 'A mutex for several processes stays locked when the process that holds it dies',
    explanation:
      'A process that is killed inside its critical section unlocks nothing, and all others wait for ever. A robust mutex is given to the next one with EOWNERDEAD, which can then put the data in order.',
    silence: 'Files that make any mutex robust, and mutexes of one process, which dies as a whole.',
    references: [
      { page: 'pthread_mutexattr_setrobust', section: 3 },
      { page: 'pthread_mutex_consistent', section: 3 },
    ],
    example: {
      bad: `#include <pthread.h>

int make(pthread_mutex_t *shared) {
  pthread_mutexattr_t attr;
  if (pthread_mutexattr_init(&attr) != 0)
    return -1;
  pthread_mutexattr_setpshared(&attr, PTHREAD_PROCESS_SHARED);
  return pthread_mutex_init(shared, &attr);
}
`,
      good: `#include <pthread.h>

int make(pthread_mutex_t *shared) {
  pthread_mutexattr_t attr;
  if (pthread_mutexattr_init(&attr) != 0)
    return -1;
  pthread_mutexattr_setpshared(&attr, PTHREAD_PROCESS_SHARED);
  pthread_mutexattr_setrobust(&attr, PTHREAD_MUTEX_ROBUST);
  return pthread_mutex_init(shared, &attr);
}
`,
    },
  },
  check: () => ({
    call(event, context) {
      const [attr, shared] = event.args;
      if (!event.site || event.name !== 'pthread_mutexattr_setpshared' || !attr || !shared) return;
      if (shared.value.constant !== constantNamed('PTHREAD_PROCESS_SHARED')) return;
      if (fileMentions(context, /^pthread_mutexattr_setrobust(?:_np)?$/)) return;
      const name = excerpt(context, attr.expr).replace(/^&\s*/, '');
      context.report({
        span: event.at,
        message: `A mutex made with \`${name}\` is shared between processes but not robust: when one dies while it holds the mutex, the others wait for ever. Call \`pthread_mutexattr_setrobust\` with PTHREAD_MUTEX_ROBUST, and on EOWNERDEAD mend the data and call \`pthread_mutex_consistent\`.`,
      });
    },
  }),
};
