import type { PlacedLock } from '../project/facts';
import { LockSteps } from '../project/lock-steps';
import { fileName, type ProgramView, type ProjectRule } from '../project/project-rule';

interface Pair {
  /** Takes the second while it has the first. */
  one: PlacedLock;
  /** Takes the first while it has the second. */
  other: PlacedLock;
}

/** Everybody who takes the two has a third one: then the order does not matter. */
function isGuarded({ one, other }: Pair, steps: LockSteps): boolean {
  return one.held.some(
    (lock) => lock !== other.lock && lock !== one.lock && other.held.includes(lock) && steps.isLock(lock),
  );
}

/** One that takes the two in both orders follows a protocol of its own. */
function goesBothWays({ one, other }: Pair, { steps }: LockSteps): boolean {
  const has = (step: PlacedLock, lock: string, held: string) =>
    step.does === 'take' && step.lock === lock && step.held.includes(held);
  return [one, other].some((actor) => {
    const own = steps.filter((step) => step.root === actor.root && step.role === actor.role);
    return (
      own.some((step) => has(step, one.lock, other.lock)) &&
      own.some((step) => has(step, other.lock, one.lock))
    );
  });
}

function pairsIn(program: ProgramView): Pair[] {
  const steps = new LockSteps(program);
  if (!steps.isConcurrent) {
    return [];
  }
  const nested = steps.steps.filter(({ does, held }) => does === 'take' && held.length > 0);
  const found = new Map<string, Pair>();
  for (const one of nested) {
    for (const other of nested) {
      if (one.lock >= other.lock || !one.held.includes(other.lock) || !other.held.includes(one.lock))
        continue;
      const pair = { one, other };
      const key = `${one.lock} ${other.lock}`;
      if (found.has(key) || !steps.isLock(one.lock) || !steps.isLock(other.lock)) continue;
      if (!steps.areApart(one, other) || isGuarded(pair, steps) || goesBothWays(pair, steps)) continue;
      found.set(key, pair);
    }
  }
  return [...found.values()];
}

const thread = (name: string, first: string, second: string) => `static void *${name}(void *arg) {
  pthread_mutex_lock(&${first});
  pthread_mutex_lock(&${second});
  pthread_mutex_unlock(&${second});
  pthread_mutex_unlock(&${first});
  return arg;
}
`;
const program = (first: string, second: string) => `#include <pthread.h>

static pthread_mutex_t from = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t to = PTHREAD_MUTEX_INITIALIZER;

${thread('give', 'from', 'to')}
${thread('take', first, second)}
int main(void) {
  pthread_t one, other;
  if (pthread_create(&one, 0, give, 0) != 0) return 1;
  if (pthread_create(&other, 0, take, 0) != 0) return 1;
  return pthread_join(one, 0) != 0 || pthread_join(other, 0) != 0;
}
`;

export const order: ProjectRule = {
  meta: {
    id: 'lock/order',
    severity: 'warning',
    preset: 'recommended',
    title: 'Two locks are taken in opposite orders',
    explanation:
      'When one thread or process has the first lock and waits for the second, while another has the second and waits for the first, neither ever goes on. It happens seldom, and then the program hangs.',
    silence:
      'Compared are mutexes, writers’ locks and semaphores that whoever takes gives back: variables outside functions, members of structures, semaphores of a set. Pairs that are only ever taken under a third lock are left alone, and so are elements of arrays.',
    references: [{ page: 'pthread_mutex_lock', section: 3 }],
    demo: 'mutex/deadlock',
    example: { bad: program('to', 'from'), good: program('from', 'to') },
  },
  checkProject({ programs }, report) {
    for (const { one, other } of programs.flatMap(pairsIn)) {
      // The later one in the text is told: it is more likely to be the mistake.
      const isLater = one.file === other.file && one.start > other.start;
      const [told, before] = isLater ? [one, other] : [other, one];
      report({
        use: told,
        message: `\`${told.shown}\` is taken here while \`${before.shown}\` is held, and in \`${before.within}\` the other way round: when each has one of the two, both wait for ever. Take the two in the same order everywhere.`,
        related: [
          { use: before, message: `The other order, in \`${before.within}\` of ${fileName(before)}` },
        ],
      });
    }
  },
};
