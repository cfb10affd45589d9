import type { CallEvent } from '../../analysis/events';
import type { Rule, RuleContext } from '../rule';
import { loopAround } from '../shared/loops';
import { isStatement } from '../shared/statements';
import { argument } from '../shared/support';
import { signalName } from '../subjects/signal-handlers';

export const queue: Rule = {
  meta: {
    id: 'rt-signal/queue',
    severity: 'warning',
    preset: 'recommended',
    title: 'Values are queued with signals that do not queue, or a full queue is not noticed',
    explanation:
      'Only SIGRTMIN to SIGRTMAX queue: of a standard signal at most one is pending, and the values sent with the others are lost. And the queue of a process has an end, RLIMIT_SIGPENDING: then sigqueue fails with EAGAIN and the value is lost too.',
    silence: 'Signals whose numbers are not known, single signals, and results that are looked at.',
    references: [
      { page: 'sigqueue', section: 3 },
      { page: 'signal', section: 7 },
    ],
    example: {
      bad: `#include <signal.h>

int send_all(pid_t to, const int *numbers, int count) {
  for (int i = 0; i < count; i++) {
    union sigval value = {.sival_int = numbers[i]};
    if (sigqueue(to, SIGUSR1, value) == -1)
      return -1;
  }
  return 0;
}
`,
      good: `#include <signal.h>

int send_all(pid_t to, const int *numbers, int count) {
  for (int i = 0; i < count; i++) {
    union sigval value = {.sival_int = numbers[i]};
    if (sigqueue(to, SIGRTMIN, value) == -1)
      return -1;
  }
  return 0;
}
`,
    },
  },
  check: () => ({
    call(event, context) {
      if (!event.site || event.name !== 'sigqueue') return;
      const { definition } = context.scope;
      if (!loopAround(definition, event.expr)) return;
      const signal = argument(event, 'sig')?.value.constant;
      if (signal !== undefined && signal > 0n && signal < 32n) reportStandard(event, Number(signal), context);
      else if (isStatement(definition, event.expr)) reportDropped(event, context);
    },
  }),
};

function reportStandard(event: CallEvent, signal: number, context: RuleContext): void {
  context.report({
    span: event.at,
    message: `${signalName(signal)} does not queue: while one is pending, further ones are merged with it and the values that this loop sends with them are lost. Use a signal from SIGRTMIN to SIGRTMAX.`,
  });
}

function reportDropped(event: CallEvent, context: RuleContext): void {
  context.report({
    span: event.at,
    message:
      "`sigqueue` fails with EAGAIN when the receiver's queue is full, and this loop goes on without noticing that the value is lost. Test the result, and wait and try again on EAGAIN.",
  });
}
