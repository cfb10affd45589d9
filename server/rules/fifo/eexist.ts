import type { CallEvent } from '../../analysis/events';
import { unwrap } from '../../analysis/operators';
import type { Rule, RuleContext } from '../rule';
import { leavesSomewhere } from '../shared/endings';
import { Result } from '../shared/loops';
import { around } from '../shared/statements';
import { excerpt } from '../shared/support';
import { fileNames, ownCalls } from '../shared/whole-file';
import { callsOnNames } from '../subjects/fifos';

export const fifoEexist: Rule = {
  meta: {
    id: 'fifo/eexist',
    severity: 'warning',
    preset: 'recommended',
    title: 'A FIFO that is there already stops the program, and nothing ever removes it',
    explanation:
      'A FIFO stays in the file system until it is unlinked. A program that takes every failure of mkfifo as fatal, and never removes the FIFO, runs once: the second time mkfifo fails with EEXIST.',
    silence:
      'Programs that mention EEXIST or remove the FIFO themselves, before or after, and names that are made at run time.',
    references: [
      { page: 'mkfifo', section: 3 },
      { page: 'fifo', section: 7 },
    ],
    example: {
      bad: `#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#define REQUESTS "/run/example/requests"

void prepare(void) {
  if (mkfifo(REQUESTS, 0600) == -1) {
    perror("mkfifo");
    exit(1);
  }
}
`,
      good: `#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#define REQUESTS "/run/example/requests"

void prepare(void) {
  if (mkfifo(REQUESTS, 0600) == -1 && errno != EEXIST) {
    perror("mkfifo");
    exit(1);
  }
}
`,
    },
  },
  check: () => ({
    call(event, context) {
      if (!event.site || event.name !== 'mkfifo' || event.args[0]?.value.text === undefined) return;
      if (event.at.start !== event.expr.start || !isFatal(event, context)) return;
      if (fileNames(context, 'EEXIST') || removes(event, context) || isMissing(event, context)) return;
      const name = excerpt(context, event.args[0].expr);
      context.report({
        span: event.at,
        message: `The FIFO ${name} stays when the program ends and nothing in it removes it, so at the next start \`mkfifo\` fails with EEXIST and the program stops here. Let EEXIST pass, or \`unlink\` the FIFO at the end.`,
      });
    },
  }),
};

/** The call is the whole test of an `if` whose branch ends the program or the function. */
function isFatal(event: CallEvent, context: RuleContext): boolean {
  const stmt = around(context.scope.definition, event.expr).at(-1);
  if (stmt?.kind !== 'if') {
    return false;
  }
  const result = new Result(event.expr, undefined, context);
  return (
    result.holds(stmt.test, -1n) === true &&
    result.holds(stmt.test, 0n) === false &&
    leavesSomewhere(stmt.consequent)
  );
}

/** `if (stat(path, &found) == -1 || !S_ISFIFO(found.st_mode))`: whether there is one has been asked, and it is made only where there is none. */
function isMissing(event: CallEvent, context: RuleContext): boolean {
  const name = context.source(unwrap(event.args[0]!.expr));
  return ownCalls(context, /^(?:l?stat|access)$/).some(
    ({ expr: { args, end } }) =>
      end < event.expr.start && args[0] !== undefined && context.source(unwrap(args[0])) === name,
  );
}

/** Something in the file removes files: this one, or one whose name it gets from elsewhere. */
function removes(event: CallEvent, context: RuleContext): boolean {
  const written = context.source(unwrap(event.args[0]!.expr)).replace(/\s+/g, '');
  return callsOnNames(/^(?:unlink|unlinkat|remove)$/, context).some(
    ({ name, text }) => name === written || text === undefined || text === event.args[0]?.value.text,
  );
}
