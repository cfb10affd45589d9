import type { Location } from '../../analysis/path';
import type { CallSite } from '../../analysis/values';
import type { Rule, RuleContext } from '../rule';
import { spanOfSite } from '../shared/loops';
import { callsIn } from '../shared/uses';
import { type FileCall, fileCalls, fileMakes, lastName, threadStarts } from '../shared/whole-file';

const threads = 'fork/in-threads:threads';
const tried = 'fork/in-threads:tried';

export const inThreads: Rule = {
  meta: {
    id: 'fork/in-threads',
    severity: 'warning',
    preset: 'recommended',
    title: 'The child of a program with threads calls what another thread may have had locked',
    explanation:
      '`fork` copies only the thread that calls it. A lock that another thread held at that moment, also one inside malloc or stdio, stays locked in the child for ever.',
    silence:
      'Threads that have been joined before the fork, children that only make async-signal-safe calls before they execute another program, and programs that use pthread_atfork. Only information are calls that tell of a failure, calls behind an exec that failed, and calls of the C library in a child that executes no other program: glibc takes care of its own locks there.',
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
  check(root) {
    const made = new Map<number, CallSite>();
    const said = new Set<CallSite>();
    const saidMildly = new Set<CallSite>();
    /** Where the function is started as a thread: then there are threads from its beginning. */
    let start: FileCall | null | undefined;
    const started = () => {
      start ??= startOf(root) ?? null;
      return start ?? undefined;
    };
    return {
      mark({ path, site, name }) {
        if (!site) return;
        if (path.role.kind === 'child') {
          if (site.call.effects.some(({ op }) => op === 'exec')) path.setNote(tried, true);
        } else if (name === 'pthread_create' || name === 'thrd_create') {
          made.set(site.id, site);
          path.setNote(threads, site.id);
        } else if (name === 'pthread_atfork' || site.call.effects.some(({ op }) => op === 'join-thread')) {
          path.setNote(threads, undefined);
        }
      },
      call({ path, name, at }, context) {
        const { role } = path;
        if (role.kind !== 'child' || !role.fork || !takesLocks(name)) return;
        // What only tells of a failure hardly ever runs, and so does what stands behind a program that could not be executed. Where
        // no program is executed at all, glibc has taken care of its own locks in fork.
        const isHarmless = own.test(name) && !executes(context) && !executes(root);
        const isSeldom = telling.test(name) || path.note(tried) !== undefined || isHarmless;
        const told = isSeldom ? saidMildly : said;
        if (said.has(role.fork) || told.has(role.fork)) return;
        const created = made.get(Number(path.note(threads)));
        const other = created ? undefined : started();
        if (!created && !other) return;
        told.add(role.fork);
        const fork: Location = spanOfSite(role.fork);
        context.report({
          span: at,
          ...(isSeldom ? { severity: 'information' as const } : {}),
          message: `The child has only the thread that forked, and \`${name}\` needs locks that another thread may have held at that moment: then the child hangs here. Make only async-signal-safe calls in the child, or fork before \`pthread_create\`.`,
          related: [
            {
              span: created ? spanOfSite(created) : { ...other!.expr, within: other!.within },
              message: 'There are threads from here on',
            },
            { span: fork, message: 'The child is made here' },
          ],
        });
      },
    };
  },
};

/** The call that starts the function as a thread, in a file that does nothing for its locks at a fork. */
function startOf(context: RuleContext): FileCall | undefined {
  const { name } = context.scope.definition;
  if (!threadStarts(context).has(name) || fileMakes(context, /^pthread_atfork$/)) return undefined;
  return fileCalls(context, /^(?:[pP]thread|thrd)_create$/).find(({ expr }) =>
    expr.args.some((arg) => lastName(arg) === name),
  );
}

function executes({ scope: { definition } }: RuleContext): boolean {
  return callsIn(definition, /^f?exec(?:l|le|lp|v|ve|vp|vpe|veat)$/).length > 0;
}

const own =
  /^(?:malloc|calloc|realloc|free|strdup|asprintf|f?printf|puts|fputs|putchar|fflush|fopen|fclose|fgets|perror|exit|popen|sem_open|shm_open|mq_open|syslog|system|getaddrinfo)$/;
const telling = /^(?:perror|v?f?printf|f?puts|fflush|exit|syslog)$/;
const locking = /^pthread_(?:mutex_lock|cond_\w*wait|rwlock_\w*lock|spin_lock)$/;

/** Functions that take locks of the program or of the C library. */
function takesLocks(name: string): boolean {
  return locking.test(name) || own.test(name);
}
