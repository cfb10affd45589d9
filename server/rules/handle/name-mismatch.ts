import type { ObjectKind } from '../project/object-use';
import {
  type Act,
  actsByObject,
  actsOf,
  areApart,
  fileName,
  type ProjectRule,
} from '../project/project-rule';
import { isMisspelt } from '../project/spelling';

const things: Partial<Record<ObjectKind, string>> = {
  'sysv-msg': 'queue',
  'sysv-sem': 'semaphore set',
  'sysv-shm': 'segment',
  'posix-mq': 'queue',
  'posix-shm': 'shared memory object',
  'posix-sem-named': 'semaphore',
  fifo: 'FIFO',
  'unix-socket': 'socket',
};

const makes = ({ use: { does } }: Act) => does === 'create' || does === 'bind';
const finds = ({ use: { does } }: Act) => does === 'open' || does === 'connect';

const programs = (name: string) => `// file: keeper.c
#include <fcntl.h>
#include <semaphore.h>

int main(void) {
  sem_t *gate = sem_open("/garden-gate", O_CREAT | O_EXCL, 0600, 1);
  if (gate == SEM_FAILED) return 1;
  sem_close(gate);
  return sem_unlink("/garden-gate") == -1;
}
// file: guest.c
#include <fcntl.h>
#include <semaphore.h>

int main(void) {
  sem_t *gate = sem_open("${name}", 0);
  if (gate == SEM_FAILED) return 1;
  return sem_close(gate) == -1;
}
`;

export const nameMismatch: ProjectRule = {
  meta: {
    id: 'handle/name-mismatch',
    severity: 'warning',
    preset: 'recommended',
    title: 'An object is opened under another spelling of the name it is created with',
    explanation:
      'Names, paths and keys are compared exactly. A program that spells one otherwise finds no object and fails with ENOENT, or works on an object of its own that nobody else uses.',
    silence:
      'Only names that differ by a letter, in capitals or punctuation, or keys of one file with another number, are taken for the same one: and only where nobody creates the one that is opened, nobody opens the one that is created, and the program that opens creates no object of the kind itself.',
    references: [
      { page: 'sem_overview', section: 7 },
      { page: 'ftok', section: 3 },
    ],
    example: { bad: programs('/garden_gate'), good: programs('/garden-gate') },
  },
  checkProject(neighbourhood, report) {
    const acts = actsOf(neighbourhood);
    const objects = [...actsByObject(acts).values()];
    const made = objects.filter((list) => list.some(makes));
    for (const opened of objects) {
      const [first] = opened;
      const wanted = first?.use.name;
      const thing = first && things[first.use.kind];
      if (!first || !wanted || !thing || opened.some(makes) || !opened.some(finds)) continue;
      const user = opened.filter(finds)[0] ?? first;
      // Whoever makes objects of the kind knows what it opens.
      if (acts.some((act) => act.program === user.program && act.use.kind === first.use.kind && makes(act)))
        continue;
      const meant = made.filter((list) => isMeant(list, user));
      const [creation] = meant.length === 1 ? (meant[0] ?? []).filter(makes) : [];
      if (!creation) continue;
      report({
        use: user.use,
        message: `\`${user.use.call}\` names the ${thing} \`${wanted.text}\`, which nobody creates: ${fileName(creation.use)} creates \`${creation.use.name?.text}\`, so the two never meet. Use one name in both, from a header that both include.`,
        related: [{ use: creation.use, message: `\`${creation.use.name?.text}\` is created here` }],
      });
    }
  },
};

/** An object of a name that is nearly the same, which no other program opens. */
function isMeant(list: readonly Act[], user: Act): boolean {
  const [creation] = list.filter(makes);
  const { kind, name } = user.use;
  return (
    creation?.use.name !== undefined &&
    name !== undefined &&
    creation.use.kind === kind &&
    isMisspelt(creation.use.name, name) &&
    areApart(creation, user) &&
    list.every((act) => act.program === creation.program)
  );
}
