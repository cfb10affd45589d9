import { FileIndex } from '../../analysis/survey';
import { type FunctionDefinition, type Stmt, walkStmt } from '../../c/ast';
import { calledName } from '../../c/cfg';
import type { Rule, RuleContext } from '../rule';
import { fixOf, withFlag } from '../shared/edits';
import { endsProcess, leavesAtEnd } from '../shared/endings';
import { isLoop } from '../shared/loops';
import { arms, around } from '../shared/statements';
import { certainBits, constantNamed } from '../shared/support';
import {
  callsTo,
  type FileCall,
  fileCalls,
  fileMakes,
  fileNames,
  lastName,
  ownCalls,
  textOf,
} from '../shared/whole-file';
import { drainedUntilEmpty, endsNotice, notifiedBy, openedBlocking } from './notified';

const receiving = /^mq_(?:timed)?receive$/;
const pausing = /^(?:pause|sigsuspend|sigwait|sigwaitinfo|sigtimedwait|sleep|pselect|ppoll)$/;

export const notifyOnce: Rule = {
  meta: {
    id: 'posix-mq/notify-once',
    severity: 'warning',
    preset: 'recommended',
    title: 'A message queue gives notice once, and the program counts on more',
    explanation:
      'The call mq_notify gives one notice, when a message comes into an empty queue, and the registration is gone then. Who does not register again, registers only after emptying the queue, or leaves messages in it, hears of no later message.',
    silence:
      'Programs that wait for one message only, and registrations in functions that are called from elsewhere.',
    references: [
      { page: 'mq_notify', section: 3 },
      { page: 'mq_overview', section: 7 },
    ],
    example: {
      bad: `#include <mqueue.h>
#include <signal.h>
#include <stddef.h>

int serve(mqd_t queue, char *buffer, size_t size, const sigset_t *set) {
  struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGUSR1};
  if (mq_notify(queue, &event) == -1)
    return -1;
  for (;;) {
    if (sigwaitinfo(set, NULL) == -1)
      return -1;
    while (mq_receive(queue, buffer, size, NULL) != -1)
      continue;
  }
}
`,
      good: `#include <mqueue.h>
#include <signal.h>
#include <stddef.h>

int serve(mqd_t queue, char *buffer, size_t size, const sigset_t *set) {
  struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGUSR1};
  if (mq_notify(queue, &event) == -1)
    return -1;
  for (;;) {
    if (sigwaitinfo(set, NULL) == -1)
      return -1;
    if (mq_notify(queue, &event) == -1)
      return -1;
    while (mq_receive(queue, buffer, size, NULL) != -1)
      continue;
  }
}
`,
    },
  },
  check: (context) => ({
    end() {
      const own = ownCalls(context, /^mq_notify$/).filter((call) => registers(call, context));
      if (own.length === 0) {
        return;
      }
      const all = fileCalls(context, 'mq_notify').filter((call) => registers(call, context));
      const again = all.filter((call) => comesAgain(call, context));
      if (again.length === 0 && goesOn(context) && !takesBack(context) && !endsWithNotice(context)) {
        for (const call of own) reportOnce(call, context);
      }
      for (const call of own) checkNotified(call, context);
      for (const call of own) {
        if (again.some(({ expr }) => expr === call.expr)) checkOrder(call, context);
        for (const renewal of renewals(call, context)) checkOrder(renewal, context);
      }
      if (own.some((call) => call.expr === all[0]?.expr)) checkBlocking(context);
      for (const call of own) checkSent(call, context);
    },
  }),
};

/** The message is in the queue when the program registers, and nobody takes it out: no message ever arrives in an empty queue. */
function checkSent({ expr, within }: FileCall, context: RuleContext): void {
  const queue = expr.args[0] && textOf(expr.args[0], within, context);
  const own = arms(within, expr);
  const sent = ownCalls(context, /^mq_(?:timed)?send$/).find(
    (call) =>
      call.expr.end < expr.start &&
      call.expr.args[0] !== undefined &&
      textOf(call.expr.args[0], within, context) === queue &&
      arms(within, call.expr).every((arm) => own.includes(arm)),
  );
  // Others may empty the queue, and who registers and then empties it himself has lost nothing.
  const isAlone = !fileMakes(context, /fork|thread|exec|spawn/i) && ownCalls(context, receiving).length === 0;
  if (!sent || !isAlone || around(within, expr).some(isLoop)) return;
  context.report({
    span: expr,
    message:
      'A message waits in the queue already when this registers, and notice comes only when one arrives in an empty queue: nothing ever tells of this one or of those behind it. Register before the message is sent, or empty the queue behind it.',
    related: [{ span: sent.expr, message: 'The message is sent here' }],
  });
}

