import type { CallEvent } from '../../analysis/events';
import { noteOn } from '../../analysis/notes';
import type { Location } from '../../analysis/path';
import type { Resource } from '../../analysis/values';
import type { Rule, RuleContext } from '../rule';
import { around } from '../shared/statements';
import { excerpt } from '../shared/support';
import { fileOf, lockCall } from '../subjects/file-locks';

export const mixed: Rule = {
  meta: {
    id: 'flock/mixed',
    severity: 'warning',
    preset: 'recommended',
    title: 'One file is locked with flock and with fcntl',
    explanation:
      'On a local Linux file system the two kinds of locks do not see each other: a process that has the one does not keep out a process that asks for the other. Over NFS they are the same, and a process may then wait for itself.',
    silence:
      'A call of one kind that is only made when the other has failed, and files that are not surely one.',
    references: [
      { page: 'flock', section: 2 },
      { page: 'fcntl', section: 2 },
    ],
    example: {
      bad: `#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

int take(const char *path) {
  struct flock region = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_len = 64};
  int fd = open(path, O_RDWR);
  if (fd == -1 || flock(fd, LOCK_EX) == -1)
    return -1;
  return fcntl(fd, F_SETLKW, &region) == -1 ? -1 : fd;
}
`,
      good: `#include <fcntl.h>
#include <unistd.h>

int take(const char *path) {
  struct flock region = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_len = 64};
  int fd = open(path, O_RDWR);
  if (fd == -1)
    return -1;
  return fcntl(fd, F_SETLKW, &region) == -1 ? -1 : fd;
}
`,
    },
  },
  check() {
    const first = new Map<string, Location>();
    return {
      mark(event) {
        const lock = lockCall(event);
        if (!lock?.file || lock.does === 'unlock') return;
        if (event.path.note(key(lock.file)) === undefined)
          event.path.setNote(key(lock.file), family(lock.kind));
        first.set(`${key(lock.file)}${family(lock.kind)}`, event.at);
      },
      call: (event, context) => judge(event, first, context),
    };
  },
};

const key = (file: Resource) => noteOn('flock-kind', file);
const family = (kind: string) => (kind === 'flock' ? 'flock' : 'fcntl');

function judge(event: CallEvent, first: ReadonlyMap<string, Location>, context: RuleContext): void {
  const lock = lockCall(event);
  const file = fileOf(lock?.fd.value);
  const before = file && event.path.note(key(file));
  if (!lock || !file || before === undefined || before === family(lock.kind) || lock.does === 'unlock') {
    return;
  }
  const at = first.get(`${key(file)}${before}`);
  // Within a branch it may be what is tried when the other failed.
  const { definition } = context.scope;
  const branches = around(definition, event.expr).filter(
    (stmt) => (stmt.kind === 'if' || stmt.kind === 'switch') && !(event.expr.start < firstStatement(stmt)),
  );
  if (!at || at.within !== definition || branches.length > 0) {
    return;
  }
  // The build chooses the kind.
  const between = context.source({ start: at.start, end: event.expr.start, within: definition });
  if (/^[ \t]*#[ \t]*(?:if|el|endif)/m.test(between)) return;
  context.report({
    span: event.at,
    message: `\`${excerpt(context, lock.fd.expr)}\` is locked with \`${before}\` already, and \`${event.name}\` adds a lock of the other kind that does not see the first: who uses one is not kept out by the other. Use one kind for this file everywhere.`,
    related: [{ span: at, message: `It is locked with \`${before}\` here` }],
  });
}

/** Where the part of a statement begins that depends on its condition. */
function firstStatement(stmt: ReturnType<typeof around>[number]): number {
  return stmt.kind === 'if' ? stmt.consequent.start : stmt.kind === 'switch' ? stmt.body.start : stmt.end;
}
