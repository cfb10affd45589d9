import type { CallEvent } from '../../analysis/events';
import type { Rule, RuleContext } from '../rule';
import { callsIn } from '../shared/uses';
import { signalName } from '../subjects/signal-handlers';
import { Masks, missing, nothingBlocks, setAt } from '../subjects/signal-masks';

export const notBlocked: Rule = {
  meta: {
    id: 'signal/not-blocked',
    severity: 'warning',
    preset: 'recommended',
    title: 'Signals are waited for that are not blocked',
    explanation:
      '`sigwait`, `sigwaitinfo` and `signalfd` take signals that are pending, and a signal stays pending only while it is blocked. One that is not blocked does what its action says when it comes, which for most ends the process, and is never seen by the wait.',
    silence:
      'Functions whose callers may have blocked the signals, sets whose members are not known, and threads, unless nothing in the program changes a signal mask.',
    references: [
      { page: 'sigwaitinfo', section: 2 },
      { page: 'signalfd', section: 2 },
      { page: 'sigwait', section: 3 },
    ],
    example: {
      bad: `#include <signal.h>

int main(void) {
  sigset_t set;
  int sig;
  sigemptyset(&set);
  sigaddset(&set, SIGUSR1);
  return sigwait(&set, &sig);
}
`,
      good: `#include <signal.h>

int main(void) {
  sigset_t set;
  int sig;
  sigemptyset(&set);
  sigaddset(&set, SIGUSR1);
  if (sigprocmask(SIG_BLOCK, &set, NULL) == -1)
    return 1;
  return sigwait(&set, &sig);
}
`,
    },
  },
  check: (root) => {
    const { definition } = root.scope;
    const wholeProgram = definition.name === 'main';
    const masks = new Masks();
    return {
      mark: (event, context) => masks.follow(event, context),
      call(event, context) {
        if (!event.site || !waiting.test(event.name)) return;
        const param = event.name === 'signalfd' ? 'mask' : 'set';
        const set = setAt(event, param);
        if (event.name === 'signalfd' && blocksBehind(event, context)) return;
        if (wholeProgram) {
          const absent = missing(set, masks.at(event));
          if (absent) report(event, absent, context);
        } else if (event.name !== 'signalfd' && nothingBlocks(context)) {
          report(event, set && set !== 'every' ? [...set] : [], context);
        }
      },
    };
  },
};

const waiting = /^(?:sigwait|sigwaitinfo|sigtimedwait|signalfd)$/;

/** Nothing is lost as long as the signals are blocked before the descriptor is read: who makes it first may block them next. */
function blocksBehind({ at, expr }: CallEvent, { scope: { definition } }: RuleContext): boolean {
  return (
    at.within === definition &&
    callsIn(definition, /^(?:sigprocmask|pthread_sigmask)$/).some(({ start }) => start > expr.end)
  );
}

function report(event: CallEvent, signals: readonly number[], context: RuleContext): void {
  const names = signals.map(signalName);
  const which = names.length > 0 ? names.join(', ') : 'Nothing';
  const verb =
    names.length > 0
      ? names.length === 1
        ? 'is not blocked'
        : 'are not blocked'
      : 'is blocked in this program';
  context.report({
    span: event.at,
    message: `${which} ${verb} when \`${event.name}\` waits: a signal that comes takes its action, which for most ends the process, and is not seen here. Block the signals with \`sigprocmask\` (\`pthread_sigmask\` in threads) before anything can send them.`,
  });
}