/** What is asked for in a loop over several queues comes again for each only where the functions that are started register. */
function checkNotified(call: FileCall, context: RuleContext): void {
  const notified = notifiedBy(call, context);
  const [first] = notified;
  if (!first) return;
  const isAnew = comesAgain(call, context) && !takesBack(context) && !endsWithNotice(context);
  if (isAnew && notified.every((one) => endsNotice(one, context) && !isStarted(one.call.within, context))) {
    reportOnce(call, context);
  }
  for (const one of notified) {
    const opened = openedBlocking(one, context);
    const drained = opened && drainedUntilEmpty(one, context);
    if (!drained) continue;
    context.report({
      span: { ...opened.expr, within: opened.within },
      message:
        'The queue is opened without O_NONBLOCK, so the loop that the notice starts, which empties it until EAGAIN, waits in the last `mq_receive` and never comes back. Open it with O_NONBLOCK.',
      related: [{ span: { ...drained.expr, within: drained.within }, message: 'The queue is emptied here' }],
    });
  }
}

/** Not the call that takes a registration back. */
function registers({ expr, within }: FileCall, context: RuleContext): boolean {
  const [, event] = expr.args;
  const scope = context.scope.file.scopeOf(within);
  return event !== undefined && event.kind !== 'null' && scope.evaluator.constant(event, scope) !== 0n;
}

/** Who takes a registration back does not want all notices there may be. */
function takesBack(context: RuleContext): boolean {
  return fileCalls(context, 'mq_notify').some((call) => !registers(call, context));
}

/** Members that hold what signals and notices start. */
const fields = new Set(['sigev_notify_function', 'sa_handler', 'sa_sigaction']);

/** `signal`, and functions that by their names do the same: `Signal_rt(SIGUSR1, on_notice)`, `install_handler(...)`. */
const installs =
  /^(?:(?:[a-z]{2,7}_)?signal(?:_(?:rt|intr|handler))?|(?:set|install|add|register|catch)_?(?:signal|sig)?_?(?:handler|action)?)$/i;

/** Functions that signals and notices start. */
const started = new FileIndex<true>(({ body }) => {
  const names = new Set<string>();
  walkStmt(body, {
    expr: (expr) => {
      if (expr.kind === 'assign' && expr.target.kind === 'member' && fields.has(expr.target.field)) {
        names.add(lastName(expr.value) ?? '');
      } else if (expr.kind === 'init') {
        for (const { designators, value } of expr.items) {
          const [field] = designators.slice(-1);
          if (typeof field === 'string' && (fields.has(field) || field === '_function'))
            names.add(lastName(value) ?? '');
        }
      } else if (expr.kind === 'call' && installs.test(calledName(expr) ?? '')) {
        for (const arg of expr.args.slice(1)) names.add(lastName(arg) ?? '');
      }
    },
  });
  return [...names].map((name) => [name, true]);
});

function isStarted({ name }: FunctionDefinition, context: RuleContext): boolean {
  return context.ask(started, name).length > 0;
}

/** The registration stands in a loop or a handler, or in a function that is called there. */
function comesAgain({ expr, within }: FileCall, context: RuleContext, depth = 0): boolean {
  if (around(within, expr).some(isLoop) || isStarted(within, context)) {
    return true;
  }
  const callers = callsTo(context, within.name);
  return depth < 3 && (callers.length > 1 || callers.some((call) => comesAgain(call, context, depth + 1)));
}

/** Calls in handlers of the function that registers. */
function renewals({ within }: FileCall, context: RuleContext): FileCall[] {
  return callsTo(context, within.name).filter((call) => isStarted(call.within, context));
}

/** Functions by what their last statement calls. */
const lastCalls = new FileIndex<{ call: string; definition: FunctionDefinition }>((definition) => {
  const { body } = definition;
  const last = body.kind === 'block' ? body.body.at(-1) : undefined;
  const call = last?.kind === 'expr' ? calledName(last.expr) : undefined;
  return call === undefined ? [] : [[call, { call, definition }]];
});

