import {
  type Act,
  actsByObject,
  actsOf,
  areApart,
  fileName,
  type ProjectRule,
} from '../project/project-rule';

const words = {
  'sysv-shm': { call: 'shmget', one: 'bytes', of: 'segment' },
  'sysv-sem': { call: 'semget', one: 'semaphores', of: 'set' },
} as const;

function isSized(kind: string): kind is keyof typeof words {
  return Object.hasOwn(words, kind);
}

const programs = (asked: string) => `// file: writer.c
#include <stddef.h>
#include <sys/shm.h>

int main(void) {
  int segment = shmget(0x53, 1024, IPC_CREAT | IPC_EXCL | 0600);
  if (segment == -1) return 1;
  return shmctl(segment, IPC_RMID, NULL) == -1;
}
// file: reader.c
#include <stddef.h>
#include <sys/shm.h>

int main(void) {
  int segment = shmget(0x53, ${asked}, 0);
  if (segment == -1) return 1;
  return shmat(segment, NULL, SHM_RDONLY) == (void *) -1;
}
`;

/** What the creators make at most, where that is known of all of them. */
function largest(creations: readonly Act[]): Act | undefined {
  const known = creations.every(({ use }) => use.size !== undefined);
  return known ? creations.toSorted((a, b) => (b.use.size ?? 0) - (a.use.size ?? 0))[0] : undefined;
}

export const sizeMismatch: ProjectRule = {
  meta: {
    id: 'sysv/size-mismatch',
    severity: 'error',
    preset: 'recommended',
    title: 'A segment or set is opened with a larger size than it is created with',
    explanation:
      'The size that is given with the key of an existing object is the least that it must have. When the object is smaller, `shmget` and `semget` fail with EINVAL.',
    silence:
      'The key and all sizes must be constants, and the object must be created by other processes only. A size of 0 asks for nothing.',
    references: [
      { page: 'shmget', section: 2 },
      { page: 'semget', section: 2 },
    ],
    example: { bad: programs('4096'), good: programs('1024') },
  },
  checkProject(neighbourhood, report) {
    for (const acts of actsByObject(actsOf(neighbourhood)).values()) {
      const made = largest(acts.filter(({ use }) => use.does === 'create'));
      if (!made || !isSized(made.use.kind)) continue;
      const { call, one, of } = words[made.use.kind];
      for (const act of acts) {
        const { does, size } = act.use;
        if (does !== 'open' || size === undefined || size <= (made.use.size ?? 0)) continue;
        if (!acts.every((other) => other.use.does !== 'create' || areApart(other, act))) continue;
        report({
          use: act.use,
          message: `\`${call}\` asks for ${size} ${one}, but ${fileName(made.use)} creates this ${of} with ${made.use.size}: the call fails with EINVAL. Use one size in both, from a header that both include, or 0 here.`,
          related: [{ use: made.use, message: `Created here with ${made.use.size} ${one}` }],
        });
      }
    }
  },
};
