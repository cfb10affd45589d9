import type { CallEvent } from '../../analysis/events';
import { calledName } from '../../c/cfg';
import { accessMode } from '../handle/wrong-direction';
import type { Report, Rule, RuleContext } from '../rule';
import { Always } from '../shared/always';
import { argumentNamed, fixOf, renamed } from '../shared/edits';
import { isOpenToOthers, keptOpen } from '../shared/kept';
import { constantNamed, excerpt, isDirect } from '../shared/support';
import { lockCall } from '../subjects/file-locks';

export const mode: Rule = {
  meta: {
    id: 'fcntl-lock/mode',
    severity: 'error',
    preset: 'recommended',
    title: 'A record lock needs another access mode than the file was opened with',
    explanation:
      'A write lock is only given through a descriptor that is open for writing, and a read lock through one that is open for reading. With another the call fails with EBADF, each time.',
    silence: 'Flags and lock types that are not known, and descriptors that come from elsewhere.',
    references: [{ page: 'fcntl', section: 2 }],
    example: {
      bad: `#include <fcntl.h>
#include <unistd.h>

int lock_table(const char *path) {
  struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
  int fd = open(path, O_RDONLY);
  if (fd == -1)
    return -1;
  return fcntl(fd, F_SETLKW, &lock) == -1 ? -1 : fd;
}
`,
      good: `#include <fcntl.h>
#include <unistd.h>

int lock_table(const char *path) {
  struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
  int fd = open(path, O_RDWR);
  if (fd == -1)
    return -1;
  return fcntl(fd, F_SETLKW, &lock) == -1 ? -1 : fd;
}
`,
    },
  },
  check() {
    const always = new Always();
    return {
      call(event, context) {
        const report = judge(event, context);
        if (lockCall(event)) always.see(event.expr, event.at, report && (() => context.report(report)));
      },
      end: () => always.send(),
    };
  },
};

function judge(event: CallEvent, context: RuleContext): Report | undefined {
  const lock = lockCall(event);
  const origin = lock?.fd.value.origins?.length === 1 ? lock.fd.value.origins[0] : undefined;
  if (!lock || lock.kind === 'flock') {
    return undefined;
  }
  const isKept = !lock.fd.value.origins && !isOpenToOthers(lock.fd.expr, context);
  const kept = isKept ? keptOpen(lock.fd.expr, context) : undefined;
  const access = origin ? accessMode(origin) : kept?.access;
  const opened = origin ? origin.site : kept?.call;
  if (access === undefined || !opened) {
    return undefined;
  }
  const writing = lock.may.includes('exclusive') && access === constantNamed('O_RDONLY');
  const reading = lock.may.includes('shared') && access === constantNamed('O_WRONLY');
  if (!writing && !reading) {
    return undefined;
  }
  const name = excerpt(context, lock.fd.expr);
  const own = origin?.site.within === context.scope.definition && isDirect(event.at, event.expr);
  const flags = origin && own ? argumentNamed(origin.site, 'flags') : undefined;
  return {
    span: event.at,
    message: `\`${name}\` was opened only for ${writing ? 'reading' : 'writing'}, and ${writing ? 'a write' : 'a read'} lock needs it open for ${writing ? 'writing' : 'reading'}, so \`${event.name}\` fails with EBADF. Open it with O_RDWR.`,
    related: [
      {
        span: { start: opened.expr.start, end: opened.expr.end, within: opened.within },
        message: `\`${calledName(opened.expr)}\` opens it with ${writing ? 'O_RDONLY' : 'O_WRONLY'} here`,
      },
    ],
    ...fixOf('Open it with O_RDWR', renamed(flags, writing ? 'O_RDONLY' : 'O_WRONLY', 'O_RDWR', context)),
  };
}
