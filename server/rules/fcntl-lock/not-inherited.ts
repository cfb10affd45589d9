import type { CallEvent } from '../../analysis/events';
import { noteOn } from '../../analysis/notes';
import type { Location } from '../../analysis/path';
import type { Resource } from '../../analysis/values';
import type { Rule, RuleContext } from '../rule';
import { spanOfSite } from '../shared/loops';
import { excerpt } from '../shared/support';
import { callsIn } from '../shared/uses';
import { fileOf, lockCall } from '../subjects/file-locks';

export const notInherited: Rule = {
  meta: {
    id: 'fcntl-lock/not-inherited',
    severity: 'warning',
    preset: 'recommended',
    title: "A child relies on its parent's record lock",
    explanation:
      'A record lock belongs to the process that took it. The child that fork makes has the descriptor but not the lock: it writes without any, can be shut out by its own parent, and releases nothing when it unlocks. A daemon goes on in such a child, and the lock that was taken before is gone.',
    silence:
      'Children that lock for themselves, locks of the open file description, which a child does share, and descriptors that are not surely those of a locked file.',
    references: [
      { page: 'fcntl', section: 2 },
      { page: 'fork', section: 2 },
    ],
    example: {
      bad: `#include <fcntl.h>
#include <unistd.h>

int append(const char *path, const char *line, size_t size) {
  struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
  int fd = open(path, O_RDWR | O_APPEND);
  if (fd == -1 || fcntl(fd, F_SETLKW, &lock) == -1)
    return -1;
  switch (fork()) {
  case -1:
    return -1;
  case 0:
    _exit(write(fd, line, size) == (ssize_t)size ? 0 : 1);
  default:
    return 0;
  }
}
`,
      good: `#include <fcntl.h>
#include <unistd.h>

int append(const char *path, const char *line, size_t size) {
  struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
  int fd = open(path, O_RDWR | O_APPEND);
  if (fd == -1)
    return -1;
  switch (fork()) {
  case -1:
    return -1;
  case 0:
    if (fcntl(fd, F_SETLKW, &lock) == -1)
      _exit(1);
    _exit(write(fd, line, size) == (ssize_t)size ? 0 : 1);
  default:
    return 0;
  }
}
`,
    },
  },
  check() {
    const locked = new Map<Resource, Location>();
    return {
      mark(event) {
        const lock = lockCall(event);
        if (lock?.kind !== 'record' || !lock.file) return;
        const { path } = event;
        const taken = lock.does === 'shared' || lock.does === 'exclusive';
        if (taken) locked.set(lock.file, event.at);
        path.setNote(key(lock.file), taken ? path.role.id : undefined);
      },
      call(event, context) {
        if (becomesDaemon(event, context)) judgeDaemon(event, locked, context);
        else judge(event, locked, context);
      },
    };
  },
};

const key = (file: Resource) => noteOn('fcntl-lock', file);

/** The process goes on as a child, and ends itself. */
function becomesDaemon({ name, site }: CallEvent, context: RuleContext): boolean {
  if (site) return name === 'daemon';
  const own = context.functionNamed(name)?.definition;
  // What does not make a process is only named after one: `memlock_count_daemon()`.
  const makesNone = own !== undefined && callsIn(own, /fork|daemon/i).length === 0;
  return /^(?:\w+_)?(?:become_?)?daemon(?:i[sz]e)?$/i.test(name) && !makesNone;
}

function judgeDaemon(event: CallEvent, locked: ReadonlyMap<Resource, Location>, context: RuleContext): void {
  const { path } = event;
  for (const [file, at] of locked) {
    if (path.note(key(file)) !== path.role.id || path.outcome(file.site) === 'failure') continue;
    context.report({
      span: event.at,
      message: `Behind \`${event.name}\` the program goes on in a child, and a record lock taken before is not inherited: it ends with the parent, and others get it while the daemon runs. Take the lock behind \`${event.name}\`.`,
      related: [{ span: at, message: 'The lock is taken here, by the process that ends' }],
    });
    return;
  }
}

/** Calls that change the file, or the lock. */
const changing = /^(?:write|pwrite|writev|pwritev|ftruncate)$/;

function judge(event: CallEvent, locked: ReadonlyMap<Resource, Location>, context: RuleContext): void {
  const { path } = event;
  const [fd] = event.args;
  const file = fileOf(fd?.value);
  const holder = file && path.note(key(file));
  const { role } = path;
  if (!fd || !file || holder === undefined || role.kind !== 'child' || !role.fork || holder === role.id) {
    return;
  }
  // The lock was taken by the process before the fork; that of the other side would not be on this path.
  const unlocks = lockCall(event)?.does === 'unlock';
  if (!unlocks && !changing.test(event.name)) {
    return;
  }
  const name = excerpt(context, fd.expr);
  const at = locked.get(file);
  context.report({
    span: event.at,
    message: unlocks
      ? `The child has no lock on \`${name}\`: record locks are not inherited, so this releases nothing and the parent keeps its lock. Unlock in the parent.`
      : `The child writes to \`${name}\` without a lock: the record lock was taken before the fork and belongs to the parent. Lock in the child too, or use F_OFD_SETLKW, whose lock both share.`,
    related: [
      ...(at ? [{ span: at, message: 'The lock is taken here' }] : []),
      { span: spanOfSite(role.fork), message: 'The child is made here, without the lock' },
    ],
  });
}
