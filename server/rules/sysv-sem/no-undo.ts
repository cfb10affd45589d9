import type { Rule } from '../rule';
import { ownCalls } from '../shared/whole-file';
import { actsIn } from '../subjects/locks/acts';
import { operationOf } from '../subjects/sembufs';

export const noUndo: Rule = {
  meta: {
    id: 'sysv-sem/no-undo',
    severity: 'hint',
    preset: 'teaching',
    title: 'A semaphore used as a lock stays taken when its holder dies',
    explanation:
      'The kernel gives back what a process took with SEM_UNDO when that process ends, however it ends. Without the flag a holder that crashes or is killed leaves the semaphore taken, and all others wait for ever.',
    silence: 'Semaphores that one process takes and another gives, and operations whose flags are not known.',
    references: [{ page: 'semop', section: 2 }],
    example: {
      bad: `#include <sys/sem.h>

static int stock;

int take(int set) {
  struct sembuf lock = {0, -1, 0};
  struct sembuf unlock = {0, 1, 0};
  if (semop(set, &lock, 1) == -1)
    return -1;
  stock--;
  return semop(set, &unlock, 1);
}
`,
      good: `#include <sys/sem.h>

static int stock;

int take(int set) {
  struct sembuf lock = {0, -1, SEM_UNDO};
  struct sembuf unlock = {0, 1, SEM_UNDO};
  if (semop(set, &lock, 1) == -1)
    return -1;
  stock--;
  return semop(set, &unlock, 1);
}
`,
    },
  },
  check: (context) => ({
    end() {
      const direct = ownCalls(context, /^sem(?:timed)?op$/);
      if (direct.length === 0) {
        return;
      }
      const acts = actsIn(context.scope, context).filter(({ kind }) => kind === 'sysv-sem');
      for (const { expr } of direct) {
        const act = acts.find(({ call }) => call === expr);
        const given = acts.some(
          ({ op, key, call }) => op === 'unlock' && key === act?.key && call.start > expr.start,
        );
        if (act?.op !== 'lock' || !given || operationOf(expr, context.scope)?.undone !== false) continue;
        context.report({
          span: expr,
          message: `\`${act.name}\` is taken here without SEM_UNDO, so when this process dies before it gives it back, all others wait for ever. Set SEM_UNDO in \`sem_flg\` of both operations.`,
        });
      }
    },
  }),
};
