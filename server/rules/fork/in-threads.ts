import type { Location } from '../../analysis/path';
import type { CallSite } from '../../analysis/values';
import type { Rule } from '../rule';
import { spanOfSite } from '../shared/loops';

const threads = 'fork/in-threads:threads';

export const inThreads: Rule = {
  meta: {
    id: 'fork/in-threads',
    severity: 'warning',
    preset: 'recommended',
    title: 'The child of a program with threads calls what another thread may have had locked',
    explanation:
      '`fork` copies only the thread that calls it. A lock that another thread held at that moment, also one inside malloc or stdio, stays locked in the child for ever.',
    silence:
      'Threads that have been joined before the fork, children that only make async-signal-safe calls before they execute another program, and programs that use pthread_atfork.',
    references: [
      { page: 'fork', section: 2 },
      { page: 'signal-safety', section: 7 },
    ],
    example: {
      bad: `#include <pthread.h>
#include <stdio.h>
#include <unistd.h>

static pthread_mutex_t table = PTHREAD_MUTEX_INITIALIZER;

int run(void *(*work)(void *)) {
  pthread_t worker;
  if (pthread_create(&worker, NULL, work, NULL) != 0)
    return -1;
  pid_t pid = fork();
  if (pid == 0) {
    pthread_mutex_lock(&table);
    pthread_mutex_unlock(&table);
    _exit(0);
  }
  pthread_join(worker, NULL);
  return pid == -1 ? -1 : 0;
}
`,
      good: `#include <pthread.h>
#include <stdio.h>
#include <unistd.h>

int run(void *(*work)(void *)) {
  pthread_t worker;
  if (pthread_create(&worker, NULL, work, NULL) != 0)
    return -1;
  pid_t pid = fork();
  if (pid == 0) {
    execlp("date", "date", (char *)NULL);
    _exit(127);
  }
  pthread_join(worker, NULL);
  return pid == -1 ? -1 : 0;
}
`,
    },
  },
  check() {
    const made = new Map<number, CallSite>();
    const said = new Set<CallSite>();
    return {
      mark({ path, site, name }) {
        if (path.role.kind === 'child' || !site) return;
        if (name === 'pthread_create' || name === 'thrd_create') {
          made.set(site.id, site);
          path.setNote(threads, site.id);
        } else if (name === 'pthread_atfork' || site.call.effects.some(({ op }) => op === 'join-thread')) {
          path.setNote(threads, undefined);
        }
      },
      call({ path, name, at }, context) {
        const { role } = path;
        const created = made.get(Number(path.note(threads)));
        if (role.kind !== 'child' || !role.fork || !created || !takesLocks(name) || said.has(role.fork))
          return;
        said.add(role.fork);
        const fork: Location = spanOfSite(role.fork);
        context.report({
          span: at,
          // glibc takes care of its own locks in fork; other libraries do not.
          ...(locking.test(name) ? {} : { severity: 'information' as const }),
          message: `The child has only the thread that forked, and \`${name}\` needs locks that another thread may have held at that moment: then the child hangs here. Make only async-signal-safe calls in the child, or fork before \`pthread_create\`.`,
          related: [
            { span: spanOfSite(created), message: 'There are threads from here on' },
            { span: fork, message: 'The child is made here' },
          ],
        });
      },
    };
  },
};

const own =
  /^(?:malloc|calloc|realloc|free|strdup|asprintf|f?printf|puts|fputs|putchar|fflush|fopen|fclose|fgets|perror|exit|popen|sem_open|shm_open|mq_open|syslog|system|getaddrinfo)$/;
const locking = /^pthread_(?:mutex_lock|cond_\w*wait|rwlock_\w*lock|spin_lock)$/;

/** Functions that take locks of the program or of the C library. */
function takesLocks(name: string): boolean {
  return locking.test(name) || own.test(name);
}
