import type { CallEvent } from '../../analysis/events';
import { withoutCasts } from '../../analysis/operators';
import type { CallSite } from '../../analysis/values';
import type { Expr } from '../../c/ast';
import { calledName } from '../../c/cfg';
import type { Rule, RuleContext } from '../rule';
import { targetOf } from '../shared/dropped';
import { failureExit, fixOf, insertedAfter, lineOf } from '../shared/edits';
import { spanOfSite } from '../shared/loops';
import { statementOf } from '../shared/statements';
import { excerpt, isDirect, mayFail } from '../shared/support';
import { callsIn } from '../shared/uses';
import { textOf } from '../shared/whole-file';
import { goesOnAsParent } from './as-parent';
import { failureAsChild, runsAsChild, waitForNobody } from './failure-goes-on';
import { Questions } from './handed-on';

export const unchecked: Rule = {
  meta: {
    id: 'fork/unchecked',
    severity: 'warning',
    preset: 'recommended',
    title: 'A fork that failed is taken for the parent of a child',
    explanation:
      'When there are too many processes or too little memory, fork returns -1 and makes no child. A program that only asks for 0 goes on as if there were one: it waits for it, or sends a signal to process -1, which is everybody.',
    silence:
      'Results that are returned or given to functions and macros that may look at them out of sight, and tests of the call itself, as in `if (fork() == 0)`, where no number is kept that could be used.',
    references: [{ page: 'fork', section: 2 }],
    example: {
      bad: `#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

int run(void) {
  pid_t pid = fork();
  if (pid == 0) {
    execlp("date", "date", (char *)NULL);
    _exit(127);
  }
  return waitpid(pid, NULL, 0) == pid ? 0 : -1;
}
`,
      good: `#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

int run(void) {
  pid_t pid = fork();
  if (pid == -1)
    return -1;
  if (pid == 0) {
    execlp("date", "date", (char *)NULL);
    _exit(127);
  }
  return waitpid(pid, NULL, 0) == pid ? 0 : -1;
}
`,
    },
  },
  check(own) {
    /** Forks in helpers that come back with -1 when these have failed. */
    const handed = new Set<CallSite>();
    return {
      call(event, context) {
        if (mayFail(event) && /^(?:v?fork|forkpty)$/.test(event.name)) checkFork(event, context);
        const nobody = waitForNobody(event, context);
        if (nobody) context.report(nobody);
      },
      store({ value: { value, expr }, path }) {
        const [origin] = value.constant === -1n ? (value.origins ?? []) : [];
        if (origin?.effect?.op !== 'fork' || calledName(withoutCasts(expr)) !== origin.site.within.name)
          return;
        if (path.outcome(origin.site) === 'failure') handed.add(origin.site);
      },
      end() {
        for (const fork of handed) {
          for (const call of callsIn(own.scope.definition, /./)) {
            if (calledName(call) === fork.within.name) checkHelper(call, fork, own);
          }
        }
      },
    };
  },
};

/** A helper hands on that its fork has failed, and its caller does not ask. */
function checkHelper(call: Expr, fork: CallSite, own: RuleContext): void {
  const { definition } = own.scope;
  const helper = own.functionNamed(fork.within.name);
  const target = targetOf(definition, call);
  if (helper?.definition !== fork.within || !target) {
    return;
  }
  const made = targetOf(fork.within, fork.expr);
  const hands = new Questions(fork.expr, made && textOf(made, fork.within, own), helper, own);
  // Where nobody asks at all, the fork itself is told.
  if (!hands.isAnswered) {
    return;
  }
  const questions = new Questions(call, textOf(target, definition, own), own.scope, own, 1);
  if (questions.isAnswered || !questions.any) {
    return;
  }
  const name = excerpt(own, target);
  own.report({
    span: call,
    message: `Nothing tells apart whether the \`${fork.call.name}\` in \`${fork.within.name}\` failed: \`${name}\` is then -1, and the program goes on as the parent of a child that does not exist. Test it for -1 first.`,
    related: [{ span: spanOfSite(fork), message: 'The child is made here' }],
  });
}

function checkFork(event: CallEvent, context: RuleContext): void {
  const { definition } = context.scope;
  const target = targetOf(definition, event.expr);
  const text = target && textOf(target, definition, context);
  const questions = new Questions(event.expr, text, context.scope, context);
  const asChild = failureAsChild(event, (expr) => questions.is(expr), context);
  if (asChild) context.report(asChild);
  const alsoChild = runsAsChild(event, target, context);
  if (alsoChild) context.report(alsoChild);
  const asParent = goesOnAsParent(event, context);
  if (asParent) context.report(asParent);
  if (questions.isAnswered) {
    return;
  }
  const stmt = statementOf(definition, event.expr);
  const direct = !target;
  // Nobody who asks just `fork() == 0` can use the number of a child that is not there.
  if (direct && stmt.kind !== 'switch') {
    return;
  }
  if (!questions.any && (direct || target.kind !== 'name')) {
    return;
  }
  const name = target ? `\`${excerpt(context, target)}\`` : 'the result';
  context.report({
    span: event.at,
    message: `Nothing tells apart whether this \`${event.name}\` failed: ${name} is then -1, and the program goes on as the parent of a child that does not exist. Test it for -1 first.`,
    ...checkFix(event, target, context),
  });
}

/** A test behind the statement, in the way in which the function gives up elsewhere. */
function checkFix(event: CallEvent, target: Expr | undefined, context: RuleContext) {
  const { definition } = context.scope;
  const line = isDirect(event.at, event.expr) ? lineOf(event.expr, definition) : undefined;
  const plain = line?.stmt.kind === 'decl' || (line?.stmt.kind === 'expr' && line.parent.kind === 'block');
  const exit = failureExit(context);
  const name = target && context.source(target);
  return fixOf(
    'Give up when it fails',
    line && plain && exit !== undefined && name !== undefined && /^\w+$/.test(name)
      ? insertedAfter(line, `if (${name} == -1)\n\t${exit}`, context)
      : undefined,
  );
}
