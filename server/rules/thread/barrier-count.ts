import { type Expr, type Stmt, someStmtIn } from '../../c/ast';
import type { Rule, RuleContext } from '../rule';
import { isLoop, type Loop } from '../shared/loops';
import { type Bound, boundOf, rangeOf, standsStill } from '../shared/ranges';
import { arms, around, contains } from '../shared/statements';
import { variableIn } from '../shared/uses';
import {
  callsTo,
  type FileCall,
  fileCalls,
  isAllRead,
  isProgram,
  lastName,
  ownCalls,
  routineOf,
  threadCreations,
} from '../shared/whole-file';

const program = (count: string) => `#include <pthread.h>

static pthread_barrier_t start;

static void *run(void *arg) {
  pthread_barrier_wait(&start);
  return arg;
}

int main(void) {
  pthread_t runners[4];
  if (pthread_barrier_init(&start, 0, ${count}) != 0) return 1;
  for (int i = 0; i < 4; i++)
    if (pthread_create(&runners[i], 0, run, 0) != 0) return 1;
  pthread_barrier_wait(&start);
  for (int i = 0; i < 4; i++)
    if (pthread_join(runners[i], 0) != 0) return 1;
  return pthread_barrier_destroy(&start);
}
`;

export const barrierCount: Rule = {
  meta: {
    id: 'thread/barrier-count',
    severity: 'error',
    preset: 'recommended',
    title: 'A barrier is made for another number of threads than wait at it',
    explanation:
      'A barrier lets a group through when as many threads wait as it was made for. When fewer ever come, they wait for ever; when more come, the first ones go on without the rest, and those wait for ever. The thread that starts the others counts too, if it waits.',
    silence:
      'Barriers in arrays or of which another file knows, waits under a test, threads of which the number is not written down, and, where more come than are needed, waits in loops.',
    references: [{ page: 'pthreads', section: 7 }],
    example: { bad: program('4'), good: program('5') },
  },
  check: (context) => ({
    end() {
      for (const made of ownCalls(context, /^pthread_barrier_init$/)) {
        const [barrier, , count] = made.expr.args;
        const wanted = count && context.scope.evaluator.constant(count, context.scope);
        const name = barrier && lastName(barrier);
        if (!barrier || !count || name === undefined) continue;
        if (wanted === undefined) checkVariable(made, count, name, context);
        if (wanted === undefined || wanted <= 0n) continue;
        const waits = isProgram(context) && isAllRead(context) ? waitsAt(barrier, name, context) : undefined;
        const coming = waits && comingTo(waits, context);
        if (!waits || coming === undefined || coming <= 0n) continue;
        const isOnce = waits
          .flatMap((wait) => madeFor(wait, context))
          .every(({ expr, within }) => !around(within, expr).some(isLoop));
        if (coming >= wanted && (!isOnce || coming % wanted === 0n)) continue;
        const end =
          coming < wanted
            ? 'so nobody is ever let through'
            : `so ${coming % wanted} of them ${coming % wanted === 1n ? 'waits' : 'wait'} for ever`;
        context.report({
          span: made.expr,
          message: `This barrier waits for ${wanted} threads, and ${coming} come to it, ${end}. Count all that call \`pthread_barrier_wait\`, the thread that starts the others too if it does.`,
          related: waits.map(({ expr, within }) => ({
            span: { ...expr, within },
            message: 'Waited for here',
          })),
        });
      }
    },
  }),
};

