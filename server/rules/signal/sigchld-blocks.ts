import { calledName } from '../../c/cfg';
import { makesSeveral, waitsOf } from '../child-handlers';
import type { Rule } from '../rule';
import { installation, installs } from '../signal-handlers';
import { constantNamed } from '../support';

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

int main(void) {
  struct sigaction action = {.sa_handler = on_child, .sa_flags = SA_RESTART};
  sigemptyset(&action.sa_mask);
  if (sigaction(SIGCHLD, &action, NULL) == -1)
    return 1;
  for (int i = 0; i < 8; i++) {
    pid_t pid = fork();
    if (pid == -1)
      return 1;
    if (pid == 0)
      _exit(0);
  }
  for (;;)
    pause();
}
`,
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

int main(void) {
  struct sigaction action = {.sa_handler = on_child, .sa_flags = SA_RESTART};
  sigemptyset(&action.sa_mask);
  if (sigaction(SIGCHLD, &action, NULL) == -1)
    return 1;
  for (int i = 0; i < 8; i++) {
    pid_t pid = fork();
    if (pid == -1)
      return 1;
    if (pid == 0)
      _exit(0);
  }
  for (;;)
    pause();
}
`,
    },
  },
  check: () => ({
    call(event, context) {
      if (!installs(event) || event.args[0]?.value.constant !== constantNamed('SIGCHLD')) return;
      const handler = installation(event, context)?.handler;
      const wait =
        handler &&
        waitsOf(handler, context).find(({ looped, any, returns }) => looped && any && returns === false);
      if (!handler || !wait || !makesSeveral(context)) return;
      const name = calledName(wait.call);
      context.report({
        span: { start: wait.call.start, end: wait.call.end, within: wait.within },
        message: `This loop in the handler of SIGCHLD calls \`${name}\` without WNOHANG, so after the child that ended it waits for all others, and the program stands still in \`${handler.name}\`. ${
          name === 'wait' ? 'Use `waitpid(-1, ..., WNOHANG)`' : 'Pass WNOHANG'
        }.`,
        related: [{ span: event.at, message: `\`${handler.name}\` becomes the handler of SIGCHLD here` }],
        ...(name === 'waitpid' &&
        wait.within === handler &&
        context.source({ ...wait.call.args[2]!, within: handler }) === '0'
          ? { fix: { title: 'Pass WNOHANG', edits: [{ span: wait.call.args[2]!, text: 'WNOHANG' }] } }
          : {}),
      });
    },
  }),
};
