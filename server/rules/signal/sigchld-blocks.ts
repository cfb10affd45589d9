import { calledName } from '../../c/cfg';
import type { Rule } from '../rule';
import { childHandlers, eightChildren, waitsOf } from '../subjects/child-handlers';

export const sigchldBlocks: Rule = {
  meta: {
    id: 'signal/sigchld-blocks',
    severity: 'warning',
    preset: 'recommended',
    title: 'The SIGCHLD handler waits until the last child has ended',
    explanation:
      'Without WNOHANG a wait blocks until a child ends. In a loop inside the handler it takes the one that ended and then waits for the next: the program stands still in the handler until it has no child any more.',
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
        waitsOf(handler, context).find(({ looped, any, returns }) => looped && any && returns === false),
      ({ call, within }, handler, context) => {
        const name = calledName(call);
        const [, , options] = call.args;
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
