import type { CallEvent } from '../../analysis/events';
import { unwrap } from '../../analysis/operators';
import type { CallSite } from '../../analysis/values';
import { type Expr, someExprIn } from '../../c/ast';
import { calledName } from '../../c/cfg';
import type { Rule, RuleContext } from '../rule';
import { failureBranch, Result, resultPlace } from '../shared/loops';
import { contains, statementBehind, statementOf } from '../shared/statements';
import { excerpt } from '../shared/support';
import { callsIn } from '../shared/uses';
import { fileNames } from '../shared/whole-file';
import { createsFifo, isFifo, openOf } from '../subjects/fifos';

export const fifoEnxio: Rule = {
  meta: {
    id: 'fifo/enxio',
    severity: 'warning',
    preset: 'recommended',
    title: 'A FIFO is opened for writing without waiting, and a missing reader is not expected',
    explanation:
      'With O_NONBLOCK an open of a FIFO for writing fails with ENXIO when no process has it open for reading. That is no fault of the system: the reader has just not come yet, or is being started again.',
    silence:
      'Programs that mention ENXIO, names that are not known to be FIFOs, functions that return when they cannot open a FIFO that others make, and loops that go on with the next one.',
    references: [
      { page: 'fifo', section: 7 },
      { page: 'open', section: 2 },
    ],
    example: {
      bad: `#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>

#define EVENTS_FIFO "/run/example/events"

int open_events(void) {
  int fd = open(EVENTS_FIFO, O_WRONLY | O_NONBLOCK);
  if (fd == -1) {
    perror(EVENTS_FIFO);
    exit(1);
  }
  return fd;
}
`,
      good: `#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>

#define EVENTS_FIFO "/run/example/events"

int open_events(void) {
  int fd = open(EVENTS_FIFO, O_WRONLY | O_NONBLOCK);
  if (fd == -1 && errno != ENXIO) {
    perror(EVENTS_FIFO);
    exit(1);
  }
  return fd;
}
`,
    },
  },
  check(own) {
    const opens = new Map<CallSite, { event: CallEvent; context: RuleContext }>();
    /** Opens of files that this program does not make, after whose failure the function returns: it does without the reader. */
    const doneWithout = new Set<CallSite>();
    const fatal = new Set<CallSite>();
    return {
      call(event, context) {
        const opened = openOf(event, context);
        if (opened?.access !== 'write' || opened.blocking || !isFifo(event, context)) return;
        if (isReader(event, context) || goesOn(event, context) || onlyAsks(event, context)) return;
        if (fileNames(context, 'ENXIO')) return;
        if (event.site) opens.set(event.site, { event, context });
      },
      pathEnd({ how, inMain, path }) {
        for (const site of opens.keys()) {
          if (path.outcome(site) === 'failure') (how === 'return' && !inMain ? doneWithout : fatal).add(site);
        }
      },
      end() {
        for (const [site, { event, context }] of opens) {
          // How the open ended is past where a helper has come back: the walk that begins in the helper tells.
          const isElsewhere = site.within !== own.scope.definition;
          const isFatal = fatal.has(site) || !(doneWithout.has(site) || isElsewhere);
          if (!isFatal && !createsFifo(event, context)) continue;
          const name = excerpt(context, event.args[0]!.expr);
          context.report({
            span: event.at,
            message: `With O_NONBLOCK this open of ${name} for writing fails with ENXIO as long as no process has the FIFO open for reading, and nothing here expects that. Tell ENXIO from other errors and try again later, or leave O_NONBLOCK out and wait for the reader.`,
          });
        }
      },
    };
  },
};

/** The function has opened the same file for reading before, so there is a reader: this process. */
function isReader({ args, expr }: CallEvent, context: RuleContext): boolean {
  const writing = args[1] && context.source(unwrap(args[1].expr));
  const name = args[0] && context.source(unwrap(args[0].expr));
  return callsIn(context.scope.definition, /open$/).some(
    ({ start, args: [file, flags] }) =>
      start < expr.start &&
      file !== undefined &&
      flags !== undefined &&
      context.source(unwrap(file)) === name &&
      context.source(flags) !== writing &&
      /\bO_RD(?:ONLY|WR)\b/.test(context.source(flags)),
  );
}

/** A test that holds when there is a reader, and nobody writes to it: the program asks whether another one runs already. */
function onlyAsks({ expr }: CallEvent, context: RuleContext): boolean {
  const { definition } = context.scope;
  const stmt = statementOf(definition, expr);
  const test = stmt.kind === 'if' && contains(stmt.test, expr) ? stmt : statementBehind(definition, expr);
  const name = resultPlace(definition, expr);
  if (test?.kind !== 'if' || test.alternative) return false;
  const result = new Result(expr, name, context);
  const isUsed = (inner: Expr) =>
    inner.kind === 'call' && calledName(inner) !== 'close' && inner.args.some((arg) => result.is(arg));
  return (
    result.holds(test.test, -1n) === false &&
    result.holds(test.test, 3n) === true &&
    !someExprIn(test.consequent, isUsed)
  );
}

/** The failure of this open ends one round of a loop, or a function that owes nobody an answer: what called it goes on with the next reader. */
function goesOn({ expr }: CallEvent, context: RuleContext): boolean {
  const branch = failureBranch(expr, context);
  const last = branch?.kind === 'block' ? branch.body.at(-1) : branch;
  return last?.kind === 'continue' || (last?.kind === 'return' && !last.value);
}
