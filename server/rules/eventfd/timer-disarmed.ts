import type { CallEvent } from '../../analysis/events';
import { unwrap } from '../../analysis/operators';
import type { ExprOf } from '../../c/ast';
import { calledName } from '../../c/cfg';
import type { Rule, RuleContext } from '../rule';
import { fillingOf } from '../shared/filling';

/** Where each call is given the time of a timer, and in what members that has its seconds and the rest. */
const setting: Readonly<Record<string, { index: number; parts: readonly string[] }>> = {
  timerfd_settime: { index: 2, parts: ['tv_sec', 'tv_nsec'] },
  timer_settime: { index: 2, parts: ['tv_sec', 'tv_nsec'] },
  setitimer: { index: 1, parts: ['tv_sec', 'tv_usec'] },
};

export const timerDisarmed: Rule = {
  meta: {
    id: 'eventfd/timer-disarmed',
    severity: 'warning',
    preset: 'recommended',
    title: 'A timer gets an interval but no first time, and so never starts',
    explanation:
      'A timer starts when `it_value`, the time to its first expiration, is not 0; a 0 stops it, whatever `it_interval` says. The call succeeds, and who reads the descriptor or waits for the signal waits for ever.',
    silence:
      'Timers of which a member is not known, and those that are given nothing but zeros, which stops them on purpose.',
    references: [
      { page: 'timerfd_create', section: 2 },
      { page: 'timer_settime', section: 2 },
      { page: 'setitimer', section: 2 },
    ],
    example: {
      bad: `#include <sys/timerfd.h>
#include <unistd.h>

int every_second(void) {
  struct itimerspec period = {.it_interval = {.tv_sec = 1}};
  int timer = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC);
  if (timer == -1)
    return -1;
  if (timerfd_settime(timer, 0, &period, NULL) == -1) {
    close(timer);
    return -1;
  }
  return timer;
}
`,
      good: `#include <sys/timerfd.h>
#include <unistd.h>

int every_second(void) {
  struct itimerspec period = {.it_interval = {.tv_sec = 1}, .it_value = {.tv_sec = 1}};
  int timer = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC);
  if (timer == -1)
    return -1;
  if (timerfd_settime(timer, 0, &period, NULL) == -1) {
    close(timer);
    return -1;
  }
  return timer;
}
`,
    },
  },
  check: () => ({
    call(event, context) {
      const given = event.site && setting[event.name];
      if (given && (neverStarts(event, given) || isLeftOut(event, given.index, context)))
        report(event, given.index, context);
    },
  }),
};

function neverStarts(
  event: CallEvent,
  { index, parts }: { index: number; parts: readonly string[] },
): boolean {
  const constants = (member: string) =>
    parts.map((part) => event.member(index, `${member}.${part}`)?.constant);
  const interval = constants('it_interval');
  return (
    constants('it_value').every((value) => value === 0n) &&
    interval.some((value) => value !== undefined && value !== 0n)
  );
}

/** The structure was filled with zeros, and of its members only the interval is named before the call. */
function isLeftOut(event: CallEvent, index: number, context: RuleContext): boolean {
  const given = event.args[index] && unwrap(event.args[index].expr);
  const object = given?.kind === 'unary' && given.op === '&' ? unwrap(given.operand) : undefined;
  if (object?.kind !== 'name' || event.at.within !== context.scope.definition) return false;
  const only = (call: ExprOf<'call'>) => call === event.expr || setting[calledName(call) ?? ''] !== undefined;
  const filling = fillingOf(context, object.name, event.expr, only);
  return filling?.zeroed === true && filling.set.has('it_interval') && !filling.set.has('it_value');
}

function report(event: CallEvent, index: number, context: RuleContext): void {
  const name = context.source(event.args[index]!.expr).replace(/^&/, '');
  context.report({
    span: event.at,
    message: `\`it_value\` of \`${name}\` is 0, which stops the timer: \`it_interval\` only counts behind the first expiration, and there is none. Set \`it_value\` to the time until that.`,
  });
}
