import type { CallEvent } from '../../analysis/events';
import type { CallSite } from '../../analysis/values';
import { type Expr, someExprIn, walkStmt } from '../../c/ast';
import { calledName } from '../../c/cfg';
import type { Rule, RuleContext } from '../rule';
import { argumentNamed, fixOf, withFlag } from '../shared/edits';
import { mentions } from '../shared/globals';
import { loopAround, spanOfSite } from '../shared/loops';
import { allOrigins, argument, constantNamed } from '../shared/support';

export const eventfdSemaphore: Rule = {
  meta: {
    id: 'eventfd/semaphore',
    severity: 'warning',
    preset: 'recommended',
    title: 'An eventfd is taken for a semaphore without EFD_SEMAPHORE, or for a counter with it',
    explanation:
      'A read of an eventfd takes the whole count and leaves 0, so the first of several waiters gets all permits. With EFD_SEMAPHORE a read always gives 1 and takes 1, so the number that is read says nothing of how many events there were.',
    silence: 'Flags and first values that are not known, and eventfds that start at 0 or 1.',
    references: [{ page: 'eventfd', section: 2 }],
    example: {
      bad: `#include <stdint.h>
#include <sys/eventfd.h>
#include <unistd.h>

int start_workers(int count) {
  int permits = eventfd(3, EFD_CLOEXEC);
  if (permits == -1)
    return -1;
  for (int i = 0; i < count; i++) {
    pid_t pid = fork();
    if (pid == -1)
      return -1;
    if (pid == 0) {
      uint64_t one;
      if (read(permits, &one, sizeof one) != sizeof one)
        _exit(1);
      _exit(0);
    }
  }
  return permits;
}
`,
      good: `#include <stdint.h>
#include <sys/eventfd.h>
#include <unistd.h>

int start_workers(int count) {
  int permits = eventfd(3, EFD_CLOEXEC | EFD_SEMAPHORE);
  if (permits == -1)
    return -1;
  for (int i = 0; i < count; i++) {
    pid_t pid = fork();
    if (pid == -1)
      return -1;
    if (pid == 0) {
      uint64_t one;
      if (read(permits, &one, sizeof one) != sizeof one)
        _exit(1);
      _exit(0);
    }
  }
  return permits;
}
`,
    },
  },
  check() {
    const made = new Map<CallSite, { initial: bigint | undefined; semaphore: boolean }>();
    const reads: { event: CallEvent; context: RuleContext }[] = [];
    return {
      call(event, context) {
        if (!event.site) return;
        const flags = event.args[1]?.value.constant;
        if (event.name === 'eventfd' && flags !== undefined) {
          const semaphore = (flags & constantNamed('EFD_SEMAPHORE')) !== 0n;
          made.set(event.site, { initial: event.args[0]?.value.constant, semaphore });
        } else if (event.name === 'read' || event.name === 'eventfd_read') {
          reads.push({ event, context });
        }
      },
      end() {
        for (const { event, context } of reads) {
          const origins = allOrigins(argument(event, 'fd')?.value ?? {}, ({ kind }) => kind === 'eventfd');
          const site = origins?.length === 1 ? origins[0]?.site : undefined;
          const known = site && made.get(site);
          if (!site || !known) continue;
          const use = useOfValue(event, context);
          if (known.semaphore && use) reportCounter(event, use, site, context);
          else if (
            !known.semaphore &&
            (known.initial ?? 0n) > 1n &&
            isWhole(event) &&
            !use &&
            isLooped(event, context)
          ) {
            reportPermits(event, known.initial!, site, context);
          }
        }
      },
    };
  },
};

/** A read of the right size: any other fails. */
function isWhole(event: CallEvent): boolean {
  return event.name === 'eventfd_read' || argument(event, 'count')?.value.constant === 8n;
}

/** The variable that a read fills. */
function target(event: CallEvent): string | undefined {
  const arg = event.expr.args[1];
  const inner = arg?.kind === 'cast' ? arg.value : arg;
  return inner?.kind === 'unary' && inner.op === '&' && inner.operand.kind === 'name'
    ? inner.operand.name
    : undefined;
}

/** Where the number that was read is added to something, or bounds a loop. */
function useOfValue(event: CallEvent, context: RuleContext): Expr | undefined {
  const name = target(event);
  let use: Expr | undefined;
  if (name === undefined) {
    return undefined;
  }
  const isIt = (expr: Expr) => expr.kind === 'name' && expr.name === name;
  walkStmt(context.scope.definition.body, {
    expr: (expr) => {
      if (expr.start < event.expr.end) return;
      if (expr.kind === 'assign' && /^[+-]=$/.test(expr.op) && isIt(expr.value)) use ??= expr;
      if (
        expr.kind === 'binary' &&
        (expr.op === '+' || expr.op === '-') &&
        (isIt(expr.left) || isIt(expr.right))
      ) {
        use ??= expr;
      }
    },
    stmt: (stmt) => {
      const test = (stmt.kind === 'for' || stmt.kind === 'while') && stmt.test;
      if (test && test.start > event.expr.end && test.kind === 'binary' && mentions(test, name)) use ??= test;
    },
  });
  return use;
}

/** Several processes, threads or rounds wait for a permit. */
function isLooped(event: CallEvent, context: RuleContext): boolean {
  const { role } = event.path;
  const fork = role.kind === 'child' ? role.fork : undefined;
  return (
    loopAround(context.scope.definition, event.expr) !== undefined ||
    (fork !== undefined && loopAround(fork.within, fork.expr) !== undefined) ||
    startsThreads(context)
  );
}

function startsThreads(context: RuleContext): boolean {
  return someExprIn(context.scope.definition.body, (expr) => calledName(expr) === 'pthread_create');
}

function reportCounter(event: CallEvent, use: Expr, site: CallSite, context: RuleContext): void {
  context.report({
    span: event.at,
    message: `With EFD_SEMAPHORE \`${event.name}\` always gives 1, however many events there were, so what is counted with \`${target(event)}\` is wrong. Leave EFD_SEMAPHORE out to take all events at once.`,
    related: [
      { span: spanOfSite(site), message: 'The eventfd is created here' },
      { span: use, message: 'The number is counted here' },
    ],
  });
}

function reportPermits(event: CallEvent, initial: bigint, site: CallSite, context: RuleContext): void {
  context.report({
    span: event.at,
    message: `Without EFD_SEMAPHORE the first \`${event.name}\` takes all ${initial} permits at once and leaves 0, so the other waiters wait for ever. Create the eventfd with EFD_SEMAPHORE.`,
    related: [{ span: spanOfSite(site), message: 'The eventfd is created here' }],
    ...fixOf(
      'Create it with EFD_SEMAPHORE',
      site.within === context.scope.definition && event.at.start === event.expr.start
        ? withFlag(argumentNamed(site, 'flags'), 'EFD_SEMAPHORE', context)
        : undefined,
    ),
  });
}
