import type { Rule } from '../rule';
import { endsThread } from '../shared/endings';
import type { LockAct } from '../subjects/locks/acts';
import { neverUnlocked, waysOut } from '../subjects/locks/exits';
import { releaseFix } from '../subjects/locks/fixes';
import { isCustomHere } from '../subjects/locks/givers';

export const semHeldOnReturn: Rule = {
  meta: {
    id: 'posix-sem/held-on-return',
    severity: 'warning',
    preset: 'recommended',
    title: 'A way out goes past the post of a semaphore that was taken',
    explanation:
      'A semaphore that is used as a lock has to be posted on every way out. On the way that goes past the post its value stays zero, and the next wait on it never returns, in this process or another.',
    silence:
      'Semaphores that this function waits on and does not post (they hand something over), waits that failed, and posts under tests that may belong to that of the wait.',
    references: [
      { page: 'sem_wait', section: 3 },
      { page: 'sem_post', section: 3 },
    ],
    example: {
      bad: `#include <semaphore.h>

static int stock;

int take(sem_t *lock, int n) {
  if (sem_wait(lock) == -1)
    return -1;
  if (stock < n)
    return -1;
  stock -= n;
  return sem_post(lock);
}
`,
      good: `#include <semaphore.h>

static int stock;

int take(sem_t *lock, int n) {
  if (sem_wait(lock) == -1)
    return -1;
  if (stock < n) {
    sem_post(lock);
    return -1;
  }
  stock -= n;
  return sem_post(lock);
}
`,
    },
  },
  check: (context) => ({
    end() {
      const told = new Set<LockAct['call']>();
      for (const { lock, jump, unlock } of waysOut(context, isSemaphore)) {
        if (!jump || !unlock) continue;
        told.add(lock.call);
        context.report({
          span: jump,
          message: `This ${endsThread(jump) ? 'end of the thread' : jump.kind} goes past the post of \`${lock.name}\`, so the next wait on it never returns. Post it before, as the normal way does.`,
          related: [
            { span: lock.call, message: `\`${lock.name}\` is taken here` },
            { span: unlock.call, message: 'Only the normal way comes to this post' },
          ],
          ...releaseFix(jump, unlock, context),
        });
      }
      for (const lock of neverUnlocked(context, isSemaphore)) {
        // Only where other functions post what they have taken is it a lock, and not a count of what others make.
        if (told.has(lock.call) || !isCustomHere(lock, context)) continue;
        context.report({
          span: lock.call,
          message: `\`${lock.name}\` is taken here, and nothing behind that in \`${context.scope.definition.name}\` posts it, as is done with it elsewhere, so the next wait on it never returns. Post it when the shared data is no longer touched.`,
        });
      }
    },
  }),
};

function isSemaphore({ kind }: LockAct): boolean {
  return kind === 'semaphore';
}
