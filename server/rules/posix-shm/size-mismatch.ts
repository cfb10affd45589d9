import {
  type Act,
  actsByObject,
  actsOf,
  areApart,
  fileName,
  type Neighbourhood,
  type ProjectReport,
  type ProjectRule,
} from '../project/project-rule';
import { pagesFor } from '../subjects/shared-memory';

const programs = (length: string) => `// file: writer.c
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

int main(void) {
  int fd = shm_open("/board", O_CREAT | O_EXCL | O_RDWR, 0600);
  if (fd == -1) return 1;
  if (ftruncate(fd, 4096) == -1) return 1;
  return shm_unlink("/board") == -1;
}
// file: reader.c
#include <stddef.h>
#include <fcntl.h>
#include <sys/mman.h>

int main(void) {
  int fd = shm_open("/board", O_RDONLY, 0);
  if (fd == -1) return 1;
  const char *board = mmap(NULL, ${length}, PROT_READ, MAP_SHARED, fd, 0);
  return board == MAP_FAILED;
}
`;

export const sizeMismatch: ProjectRule = {
  meta: {
    id: 'posix-shm/size-mismatch',
    severity: 'warning',
    preset: 'recommended',
    title: 'More of a shared memory object is mapped than anybody gives it',
    explanation:
      'A mapping may be longer than the object, but whoever touches a page that lies wholly behind its end is killed by SIGBUS.',
    silence:
      'The name, the length and every size that the project gives the object must be constants. Up to the end of the last page nothing happens, and a process that sizes the object itself is judged by `posix-shm/beyond-size`. That nobody gives it any is only said where no program sizes or writes a file either.',
    references: [
      { page: 'shm_open', section: 3 },
      { page: 'mmap', section: 2 },
    ],
    example: { bad: programs('3 * 4096'), good: programs('4096') },
  },
  checkProject(neighbourhood, report) {
    for (const acts of actsByObject(actsOf(neighbourhood)).values()) {
      const sized = acts.filter(({ use }) => use.kind === 'posix-shm' && use.does === 'resize');
      if (sized.length === 0) tellEmpty(acts, neighbourhood, report);
      const [made] = sized.toSorted((a, b) => (b.use.size ?? 0) - (a.use.size ?? 0));
      const size = made?.use.size;
      if (!made || size === undefined || sized.some(({ use }) => use.size === undefined)) continue;
      for (const act of acts) {
        const length = act.use.does === 'map' ? act.use.size : undefined;
        if (length === undefined || pagesFor(BigInt(length)) <= pagesFor(BigInt(size))) continue;
        if (!sized.every((other) => areApart(other, act))) continue;
        report({
          use: act.use,
          message: `This maps ${length} bytes of \`${made.use.name?.text}\`, but ${fileName(made.use)} gives it ${size}: whoever touches the rest is killed by SIGBUS. Use one size in both, from a header that both include, or ask \`fstat\` for it.`,
          related: [{ use: made.use, message: `It gets ${size} bytes here` }],
        });
      }
    }
  },
};

/** Created and mapped, and nobody there is gives it bytes. What is created for certain is told of the program alone. */
function tellEmpty(acts: readonly Act[], { uses }: Neighbourhood, report: (finding: ProjectReport) => void) {
  const isShm = acts.every(({ use, program }) => use.kind === 'posix-shm' && program.main !== undefined);
  const creation = acts.find(({ use }) => use.does === 'create' && use.exclusive === false);
  const mapping = acts.find(({ use, program }) => use.does === 'map' && program === creation?.program);
  const gives = uses.some(
    ({ does, kind }) => does === 'resize' || (does === 'write' && (kind === 'posix-shm' || kind === 'file')),
  );
  const isShared = acts.some(({ program }) => program !== creation?.program);
  if (!isShm || !creation || !mapping || gives || !isShared) return;
  report({
    use: mapping.use,
    message: `\`${creation.use.name?.text}\` is created without a byte, and no program here gives it a size: whoever touches this mapping is killed by SIGBUS. Call \`ftruncate\` before it is mapped.`,
    related: [{ use: creation.use, message: 'It is created here' }],
  });
}
