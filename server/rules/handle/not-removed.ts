import type { PlacedUse } from '../project/facts';
import type { ObjectKind } from '../project/object-use';
import { byObject, type ProjectRule } from '../project/project-rule';

const words: Partial<Record<ObjectKind, { thing: string; how: string; until: string }>> = {
  'sysv-msg': { thing: 'message queue', how: 'msgctl(..., IPC_RMID, ...)', until: 'the machine restarts' },
  'sysv-sem': { thing: 'semaphore set', how: 'semctl(..., IPC_RMID)', until: 'the machine restarts' },
  'sysv-shm': {
    thing: 'shared memory segment',
    how: 'shmctl(..., IPC_RMID, ...)',
    until: 'the machine restarts',
  },
  'posix-mq': { thing: 'queue', how: 'mq_unlink', until: 'the machine restarts' },
  'posix-shm': { thing: 'shared memory object', how: 'shm_unlink', until: 'the machine restarts' },
  'posix-sem-named': { thing: 'semaphore', how: 'sem_unlink', until: 'the machine restarts' },
  fifo: { thing: 'FIFO', how: 'unlink', until: 'somebody removes the file' },
};

function shown({ name }: PlacedUse): string {
  return name === undefined || name.by === 'private' ? '' : ` \`${name.text}\``;
}

const removes = ({ does }: PlacedUse) => does === 'remove';

export const notRemoved: ProjectRule = {
  meta: {
    id: 'handle/not-removed',
    severity: 'information',
    preset: 'strict',
    title: 'An object that outlives its programs is created and never removed',
    explanation:
      'System V objects, POSIX names and FIFOs stay after the last process has ended. What no program of the project removes fills limits of the system, and the next run finds the old contents.',
    silence:
      'Sockets have a rule of their own. A removal of an object that is not known keeps the rule silent on all of its kind, since it may be this one; so does a creation under a name that is known only at run time.',
    references: [
      { page: 'sysvipc', section: 7 },
      { page: 'shm_overview', section: 7 },
    ],
    example: {
      bad: `#include <fcntl.h>
#include <semaphore.h>

int main(void) {
  sem_t *gate = sem_open("/gate", O_CREAT, 0600, 1);
  if (gate == SEM_FAILED) return 1;
  return sem_close(gate) == -1;
}
`,
      good: `#include <fcntl.h>
#include <semaphore.h>

int main(void) {
  sem_t *gate = sem_open("/gate", O_CREAT, 0600, 1);
  if (gate == SEM_FAILED) return 1;
  if (sem_close(gate) == -1) return 1;
  return sem_unlink("/gate") == -1;
}
`,
    },
  },
  checkProject({ uses }, report) {
    const unknown = new Set(uses.flatMap((use) => (removes(use) && !use.name ? [use.kind] : [])));
    // A path that is not known may be that of a FIFO.
    if (unknown.has('file')) unknown.add('fifo');
    for (const list of byObject(uses).values()) {
      const made = list.find(({ does }) => does === 'create');
      const kind = made && words[made.kind];
      if (!made || !kind || unknown.has(made.kind) || list.some(removes)) continue;
      report({
        use: made,
        message: `Nothing in the project removes the ${kind.thing}${shown(made)} that \`${made.call}\` creates here: it stays, with what is in it, until ${kind.until}. Remove it with \`${kind.how}\` when nobody needs it any more.`,
      });
    }
  },
};
