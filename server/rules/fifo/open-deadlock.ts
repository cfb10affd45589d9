import { byObject, fileName, type FileUse, type ProjectRule } from '../project/project-rule';

const opposite = { read: 'write', write: 'read' } as const;
const words = { read: 'reading', write: 'writing' } as const;
const flags = { read: 'O_RDONLY', write: 'O_WRONLY' } as const;

type Opening = FileUse & { access: 'read' | 'write' };

function isWaiting(use: FileUse): use is Opening {
  return use.does === 'open' && use.waits === true && (use.access === 'read' || use.access === 'write');
}

/** A process: a program, and what its forks made of it. */
function processOf({ file, root, role }: FileUse): string {
  return `${file} ${root} ${role}`;
}

/** Whether a process opens another FIFO in a certain way before this one. */
function opensBefore(use: FileUse, first: Opening): boolean {
  return (use.before ?? []).some(
    ({ object, access }) => object === first.object?.text && access === opposite[first.access],
  );
}

/** `a` waits for somebody who comes to that only after `b`, which waits for what comes only after `a`. */
function deadlock(a: Opening, b: Opening, all: readonly FileUse[]): boolean {
  return waitsForLater(a, b, all) && waitsForLater(b, a, all);
}

/** Whoever could end the wait of `one` has to pass `other` first. */
function waitsForLater(one: Opening, other: Opening, all: readonly FileUse[]): boolean {
  const partners = all.filter(
    (use) =>
      use.does === 'open' &&
      use.object?.text === one.object?.text &&
      use.access !== one.access &&
      processOf(use) !== processOf(one),
  );
  const own = all.some(
    (use) => processOf(use) === processOf(one) && use.object?.text === one.object?.text && use.access === 'both',
  );
  return (
    !own &&
    partners.length > 0 &&
    partners.every(
      (use) => use.access === opposite[one.access] && use.waits === true && processOf(use) === processOf(other) && follows(use, other),
    )
  );
}

/** In one process, `use` comes after the open `first`. */
function follows(use: FileUse, first: Opening): boolean {
  return (use.before ?? []).some(({ object, access }) => object === first.object?.text && access === first.access);
}

export const openDeadlock: ProjectRule = {
  meta: {
    id: 'fifo/open-deadlock',
    severity: 'error',
    preset: 'recommended',
    title: 'Two processes open two FIFOs so that each waits for the other',
    explanation:
      'Opening a FIFO for reading waits until somebody opens it for writing, and the other way round. When two processes open two FIFOs in orders that do not fit, both wait in their first `open` for ever.',
    silence:
      'Openings with `O_NONBLOCK` or `O_RDWR` do not wait. Paths must be known in both programs, and nobody else may open the FIFOs.',
    references: [{ page: 'fifo', section: 7 }],
    example: {
      bad: `#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

int main(void) {
  mkfifo("/tmp/up", 0600);
  mkfifo("/tmp/down", 0600);
  pid_t pid = fork();
  if (pid == -1) return 1;
  if (pid == 0) {
    int from = open("/tmp/down", O_RDONLY);
    int to = open("/tmp/up", O_WRONLY);
    _exit(from == -1 || to == -1);
  }
  int from = open("/tmp/up", O_RDONLY);
  int to = open("/tmp/down", O_WRONLY);
  unlink("/tmp/up");
  unlink("/tmp/down");
  return from == -1 || to == -1;
}
`,
      good: `#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

int main(void) {
  mkfifo("/tmp/up", 0600);
  mkfifo("/tmp/down", 0600);
  pid_t pid = fork();
  if (pid == -1) return 1;
  if (pid == 0) {
    int to = open("/tmp/up", O_WRONLY);
    int from = open("/tmp/down", O_RDONLY);
    _exit(from == -1 || to == -1);
  }
  int from = open("/tmp/up", O_RDONLY);
  int to = open("/tmp/down", O_WRONLY);
  unlink("/tmp/up");
  unlink("/tmp/down");
  return from == -1 || to == -1;
}
`,
    },
  },
  checkProject({ uses }, report) {
    const fifos = uses.filter(({ kind, does }) => kind === 'fifo' && does === 'open');
    // Who opens a path that is not known may be the partner.
    if (byObject(fifos).size < 2) return;
    const waiting = fifos.filter(isWaiting);
    const said = new Set<string>();
    waiting.forEach((a, index) => {
      for (const b of waiting.slice(index + 1)) {
        if (a.object?.text === b.object?.text || processOf(a) === processOf(b)) continue;
        if (opensBefore(a, b) || opensBefore(b, a) || !deadlock(a, b, fifos)) continue;
        const key = [a.object?.text, b.object?.text].sort().join();
        if (said.has(key)) continue;
        said.add(key);
        const other = `\`${a.object?.text}\``;
        report({
          use: b,
          message: `This \`open\` of \`${b.object?.text}\` for ${words[b.access]} waits for a process that opens it for ${words[opposite[b.access]]}, but that one waits itself, in its \`open\` of ${other} for ${words[a.access]}: neither ever comes back. Open the two FIFOs in the same order in both, with \`${flags[opposite[a.access]]}\` for ${other} first here.`,
          related: [{ use: a, message: `Waits here, in ${fileName(a)}, for the other end of ${other}` }],
        });
      }
    });
  },
};
