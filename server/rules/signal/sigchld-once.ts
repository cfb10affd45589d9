import { type FunctionDefinition, walkStmt } from '../../c/ast';
import { calledName } from '../../c/cfg';
import { makesSeveral, type Wait, waitsOf } from '../child-handlers';
import type { Rule, RuleContext } from '../rule';
import { installation, installs } from '../signal-handlers';
import { constantNamed } from '../support';

export const sigchldOnce: Rule = {
  meta: {
    id: 'signal/sigchld-once',
    severity: 'warning',
    preset: 'recommended',
    title: 'The SIGCHLD handler reaps one child, though one signal can stand for several',
    explanation:
      'Signals of the same number merge while one is pending: three children that end at nearly the same time may give one SIGCHLD. A handler that calls wait once leaves the others as zombies for as long as the process lives.',
    silence:
      'Programs that make a single child, handlers that wait for one child by its identifier, and waits in a loop.',
    references: [
      { page: 'wait', section: 2 },
      { page: 'signal', section: 7 },
    ],
    example: {
      bad: `#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

static void on_child(int sig) {
  (void)sig;
  waitpid(-1, NULL, WNOHANG);
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
      const wait = handler && singleWait(handler, context);
      if (!handler || !wait || !makesSeveral(context)) return;
      context.report({
        span: { start: wait.call.start, end: wait.call.end, within: wait.within },
        message: `\`${handler.name}\` calls \`${calledName(wait.call)}\` once for each SIGCHLD, but children that end while one is pending raise only one signal: the others stay as zombies. Use \`while (waitpid(-1, ..., WNOHANG) > 0)\`.`,
        related: [{ span: event.at, message: `\`${handler.name}\` becomes the handler of SIGCHLD here` }],
      });
    },
  }),
};

/** A wait for any child that stands outside loops, when there is no other. */
function singleWait(handler: FunctionDefinition, context: RuleContext): Wait | undefined {
  const [only, ...others] = waitsOf(handler, context);
  // A helper may be called in a loop, or the handler jump back.
  const plain = only?.within === handler && !jumpsBack(handler);
  return only && others.length === 0 && plain && only.any && !only.looped ? only : undefined;
}

function jumpsBack({ body }: FunctionDefinition): boolean {
  let found = false;
  walkStmt(body, {
    stmt: (stmt) => {
      found ||= stmt.kind === 'goto';
    },
  });
  return found;
}
