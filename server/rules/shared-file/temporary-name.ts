import type { CallEvent } from '../../analysis/events';
import { unwrap } from '../../analysis/operators';
import type { Expr } from '../../c/ast';
import { calledName } from '../../c/cfg';
import type { Rule, RuleContext } from '../rule';
import { constantNamed } from '../shared/support';
import { assignmentsTo, callsIn } from '../shared/uses';
import { fileMakes, textOf } from '../shared/whole-file';

/** Functions that give a name which nobody has, and make nothing. */
const naming = /^(?:mktemp|tmpnam(?:_r)?|tempnam)$/;

export const temporaryName: Rule = {
  meta: {
    id: 'shared-file/temporary-name',
    severity: 'warning',
    preset: 'recommended',
    title: 'A temporary file is named first and made later, and may be somebody else’s by then',
    explanation:
      '`mktemp`, `tmpnam` and `tempnam` look for a name that nobody has at that moment. Until the file is made, another process can make one, or a link to a file of yours, and the program then writes into that. `mkstemp` finds the name and makes the file in one step.',
    silence: 'Files that are made with O_EXCL, directories and FIFOs, which fail where the name is taken.',
    references: [
      { page: 'mktemp', section: 3 },
      { page: 'mkstemp', section: 3 },
    ],
    example: {
      bad: `#include <fcntl.h>
#include <stdlib.h>

int scratch(char *name) {
  return open(mktemp(name), O_RDWR | O_CREAT, 0600);
}
`,
      good: `#include <stdlib.h>

int scratch(char *name) {
  return mkstemp(name);
}
`,
    },
  },
  check: () => ({
    call(event, context) {
      const path = event.args[0]?.expr;
      if (!path || !event.site || !makesOrTakes(event) || !fileMakes(context, naming)) return;
      const named = namedBy(unwrap(path), event, context);
      if (!named) return;
      const name = calledName(named) ?? '';
      const inOne = event.name === 'open' ? 'Call `mkstemp`, or add O_EXCL' : 'Call `mkstemp`';
      context.report({
        span: event.at,
        message: `\`${name}\` only finds a name that nobody has at that moment: before this \`${event.name}\`, another process can make a file or a link of that name, and the program then uses that. ${inOne}.`,
        ...(named.end < event.expr.start || named.start > event.expr.end
          ? { related: [{ span: named, message: 'The name is made up here' }] }
          : {}),
      });
    },
  }),
};

/** Creates the file, or takes one that is there by now. */
function makesOrTakes({ name, args }: CallEvent): boolean {
  if (name === 'fopen') return /^[wa][^x]*$/.test(args[1]?.value.text ?? '');
  if (name === 'creat') return true;
  const flags = name === 'open' ? args[1]?.value.constant : undefined;
  return (
    flags !== undefined &&
    (flags & constantNamed('O_CREAT')) !== 0n &&
    (flags & constantNamed('O_EXCL')) === 0n
  );
}

/** The call that has made up the name, in the same function. */
function namedBy(path: Expr, event: CallEvent, context: RuleContext): Expr | undefined {
  if (naming.test(calledName(path) ?? '')) return path;
  const { definition } = event.scope;
  const before = (call: Expr) => call.end <= event.expr.start;
  const given =
    path.kind === 'name'
      ? assignmentsTo(definition, path.name)
          .map(({ value }) => unwrap(value))
          .filter(before)
          .at(-1)
      : undefined;
  if (given && naming.test(calledName(given) ?? '')) return given;
  const text = textOf(path, definition, context);
  return callsIn(definition, naming).findLast(
    (call) => before(call) && call.args.some((arg) => textOf(unwrap(arg), definition, context) === text),
  );
}
