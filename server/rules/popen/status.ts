import type { Rule } from '../rule';
import { lostAfter } from '../shared/dropped';
import { spanOfSite } from '../shared/loops';
import { allOrigins, excerpt, isDirect } from '../shared/support';

export const status: Rule = {
  meta: {
    id: 'popen/status',
    severity: 'information',
    preset: 'teaching',
    title: 'Nobody looks at how the command that popen started has ended',
    explanation:
      'The shell is started in any case: that there is no such command, or that it failed half way, shows only in the status that pclose returns. Without it a broken command looks like one with little output.',
    silence: 'Results that are cast to void, and streams that do not surely come from popen.',
    references: [
      { page: 'popen', section: 3 },
      { page: 'wait', section: 2 },
    ],
    example: {
      bad: `#include <stdio.h>

int users(char *line, int size) {
  FILE *who = popen("who | wc -l", "r");
  if (who == NULL)
    return -1;
  if (fgets(line, size, who) == NULL)
    line[0] = 0;
  pclose(who);
  return 0;
}
`,
      good: `#include <stdio.h>

int users(char *line, int size) {
  FILE *who = popen("who | wc -l", "r");
  if (who == NULL)
    return -1;
  if (fgets(line, size, who) == NULL)
    line[0] = 0;
  return pclose(who) == 0 ? 0 : -1;
}
`,
    },
  },
  check: () => ({
    call(event, context) {
      const [stream] = event.args;
      if (!event.site || event.name !== 'pclose' || !stream || !isDirect(event.at, event.expr)) return;
      const made = allOrigins(stream.value, ({ kind }) => kind === 'popen-stream');
      const lost = made && lostAfter(event.expr, context);
      if (!made || !lost) return;
      const where =
        lost.how === 'variable' ? `goes into \`${lost.name}\`, where nobody reads it` : 'is ignored';
      context.report({
        span: event.at,
        message: `The status that \`pclose\` returns for \`${excerpt(context, stream.expr)}\` ${where}: a command that was not found or failed looks like one that worked. Test it for 0, or take it apart with WIFEXITED and WEXITSTATUS.`,
        related: made
          .slice(0, 1)
          .map(({ site }) => ({ span: spanOfSite(site), message: 'The command is started here' })),
      });
    },
  }),
};
