import type { CallEvent, Operand } from '../../analysis/events';
import { unwrap } from '../../analysis/operators';
import { type Expr, walkStmt } from '../../c/ast';
import { calledName } from '../../c/cfg';
import type { Report, Rule, RuleContext } from '../rule';
import { Always } from '../shared/always';
import { keptBy } from '../shared/kept';
import { spanOfSite } from '../shared/loops';
import { allOrigins, excerpt, isDirect } from '../shared/support';
import { declaratorOf } from '../shared/uses';
import { type FileCall, fileMentions } from '../shared/whole-file';

export const pclose: Rule = {
  meta: {
    id: 'popen/pclose',
    severity: 'error',
    preset: 'recommended',
    title: 'A stream of popen is closed with fclose, or another one with pclose',
    explanation:
      '`popen` starts a process, and only pclose waits for it and gives its status. After fclose the finished command stays as a zombie; pclose on a stream that popen did not make fails and leaves it open.',
    silence:
      'Streams whose origin is not known, and those that may come from either call in a file that closes some with pclose.',
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
    const told = new Set<Expr>();
    const sometimes = new Map<Expr, () => void>();
    return {
      call(event, context) {
        if (!event.site || (event.name !== 'fclose' && event.name !== 'pclose')) return;
        const report = reportFor(event, context);
        const send = () => {
          told.add(event.expr);
          if (report) context.report(report);
        };
        always.see(event.expr, event.at, report && send);
        const mixed = event.name === 'fclose' ? neverPaired(event, context) : undefined;
        if (mixed) sometimes.set(event.expr, () => context.report(mixed));
      },
      end() {
        always.send();
        for (const [place, send] of sometimes) if (!told.has(place)) send();
      },
    };
  },
};

function reportFor(event: CallEvent, context: RuleContext): Report | undefined {
  const stream = event.args[0];
  const wrong = event.name === 'fclose' ? 'popen-stream' : 'stream';
  const origins = stream && allOrigins(stream.value, ({ kind, at }) => kind === wrong && at === 'return');
  const kept = wrong === 'popen-stream' ? keptFromPopen : keptFromFile;
  const made = origins?.[0]?.site ?? (stream && kept(stream, context));
  if (!stream || !made) {
    return undefined;
  }
  if (wrong === 'stream' && alsoFromPopen(stream.expr, context)) {
    return undefined;
  }
  const name = excerpt(context, stream.expr);
  const right = event.name === 'fclose' ? 'pclose' : 'fclose';
  const maker = 'call' in made ? made.call.name : made.name;
  const problem =
    event.name === 'fclose'
      ? `\`${name}\` comes from \`${maker}\`: \`fclose\` does not wait for the command, which stays as a zombie`
      : `\`${name}\` comes from \`${maker}\`, not from popen: \`pclose\` fails and the stream stays open`;
  const { callee } = event.expr;
  return {
    span: event.at,
    message: `${problem}. Close it with \`${right}\`.`,
    related: [
      {
        span: 'call' in made ? spanOfSite(made) : { ...made.expr, within: made.within },
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
}

/** The stream may be one of popen's, and nothing in the file ever closes such a one: whatever tells them apart, here it is closed wrong. */
function neverPaired({ args: [stream], at }: CallEvent, context: RuleContext): Report | undefined {
  const made = stream?.value.origins?.find((one) => one.at === 'return' && one.kind === 'popen-stream');
  if (!stream || !made || fileMentions(context, /^pclose$/)) return undefined;
  const name = excerpt(context, stream.expr);
  return {
    span: at,
    message: `\`${name}\` comes from \`popen\` on one way here: \`fclose\` does not wait for the command, which stays as a zombie. Remember which of the two it is, and close that one with \`pclose\`.`,
    related: [{ span: spanOfSite(made.site), message: 'The stream is made here' }],
  };
}

/** The same for files, in a variable that no other file knows. */
function keptFromFile({ expr, value }: Operand, context: RuleContext): FileCall | undefined {
  const isOwn = expr.kind === 'name' && context.scope.file.symbols.isStatic(expr.name);
  const made = value.origins || !isOwn ? undefined : keptBy(expr, context);
  return made && /^(?:fopen|fdopen|tmpfile)$/.test(made.name) ? made : undefined;
}

/** What a variable that outlives the call holds, where nothing but popen ever gave it a stream. */
function keptFromPopen({ expr, value }: Operand, context: RuleContext): FileCall | undefined {
  const { definition } = context.scope;
  const name = expr.kind === 'name' ? expr.name : undefined;
  const declared = name === undefined ? undefined : declaratorOf(context.scope, name);
  if (value.origins) {
    return undefined;
  }
  if (!declared?.storage.includes('static')) {
    const kept = keptBy(expr, context);
    return kept?.name === 'popen' ? kept : undefined;
  }
  const given: Expr[] = [];
  walkStmt(definition.body, {
    expr: (inner) => {
      const target =
        inner.kind === 'assign'
          ? inner.target
          : inner.kind === 'unary' && inner.op === '&'
            ? inner.operand
            : undefined;
      if (target?.kind === 'name' && target.name === name)
        given.push(inner.kind === 'assign' ? unwrap(inner.value) : inner);
    },
  });
  const [first] = given;
  const all = given.every((one) => calledName(one) === 'popen');
  return all && first?.kind === 'call' ? { name: 'popen', expr: first, within: definition } : undefined;
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
