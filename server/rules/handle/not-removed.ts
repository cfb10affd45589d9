import { byObject, type FileUse, type ProjectRule, unnamed } from '../project/project-rule';

const kinds: Record<string, { thing: string; how: string; until: string }> = {
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

function shown({ object }: FileUse): string {
  return object === undefined || object.by === 'nobody' ? '' : ` \`${object.text}\``;
}

export const notRemoved: ProjectRule = {
  meta: {
    id: 'handle/not-removed',
    severity: 'information',
    preset: 'strict',
    title: 'An object that outlives its programs is created and never removed',
    explanation:
      'System V objects, POSIX names and FIFOs stay after the last process has ended. What no program of the project removes fills limits of the system, and the next run finds the old contents.',
    silence:
      'Sockets have a rule of their own. A removal of an object that is not known keeps the rule silent on all of its kind, since it may be this one.',
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
    const removes = (use: FileUse) => use.does === 'remove';
    for (const list of byObject(uses).values()) {
      const made = list.find(({ does }) => does === 'create');
      const kind = made && kinds[made.kind];
      if (!made || !kind || list.some(removes)) continue;
      const others =
        made.kind === 'fifo'
          ? [...unnamed(uses, 'fifo'), ...unnamed(uses, 'file')]
          : unnamed(uses, made.kind);
      if (others.some(removes)) continue;
      report({
        use: made,
        message: `Nothing in the project removes the ${kind.thing}${shown(made)} that \`${made.call}\` creates here: it stays, with what is in it, until ${kind.until}. Remove it with \`${kind.how}\` when nobody needs it any more.`,
      });
    }
  },
};
