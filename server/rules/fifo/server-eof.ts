import type { CallEvent } from '../../analysis/events';
import { conjuncts, unwrap } from '../../analysis/operators';
import type { CallSite } from '../../analysis/values';
import { walkStmt } from '../../c/ast';
import { calledName } from '../../c/cfg';
import type { Rule, RuleContext } from '../rule';
import {
  exitsOf,
  isLoop,
  isServing,
  type Loop,
  loopAround,
  Result,
  resultPlace,
  spanOfSite,
} from '../shared/loops';
import { around, contains } from '../shared/statements';
import { argument, excerpt } from '../shared/support';
import { callsOnNames, createsFifo, openOf } from '../subjects/fifos';
import { asksOnly } from '../subjects/pipes';

export const serverEof: Rule = {
  meta: {
    id: 'fifo/server-eof',
    severity: 'warning',
    preset: 'recommended',
    title: 'A server holds only the read end of its FIFO, so each last client ends its input',
    explanation:
      'When the last writer closes a FIFO, read returns 0 at once, and does so again each time until somebody opens it for writing. A server that loops on then takes a whole processor between two clients. One that holds a write descriptor itself never sees end-of-file.',
    silence:
      'FIFOs that the program opens for writing too, or opens again in the loop, and names that it does not create itself.',
    references: [{ page: 'fifo', section: 7 }],
    example: {
      bad: `#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#define REQUESTS "/run/example/requests"

int serve(void) {
  int request;
  if (mkfifo(REQUESTS, 0600) == -1 && errno != EEXIST)
    return -1;
  int fd = open(REQUESTS, O_RDONLY);
  if (fd == -1)
    return -1;
  for (;;) {
    if (read(fd, &request, sizeof request) != sizeof request)
      continue;
  }
}
`,
      good: `#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#define REQUESTS "/run/example/requests"

int serve(void) {
  int request;
  if (mkfifo(REQUESTS, 0600) == -1 && errno != EEXIST)
    return -1;
  int fd = open(REQUESTS, O_RDONLY);
  if (fd == -1)
    return -1;
  int keep = open(REQUESTS, O_WRONLY);
  if (keep == -1) {
    close(fd);
    return -1;
  }
  for (;;) {
    if (read(fd, &request, sizeof request) != sizeof request)
      continue;
  }
}
`,
    },
  },
  check() {
    const opens = new Map<CallSite, { event: CallEvent; context: RuleContext }>();
    const reads: { event: CallEvent; context: RuleContext }[] = [];
    return {
      call(event, context) {
        const opened = openOf(event, context);
        if (opened?.access === 'read' && event.site) opens.set(event.site, { event, context });
        if (event.site && event.name === 'read') reads.push({ event, context });
      },
      end() {
        for (const { event, context } of reads) {
          const [origin, ...others] = argument(event, 'fd')?.value.origins ?? [];
          const open = origin && others.length === 0 ? opens.get(origin.site) : undefined;
          const name = open && serverName(open.event, open.context);
          if (origin && name !== undefined) checkRead(event, origin.site, name, context);
        }
      },
    };
  },
};

/** How the FIFO is written that the file creates and opens in this one place; undefined for anything else. */
function serverName(event: CallEvent, context: RuleContext): string | undefined {
  if (!createsFifo(event, context)) {
    return undefined;
  }
  const name = context.source(unwrap(event.args[0]!.expr)).replace(/\s+/g, '');
  const opens = callsOnNames(/^(?:open|fopen)$/, context).filter((other) => other.name === name);
  return opens.length === 1 ? name : undefined;
}

/** A loop around the read opens the FIFO anew in each round, itself or through a helper. */
function opensAgain(event: CallEvent, open: CallSite, context: RuleContext): boolean {
  const { definition } = context.scope;
  return around(definition, event.expr)
    .filter(isLoop)
    .some((loop) => {
      let again = open.within === definition && contains(loop, open.expr);
      walkStmt(loop, {
        expr: (expr) => {
          again ||= calledName(expr) === open.within.name;
        },
      });
      return again;
    });
}

/** Where the loop's body has begun its next round when read has returned 0. */
function nextRound({ body }: Loop, result: Result): number {
  const stmts = body.kind === 'block' ? body.body : [];
  const turn = stmts.find((stmt) => {
    if (stmt.kind !== 'if' || result.holds(stmt.test, 0n) !== true) return false;
    const last = stmt.consequent.kind === 'block' ? stmt.consequent.body.at(-1) : stmt.consequent;
    return last?.kind === 'continue';
  });
  return turn?.end ?? Number.POSITIVE_INFINITY;
}

function checkRead(event: CallEvent, open: CallSite, name: string, context: RuleContext): void {
  const { definition } = context.scope;
  const loop = event.at.start === event.expr.start ? loopAround(definition, event.expr) : undefined;
  if (!loop || opensAgain(event, open, context) || !isServing(loop, context)) {
    return;
  }
  const result = new Result(event.expr, resultPlace(definition, event.expr), context);
  const again = nextRound(loop, result);
  const exits = exitsOf(loop, context).filter(
    ({ stmt, conditions }) =>
      stmt.start < again &&
      (conditions.length === 0 ||
        !conditions.some(
          ({ test, truth }) =>
            (asksOnly(test, result) && result.holds(test, 0n) === !truth) ||
            (truth &&
              conjuncts(test).some((part) => asksOnly(part, result) && result.holds(part, 0n) === false)),
        )),
  );
  // A way out that has nothing to do with the read may well be taken at the right time.
  const goesOn = exits.length === 0;
  const leaves = exits.some(({ conditions }) =>
    conditions.some(({ test, truth }) => asksOnly(test, result) && result.holds(test, 0n) === truth),
  );
  if (!goesOn && !leaves) {
    return;
  }
  const fd = argument(event, 'fd');
  const text = fd ? excerpt(context, fd.expr) : name;
  context.report({
    span: event.at,
    ...(goesOn ? {} : { severity: 'information' as const }),
    message: `\`${text}\` is the only descriptor this program has of ${name}, so when the last client closes it, \`read\` returns 0 ${
      goesOn
        ? 'at once, again and again, and this loop takes a whole processor until the next client comes'
        : 'and this server ends, though more clients may come'
    }. Open ${name} for writing too, after the open for reading, and keep that descriptor.`,
    related: [{ span: spanOfSite(open), message: 'The FIFO is opened here for reading only' }],
  });
}
