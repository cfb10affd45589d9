import type { Rule, RuleContext } from '../rule';
import {
  type FileCall,
  fileCalls,
  fileMakes,
  fileMentions,
  isAllRead,
  isProgram,
  ownCalls,
  textOf,
} from '../shared/whole-file';
import { givenBehindLoop } from '../subjects/given-behind';
import { namesOf } from '../subjects/semaphores';
import { keptOnes } from './as-lock';

export const neverPosted: Rule = {
  meta: {
    id: 'posix-sem/never-posted',
    severity: 'warning',
    preset: 'recommended',
    title: 'A program waits on a semaphore that it never posts',
    explanation:
      'A wait takes from the value of a semaphore and blocks while that is zero. When no thread and no process of the program posts it, the first wait after the initial value is used up never returns.',
    silence:
      'Programs that start neither threads nor processes (another program may post), files without main, and posts through pointers that cannot be followed.',
    references: [
      { page: 'sem_post', section: 3 },
      { page: 'sem_wait', section: 3 },
    ],
    example: {
      bad: `#include <pthread.h>
#include <semaphore.h>
#include <stddef.h>

static sem_t ready;

static void *work(void *arg) {
  return arg;
}

int main(void) {
  pthread_t worker;
  if (sem_init(&ready, 0, 0) == -1)
    return 1;
  if (pthread_create(&worker, NULL, work, NULL) != 0)
    return 1;
  if (sem_wait(&ready) == -1)
    return 1;
  return pthread_join(worker, NULL);
}
`,
      good: `#include <pthread.h>
#include <semaphore.h>
#include <stddef.h>

static sem_t ready;

static void *work(void *arg) {
  sem_post(&ready);
  return arg;
}

int main(void) {
  pthread_t worker;
  if (sem_init(&ready, 0, 0) == -1)
    return 1;
  if (pthread_create(&worker, NULL, work, NULL) != 0)
    return 1;
  if (sem_wait(&ready) == -1)
    return 1;
  return pthread_join(worker, NULL);
}
`,
    },
  },
  check: (context) => ({
    end() {
      for (const { expr, within } of keptOnes(context)) {
        const shown = textOf(expr.args[0]!, within, context).replace(/^&/, '');
        context.report({
          span: expr,
          message: `\`${shown}\` is a lock that everybody else posts where he has waited for it, and on this way nobody does: the next one who waits for it waits for ever. Post it when the work is done.`,
        });
      }
      const behind = givenBehindLoop('semaphore', context);
      if (behind) {
        context.report({
          span: behind.give.call,
          message: `\`${behind.give.name}\` is posted once, behind the loop, while \`${behind.within.name}\` waits for it in each of its rounds: when its first value is used up both wait for ever. Post it in each round.`,
          related: [
            { span: { ...behind.take.call, within: behind.within }, message: 'Each round waits for it here' },
          ],
        });
      }
      const waits = ownCalls(context, /^[sS]em_(?:timed|clock)?wait$/);
      if (waits.length === 0 || !isProgram(context) || !isWhole(context)) {
        return;
      }
      const posted = fileCalls(context, /^[sS]em_post$/).map((call) => named(call, context));
      if (posted.some((names) => names === undefined)) {
        return;
      }
      for (const wait of waits) {
        const names = named(wait, context);
        const [semaphore] = wait.expr.args;
        if (!semaphore || !names || posted.some((others) => others?.some((name) => names.includes(name))))
          continue;
        const shown = textOf(semaphore, wait.within, context).replace(/^&/, '');
        context.report({
          span: wait.expr,
          message: `Nothing in this program posts \`${shown}\`, so when its first value is used up this wait ${/(?:timed|clock)wait$/.test(wait.name) ? 'always runs out of time' : 'never returns'}. Post it where what is waited for has happened, or where the lock is given back.`,
        });
      }
    },
  }),
};

/** Those who use the semaphore are threads and processes that this file starts. */
function isWhole(context: RuleContext): boolean {
  const starts = /^(?:[fF]ork|vfork|[pP]thread_create|thrd_create)$/;
  const elsewhere = /post|release|signal_sem|^[vV]$|up$/i;
  const own = fileMakes(context, starts);
  return own && isAllRead(context) && !fileMentions(context, /^exec/) && !callsUnknown(context, elsewhere);
}

/** A function that is not in this file and that may post by its name. */
function callsUnknown(context: RuleContext, test: RegExp): boolean {
  return fileCalls(context, test).some(
    ({ name }) =>
      !/^[sS]em_post$/.test(name) && !context.scope.file.call(name) && !context.functionNamed(name),
  );
}

function named({ expr, within }: FileCall, context: RuleContext): string[] | undefined {
  const [semaphore] = expr.args;
  return semaphore && namesOf(semaphore, within, context);
}
