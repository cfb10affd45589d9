import type { CallEvent } from '../../analysis/events';
import { noteOn } from '../../analysis/notes';
import type { Location } from '../../analysis/path';
import type { CallSite, Resource } from '../../analysis/values';
import type { Rule, RuleContext } from '../rule';
import { spanOfSite } from '../shared/loops';
import { excerpt } from '../shared/support';
import { lockCall } from '../subjects/file-locks';

export const sharedWithChild: Rule = {
  meta: {
    id: 'flock/shared-with-child',
    severity: 'warning',
    preset: 'recommended',
    title: 'Parent and child share one flock and do not keep each other out',
    explanation:
      'A lock of flock belongs to the open file, and after fork both processes have the same one. Each of them gets the lock that the other has, and an unlock in one takes it from both.',
    silence: 'Files that each process opens itself, and locks that only one of the processes uses.',
    references: [
      { page: 'flock', section: 2 },
      { page: 'fork', section: 2 },
    ],
    example: {
      bad: `#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

int both(const char *path) {
  pid_t child;
  int fd = open(path, O_RDWR | O_APPEND);
  if (fd == -1)
    return -1;
  child = fork();
  if (child == -1)
    return -1;
  if (child == 0) {
    if (flock(fd, LOCK_EX) == -1 || write(fd, "child\\n", 6) != 6)
      _exit(1);
    _exit(0);
  }
  if (flock(fd, LOCK_EX) == -1 || write(fd, "parent\\n", 7) != 7)
    return -1;
  return fd;
}
`,
      good: `#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

int both(const char *path) {
  int fd;
  pid_t child = fork();
  if (child == -1)
    return -1;
  fd = open(path, O_RDWR | O_APPEND);
  if (fd == -1)
    return -1;
  if (flock(fd, LOCK_EX) == -1 || write(fd, "line\\n", 5) != 5)
    return -1;
  return fd;
}
`,
    },
  },
  check() {
    const taken: Taken[] = [];
    return {
      mark(event) {
        // The file must have been opened before the fork: what a process opens for itself is its own.
        if (event.site && /^(?:open|openat|creat)$/.test(event.name)) {
          event.path.setNote(opened(event.site), event.path.role.id);
        }
        const lock = lockCall(event);
        if (lock?.kind !== 'flock' || !lock.file) return;
        const keeps = lock.does === 'shared' || lock.does === 'exclusive';
        event.path.setNote(key(lock.file), keeps ? event.path.role.id : undefined);
      },
      call(event, context) {
        see(event, taken, context);
      },
      end() {
        const seen = new Set<string>();
        for (const lock of taken) report(lock, taken, seen);
      },
    };
  },
};

const opened = ({ id }: CallSite) => `flock-open:${id}`;
const key = (file: Resource) => noteOn('flock-role', file);

interface Taken {
  file: Resource;
  fork: CallSite;
  side: 'parent' | 'child';
  does: 'exclusive' | 'unlock';
  /** Unlocks what the process before the fork had locked. */
  inherited: boolean;
  event: CallEvent;
  at: Location;
  name: string;
  context: RuleContext;
}

function see(event: CallEvent, taken: Taken[], context: RuleContext): void {
  const lock = lockCall(event);
  const { role } = event.path;
  if (lock?.kind !== 'flock' || !lock.file || !role.fork || role.kind === 'only') {
    return;
  }
  const before = role.before?.id ?? 'only';
  const openedIn = event.path.note(opened(lock.file.site));
  if ((lock.does !== 'exclusive' && lock.does !== 'unlock') || openedIn !== before) {
    return;
  }
  const holder = event.path.note(key(lock.file));
  taken.push({
    file: lock.file,
    fork: role.fork,
    side: role.kind,
    does: lock.does,
    inherited: holder === before,
    event,
    at: event.at,
    name: excerpt(context, lock.fd.expr),
    context,
  });
}

function report(lock: Taken, taken: readonly Taken[], seen: Set<string>): void {
  const { file, fork, name, at, context } = lock;
  const id = `${at.within.name}:${at.start}`;
  if (lock.side !== 'child' || seen.has(id)) {
    return;
  }
  const others = taken.filter(
    (other) => other.file === file && other.fork === fork && other.side === 'parent',
  );
  const related = [
    { span: spanOfSite(file.site), message: 'The file is opened here, once for both' },
    { span: spanOfSite(fork), message: 'From here on both processes have it' },
  ];
  const exclusive = others.find(({ does }) => does === 'exclusive');
  if (lock.does === 'exclusive' && (exclusive || lock.inherited)) {
    seen.add(id);
    context.report({
      span: at,
      message: `\`${name}\` is the same open file in the child and in the parent, so both get this lock at once and neither keeps the other out. Open the file in the child again, and lock that.`,
      related: [
        ...related,
        ...(exclusive ? [{ span: exclusive.at, message: 'The parent takes the lock here' }] : []),
      ],
    });
  } else if (lock.does === 'unlock' && lock.inherited && others.some(({ does }) => does === 'unlock')) {
    seen.add(id);
    context.report({
      span: at,
      message: `\`${name}\` is the same open file in the child and in the parent, so this takes the lock from the parent too, which thinks that it still has it. Only close \`${name}\` in the child, which leaves the lock.`,
      related,
    });
  }
}
