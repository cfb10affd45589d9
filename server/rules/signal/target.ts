import type { Rule } from '../rule';
import { spanOfSite } from '../shared/loops';
import { allOrigins, argument, excerpt } from '../shared/support';

export const signalTarget: Rule = {
  meta: {
    id: 'signal/target',
    severity: 'error',
    preset: 'recommended',
    title: 'A signal is sent to the process that a failed fork did not make',
    explanation:
      'When fork fails it returns -1, and kill with -1 sends the signal to every process that the program may signal. In the child fork returns 0, and kill with 0 sends it to the whole process group.',
    silence: 'A plain 0 or -1 written by the programmer, and process identifiers that come from elsewhere.',
    references: [
      { page: 'kill', section: 2 },
      { page: 'fork', section: 2 },
    ],
    example: {
      bad: `#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

void run_for_a_second(void) {
  pid_t pid = fork();
  if (pid == 0) {
    pause();
    _exit(0);
  }
  sleep(1);
  kill(pid, SIGTERM);
  if (pid > 0)
    waitpid(pid, NULL, 0);
}
`,
      good: `#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

void run_for_a_second(void) {
  pid_t pid = fork();
  if (pid == -1)
    return;
  if (pid == 0) {
    pause();
    _exit(0);
  }
  sleep(1);
  kill(pid, SIGTERM);
  waitpid(pid, NULL, 0);
}
`,
    },
  },
  check: () => ({
    call(event, context) {
      if (event.name !== 'kill' || !event.site) {
        return;
      }
      const pid = argument(event, 'pid');
      const made = pid && allOrigins(pid.value, ({ effect, at }) => effect?.op === 'fork' && at === 'return');
      const value = pid?.value.constant;
      const [origin, ...others] = made ?? [];
      // Signal 0 is sent to nobody: it asks whether somebody is there.
      const asks = argument(event, 'sig')?.value.constant === 0n;
      if (asks || !pid || !origin || others.length > 0 || (value !== -1n && value !== 0n)) {
        return;
      }
      const name = excerpt(context, pid.expr);
      const inChild = value === 0n;
      context.report({
        span: event.at,
        ...(inChild ? { severity: 'warning' as const } : {}),
        message: inChild
          ? `In the child \`${name}\` is 0, and \`kill\` with 0 signals every process of the group, the parent and the child itself among them. Use \`getppid()\` or \`getpid()\` for the one that is meant.`
          : `When \`${origin.site.call.name}\` fails, \`${name}\` is -1 here, and \`kill\` with -1 signals every process this user may signal. Handle the failure before this call.`,
        related: [
          {
            span: spanOfSite(origin.site),
            message: `\`${name}\` comes from this \`${origin.site.call.name}\``,
          },
        ],
      });
    },
  }),
};
