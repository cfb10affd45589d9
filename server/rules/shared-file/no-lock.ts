import type { CallEvent } from '../../analysis/events';
import { noteOn } from '../../analysis/notes';
import type { CallSite } from '../../analysis/values';
import type { Rule, RuleContext } from '../rule';
import { loopAround, spanOfSite } from '../shared/loops';
import { accessIn, argument, constantNamed } from '../shared/support';
import { fileMakes } from '../shared/whole-file';
import { processOf } from '../subjects/pipe-uses';

const id = 'shared-file/no-lock';

export const noLock: Rule = {
  meta: {
    id,
    severity: 'warning',
    preset: 'recommended',
    title: 'Several processes update one file without a lock',
    explanation:
      'A process that reads a value, changes it and writes it back undoes what another has written in between. And processes that open one file each for themselves have offsets of their own: without O_APPEND they write over each other.',
    silence:
      'Programs that use locks, semaphores, mutexes or O_APPEND, files that one process alone writes, and descriptors that were opened before the fork, which share their offset.',
    references: [
      { page: 'fcntl', section: 2 },
      { page: 'open', section: 2 },
    ],
    example: {
      bad: `#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

int main(void) {
  int count = 0;
  int fd = open("counter", O_RDWR | O_CREAT, 0600);
  if (fd == -1)
    return 1;
  for (int i = 0; i < 4; i++) {
    pid_t pid = fork();
    if (pid == -1)
      return 1;
    if (pid == 0) {
      if (pread(fd, &count, sizeof count, 0) == -1)
        _exit(1);
      count++;
      _exit(pwrite(fd, &count, sizeof count, 0) == -1);
    }
  }
  while (wait(NULL) > 0)
    ;
  return 0;
}
`,
      good: `#include <fcntl.h>
#include <sys/file.h>
#include <sys/wait.h>
#include <unistd.h>

int main(void) {
  int count = 0;
  for (int i = 0; i < 4; i++) {
    pid_t pid = fork();
    if (pid == -1)
      return 1;
    if (pid == 0) {
      int fd = open("counter", O_RDWR | O_CREAT, 0600);
      if (fd == -1 || flock(fd, LOCK_EX) == -1)
        _exit(1);
      if (pread(fd, &count, sizeof count, 0) == -1)
        _exit(1);
      count++;
      _exit(pwrite(fd, &count, sizeof count, 0) == -1);
    }
  }
  while (wait(NULL) > 0)
    ;
  return 0;
}
`,
    },
  },
  check() {
    const updates: Update[] = [];
    const opened = new Map<CallSite, { flags: bigint; fixed: boolean; alone: boolean }>();
    return {
      mark(event) {
        const site = fileOf(event);
        if (!site) return;
        const key = noteOn(id, site);
        if (event.name === 'read' || event.name === 'pread') event.path.setNote(key, event.name);
        else if (event.name === 'lseek' && event.path.note(key) === 'read' && isRewind(event)) {
          event.path.setNote(key, 'rewound');
        }
      },
      call(event, context) {
        if (event.site && event.name === 'open') {
          const flags = event.args[1]?.value.constant;
          const name = event.args[0]?.value.text;
          if (flags !== undefined) {
            opened.set(event.site, {
              flags,
              fixed: name !== undefined,
              alone: event.path.role.kind === 'only',
            });
          }
        }
        const site = fileOf(event);
        if (!site || (event.name !== 'write' && event.name !== 'pwrite')) return;
        const note = event.path.note(noteOn(id, site));
        const rewrites = event.name === 'pwrite' ? note === 'pread' || note === 'read' : note === 'rewound';
        updates.push({ site, process: processOf(event.path.role), rewrites, event, context });
      },
      end() {
        const reported = new Set<CallSite>();
        for (const update of updates) {
          const { site, context, event } = update;
          const file = opened.get(site);
          if (!file || reported.has(site) || (file.flags & constantNamed('O_APPEND')) !== 0n) continue;
          if (!hasRivals(update, updates)) continue;
          // Offsets of their own, and nobody puts them where they should be.
          const overwrites =
            !file.alone && file.fixed && event.name === 'write' && accessIn(file.flags) === 'write';
          if (!update.rewrites && !overwrites) continue;
          if (fileMakes(context, ordering)) continue;
          // A FIFO has no offset, and keeps what each of them writes.
          if (!update.rewrites && fileMakes(context, /^(?:lseek|ftruncate|mkfifo|mknod)$/)) continue;
          reported.add(site);
          report(update);
        }
      },
    };
  },
};

interface Update {
  site: CallSite;
  process: string;
  rewrites: boolean;
  event: CallEvent;
  context: RuleContext;
}

/** Calls by which processes take turns. */
const ordering =
  /lock|^(?:fcntl|sem_\w+|semop|semtimedop|pthread_mutex_\w+|msgrcv|mq_receive|sigsuspend|sigwait\w*|pause)$/i;

/** The `open` that a descriptor comes from. */
function fileOf(event: CallEvent): CallSite | undefined {
  if (!event.site || !/^(?:read|pread|write|pwrite|lseek)$/.test(event.name)) return undefined;
  const [origin, ...others] = argument(event, 'fd')?.value.origins ?? [];
  return origin && others.length === 0 && origin.site.call.name === 'open' ? origin.site : undefined;
}

function isRewind(event: CallEvent): boolean {
  return event.args[2]?.value.constant === constantNamed('SEEK_SET');
}

/** Another process writes there too, or many children that one fork in a loop made. */
function hasRivals({ site, process, event }: Update, all: readonly Update[]): boolean {
  const { role } = event.path;
  const fork = role.kind === 'child' ? role.fork : undefined;
  const repeated = fork !== undefined && loopAround(fork.within, fork.expr) !== undefined;
  return repeated || all.some((other) => other.site === site && other.process !== process);
}

function report({ site, rewrites, event, context }: Update): void {
  context.report({
    span: event.at,
    message: rewrites
      ? `Several processes read this file, change what they read and write it back here without a lock: what another has written in between is lost. Lock the file with \`fcntl\` or \`flock\` before the read and unlock it after the write.`
      : `Several processes open this file, each with an offset of its own that starts at 0, so with this \`${event.name}\` they write over each other. Open it with O_APPEND, or lock it and seek to the end.`,
    related: [{ span: spanOfSite(site), message: 'The file is opened here' }],
  });
}
