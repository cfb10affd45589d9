import type { PathEndEvent } from '../../analysis/events';
import { depthOf } from '../../analysis/places';
import { around, callsIn, choicesAround, followMutexes, heldMutexes, type MutexState } from '../mutexes';
import type { Rule, RuleContext } from '../rule';

const prefix = 'lock/held-on-return';

export const lockHeldOnReturn: Rule = {
  meta: {
    id: 'lock/held-on-return',
    severity: 'warning',
    preset: 'recommended',
    title: 'A function returns early and leaves the mutex locked that it unlocks otherwise',
    explanation:
      'The next thread that locks the mutex, or the same one, waits for ever: on the way by which the function left, nobody unlocks it any more.',
    silence:
      'Functions named after locking or getting something, returns of a value that is not a constant (the caller may get it locked), locks under a test, locks whose result is looked at, and functions that do not unlock the mutex on their normal way.',
    references: [{ page: 'pthread_mutex_lock', section: 3 }],
    example: {
      bad: `#include <pthread.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static int stock;

int take(int n) {
  pthread_mutex_lock(&lock);
  if (stock < n)
    return -1;
  stock -= n;
  pthread_mutex_unlock(&lock);
  return 0;
}
`,
      good: `#include <pthread.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static int stock;

int take(int n) {
  pthread_mutex_lock(&lock);
  if (stock < n) {
    pthread_mutex_unlock(&lock);
    return -1;
  }
  stock -= n;
  pthread_mutex_unlock(&lock);
  return 0;
}
`,
    },
  },
  check: () => ({
    mark: (event, context) => followMutexes(prefix, event, context),
    pathEnd(event, context) {
      if (
        event.how !== 'return' ||
        /lock|acquire|get|begin|enter|start|open/i.test(context.scope.definition.name)
      ) {
        return;
      }
      for (const state of heldMutexes(prefix, event.path, context)) {
        const isOwn = state.within === context.scope.definition && depthOf(state.place) <= 1;
        if (isOwn && isForgotten(event, state, context)) report(event, state, context);
      }
    },
  }),
};

/** An early return of a constant, after which the normal way unlocks. */
function isForgotten({ value, at }: PathEndEvent, { start }: MutexState, context: RuleContext): boolean {
  const { definition } = context.scope;
  const early = choicesAround(definition, at.start);
  if (
    !value ||
    value.value.constant === undefined ||
    early.length === 0 ||
    choicesAround(definition, start).length > 0
  ) {
    return false;
  }
  if (around(definition.body, at.start).at(-1)?.kind !== 'return') {
    return false;
  }
  const mutex = argumentText(start, context);
  return callsIn(definition, /^pthread_mutex_unlock$/).some(
    (call) =>
      call.start > at.start &&
      choicesAround(definition, call.start).every(({ kind }) => kind === 'label') &&
      argumentText(call.start, context) === mutex,
  );
}

/** What stands between the parentheses of a call that begins here. */
function argumentText(start: number, context: RuleContext): string | undefined {
  const call = callsIn(context.scope.definition, /^pthread_mutex_(?:un)?lock$/).find(
    (found) => found.start === start,
  );
  const arg = call?.kind === 'call' ? call.args[0] : undefined;
  return arg && context.source(arg).replace(/\s+/g, '');
}

function report({ at }: PathEndEvent, { start, within }: MutexState, context: RuleContext): void {
  const mutex = argumentText(start, context)?.replace(/^&/, '');
  const span = around(context.scope.definition.body, at.start).at(-1) ?? at;
  context.report({
    span: { start: span.start, end: at.end },
    message: `This return leaves \`${mutex}\` locked, so the next \`pthread_mutex_lock\` of it waits for ever. Unlock it before returning, or go to the unlock at the end.`,
    related: [
      {
        span: { start, end: start + 'pthread_mutex_lock'.length, within },
        message: `\`${mutex}\` is locked here`,
      },
    ],
  });
}