/** The function that the notice starts ends the process: there is no later message to miss. */
function endsWithNotice(context: RuleContext): boolean {
  return context
    .ask(lastCalls, /./)
    .some(({ call, definition }) => endsProcess(call, context) && isStarted(definition, context));
}

/** The program waits again after the first notice. */
function goesOn(context: RuleContext): boolean {
  const waits = fileCalls(context, pausing);
  const loops = waits.some(({ expr, within }) => {
    const loop = around(within, expr).findLast(isLoop);
    return loop !== undefined && !isBounded(loop) && !leavesAtEnd(loop.body, context);
  });
  const threads = fileNames(context, 'SIGEV_THREAD');
  return loops || (threads && waits.length > 0);
}

function isBounded(loop: Stmt): boolean {
  return loop.kind === 'for' && loop.test !== undefined && loop.update !== undefined;
}

function reportOnce({ expr }: FileCall, context: RuleContext): void {
  context.report({
    span: expr,
    message:
      'This registration is used up by the first notice, and nothing registers again, so the program sleeps through all later messages. Call `mq_notify` again after each notice, before the queue is emptied.',
  });
}

/** Registered only when the queue has been emptied, or the queue not emptied at all. */
function checkOrder(call: FileCall, context: RuleContext): void {
  const { expr, within } = call;
  const outer = around(within, expr).findLast(isLoop);
  const inside = fileCalls(context, receiving).filter(
    (other) =>
      other.within === within && (!outer || (outer.start <= other.expr.start && other.expr.end <= outer.end)),
  );
  const drains = (other: FileCall) => innerLoop(other, outer, within) !== undefined;
  const before = inside.filter((other) => other.expr.end < expr.start);
  const after = inside.filter((other) => other.expr.start > expr.end);
  const [drained] = before.filter(drains);
  if (drained && after.length === 0) {
    context.report({
      span: { ...expr, within },
      message:
        'A message that comes between the last `mq_receive` and this registration finds nobody registered, and as the queue is not empty then, no notice follows at all. Register first, then empty the queue.',
      related: [{ span: { ...drained.expr, within }, message: 'The queue is emptied here' }],
    });
    return;
  }
  const [single] = after;
  if (single && before.length === 0 && after.length === 1 && !drains(single)) {
    context.report({
      span: { ...single.expr, within },
      message:
        'This takes one message, and notice comes only when a message arrives in an empty queue: with two messages waiting, the second stays and no notice comes any more. Receive in a loop until EAGAIN, on a queue opened with O_NONBLOCK.',
      related: [{ span: { ...expr, within }, message: 'The registration is renewed here' }],
    });
  }
}

/** A loop around a call that does not hold the registration too. */
function innerLoop(
  { expr }: FileCall,
  outer: Stmt | undefined,
  within: FunctionDefinition,
): Stmt | undefined {
  const loop = around(within, expr).findLast(isLoop);
  return loop === outer ? undefined : loop;
}

/** Emptying until the queue says EAGAIN waits for ever on a queue that blocks. */
function checkBlocking(context: RuleContext): void {
  const drained = fileCalls(context, receiving).find(({ expr, within }) => {
    const loop = around(within, expr).findLast(isLoop);
    return loop?.test !== undefined && loop.test.start <= expr.start && expr.end <= loop.test.end;
  });
  const opened = fileCalls(context, 'mq_open');
  const [only] = opened;
  const flags = only?.expr.args[1];
  if (!drained || !only || !flags || opened.length !== 1 || fileMakes(context, /^(?:mq_setattr|fcntl)$/)) {
    return;
  }
  const scope = context.scope.file.scopeOf(only.within);
  const known = scope.evaluator.constant(flags, scope);
  const bits = known ?? certainBits(flags, context.in(scope));
  if (known === undefined || (bits & constantNamed('O_NONBLOCK')) !== 0n) {
    return;
  }
  context.report({
    span: { ...only.expr, within: only.within },
    message: `The queue is opened without O_NONBLOCK, so the loop that empties it (\`${textOf(drained.expr, drained.within, context)}\`) waits in the last \`mq_receive\` and never comes back. Open it with O_NONBLOCK.`,
    related: [{ span: { ...drained.expr, within: drained.within }, message: 'The queue is emptied here' }],
    ...fixOf(
      'Add O_NONBLOCK',
      only.within === context.scope.definition ? withFlag(flags, 'O_NONBLOCK', context) : undefined,
    ),
  });
}
