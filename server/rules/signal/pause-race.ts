import type { CallEvent } from '../../analysis/events';
import { type Expr, type FunctionDefinition, type Stmt, somePart, walkExpr } from '../../c/ast';
import type { Rule, RuleContext } from '../rule';
import { accessesTo, isUsedAsValue } from '../shared/globals';
import { around, contains } from '../shared/statements';
import { addressed, assignmentsTo } from '../shared/uses';
import { type FileCall, fileMakes, ownCalls } from '../shared/whole-file';
import { Masks, nothingBlocks, setAt } from '../subjects/signal-masks';
import { waitsBlocked } from './blocked-wait';
import { openedWaits } from './opened-wait';

export const pauseRace: Rule = {
  meta: {
    id: 'signal/pause-race',
    severity: 'warning',
    preset: 'recommended',
    title: 'A signal that comes between the test and the wait is missed',
    explanation:
      'Between the test of the flag and pause lies a moment in which the signal may come: the handler sets the flag, and pause then waits for another signal, perhaps for ever. sigsuspend lets the signal in and waits in one step, but only when the signal is blocked before the test. Where it is still blocked during the wait, the wait never ends. The same moment lies between a sigprocmask that lets the signal in and the select or poll behind it.',
    silence:
      'Waits without a test before them, waits with a timeout, and flags that no signal handler of the file sets. Where nothing in the program sends signals, it is information only.',
    references: [
      { page: 'pause', section: 2 },
      { page: 'sigsuspend', section: 2 },
    ],
    example: {
      bad: `#include <signal.h>
#include <unistd.h>

static volatile sig_atomic_t done;

static void on_usr1(int sig) {
  (void)sig;
  done = 1;
}

int main(void) {
  struct sigaction action = {.sa_handler = on_usr1};
  sigemptyset(&action.sa_mask);
  if (sigaction(SIGUSR1, &action, NULL) == -1)
    return 1;
  pid_t child = fork();
  if (child == -1)
    return 1;
  if (child == 0)
    _exit(kill(getppid(), SIGUSR1) == -1);
  while (!done)
    pause();
  return 0;
}
`,
      good: `#include <signal.h>
#include <unistd.h>

static volatile sig_atomic_t done;

static void on_usr1(int sig) {
  (void)sig;
  done = 1;
}

int main(void) {
  sigset_t blocked, before;
  struct sigaction action = {.sa_handler = on_usr1};
  sigemptyset(&action.sa_mask);
  if (sigaction(SIGUSR1, &action, NULL) == -1)
    return 1;
  sigemptyset(&blocked);
  sigaddset(&blocked, SIGUSR1);
  if (sigprocmask(SIG_BLOCK, &blocked, &before) == -1)
    return 1;
  while (!done)
    sigsuspend(&before);
  return 0;
}
`,
    },
  },
  check: (root) => {
    const masks = new Masks();
    return {
      mark: (event, context) => masks.follow(event, context),
      end() {
        for (const report of openedWaits(root)) root.report(report);
      },
      call(event, context) {
        if (!event.site || (event.name !== 'pause' && event.name !== 'sigsuspend')) return;
        const blocked = event.name === 'pause' ? masks.at(event) : setAt(event, 'mask');
        const endless = waitsBlocked(event, blocked, context);
        if (endless) {
          context.report(endless);
          return;
        }
        const look = event.name === 'pause' ? lookForChild(event, context) : undefined;
        const flag = look ? undefined : testedFlag(event, context);
        if (look) {
          context.report({
            span: event.at,
            message: `A child that ends after \`${look.name}\` has looked for it and before \`pause\` has sent its SIGCHLD already, and \`pause\` waits for another signal, perhaps for ever. Block SIGCHLD before \`${look.name}\` and wait with \`sigsuspend\`, or let \`${look.name}\` wait without WNOHANG.`,
            related: [{ span: look.expr, message: 'The child is looked for here' }],
          });
        } else if (event.name === 'pause') {
          if (flag === undefined) return;
          if (isTimed(event, flag.test, context)) return;
          const sent = fileMakes(context, sending);
          context.report({
            span: event.at,
            // Who presses a key may press it again.
            ...(sent ? {} : { severity: 'information' as const }),
            message: `A signal that comes after the test of \`${flag.name}\` and before \`pause\` sets the flag unseen, and \`pause\` waits for another one, perhaps for ever. Block the signal before the test and wait with \`sigsuspend\`.`,
            related: [{ span: flag.test, message: 'The flag is tested here' }],
          });
        } else if (isOpen(event, masks, root, context)) {
          context.report({
            span: event.at,
            message: `No signal is blocked here, so one that comes just before \`sigsuspend\` is handled at once and \`sigsuspend\` waits for another, perhaps for ever. Block the signal with \`sigprocmask\` before ${flag ? `\`${flag.name}\` is tested` : 'anything can send it'}.`,
            related: flag ? [{ span: flag.test, message: 'The flag is tested here' }] : [],
          });
        }
      },
    };
  },
};

/** Calls by which a program arranges for signals that come once and by themselves. */
const sending =
  /^(?:v?fork|clone3?|posix_spawnp?|kill|killpg|tgkill|raise|sigqueue|pthread_kill|u?alarm|setitimer|timer_settime|mq_notify)$/;

/** `while (waitpid(pid, &status, WNOHANG) == 0) pause();` */
function lookForChild(event: CallEvent, context: RuleContext): FileCall | undefined {
  const tests = around(context.scope.definition, event.expr).flatMap((stmt) => testOf(stmt, event.expr));
  const looks = ownCalls(context, /^wait(?:pid|id|[34])$/).find(
    ({ expr }) =>
      tests.some((test) => contains(test, expr)) &&
      expr.args.some((arg) => somePart(arg, (part) => part.kind === 'name' && part.name === 'WNOHANG')),
  );
  // A clock that ticks ends the wait.
  const ticks = fileMakes(context, /^(?:ualarm|setitimer|timer_settime)$/);
  return looks && !ticks && !isTimed(event, looks.expr, context) ? looks : undefined;
}

/** Between the test and the wait an alarm is set, so that it ends in time and the flag is tested again. */
function isTimed({ expr }: CallEvent, test: Expr, context: RuleContext): boolean {
  return ownCalls(context, /^(?:u?alarm|setitimer|timer_settime)$/).some(
    ({ name, expr: { start, end, args } }) =>
      end <= expr.start && (test.end <= start || (name === 'setitimer' && comesAgain(args[1], context))),
  );
}

/** The timer rings again and again: what came too early comes once more. See setitimer(2), `it_interval`. */
function comesAgain(timer: Expr | undefined, { scope }: RuleContext): boolean {
  const name = addressed(timer);
  return ['tv_sec', 'tv_usec'].some((member) =>
    assignmentsTo(scope.definition, `${name}.it_interval.${member}`).some(
      ({ value, at }) =>
        timer !== undefined &&
        at.start < timer.start &&
        (scope.evaluator.constant(value, scope) ?? 1n) !== 0n,
    ),
  );
}

function isHandler({ name, type }: FunctionDefinition, context: RuleContext): boolean {
  return type.params[0]?.type.k === 'int' && type.params.length !== 2 && isUsedAsValue(name, context);
}

/** Whether nothing is blocked for certain: while a handler runs, its own signal and those of its mask are. */
function isOpen(event: CallEvent, masks: Masks, root: RuleContext, context: RuleContext): boolean {
  if (isHandler(context.scope.definition, context)) return false;
  const blocked = masks.at(event);
  if (root.scope.definition.name === 'main') {
    return blocked !== undefined && blocked !== 'every' && blocked.size === 0;
  }
  return nothingBlocks(context);
}

/** The flag of a handler that the loop or `if` around a wait tests. */
function testedFlag(event: CallEvent, context: RuleContext): { name: string; test: Expr } | undefined {
  const tests = around(context.scope.definition, event.expr).flatMap((stmt) => testOf(stmt, event.expr));
  const names = new Set<string>();
  const tested: { name: string; test: Expr }[] = [];
  for (const test of tests) {
    walkExpr(test, (inner) => {
      if (inner.kind !== 'name' || context.scope.typeOf(inner.name)) return;
      names.add(inner.name);
      tested.push({ name: inner.name, test });
    });
  }
  if (names.size === 0) {
    return undefined;
  }
  return tested.find(({ name }) =>
    accessesTo(name, context).some(({ kind, within }) => kind === 'write' && isHandler(within, context)),
  );
}

/** The test of a statement, when the place is in its body and not in the test itself. */
function testOf(stmt: Stmt, place: Expr): Expr[] {
  const tests =
    stmt.kind === 'while' || stmt.kind === 'if' || ((stmt.kind === 'for' || stmt.kind === 'do') && stmt.test)
      ? [stmt.test as Expr]
      : [];
  return tests.filter((test) => place.end <= test.start || test.end <= place.start);
}
