import type { CallEvent } from '../../analysis/events';
import { noteOn } from '../../analysis/notes';
import type { Location, Path } from '../../analysis/path';
import type { Resource } from '../../analysis/values';
import type { Rule, RuleContext } from '../rule';
import { spanOfSite } from '../shared/loops';
import { argument, excerpt } from '../shared/support';
import { assignmentsTo } from '../shared/uses';
import { fileOf, lockCall } from '../subjects/file-locks';
import { closedAtOnce } from './closed-at-once';

export const lostOnClose: Rule = {
  meta: {
    id: 'fcntl-lock/lost-on-close',
    severity: 'warning',
    preset: 'recommended',
    title: 'Closing another descriptor of the file gives up its record lock',
    explanation:
      'All record locks that a process has on a file are released when it closes any descriptor of that file, also one that it opened a second time only to read. What it does afterwards is unprotected, and no call tells.',
    silence:
      'Files whose paths are not known to be the same, locks that are released or not used any more afterwards, and locks of the open file description, which are not lost.',
    references: [{ page: 'fcntl', section: 2 }],
    example: {
      bad: `#include <fcntl.h>
#include <unistd.h>

int add(const char *path, char *old, size_t size) {
  struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
  int fd = open(path, O_RDWR);
  int copy;
  if (fd == -1 || fcntl(fd, F_SETLKW, &lock) == -1)
    return -1;
  copy = open(path, O_RDONLY);
  if (copy == -1 || read(copy, old, size) == -1)
    return -1;
  close(copy);
  return write(fd, "1", 1) == 1 ? fd : -1;
}
`,
      good: `#include <fcntl.h>
#include <unistd.h>

int add(const char *path, char *old, size_t size) {
  struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
  int fd = open(path, O_RDWR);
  if (fd == -1 || fcntl(fd, F_SETLKW, &lock) == -1)
    return -1;
  if (read(fd, old, size) == -1)
    return -1;
  return write(fd, "1", 1) == 1 ? fd : -1;
}
`,
    },
  },
  check(own) {
    const files = new Map<Resource, string>();
    const closes = new Map<string, Loss>();
    const reported = new Set<string>();
    return {
      mark(event, context) {
        learn(event, files);
        const lock = lockCall(event);
        if (lock?.kind === 'record' && lock.file) {
          const taken = lock.does === 'shared' || lock.does === 'exclusive';
          event.path.setNote(held(lock.file), taken ? event.path.role.id : undefined);
          event.path.setNote(lost(lock.file), undefined);
        }
        close(event, files, closes, context);
      },
      call(event, context) {
        const file = needing.test(event.name) || unlocks(event) ? fileOf(event.args[0]?.value) : undefined;
        const where = file && event.path.note(lost(file));
        const loss = where === undefined ? undefined : closes.get(String(where));
        if (!file || !loss || reported.has(String(where))) return;
        reported.add(String(where));
        report(loss, file, event, context);
      },
      end() {
        const found = closedAtOnce(own);
        if (!found) return;
        own.report({
          span: found.close,
          message: `Closing \`${found.name}\` gives up the lock that was taken through it, and by which others are to see that the program runs: the next one gets it, too. Keep the file open for as long as the program runs.`,
          related: [{ span: found.lock, message: 'The lock is taken here' }],
        });
      },
    };
  },
};

interface Loss {
  at: Location;
  name: string;
  context: RuleContext;
}

const held = (file: Resource) => noteOn('fcntl-held', file);
const lost = (file: Resource) => noteOn('fcntl-lost', file);

/** Calls before which a program thinks that it has the lock. */
const needing = /^(?:read|pread|write|pwrite|readv|writev|ftruncate|fsync|fdatasync)$/;

function unlocks(event: CallEvent): boolean {
  return lockCall(event)?.does === 'unlock';
}

/** Notes by which path a file was opened: its text, or the variable that holds it. */
function learn(event: CallEvent, files: Map<Resource, string>): void {
  for (const [index, { value }] of event.args.entries()) {
    const file = index === 0 ? fileOf(value) : undefined;
    if (file && !files.has(file)) files.set(file, '');
  }
  const opened = event.site && /^(?:open|fopen|creat)$/.test(event.name) ? argumentOf(event) : undefined;
  if (opened !== undefined && event.site) {
    event.path.setNote(noteOn('fcntl-path', event.site), opened);
  }
}

function argumentOf(event: CallEvent): string | undefined {
  const operand = argument(event, 'pathname') ?? argument(event, 'path') ?? event.args[0];
  const { text, target } = operand?.value ?? {};
  if (text !== undefined) {
    return `"${text}`;
  }
  // A variable that is stored into may mean another path by then.
  const name = operand?.expr.kind === 'name' ? operand.expr.name : undefined;
  const { definition } = event.scope;
  const param = definition.type.params.some((other) => other.name === name);
  const stored = name === undefined ? 1 : assignmentsTo(definition, name).length;
  return stored > (param ? 0 : 1) ? undefined : (target ?? event.pointerOf(0) ?? event.placeOf(0));
}

/** Closing a descriptor of a file that this process has locked through another one. */
function close(
  event: CallEvent,
  files: ReadonlyMap<Resource, string>,
  closes: Map<string, Loss>,
  context: RuleContext,
): void {
  if (!event.site || (event.name !== 'close' && event.name !== 'fclose')) {
    return;
  }
  const { path } = event;
  const [fd] = event.args;
  const origin = fd?.value.origins?.length === 1 ? fd.value.origins[0] : undefined;
  const closed = origin?.resource;
  if (!fd || !closed || path.outcome(closed.site) === 'failure') {
    return;
  }
  for (const file of files.keys()) {
    if (file === closed || path.note(held(file)) !== path.role.id) continue;
    if (path.holding(file)?.state !== 'open' || !isSameFile(file, closed, path)) continue;
    const id = `${event.at.start}@${event.at.within.name}`;
    closes.set(id, { at: event.at, name: excerpt(context, fd.expr), context });
    path.setNote(lost(file), id);
  }
}

function isSameFile(file: Resource, other: Resource, path: Path): boolean {
  if (other.duplicateOf) {
    return other.duplicateOf === file;
  }
  const name = path.note(noteOn('fcntl-path', file.site));
  return name !== undefined && name === path.note(noteOn('fcntl-path', other.site));
}

function report({ at, name, context }: Loss, file: Resource, use: CallEvent, user: RuleContext): void {
  const through = excerpt(user, use.args[0]!.expr);
  context.report({
    span: at,
    message: `Closing \`${name}\` releases the record lock that was taken through \`${through}\`, because both are of one file, so \`${use.name}\` goes on without it. Close it after the lock is no longer needed, or use F_OFD_SETLKW.`,
    related: [
      { span: spanOfSite(file.site), message: 'The locked descriptor is opened here' },
      { span: use.at, message: 'This happens without the lock' },
    ],
  });
}
