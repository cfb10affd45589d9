import type { CallEvent } from '../../analysis/events';
import { unwrap } from '../../analysis/operators';
import { type Expr, walkStmt } from '../../c/ast';
import { calledName } from '../../c/cfg';
import type { Report, Rule, RuleContext } from '../rule';
import { Always } from '../shared/always';
import { spanOfSite } from '../shared/loops';
import { allOrigins, excerpt, isDirect } from '../shared/support';

export const pclose: Rule = {
  meta: {
    id: 'popen/pclose',
    severity: 'error',
    preset: 'recommended',
    title: 'A stream of popen is closed with fclose, or another one with pclose',
    explanation:
      '`popen` starts a process, and only pclose waits for it and gives its status. After fclose the finished command stays as a zombie; pclose on a stream that popen did not make fails and leaves it open.',
    silence: 'Streams whose origin is not known, or that may come from either call.',
    references: [{ page: 'popen', section: 3 }],
    example: {
      bad: `#include <stdio.h>

int first_line(char *line, int size) {
  FILE *users = popen("who", "r");
  if (users == NULL)
    return -1;
  if (fgets(line, size, users) == NULL)
    line[0] = 0;
  return fclose(users);
}
`,
      good: `#include <stdio.h>

int first_line(char *line, int size) {
  FILE *users = popen("who", "r");
  if (users == NULL)
    return -1;
  if (fgets(line, size, users) == NULL)
    line[0] = 0;
  return pclose(users);
}
`,
    },
  },
  check() {
    const always = new Always();
    return {
      call(event, context) {
        if (event.site && (event.name === 'fclose' || event.name === 'pclose')) {
          always.see(event.expr, reportFor(event, context));
        }
      },
      end: () => always.send(),
    };
  },
};

function reportFor(event: CallEvent, context: RuleContext): (() => void) | undefined {
  const stream = event.args[0];
  const wrong = event.name === 'fclose' ? 'popen-stream' : 'stream';
  const origins = stream && allOrigins(stream.value, ({ kind, at }) => kind === wrong && at === 'return');
  const made = origins?.[0]?.site;
  if (!stream || !made) {
    return undefined;
  }
  if (wrong === 'stream' && alsoFromPopen(stream.expr, context)) {
    return undefined;
  }
  const name = excerpt(context, stream.expr);
  const right = event.name === 'fclose' ? 'pclose' : 'fclose';
  const problem =
    event.name === 'fclose'
      ? `\`${name}\` comes from \`${made.call.name}\`: \`fclose\` does not wait for the command, which stays as a zombie`
      : `\`${name}\` comes from \`${made.call.name}\`, not from popen: \`pclose\` fails and the stream stays open`;
  const { callee } = event.expr;
  const report: Report = {
    span: event.at,
    message: `${problem}. Close it with \`${right}\`.`,
    related: [
      {
        span: spanOfSite(made),
        message: 'The stream is made here',
      },
    ],
    ...(isDirect(event.at, event.expr)
      ? {
          fix: {
            title: `Close with ${right}`,
            edits: [{ span: { start: callee.start, end: callee.end }, text: right }],
          },
        }
      : {}),
  };
  return () => context.report(report);
}

/** The variable also gets streams of popen here: who closes one with pclose knows by other means which it has. */
function alsoFromPopen(stream: Expr, { scope: { definition } }: RuleContext): boolean {
  let found = false;
  const isPopen = (value: Expr | undefined) => value !== undefined && calledName(unwrap(value)) === 'popen';
  const name = stream.kind === 'name' ? stream.name : undefined;
  walkStmt(definition.body, {
    expr: (expr) => {
      if (expr.kind === 'assign' && expr.target.kind === 'name' && expr.target.name === name)
        found ||= isPopen(expr.value);
    },
  });
  return found;
}
