import { someStmtIn } from '../../c/ast';
import { calledName } from '../../c/cfg';
import type { Rule, RuleContext } from '../rule';
import { loopAround, Result, resultPlace } from '../shared/loops';
import { contains } from '../shared/statements';
import { childHandlers, eightChildren, type Wait, waitsOf } from '../subjects/child-handlers';

/** `while ((pid = waitpid(-1, &status, WNOHANG)) >= 0)`, and nothing in the loop leaves it. */
function goesOnAtZero({ call, within, returns }: Wait, context: RuleContext): boolean {
  const loop = loopAround(within, call);
  if (!returns || !loop?.test || !contains(loop.test, call)) return false;
  const own = context.in(context.scope.file.scopeOf(within));
  const result = new Result(call, resultPlace(within, call), own);
  const leaves = someStmtIn(loop.body, ({ kind }) => /^(?:break|return|goto)$/.test(kind));
  return !leaves && result.holds(loop.test, 0n) === true && result.holds(loop.test, -1n) === false;
}

export const sigchldBlocks: Rule = {
  meta: {
    id: 'signal/sigchld-blocks',
    severity: 'warning',
    preset: 'recommended',
    title: 'The SIGCHLD handler waits until the last child has ended',
    explanation:
      'Without WNOHANG a wait blocks until a child ends. In a loop inside the handler it takes the one that ended and then waits for the next: the program stands still in the handler until it has no child any more. With WNOHANG it does so as well when its loop goes on where the wait returns 0.',
    silence:
      'Programs that make a single child, waits that stand outside loops, and options that are not known.',
    references: [{ page: 'wait', section: 2 }],
    example: {
      bad: `#include <errno.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

static void on_child(int sig) {
  int saved = errno;
  (void)sig;
  while (waitpid(-1, NULL, 0) > 0)
    ;
  errno = saved;
}

${eightChildren}`,
      good: `#include <errno.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

static void on_child(int sig) {
  int saved = errno;
  (void)sig;
  while (waitpid(-1, NULL, WNOHANG) > 0)
    ;
  errno = saved;
}

${eightChildren}`,
    },
  },
  check: (own) =>
    childHandlers(
      own,
      (handler, context) =>
        waitsOf(handler, context).find(
          (wait) => wait.looped && wait.any && (wait.returns === false || goesOnAtZero(wait, context)),
        ),
      ({ call, within, returns }, handler, context) => {
        const name = calledName(call);
        if (returns) {
          return {
            message: `With WNOHANG \`${name}\` returns 0 as long as a child lives, and this loop in the handler of SIGCHLD goes on at 0: the program stands still in \`${handler.name}\`, with all of a processor, until its last child has ended. Go on only while it returns more than 0.`,
          };
        }
        const options = call.args[2];
        const isPlain = name === 'waitpid' && within === handler;
        return {
          message: `This loop in the handler of SIGCHLD calls \`${name}\` without WNOHANG, so after the child that ended it waits for all others, and the program stands still in \`${handler.name}\`. ${
            name === 'wait' ? 'Use `waitpid(-1, ..., WNOHANG)`' : 'Pass WNOHANG'
          }.`,
          ...(isPlain && options && context.source({ ...options, within: handler }) === '0'
            ? { fix: { title: 'Pass WNOHANG', edits: [{ span: options, text: 'WNOHANG' }] } }
            : {}),
        };
      },
    ),
};
