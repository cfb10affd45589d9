import type { CallEvent } from '../../analysis/events';
import { noteOn } from '../../analysis/notes';
import type { Location } from '../../analysis/path';
import type { Resource } from '../../analysis/values';
import type { Rule, RuleContext } from '../rule';
import { fixOf, renamed } from '../shared/edits';
import { excerpt } from '../shared/support';
import { ownCalls } from '../shared/whole-file';
import { fileOf, lockCall } from '../subjects/file-locks';

export const upgrade: Rule = {
  meta: {
    id: 'flock/upgrade',
    severity: 'warning',
    preset: 'recommended',
    title: 'A shared lock is taken for an exclusive one, or turned into one on the way',
    explanation:
      '`flock` does not turn a shared lock into an exclusive one in one step: it gives up the first and then asks for the second. Another process may change the file in between, and what was read before is out of date when it is written. And a shared lock itself is no leave to write: others hold it at the same time.',
    silence:
      'Programs that read again after they have the exclusive lock, or release the shared one first and know so, and descriptors that come from elsewhere.',
    references: [{ page: 'flock', section: 2 }],
    example: {
      bad: `#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

int increment(const char *path) {
  unsigned count = 0;
  int fd = open(path, O_RDWR);
  if (fd == -1 || flock(fd, LOCK_SH) == -1)
    return -1;
  if (pread(fd, &count, sizeof(count), 0) != sizeof(count))
    return -1;
  count++;
  if (flock(fd, LOCK_EX) == -1)
    return -1;
  return pwrite(fd, &count, sizeof(count), 0) == sizeof(count) ? fd : -1;
}
`,
      good: `#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

int increment(const char *path) {
  unsigned count = 0;
  int fd = open(path, O_RDWR);
  if (fd == -1 || flock(fd, LOCK_EX) == -1)
    return -1;
  if (pread(fd, &count, sizeof(count), 0) != sizeof(count))
    return -1;
  count++;
  return pwrite(fd, &count, sizeof(count), 0) == sizeof(count) ? fd : -1;
}
`,
    },
  },
  check() {
    const upgrades = new Map<string, { at: Location; context: RuleContext; name: string }>();
    const reported = new Set<string>();
    return {
      mark: (event) => follow(event),
      call(event, context) {
        const file = fileOf(event.args[0]?.value);
        if (!file) return;
        const lock = lockCall(event);
        if (lock?.does === 'exclusive' && lock.kind === 'flock') {
          upgrades.set(placeOf(event), { at: event.at, context, name: excerpt(context, lock.fd.expr) });
        }
        const [state, where] = String(event.path.note(key(file)) ?? '').split(' ');
        if ((state === 'shared' || state === 'read') && writing.test(event.name) && event.site) {
          const at = placeOf(event);
          if (reported.has(at)) return;
          reported.add(at);
          const fd = event.args[0]!.expr;
          context.report({
            span: event.at,
            message: `\`${event.name}\` changes the file under a shared lock on \`${excerpt(context, fd)}\`, which others may hold at the same time, to read it or to change it as well. Take LOCK_EX for that.`,
          });
          return;
        }
        const found = state === 'upgraded' && where ? upgrades.get(where) : undefined;
        if (!found || !where || !writing.test(event.name) || reported.has(where)) return;
        reported.add(where);
        found.context.report({
          span: found.at,
          message: `\`flock\` gives up the shared lock on \`${found.name}\` before it takes the exclusive one, so what was read before may be out of date when it is written back. Take LOCK_EX from the start, or read again after this call.`,
          related: [{ span: event.at, message: 'It is written back here' }],
          ...exclusiveFix(found.at, found.context),
        });
      },
    };
  },
};

const key = (file: Resource) => noteOn('flock', file);
const placeOf = ({ at }: CallEvent) => `${at.within.name}:${at.start}`;

const reading = /^(?:read|pread|readv|preadv)$/;
const writing = /^(?:write|pwrite|writev|pwritev|ftruncate)$/;

/** `shared`, then `read` under it, then `upgraded` until it is read again. */
function follow(event: CallEvent): void {
  const { path } = event;
  const file = fileOf(event.args[0]?.value);
  if (!file || !event.site) {
    return;
  }
  const [state] = String(path.note(key(file)) ?? '').split(' ');
  const lock = lockCall(event);
  if (lock?.kind === 'flock') {
    const next =
      lock.does === 'shared'
        ? 'shared'
        : lock.does === 'exclusive' && state === 'read'
          ? `upgraded ${placeOf(event)}`
          : undefined;
    path.setNote(key(file), next);
  } else if (reading.test(event.name)) {
    if (state === 'shared') path.setNote(key(file), 'read');
    else if (state === 'upgraded') path.setNote(key(file), undefined);
  }
}

/** The one shared lock of the function taken as an exclusive one. */
function exclusiveFix(at: Location, context: RuleContext) {
  const shared = ownCalls(context, /^flock$/).filter(({ expr }) => /\bLOCK_SH\b/.test(context.source(expr)));
  const [only, ...others] = shared;
  const own = only && others.length === 0 && at.within === only.within && only.expr.start < at.start;
  return fixOf(
    'Take LOCK_EX from the start',
    own ? renamed(only.expr.args[1], 'LOCK_SH', 'LOCK_EX', context) : undefined,
  );
}
