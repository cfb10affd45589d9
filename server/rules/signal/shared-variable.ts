import type { CallEvent } from '../../analysis/events';
import { type CType, type Expr, type FunctionDefinition, type Stmt, someStmtIn } from '../../c/ast';
import { calledName } from '../../c/cfg';
import type { Rule, RuleContext } from '../rule';
import { type Access, accessesIn, accessesTo, isUsedAsValue, reachedFrom } from '../shared/globals';
import { loopAround } from '../shared/loops';
import { callsIn } from '../shared/uses';
import { callsOf } from '../shared/whole-file';
import { installation, installers, installs, isSignalled } from '../subjects/signal-handlers';
import { blocksSignals, isHeldBack } from '../subjects/signal-masks';

export const sharedVariable: Rule = {
  meta: {
    id: 'signal/shared-variable',
    severity: 'warning',
    preset: 'recommended',
    title: 'A signal handler and the program share a variable that is neither volatile nor atomic',
    explanation:
      'The compiler sees no call of the handler, so it may keep a plain variable in a register and never look at it again: a loop that waits for the handler then runs for ever, with optimisation at least. Only `volatile sig_atomic_t` and lock-free atomics may be shared with a handler.',
    silence:
      'Variables that only handlers use, structures and arrays, variables that the handler only reads, and any that are volatile or atomic.',
    references: [
      { page: 'signal-safety', section: 7 },
      { page: 'sigaction', section: 2 },
    ],
    example: {
      bad: `#include <signal.h>
#include <unistd.h>

static int stop;

static void on_term(int sig) {
  (void)sig;
  stop = 1;
}

int main(void) {
  struct sigaction action = {.sa_handler = on_term};
  sigemptyset(&action.sa_mask);
  if (sigaction(SIGTERM, &action, NULL) == -1)
    return 1;
  while (!stop)
    sleep(1);
  return 0;
}
`,
      good: `#include <signal.h>
#include <unistd.h>

static volatile sig_atomic_t stop;

static void on_term(int sig) {
  (void)sig;
  stop = 1;
}

int main(void) {
  struct sigaction action = {.sa_handler = on_term};
  sigemptyset(&action.sa_mask);
  if (sigaction(SIGTERM, &action, NULL) == -1)
    return 1;
  while (!stop)
    sleep(1);
  return 0;
}
`,
    },
  },
  check: () => {
    const seen = new Set<FunctionDefinition>();
    return {
      call(event, context) {
        const found = installs(event) ? installation(event, context) : undefined;
        if (!found || seen.has(found.handler) || isHeldBack(event, context)) return;
        seen.add(found.handler);
        for (const { write, read } of shared(found.handler, event, context))
          report(write, read, found.handler, context);
      },
    };
  },
};

function shared(
  handler: FunctionDefinition,
  { expr: installing, args }: CallEvent,
  context: RuleContext,
): { write: Access; read: Access }[] {
  const reached = reachedFrom(handler, context);
  const writes = new Map<string, Access>();
  // Farther down it is seldom the handler's doing alone, and who calls it may have blocked the signal.
  const near = reached.filter(
    ({ name }) => name === handler.name || callsIn(handler, new RegExp(`^${name}$`)).length > 0,
  );
  for (const definition of near) {
    for (const access of accessesIn(definition, context)) {
      const places =
        access.within === handler ? [access.at] : callsIn(handler, new RegExp(`^${access.within.name}$`));
      const lasts = places.some((place) => !endsBehind(place, handler, context));
      if (access.kind === 'write' && lasts && !writes.has(access.name) && isPlain(access.name, context)) {
        writes.set(access.name, access);
      }
    }
  }
  if (writes.size === 0) {
    return [];
  }
  // What has its address taken may be a handler too, or run in between.
  const isApart = (access: Access) =>
    !reached.includes(access.within) &&
    !isUsedAsValue(access.within.name, context) &&
    !isShielded(access, args[0]?.expr, context) &&
    !isEarlier(access, installing, context);
  return [...writes.values()].flatMap((write) => {
    const own = accessesTo(write.name, context).filter((access) => access.kind === 'read' && isApart(access));
    const read = own.find(({ at, within }) => loopAround(within, at)) ?? own[0];
    return read ? [{ write, read }] : [];
  });
}

