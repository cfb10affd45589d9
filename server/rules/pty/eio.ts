import type { CallEvent } from '../../analysis/events';
import { type Expr, type Stmt, walkStmt } from '../../c/ast';
import { calledName } from '../../c/cfg';
import type { Rule, RuleContext } from '../rule';
import { loopAround, Result, resultPlace } from '../shared/loops';
import { tellsFailure } from '../shared/reporting';
import { contains } from '../shared/statements';
import { excerpt, isDirect } from '../shared/support';
import { variableIn } from '../shared/uses';

export const eio: Rule = {
  meta: {
    id: 'pty/eio',
    severity: 'information',
    preset: 'recommended',
    title: 'The end of a pseudoterminal is treated as an error',
    explanation:
      'When the last process has closed the slave, read on the master does not return 0 as a pipe does: on Linux it fails with EIO. A program that takes that for an error ends with a message and a failure status each time the shell in the terminal is left.',
    silence: 'Functions that name EIO, and descriptors that are not the master of a pseudoterminal.',
    references: [
      { page: 'pty', section: 7 },
      { page: 'pts', section: 4 },
    ],
    example: {
      bad: `#include <pty.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

void copy(int master) {
  char buf[256];
  for (;;) {
    ssize_t n = read(master, buf, sizeof(buf));
    if (n == -1) {
      perror("read");
      exit(EXIT_FAILURE);
    }
    if (n == 0 || write(STDOUT_FILENO, buf, n) != n)
      return;
  }
}
`,
      good: `#include <errno.h>
#include <pty.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

void copy(int master) {
  char buf[256];
  for (;;) {
    ssize_t n = read(master, buf, sizeof(buf));
    if (n == -1 && errno != EIO) {
      perror("read");
      exit(EXIT_FAILURE);
    }
    if (n <= 0 || write(STDOUT_FILENO, buf, n) != n)
      return;
  }
}
`,
    },
  },
  check: () => ({
    call(event, context) {
      const [fd] = event.args;
      if (!event.site || event.name !== 'read' || !fd || !isDirect(event.at, event.expr)) {
        return;
      }
      if (!isMaster(event) || /\bEIO\b/.test(context.code(context.scope.definition.body))) {
        return;
      }
      const handled = failureOf(event, context);
      if (!handled) return;
      context.report({
        span: event.at,
        message: `When the program on the slave ends, \`read\` from \`${excerpt(context, fd.expr)}\` fails with EIO, and that is treated as an error here. Take EIO for the end, as a result of 0 is.`,
        related: [{ span: { start: handled.start, end: handled.end }, message: 'EIO ends up here' }],
      });
    },
  }),
};

/** By where it comes from, or by what everybody calls it in a file about pseudoterminals. */
function isMaster({ args: [fd] }: CallEvent): boolean {
  const { origins } = fd?.value ?? {};
  if (origins) {
    return origins.every(({ kind }) => kind === 'pty-master');
  }
  const name = fd && variableIn(fd.expr);
  return /^(?:master|mfd|m_?fd|master_?fd|fd_?master|ptm|pty_?master|amaster|fdm|ptm_?fd)$/i.test(name ?? '');
}

/** The call that reports an error when read fails, and only then. */
function failureOf(event: CallEvent, context: RuleContext): Expr | undefined {
  const { definition } = context.scope;
  const loop = loopAround(definition, event.expr);
  const result = new Result(event.expr, resultPlace(definition, event.expr), context);
  let found: Expr | undefined;
  if (!loop) {
    return undefined;
  }
  walkStmt(definition.body, {
    stmt: (stmt) => {
      const near = stmt.kind === 'if' && (contains(loop, stmt) || stmt.start > loop.end);
      if (!near || found || stmt.kind !== 'if') return;
      found ??= branchesOf(stmt, result)
        .filter(({ possible }) => possible[0] !== false && possible[1] === false && possible[2] === false)
        .map(({ branch }) => reportIn(branch))
        .find((report) => report !== undefined);
    },
  });
  return found;
}

/** The branches of `if ... else if ... else`, and whether the results -1, 0 and 1 lead there; undefined where something else decides too. */
function branchesOf(
  chain: Extract<Stmt, { kind: 'if' }>,
  result: Result,
): { branch: Stmt; possible: (boolean | undefined)[] }[] {
  const found: { branch: Stmt; possible: (boolean | undefined)[] }[] = [];
  let open: (boolean | undefined)[] = [true, true, true];
  for (let next: Stmt | undefined = chain; next; ) {
    if (next.kind !== 'if') {
      found.push({ branch: next, possible: open });
      break;
    }
    const { test, consequent, alternative }: Extract<Stmt, { kind: 'if' }> = next;
    const held = [-1n, 0n, 1n].map((value) => result.holds(test, value));
    found.push({ branch: consequent, possible: held.map((holds, i) => both(open[i], holds)) });
    open = held.map((holds, i) => both(open[i], holds === undefined ? undefined : !holds));
    next = alternative;
  }
  return found;
}

function both(one: boolean | undefined, other: boolean | undefined): boolean | undefined {
  return one === false || other === false
    ? false
    : one === undefined || other === undefined
      ? undefined
      : true;
}

function reportIn(stmt: Stmt): Expr | undefined {
  let found: Expr | undefined;
  walkStmt(stmt, {
    expr: (expr) => {
      if (!found && tellsFailure(calledName(expr))) found = expr;
    },
  });
  return found;
}
