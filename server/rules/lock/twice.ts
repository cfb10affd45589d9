import type { CallEvent } from '../../analysis/events';
import { unwrap } from '../../analysis/operators';
import { type Expr, parameterIndex } from '../../c/ast';
import { calledName } from '../../c/cfg';
import type { Rule, RuleContext } from '../rule';
import { callsIn } from '../shared/uses';
import { lastName } from '../shared/whole-file';
import { elementTwice } from '../subjects/locks/elements';
import { takenOverRounds, takenTwice } from '../subjects/locks/repeats';
import { choosesKinds, followMutexes, forgetMutexes, type MutexState, mutexName } from '../subjects/mutexes';
import { comesAgain, earlier, elsewhere, stateBefore } from './repeated';

const prefix = 'lock/twice';

export const lockTwice: Rule = {
  meta: {
    id: 'lock/twice',
    severity: 'error',
    preset: 'recommended',
    title: 'A lock is taken by the thread that already holds it',
    explanation:
      'A normal mutex does not know who holds it, and a semaphore never does: the thread waits for itself, for ever, and everyone else who needs the lock waits with it.',
    silence:
      'Files that choose the kind of their mutexes, mutexes reached through changing pointers, or in arrays where they are not named twice in one row, semaphores that do not start at one, mutexes that a thread just started gives back, and whatever lies beyond a test that may go together with the first lock.',
    references: [{ page: 'pthread_mutex_lock', section: 3 }],
    example: {
      bad: `#include <pthread.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static int total;

static void add(int n) {
  pthread_mutex_lock(&lock);
  total += n;
  pthread_mutex_unlock(&lock);
}

void add_twice(int n) {
  pthread_mutex_lock(&lock);
  add(n);
  add(n);
  pthread_mutex_unlock(&lock);
}
`,
      good: `#include <pthread.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static int total;

static void add_locked(int n) {
  total += n;
}

void add_twice(int n) {
  pthread_mutex_lock(&lock);
  add_locked(n);
  add_locked(n);
  pthread_mutex_unlock(&lock);
}
`,
    },
  },
  check: (root) => {
    const told = new Set<Expr>();
    return {
      mark(event, context) {
        followMutexes(prefix, event, context);
        handOver(event, context);
      },
      call(event, context) {
        const held = stateBefore(prefix, 'lock', event, context);
        if (!held || !isCertain(event, held, context) || choosesKinds(context)) {
          return;
        }
        // Where no round ever unlocks it, that is told of the lock itself (lock/held-on-return).
        const isSame = held.start === event.expr.start && held.within === context.scope.definition;
        if (isSame && callsIn(held.within, /unlock$/).length === 0) return;
        const name = mutexName(event, context);
        told.add(event.expr);
        context.report({
          span: event.at,
          message: `\`${name}\` is already locked by this thread${elsewhere(held, context)}, so this \`${event.name}\` waits for itself and never returns. Unlock it before, or leave this lock to the caller.`,
          related: earlier(held, 'It is locked here'),
        });
      },
      end() {
        for (const { first, again } of [...takenTwice(root), ...elementTwice('lock', root)]) {
          root.report({
            span: again.call,
            message: `\`${again.name}\` is already taken here, so this \`${calledName(again.call)}\` waits for what this thread itself holds. Give it back before, or take it once.`,
            related: [{ span: first.call, message: 'It is taken here' }],
          });
        }
        for (const { first, again } of takenOverRounds(root)) {
          if (told.has(first.call)) continue;
          root.report({
            span: first.call,
            message: `\`${first.name}\` is taken here for the last time in this round, and the next round begins by taking it: \`${calledName(again.call)}\` then waits for what this thread itself holds. Give it back before the round ends.`,
            related: [{ span: again.call, message: 'The next round takes it here' }],
          });
        }
      },
    };
  },
};

/** A thread is started that gives the mutex back without taking it: who locks it again waits until the thread has come that far. */
function handOver({ site, args, path }: CallEvent, context: RuleContext): void {
  const spawn = site?.call.effects.find(({ op }) => op === 'spawn-thread');
  const from = spawn?.op === 'spawn-thread' ? spawn.from : undefined;
  const index = parameterIndex(site?.call.params, from);
  const routine = args[index] && unwrap(args[index].expr);
  const started = routine?.kind === 'name' ? context.functionNamed(routine.name)?.definition : undefined;
  if (!started) {
    return;
  }
  const mutexes = (name: RegExp) =>
    callsIn(started, name).flatMap((call) => (call.args[0] && lastName(call.args[0])) ?? []);
  const taken = mutexes(/(?<!un)lock$/);
  const given = mutexes(/unlock$/).filter((name) => !taken.includes(name));
  forgetMutexes(prefix, path, (place) => given.some((name) => new RegExp(`\\b${name}$`).test(place)));
}

/** The way from one lock to the other depends on nothing that may also decide about an unlock. */
function isCertain(event: CallEvent, held: MutexState, context: RuleContext): boolean {
  return comesAgain(
    event,
    held,
    /unlock/i,
    (first, second) => first.every((choice) => second.includes(choice)),
    context,
  );
}