/** The number is a variable, and so is that of the threads which a loop starts: `count + 1` for `count` of them. */
function checkVariable(made: FileCall, count: Expr, name: string, context: RuleContext): void {
  const { scope } = context;
  const wanted = boundOf(count, scope);
  const calls = fileCalls(context, /barrier/i);
  const waits = calls.filter(({ name: called }) => called === 'pthread_barrier_wait');
  const isOnly =
    calls.every(({ name: called }) => /^pthread_barrier_(?:init|wait|destroy)$/.test(called)) &&
    calls.filter(({ name: called }) => called === made.name).length === 1 &&
    waits.every(({ expr }) => expr.args[0] && lastName(expr.args[0]) === name);
  if (!wanted?.base || !isOnly || made.within.name !== 'main' || !isProgram(context)) return;
  let extra = 0n;
  let started: Bound | undefined;
  let isRepeated = false;
  for (const wait of waits) {
    const { within, expr } = wait;
    // How many come where some leave before is not known.
    if (arms(within, expr).length > 0 && !isTest(within, expr)) return;
    isRepeated ||= around(within, expr).some(isLoop);
    if (within.name === 'main') extra += 1n;
    else if (started || waits.some((other) => other !== wait && other.within === within)) return;
    else started = startedWith(within.name, made, context);
  }
  if (!started || started.base !== wanted.base || extra > 1n) return;
  const over = wanted.plus - started.plus - extra;
  // Round for round no more come than there are threads; where that is more than it waits for, some may come the next time.
  if (over === 0n || (over < 0n && (extra === 0n || isRepeated))) return;
  context.report({
    span: made.expr,
    message:
      over > 0n
        ? `This barrier waits for ${over} more than there are threads that come to it, so nobody is ever let through. Count all that call \`pthread_barrier_wait\`, the thread that starts the others only if it does.`
        : `This barrier does not count the thread that starts the others and waits as well: the last one of them waits for ever. Count all that call \`pthread_barrier_wait\`.`,
    related: waits.map(({ expr, within }) => ({ span: { ...expr, within }, message: 'Waited for here' })),
  });
}

/** The wait stands in the test of the branch that it decides. */
function isTest(within: FileCall['within'], wait: Expr): boolean {
  return around(within, wait).every((stmt) => stmt.kind !== 'if' || contains(stmt.test, wait));
}

/** How many threads the one loop of `main` starts with a function, as long as the number stands still from where the barrier is made. */
function startedWith(routine: string, made: FileCall, context: RuleContext): Bound | undefined {
  if (callsTo(context, routine).length > 0) return undefined;
  const [start, ...others] = threadCreations(context).filter((call) => {
    const run = routineOf(call);
    return run !== undefined && lastName(run) === routine;
  });
  if (!start || others.length > 0 || start.within !== made.within) return undefined;
  const { scope } = context;
  const loops = around(start.within, start.expr).filter(isLoop);
  const [loop] = loops;
  const range = loop && loops.length === 1 ? rangeOf(loop, scope) : undefined;
  if (!loop || !range) return undefined;
  const isAlways = around(start.within, start.expr).every(
    (stmt) =>
      stmt === loop ||
      stmt.kind === 'block' ||
      stmt.kind === 'expr' ||
      (stmt.kind === 'if' && contains(stmt.test, start.expr)),
  );
  const still =
    made.expr.start < loop.start && standsStill(range.to, scope, made.expr.start, loop.body.start);
  return isAlways && still ? { ...range.to, plus: range.to.plus - range.from } : undefined;
}

/** All waits at the one barrier of this name; undefined where there may be others. */
function waitsAt(barrier: Expr, name: string, context: RuleContext): FileCall[] | undefined {
  const of = (test: RegExp) =>
    fileCalls(context, test).filter(
      ({ expr }) => expr.args[0] !== undefined && lastName(expr.args[0]) === name,
    );
  const all = of(/^pthread_barrier_(?:init|wait)$/);
  const root = variableIn(barrier);
  const isPlain = (expr: Expr) => !someIndex(expr);
  const isLocal = root !== undefined && context.scope.typeOf(root) !== undefined;
  const others = fileCalls(context, /barrier/i).some(({ name: called }) => !/^pthread_barrier/.test(called));
  const inits = all.filter(({ name: called }) => /init$/.test(called));
  return inits.length === 1 && !isLocal && !others && all.every(({ expr }) => isPlain(expr.args[0]!))
    ? all.filter(({ name: called }) => /wait$/.test(called))
    : undefined;
}

