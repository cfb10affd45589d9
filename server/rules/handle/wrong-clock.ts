import type { CallEvent } from '../../analysis/events';
import type { Expr } from '../../c/ast';
import { calledName } from '../../c/cfg';
import type { Rule, RuleContext } from '../rule';
import { deadlineOf, sourcesOf } from '../shared/deadlines';
import { fixOf, renamed } from '../shared/edits';
import { excerpt } from '../shared/support';
import { fileCalls, lastName } from '../shared/whole-file';

export const wrongClock: Rule = {
  meta: {
    id: 'handle/wrong-clock',
    severity: 'error',
    preset: 'recommended',
    title: 'A time limit is read from another clock than the call goes by',
    explanation:
      'CLOCK_REALTIME counts from 1970, CLOCK_MONOTONIC from when the machine was started. A limit from the wrong one lies decades in the past or in the future: the call fails at once, or never gives up.',
    silence:
      'Times that come from somewhere else, condition variables initialised in another file, and clocks that are chosen at run time.',
    references: [
      { page: 'clock_gettime', section: 2 },
      { page: 'sem_timedwait', section: 3 },
      { page: 'pthread_cond_timedwait', section: 3 },
    ],
    example: {
      bad: `#include <mqueue.h>
#include <time.h>

ssize_t next(mqd_t queue, char *job, size_t size) {
  struct timespec limit;
  clock_gettime(CLOCK_MONOTONIC, &limit);
  limit.tv_sec += 2;
  return mq_timedreceive(queue, job, size, NULL, &limit);
}
`,
      good: `#include <mqueue.h>
#include <time.h>

ssize_t next(mqd_t queue, char *job, size_t size) {
  struct timespec limit;
  clock_gettime(CLOCK_REALTIME, &limit);
  limit.tv_sec += 2;
  return mq_timedreceive(queue, job, size, NULL, &limit);
}
`,
    },
  },
  check: () => ({
    call(event, context) {
      const deadline = deadlineOf(event);
      if (!deadline) return;
      const { variable, arg } = deadline;
      const { definition } = context.scope;
      const { clocks, reads, unknown } = sourcesOf(definition, variable, context, false, 0, arg);
      const [clock, ...others] = readBefore(reads, event, clocks);
      const right = clockOf(event, deadline.clock, context);
      if (unknown || !clock || others.length > 0 || !right || family(clock) === family(right)) return;
      const end =
        right === 'CLOCK_REALTIME'
          ? 'is decades in the past there, so the call fails with ETIMEDOUT at once'
          : 'is decades in the future there, so the call never gives up';
      const read = reads.find((expr) => calledName(expr) === 'clock_gettime');
      context.report({
        span: event.at,
        message: `\`${event.name}\` goes by ${right} here, but \`${excerpt(context, arg)}\` was read from ${clock}: that time ${end}. Read ${right} instead.`,
        ...(read ? { related: [{ span: read, message: `${clock} is read here` }] } : {}),
        ...(read?.kind === 'call' && reads.length === 1 && event.at.start === event.expr.start
          ? fixOf(`Read ${right}`, renamed(read.args[0], clock, right, context))
          : {}),
      });
    },
  }),
};

/** The clocks that are read before the call, when all are read by this function: what a later round of a loop reads comes too late. */
function readBefore(
  reads: readonly Expr[],
  { expr }: CallEvent,
  clocks: ReadonlySet<string>,
): ReadonlySet<string> {
  const named = reads.flatMap((read) => {
    const clock = read.kind === 'call' && read.args[0] ? lastName(read.args[0]) : undefined;
    return clock === undefined ? [] : [{ clock, isBefore: read.end <= expr.start }];
  });
  const isAll = [...clocks].every((clock) => named.some((one) => one.clock === clock));
  const before = named.filter(({ isBefore }) => isBefore);
  return isAll && before.length > 0 ? new Set(before.map(({ clock }) => clock)) : clocks;
}

/** Clocks that count from the same point. */
function family(clock: string): string {
  return /REALTIME|TAI/.test(clock) ? 'real' : clock;
}

/** The clock that a call goes by; undefined where that is decided out of sight. */
function clockOf(event: CallEvent, index: number | undefined, context: RuleContext): string | undefined {
  if (index !== undefined) {
    const named = event.args[index]?.expr;
    return named?.kind === 'name' && /^CLOCK_/.test(named.name) ? named.name : undefined;
  }
  return event.name.startsWith('pthread_cond') ? clockOfCondition(event, context) : 'CLOCK_REALTIME';
}

/** The clock of a condition variable, by the initialisation in this file. */
function clockOfCondition(event: CallEvent, context: RuleContext): string | undefined {
  const [first] = event.args;
  const condition = first && lastName(first.expr);
  const clocks = new Map<string, string>();
  const initialised = new Map<string, string | undefined>();
  for (const { name, expr } of fileCalls(context, /^pthread_(?:condattr_setclock|cond_init)$/)) {
    const [object, second] = expr.args;
    const subject = object && lastName(object);
    if (subject === undefined || !second) continue;
    if (name === 'pthread_cond_init') {
      initialised.set(subject, second.kind === 'null' ? undefined : (lastName(second) ?? ''));
    } else clocks.set(subject, second.kind === 'name' ? second.name : '');
  }
  if (condition === undefined) {
    return undefined;
  }
  if (!initialised.has(condition)) {
    const own = context.scope.file.symbols.global(condition);
    return own && clocks.size === 0 ? 'CLOCK_REALTIME' : undefined;
  }
  const attributes = initialised.get(condition);
  if (attributes === undefined) {
    return 'CLOCK_REALTIME';
  }
  const clock = clocks.get(attributes);
  return clock === undefined ? (clocks.size === 0 ? 'CLOCK_REALTIME' : undefined) : clock || undefined;
}
