import { unwrap } from '../../analysis/operators';
import { type Expr, type FunctionDefinition, someStmtIn, walkExpr } from '../../c/ast';
import { calledName } from '../../c/cfg';
import type { Rule, RuleContext } from '../rule';
import { fixOf, lineOf } from '../shared/edits';
import { isLoop, loopAround } from '../shared/loops';
import { around, contains } from '../shared/statements';
import { ownCalls } from '../shared/whole-file';
import {
  childFlags,
  childHandlers,
  eightChildren,
  makesSeveral,
  type Wait,
  waitsOf,
} from '../subjects/child-handlers';
import { waitForTaken } from './taken-child';

export const sigchldOnce: Rule = {
  meta: {
    id: 'signal/sigchld-once',
    severity: 'warning',
    preset: 'recommended',
    title: 'The SIGCHLD handler reaps one child, though one signal can stand for several',
    explanation:
      'Signals of the same number merge while one is pending: three children that end at nearly the same time may give one SIGCHLD. A handler that calls wait once leaves the others as zombies for as long as the process lives. A program that takes the signal by sigwait or signalfd is told no more of how many there are.',
    silence:
      'Programs that make a single child, handlers that wait for one child by its identifier, and waits in a loop.',
    references: [
      { page: 'wait', section: 2 },
      { page: 'signal', section: 7 },
    ],
    example: {
      bad: `#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

static void on_child(int sig) {
  (void)sig;
  waitpid(-1, NULL, WNOHANG);
}

${eightChildren}`,
      good: `#include <errno.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

static void on_child(int sig) {
  int saved = errno;
  (void)sig;
  while (waitpid(-1, NULL, WNOHANG) > 0)
    ;
  errno = saved;
}

${eightChildren}`,
    },
  },
  check(own) {
    const handlers = childHandlers(own, singleWait, (wait, handler, context) => ({
      ...loopFix(wait, context),
      message: `\`${handler.name}\` calls \`${calledName(wait.call)}\` once for each SIGCHLD, but children that end while one is pending raise only one signal: the others stay as zombies. Use \`while (waitpid(-1, ..., WNOHANG) > 0)\`.`,
    }));
    return {
      ...handlers,
      end() {
        handlers.end?.();
        const taken = waitForTaken(own);
        if (taken) own.report({ span: taken.call, message: takenMessage(calledName(taken.call) ?? '') });
        const found = waitBehindFlag(own);
        if (!found) return;
        own.report({
          span: found.wait.call,
          message: `\`${found.flag}\` tells that children have ended, and not how many: one \`${calledName(found.wait.call)}\` for it leaves the others as zombies. Use \`while (waitpid(-1, ..., WNOHANG) > 0)\`.`,
        });
      },
    };
  },
};

const takenMessage = (name: string) =>
  `One SIGCHLD may stand for several children that have ended, however it is taken, and \`${name}\` reaps one: the others stay as zombies. Use \`while (waitpid(-1, ..., WNOHANG) > 0)\`.`;

/** The handler only sets a flag, and the program reaps one child where it finds that set. */
function waitBehindFlag(own: RuleContext): { wait: Wait; flag: string } | undefined {
  const { definition } = own.scope;
  const [wait, ...others] = ownCalls(own, /^wait(?:pid|[34])?$/).length > 0 ? waitsOf(definition, own) : [];
  if (!wait || others.length > 0 || wait.within !== definition || !wait.any || wait.returns !== true) {
    return undefined;
  }
  const chain = around(definition, wait.call);
  const asking = chain.findLastIndex((stmt) => stmt.kind === 'if' && flagIn(stmt.test, own) !== undefined);
  const test = chain[asking];
  const flag = test?.kind === 'if' && contains(test.consequent, wait.call) && flagIn(test.test, own);
  const isRepeated = chain.slice(asking).some(isLoop) || jumpsBack(definition);
  return flag && !isRepeated && makesSeveral(wait, own) ? { wait, flag } : undefined;
}

function flagIn(test: Expr, context: RuleContext): string | undefined {
  let found: string | undefined;
  walkExpr(test, (part) => {
    if (
      part.kind === 'name' &&
      !context.scope.typeOf(part.name) &&
      context.ask(childFlags, part.name).length > 0
    )
      found ??= part.name;
  });
  return found;
}

/** A wait for any child that stands outside loops, when there is no other. */
function singleWait(handler: FunctionDefinition, context: RuleContext): Wait | undefined {
  const [only, ...others] = waitsOf(handler, context);
  // A helper may be called in a loop, or the handler jump back.
  const plain = only?.within === handler && !jumpsBack(handler);
  return only && others.length === 0 && plain && only.any && (!only.looped || isLeftAtOnce(only))
    ? only
    : undefined;
}

/** `while (waitpid(-1, NULL, WNOHANG) > 0) { ...; return; }` */
function isLeftAtOnce({ call, within }: Wait): boolean {
  const loop = loopAround(within, call);
  const last = loop?.body.kind === 'block' ? loop.body.body.at(-1) : loop?.body;
  const outer = around(within, loop ?? call).some((stmt) => stmt !== loop && isLoop(stmt));
  return !outer && (last?.kind === 'return' || last?.kind === 'break');
}

function jumpsBack({ body }: FunctionDefinition): boolean {
  return someStmtIn(body, (stmt) => stmt.kind === 'goto');
}

/** A loop in the place of a call that stands alone. */
function loopFix({ call, within }: Wait, context: RuleContext) {
  const stmt = lineOf(call, within)?.stmt;
  const name = calledName(call);
  const alone = stmt?.kind === 'expr' && unwrap(stmt.expr) === call && !call.use;
  const status = call.args[name === 'waitpid' ? 1 : 0];
  const kept = status && context.source({ ...status, within });
  const fits = alone && kept !== undefined && (name === 'wait' || name === 'waitpid');
  const text = `while (waitpid(-1, ${kept}, WNOHANG) > 0)\n    ;`;
  return fixOf(
    'Reap all that have ended',
    fits ? [{ span: { start: stmt.start, end: stmt.end }, text }] : undefined,
  );
}