function someIndex(expr: Expr): boolean {
  return expr.kind === 'index' || (expr.kind === 'unary' && someIndex(expr.operand));
}

/** The calls of a function that does nothing else on its way to the wait, for the wait: `meet()`. */
function madeFor(wait: FileCall, context: RuleContext, depth = 0): FileCall[] {
  const { within, expr } = wait;
  const calls = within.name === 'main' || depth > 2 ? [] : callsTo(context, within.name);
  if (calls.length === 0 || arms(within, expr).length > 0 || around(within, expr).some(isLoop)) return [wait];
  return calls.flatMap((call) => madeFor({ ...call, name: wait.name }, context, depth + 1));
}

/** How many threads come to the waits; undefined where that is not written down. */
function comingTo(made: readonly FileCall[], context: RuleContext): bigint | undefined {
  const waits = made.flatMap((wait) => madeFor(wait, context));
  const functions = new Set(waits.map(({ within }) => within));
  let sum = 0n;
  for (const within of functions) {
    const own = waits.filter((wait) => wait.within === within);
    const isSure = own.every(({ expr }) => arms(within, expr).every((arm) => isBodyOfLoop(arm, within)));
    const once = own.filter(({ expr }) => !around(within, expr).some(isLoop));
    const threads = threadsIn(within.name, context);
    if (!isSure || once.length > 1 || threads === undefined) return undefined;
    sum += threads;
  }
  return sum;
}

function isBodyOfLoop(arm: Stmt, within: FileCall['within']): boolean {
  return around(within, arm).some((stmt) => isLoop(stmt) && stmt.body === arm);
}

/** How many threads run the function: those that are started with it, or the one of `main`. */
function threadsIn(name: string, context: RuleContext): bigint | undefined {
  const calls = callsTo(context, name);
  if (name === 'main') return 1n;
  const starts = threadCreations(context).filter((call) => {
    const routine = routineOf(call);
    return routine !== undefined && lastName(routine) === name;
  });
  if (calls.length > 0 || starts.length === 0) return undefined;
  let sum = 0n;
  for (const { expr, within } of starts) {
    const loops = around(within, expr).filter(isLoop);
    const outside = arms(within, expr).filter((arm) => !loops.some(({ body }) => body === arm));
    const rounds = loops.map((loop) => roundsOf(loop, within, context));
    if (within.name !== 'main' || outside.length > 0 || rounds.some((count) => count === undefined))
      return undefined;
    sum += rounds.reduce<bigint>((product, count) => product * (count ?? 1n), 1n);
  }
  return sum;
}

/** `for (i = a; i < b; i++)`, which nothing leaves but a way out of the function. */
function roundsOf(loop: Loop, within: FileCall['within'], context: RuleContext): bigint | undefined {
  if (loop.kind !== 'for' || !loop.test || !loop.init || loop.update?.kind !== 'update') return undefined;
  const { evaluator } = context.scope;
  const scope = context.scope.file.scopeOf(within);
  const first =
    loop.init.kind === 'decl'
      ? loop.init.declaration.declarators[0]?.init
      : loop.init.kind === 'expr' && loop.init.expr.kind === 'assign'
        ? loop.init.expr.value
        : undefined;
  const { test } = loop;
  const isCounted =
    test.kind === 'binary' &&
    /^(?:<|<=|!=)$/.test(test.op) &&
    loop.update.op === '++' &&
    lastName(test.left) === lastName(loop.update.operand);
  const from = first && evaluator.constant(first, scope);
  const to = isCounted && test.kind === 'binary' ? evaluator.constant(test.right, scope) : undefined;
  const leaves = someStmtIn(
    loop.body,
    ({ kind }) => kind === 'break' || kind === 'continue' || kind === 'goto',
  );
  if (from === undefined || to === undefined || leaves || test.kind !== 'binary') return undefined;
  return to - from + (test.op === '<=' ? 1n : 0n);
}
