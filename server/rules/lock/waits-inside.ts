import type { PlacedLock } from '../project/facts';
import { nameOutside } from '../project/lock-recorder';
import { LockSteps } from '../project/lock-steps';
import { fileName, type ProgramView, type ProjectRule } from '../project/project-rule';

interface Wait {
  step: PlacedLock;
  /** The lock that is held meanwhile. */
  lock: string;
  /** A post that comes only after that lock. */
  post: PlacedLock;
}

function waitsIn(program: ProgramView): Wait[] {
  const steps = new LockSteps(program);
  if (!steps.isConcurrent) {
    return [];
  }
  return steps.steps.flatMap((step) => {
    if (step.does !== 'take' || steps.isLock(step.lock)) return [];
    const posts = steps.steps.filter(
      (other) => other.does === 'give' && other.lock === step.lock && steps.areApart(other, step),
    );
    // Who has it himself, as at a turnstile, only gives it on, and needs nothing more for that.
    if (posts.some(({ held }) => held.includes(step.lock))) return [];
    const lock = step.held.find((held) => steps.isLock(held) && comesFirst(held, posts));
    const [post] = posts;
    return lock !== undefined && post ? [{ step, lock, post }] : [];
  });
}

/** Whoever posts has had the lock, or has it. */
function comesFirst(lock: string, posts: readonly PlacedLock[]): boolean {
  return posts.length > 0 && posts.every(({ held, passed }) => held.includes(lock) || passed.includes(lock));
}

const program = (first: string, second: string) => `#include <pthread.h>
#include <semaphore.h>

static sem_t mutex, full;
static int item;

static void *produce(void *arg) {
  sem_wait(&mutex);
  item++;
  sem_post(&mutex);
  sem_post(&full);
  return arg;
}

int main(void) {
  pthread_t producer;
  if (sem_init(&mutex, 0, 1) == -1 || sem_init(&full, 0, 0) == -1) return 1;
  if (pthread_create(&producer, 0, produce, 0) != 0) return 1;
  sem_wait(&${first});
  sem_wait(&${second});
  item--;
  sem_post(&mutex);
  return pthread_join(producer, 0);
}
`;

export const waitsInside: ProjectRule = {
  meta: {
    id: 'lock/waits-inside',
    severity: 'warning',
    preset: 'recommended',
    title: 'Who waits for a post has the lock that the other needs to post',
    explanation:
      'A semaphore that counts items or free places is waited for before the lock is taken that protects them. The other way round, the one who waits keeps the lock, and the one who would post waits for that lock: neither goes on.',
    silence:
      'Reported only where every post of the semaphore that other threads or processes make comes after they have taken the lock. Waits with a limit of time do not last, and who posts what he has taken himself gives it on.',
    references: [
      { page: 'sem_wait', section: 3 },
      { page: 'sem_overview', section: 7 },
    ],
    example: { bad: program('mutex', 'full'), good: program('full', 'mutex') },
  },
  checkProject({ programs }, report) {
    for (const { step, lock, post } of programs.flatMap(waitsIn)) {
      const name = shownName(lock);
      report({
        use: step,
        message: `This waits for \`${step.shown}\` while it holds \`${name}\`, and whoever posts it takes \`${name}\` first: both wait for ever. Wait for \`${step.shown}\` before \`${name}\` is taken.`,
        related: [{ use: post, message: `Posted here, in ${fileName(post)}, after \`${name}\`` }],
      });
    }
  },
};

/** A lock in words, without the file that it belongs to. */
function shownName(lock: string): string {
  const plain = nameOutside(lock) ?? lock.replace(/ of \/.*$/, '').replace(/^struct \w+\./, '');
  return plain.includes('#') ? `semaphore ${plain.slice(plain.indexOf('#') + 1)}` : plain;
}
