import type { Rule } from '../rule';
import { spanOfSite } from '../shared/loops';
import { argument, constantNamed } from '../shared/support';
import { fileMentions } from '../shared/whole-file';
import { readOnlyWrites, shownMemory } from '../subjects/read-only';

export const readOnlyMapping: Rule = {
  meta: {
    id: 'mmap-shared/read-only-write',
    severity: 'error',
    preset: 'recommended',
    title: 'Something is stored through a mapping that can only be read',
    explanation:
      'Memory mapped without PROT_WRITE can only be read. The first store through the address kills the process with SIGSEGV; a call that is to store there, such as `read`, fails with EFAULT.',
    silence:
      'Addresses that are not certainly those of such a mapping, protections that are not known, and files that change protections with mprotect.',
    references: [{ page: 'mmap', section: 2 }],
    example: {
      bad: `#include <sys/mman.h>

int reset(int fd) {
  int *counter = mmap(NULL, sizeof(*counter), PROT_READ, MAP_SHARED, fd, 0);
  if (counter == MAP_FAILED)
    return -1;
  *counter = 0;
  return munmap(counter, sizeof(*counter));
}
`,
      good: `#include <sys/mman.h>

int reset(int fd) {
  int *counter = mmap(NULL, sizeof(*counter), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  if (counter == MAP_FAILED)
    return -1;
  *counter = 0;
  return munmap(counter, sizeof(*counter));
}
`,
    },
  },
  check(root) {
    const writes = readOnlyWrites('mmap', (event) => {
      const protection = argument(event, 'prot')?.value.constant;
      if (protection === undefined) return undefined;
      // What nobody may touch is there to be noticed.
      const isRead = (protection & constantNamed('PROT_READ')) !== 0n;
      return isRead && (protection & constantNamed('PROT_WRITE')) === 0n;
    });
    return {
      call: writes.call,
      store: (event, context) => void writes.store(event, context),
      end() {
        if (fileMentions(root, /mprotect$/)) return;
        // One store through a mapping is enough to see what is wrong.
        const told = new Set<unknown>();
        for (const { site, at, context } of writes.found().sort((a, b) => a.at.start - b.at.start)) {
          if (told.has(site.expr)) continue;
          told.add(site.expr);
          context.report({
            span: at,
            message: `${shownMemory(site, 'The memory', context)} is mapped without PROT_WRITE, so this store kills the process with SIGSEGV. Add PROT_WRITE where it is mapped, and open the object for writing too.`,
            related: [{ span: spanOfSite(site), message: 'Mapped for reading only here' }],
          });
        }
      },
    };
  },
};
