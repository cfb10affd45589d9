import type { CallEvent } from '../../analysis/events';
import type { Rule, RuleContext } from '../rule';
import { argumentNamed, fixOf, renamed } from '../shared/edits';
import { Facts } from '../shared/facts';
import { spanOfSite } from '../shared/loops';
import { accessIn, argument, certainBits, constantNamed, givenAt, sharingIn } from '../shared/support';

export const access: Rule = {
  meta: {
    id: 'posix-shm/access',
    severity: 'error',
    preset: 'recommended',
    title: 'A shared memory object or file is not opened for what the mapping needs',
    explanation:
      'A mapping needs the right to read, and a shared one with PROT_WRITE needs the right to write too. On an object or file opened with O_WRONLY, or with O_RDONLY for a writable shared mapping, mmap fails with EACCES.',
    silence: 'Flags and descriptors that are not known for certain.',
    references: [
      { page: 'shm_open', section: 3 },
      { page: 'mmap', section: 2 },
    ],
    example: {
      bad: `#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

void *attach(size_t size) {
  int fd = shm_open("/board", O_RDONLY, 0);
  if (fd == -1)
    return NULL;
  void *board = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  close(fd);
  return board == MAP_FAILED ? NULL : board;
}
`,
      good: `#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

void *attach(size_t size) {
  int fd = shm_open("/board", O_RDWR, 0);
  if (fd == -1)
    return NULL;
  void *board = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  close(fd);
  return board == MAP_FAILED ? NULL : board;
}
`,
    },
  },
  check() {
    const modes = new Facts<'read' | 'write' | 'both'>();
    const maps: { event: CallEvent; context: RuleContext }[] = [];
    return {
      call(event, context) {
        if (event.site && event.name === 'shm_open') {
          const flags = argument(event, 'oflag')?.value.constant;
          const mode = flags === undefined ? undefined : accessIn(flags);
          modes.add(event.site, mode);
          if (mode === 'write') reportWriteOnly(event, context);
        } else if (event.site && event.name === 'open') {
          const flags = argument(event, 'flags')?.value.constant;
          modes.add(event.site, flags === undefined ? undefined : accessIn(flags));
        } else if (event.site && event.name === 'mmap') {
          maps.push({ event, context });
        }
      },
      end() {
        for (const { event, context } of maps) judge(event, modes, context);
      },
    };
  },
};

function reportWriteOnly(event: CallEvent, context: RuleContext): void {
  context.report({
    span: event.at,
    message:
      '`shm_open` takes O_RDONLY or O_RDWR, and what is opened with O_WRONLY cannot be mapped: `mmap` fails with EACCES. Open the object with O_RDWR.',
    ...fixOf('Open it with O_RDWR', renamed(argument(event, 'oflag')?.expr, 'O_WRONLY', 'O_RDWR', context)),
  });
}

function judge(event: CallEvent, modes: Facts<'read' | 'write' | 'both'>, context: RuleContext): void {
  const opened = modes.of(argument(event, 'fd')?.value);
  const flags = argument(event, 'flags');
  const prot = argument(event, 'prot');
  if (!opened || !flags || !prot) {
    return;
  }
  const { site, fact: mode } = opened;
  const isObject = site.call.name === 'shm_open';
  const writes = (certainBits(prot.expr, context) & constantNamed('PROT_WRITE')) !== 0n;
  const shared = flags.value.constant !== undefined && sharingIn(flags.value.constant) !== 'private';
  const anonymous =
    flags.value.constant === undefined || (flags.value.constant & constantNamed('MAP_ANONYMOUS')) !== 0n;
  // Of an object opened so the opening itself tells.
  const unreadable = mode === 'write' && !isObject && !anonymous;
  if (!unreadable && !(mode === 'read' && writes && shared)) {
    return;
  }
  const [before, kind] = [mode === 'write' ? 'O_WRONLY' : 'O_RDONLY', isObject ? 'object' : 'file'];
  context.report({
    ...givenAt(event, prot.expr),
    message: unreadable
      ? 'The file is opened with O_WRONLY, and every mapping needs the right to read, so this one fails with EACCES. Open it with O_RDWR.'
      : `The ${kind} is opened with O_RDONLY, so this shared mapping with PROT_WRITE fails with EACCES. Open it with O_RDWR, or map it with PROT_READ alone.`,
    related: [
      { span: spanOfSite(site), message: `Opened for ${unreadable ? 'writing' : 'reading'} only here` },
    ],
    ...fixOf(
      'Open it with O_RDWR',
      site.within === context.scope.definition && event.at.start === event.expr.start
        ? renamed(argumentNamed(site, isObject ? 'oflag' : 'flags'), before, 'O_RDWR', context)
        : undefined,
    ),
  });
}