/** The handler ends the process behind a place, at least when a signal called it: nobody reads any more what it stored there. */
function endsBehind(place: Expr, { body, type }: FunctionDefinition, context: RuleContext): boolean {
  const signal = type.params[0]?.name;
  const isEnd = (name: string) =>
    /^(?:_?exit|_Exit|quick_exit|abort)$/.test(name) || context.neverReturns(name);
  const ends = (stmt: Stmt | undefined): boolean =>
    (stmt?.kind === 'expr' && isEnd(calledName(stmt.expr) ?? '')) ||
    (stmt?.kind === 'block' && ends(stmt.body.at(-1))) ||
    (stmt?.kind === 'if' && isSignalled(stmt.test, signal) === true && ends(stmt.consequent));
  return someStmtIn(
    body,
    (block) =>
      block.kind === 'block' &&
      block.start <= place.start &&
      place.end <= block.end &&
      block.body.some((stmt) => stmt.start > place.end && ends(stmt)),
  );
}

/** The function has blocked the signal before: nothing changes the variable while it looks, and the call made the compiler forget it. */
function isShielded({ at, within }: Access, signal: Expr | undefined, context: RuleContext): boolean {
  const { scope } = context;
  const masks = callsIn(within, /sigmask|sigprocmask|sighold|block_?sig|^BLOCK_/i);
  if (callsOf(within).some(({ name, expr }) => expr.end <= at.start && blocksSignals(name, context)))
    return true;
  const last = masks.findLast(({ start }) => start < at.start);
  const how = last?.args[0];
  // What was let in again before stays so, but for a loop around that blocks anew.
  const letIn =
    how?.kind === 'name' &&
    /^SIG_(?:UNBLOCK|SETMASK)$/.test(how.name) &&
    masks.length > 1 &&
    !masks.some(({ start }) => start > at.start) &&
    last !== undefined &&
    !loopAround(within, last);
  const blocks = last !== undefined && !letIn;
  const added = callsIn(within, /^sigaddset$/).flatMap(({ args }) => args[1] ?? []);
  const number = (expr: Expr) => scope.evaluator.constant(expr, scope);
  const own = signal && number(signal);
  const others =
    own !== undefined &&
    added.length > 0 &&
    callsIn(within, /^sigfillset$/).length === 0 &&
    added.every((each) => number(each) !== undefined && number(each) !== own);
  return blocks && !others;
}

/** `main`, which runs once, reads it on the way to the call that installs the handler. */
function isEarlier({ at, within }: Access, installing: Expr, { scope }: RuleContext): boolean {
  if (within.name !== 'main') return false;
  const way =
    scope.definition === within ? [installing] : callsIn(within, new RegExp(`^${scope.definition.name}$`));
  const others = callsIn(within, installers);
  const first = way.length > 0 ? Math.min(...[...way, ...others].map(({ start }) => start)) : -1;
  const loop = loopAround(within, at);
  return at.end <= first && (!loop || loop.end <= first);
}

/** A number or pointer of which the compiler may think that nobody else changes it. */
function isPlain(name: string, context: RuleContext): boolean {
  const { symbols, evaluator } = context.scope.file;
  const qualities = symbols.qualities.get(name) ?? [];
  const type = symbols.globals.get(name);
  // Each thread has an errno of its own, and a handler puts it back.
  if (
    !type ||
    name === 'errno' ||
    isAtomicName(type, context) ||
    qualities.some((word) => /volatile|_Atomic|thread/i.test(word))
  ) {
    return false;
  }
  const { k } = evaluator.types.resolve(type);
  return k === 'int' || k === 'enum' || k === 'pointer' || k === 'float';
}

function isAtomicName(type: CType, { scope }: RuleContext): boolean {
  // Who names a type after signals has thought of it, wherever it is declared.
  return (
    type.k === 'named' &&
    (/atomic|signal|volatile/i.test(type.name) || scope.file.symbols.isVolatileType(type.name))
  );
}

function report(write: Access, read: Access, handler: FunctionDefinition, context: RuleContext): void {
  const loop = loopAround(read.within, read.at);
  const waits =
    loop?.test && loop.test.start <= read.at.start && read.at.end <= loop.test.end
      ? 'the loop that waits for it may run for ever'
      : 'the program may go on with an old value';
  context.report({
    span: { start: write.at.start, end: write.at.end, within: write.within },
    message: `\`${write.name}\` is changed in the signal handler \`${handler.name}\` and read in \`${read.within.name}\`, but it is neither volatile nor atomic: the compiler may keep it in a register, and ${waits}. Declare it \`volatile sig_atomic_t\`.`,
    related: [
      {
        span: { start: read.at.start, end: read.at.end, within: read.within },
        message: `\`${read.within.name}\` reads it here`,
      },
    ],
  });
}
