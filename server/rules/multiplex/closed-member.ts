import { unwrap } from '../../analysis/operators';
import { type Expr, type ExprOf, type FunctionDefinition, type Stmt, somePart } from '../../c/ast';
import { calledName } from '../../c/cfg';
import type { Rule, RuleContext } from '../rule';
import { leavesSomewhere } from '../shared/endings';
import { type Loop, leftBy, loopAround } from '../shared/loops';
import { areApart, around, contains } from '../shared/statements';
import { addressed, assignmentsTo, callsIn, usesOf } from '../shared/uses';
import { textOf } from '../shared/whole-file';
import { closedElements } from './closed-elements';

export const closedMember: Rule = {
  meta: {
    id: 'multiplex/closed-member',
    severity: 'warning',
    preset: 'recommended',
    title: 'A closed descriptor stays among those that are watched',
    explanation:
      'The next `select` gets the number of a descriptor that is closed and fails with EBADF, in each round from then on; or it watches whatever has got the number since. `poll` reports POLLNVAL for an element whose descriptor is closed.',
    silence:
      'Sets that are emptied or handed to other functions in the loop, descriptors taken out or put in again anywhere in the same branch, and branches that leave the loop; arrays of `poll` that are put in order elsewhere in the loop, or handed to other functions.',
    references: [{ page: 'select', section: 2 }],
    example: {
      bad: `#include <stddef.h>
#include <sys/select.h>
#include <unistd.h>

void copy_both(int a, int b) {
  char c;
  fd_set all, ready;
  FD_ZERO(&all);
  FD_SET(a, &all);
  FD_SET(b, &all);
  for (;;) {
    ready = all;
    if (select((a > b ? a : b) + 1, &ready, NULL, NULL, NULL) == -1)
      return;
    if (FD_ISSET(a, &ready) && read(a, &c, 1) <= 0)
      close(a);
    if (FD_ISSET(b, &ready) && read(b, &c, 1) <= 0)
      return;
  }
}
`,
      good: `#include <stddef.h>
#include <sys/select.h>
#include <unistd.h>

void copy_both(int a, int b) {
  char c;
  fd_set all, ready;
  FD_ZERO(&all);
  FD_SET(a, &all);
  FD_SET(b, &all);
  for (;;) {
    ready = all;
    if (select((a > b ? a : b) + 1, &ready, NULL, NULL, NULL) == -1)
      return;
    if (FD_ISSET(a, &ready) && read(a, &c, 1) <= 0) {
      close(a);
      FD_CLR(a, &all);
    }
    if (FD_ISSET(b, &ready) && read(b, &c, 1) <= 0)
      return;
  }
}
`,
    },
  },
  check: (context) => ({
    end() {
      const { definition } = context.scope;
      for (const call of callsIn(definition, /^[pP]?[sS]elect$/)) {
        const loop = loopAround(definition, call);
        const ready = call.args.slice(1, 4).flatMap((arg) => addressed(arg) ?? []);
        for (const name of loop ? ready : []) {
          const all = keptSet(name, loop!, definition);
          if (all !== undefined) checkCloses(name, all, loop!, context);
        }
      }
      for (const { close, element } of closedElements(context)) {
        context.report({
          span: close,
          message: `This descriptor is closed, and \`${element}\` keeps its number, so the next \`poll\` reports POLLNVAL for it in each round, or watches whatever has got the number since. Set it to -1.`,
        });
      }
    },
  }),
};

/** The set that each round begins with, `ready = all`, where the loop does no more to it than to put descriptors in and take them out. */
function keptSet(ready: string, loop: Loop, definition: FunctionDefinition): string | undefined {
  const copied = assignmentsTo(definition, ready).filter(({ at }) => contains(loop.body, at));
  const all = copied.length === 1 && copied[0] ? unwrap(copied[0].value) : undefined;
  if (all?.kind !== 'name') {
    return undefined;
  }
  const isPlain = usesOf(definition, all.name)
    .filter(({ expr }) => contains(loop, expr))
    .every(({ expr, around: [outer, call] }) =>
      outer?.kind === 'unary'
        ? call !== undefined && /^FD_(?:SET|CLR|ISSET)$/.test(calledName(call) ?? '')
        : outer?.kind === 'assign' && outer.value === expr,
    );
  return isPlain ? all.name : undefined;
}

function checkCloses(ready: string, all: string, loop: Loop, context: RuleContext): void {
  const { definition } = context.scope;
  const calls = (name: RegExp, within: Stmt) =>
    callsIn(definition, name).filter((call) => contains(within, call));
  for (const close of calls(/^[cC]lose$/, loop.body)) {
    const [fd] = close.args;
    const text = fd && textOf(fd, definition, context);
    const branch = fd && branchOfReady(close, text!, ready, definition, context);
    if (!fd || !branch || leavesBehind(close, branch, loop, definition)) continue;
    // A child closes what is its parent's; who changes the sets here, be it by a function, has thought of it.
    const isOnTheWay = (other: Expr) =>
      other.start > branch.consequent.start && !areApart(other, close, definition);
    if (calls(/^(?:FD_\w+|fork|Fork)$/, branch).some(isOnTheWay)) continue;
    if (calls(/fd_?(?:clr|del|rem)|remove|unwatch|deregister/i, branch).length > 0) continue;
    context.report({
      span: close,
      message: `\`${text}\` is closed here and stays in \`${all}\`, so the next \`select\` fails with EBADF, or watches whatever has got the number since. Take it out with \`FD_CLR(${text}, &${all})\`.`,
    });
  }
}

/** The test for a descriptor being ready in whose branch it is closed. */
function branchOfReady(
  close: ExprOf<'call'>,
  fd: string,
  ready: string,
  definition: FunctionDefinition,
  context: RuleContext,
): (Stmt & { kind: 'if' }) | undefined {
  const asks = (part: Expr) => {
    const [first, set] = part.kind === 'call' && calledName(part) === 'FD_ISSET' ? part.args : [];
    return first !== undefined && addressed(set) === ready && textOf(first, definition, context) === fd;
  };
  return around(definition, close).findLast(
    (stmt): stmt is Stmt & { kind: 'if' } =>
      stmt.kind === 'if' && contains(stmt.consequent, close) && somePart(stmt.test, asks),
  );
}

/** Control leaves the loop behind the close, or may. */
function leavesBehind(close: Expr, branch: Stmt, loop: Loop, definition: FunctionDefinition): boolean {
  const leaves = (stmt: Stmt) =>
    stmt.start > close.end &&
    (leavesSomewhere(stmt) || (stmt.kind === 'break' && leftBy(stmt, definition) === loop));
  return around(definition, close).some(
    (block) => block.kind === 'block' && contains(branch, block) && block.body.some(leaves),
  );
}
