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

/** For others to find. */
const makes = ({ use: { does, name } }: Act) =>
  (does === 'create' || does === 'bind') && name?.by !== 'private';
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
    title: 'An object is opened under another name than it is created with',
    explanation:
      'Names, paths and keys are compared exactly. A program that says another one finds no object and fails with ENOENT, or works on an object of its own that nobody else uses.',
    silence:
      'Names that differ by a letter, in capitals or punctuation, and keys of one file with another number are taken for the same one; any two, where only two programs use queues, FIFOs or sockets of a kind, and one sends what the other receives. And only where nobody creates the one that is opened, no other program opens the one that is created, and the program that opens creates no object of the kind itself, but for one whose name has a number in it to be answered in.',
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
    for (const removed of objects) {
      const user = removed[0];
      if (!user || removed.some(({ use: { does } }) => does !== 'remove')) continue;
      // What one program makes it takes away itself, under the name that it knows.
      const meant = made.filter((list) => isKept(list, user) && isNear(list, user));
      const [creation] = meant.length === 1 ? (meant[0] ?? []).filter(makes) : [];
      const thing = things[user.use.kind];
      if (!creation || !thing) continue;
      report({
        use: user.use,
        message: `\`${user.use.call}\` names the ${thing} \`${user.use.name?.text}\`, which nobody creates, and \`${creation.use.name?.text}\`, which is created, is never removed: it stays when the program has ended, with what was left in it. Use one name for both.`,
        related: [{ use: creation.use, message: `\`${creation.use.name?.text}\` is created here` }],
      });
    }
    for (const opened of objects) {
      const [first] = opened;
      const wanted = first?.use.name;
      const thing = first && things[first.use.kind];
      if (!first || !wanted || !thing || opened.some(makes) || !opened.some(finds)) continue;
      const user = opened.filter(finds)[0] ?? first;
      const own = acts.filter(
        (act) => act.program === user.program && act.use.kind === first.use.kind && makes(act),
      );
      // Whoever makes objects of the kind knows what it opens, unless they are one for each process, to be answered in.
      if (own.some(({ use: { name } }) => !name?.pattern)) continue;
      const near = made.filter((list) => isLonely(list, user) && isNear(list, user));
      const meant =
        near.length > 0 || own.length > 0
          ? near
          : made.filter((list) => isLonely(list, user) && areACouple(list, user, acts));
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

/** An object of the kind that only one other program uses. */
function isLonely(list: readonly Act[], user: Act): boolean {
  const [creation] = list.filter(makes);
  return (
    creation?.use.name !== undefined &&
    creation.use.kind === user.use.kind &&
    areApart(creation, user) &&
    list.every((act) => act.program === creation.program || act.use.does === 'remove')
  );
}

/** An object of the kind that the same program makes, and that nobody removes. */
function isKept(list: readonly Act[], user: Act): boolean {
  return (
    list.every(({ use: { does, kind } }) => does !== 'remove' && kind === user.use.kind) &&
    list.some((act) => makes(act) && act.program === user.program)
  );
}

/** The name is nearly the same. */
function isNear([creation]: readonly Act[], { use: { name } }: Act): boolean {
  return creation?.use.name !== undefined && name !== undefined && isMisspelt(creation.use.name, name);
}

/** What one program sends through such an object, another receives. */
const carriers = new Set<ObjectKind>(['sysv-msg', 'posix-mq', 'fifo']);

/** Only two programs use objects of the kind, under names that are known, and what one sends the other should receive. */
function areACouple(list: readonly Act[], user: Act, acts: readonly Act[]): boolean {
  const { kind } = user.use;
  const [creation] = list.filter(makes);
  const users = acts.filter((act) => act.use.kind === kind);
  const byName = users.every((act) => act.use.name !== undefined && !act.use.name.pattern);
  const programs = new Set(users.map(({ program }) => program));
  if (!creation || !carriers.has(kind) || !byName || programs.size !== 2 || areNumbered(creation, user)) {
    return false;
  }
  if (user.use.name?.by !== creation.use.name?.by || folderOf(user) !== folderOf(creation)) {
    return false;
  }
  const ways = (program: Act['program']) =>
    new Set(
      users.flatMap((act) =>
        act.program === program && (act.use.does === 'read' || act.use.does === 'write')
          ? [act.use.does]
          : [],
      ),
    );
  const [one, other] = [ways(creation.program), ways(user.program)];
  return one.size === 1 && other.size === 1 && !other.has([...one][0] ?? 'read');
}

/** Names that count things differ on purpose; keys are nothing but numbers. */
function areNumbered(a: Act, b: Act): boolean {
  const stem = ({ use: { name } }: Act) => name?.text.replace(/\d+$/, '');
  return (a.use.name?.by === 'name' || a.use.name?.by === 'path') && stem(a) === stem(b);
}

/** Of a path; sockets of the system lie elsewhere than those of a program. */
function folderOf({ use: { name } }: Act): string {
  return name?.by === 'path' ? name.text.slice(0, name.text.lastIndexOf('/')) : '';
}
