import type { CallEvent } from '../../analysis/events';
import { unwrap } from '../../analysis/operators';
import {
  type Expr,
  expressionsOf,
  type FunctionDefinition,
  type Stmt,
  someExprIn,
  somePart,
  statementsOf,
  walkExpr,
} from '../../c/ast';
import { calledName } from '../../c/cfg';
import { comesBackAlways } from '../../c/library';
import type { Fix, Rule, RuleContext } from '../rule';
import { isLoop, Result, resultPlace } from '../shared/loops';
import { variableIn } from '../shared/uses';
import { lastName } from '../shared/whole-file';
import { actsIn } from '../subjects/locks/acts';
import { isMutex } from '../subjects/locks/callers';
import { loopsInMacro } from './macro-loops';
import { after, asksBehind, isDelay, isLeftToCaller, isPause, leaves } from './pauses';
import { madeByCaller } from './wrapped';

export const noLoop: Rule = {
  meta: {
    id: 'condvar/no-loop',
    severity: 'warning',
    preset: 'recommended',
    title: 'A condition wait is not in a loop that tests its condition again',
    explanation:
      'A wait on a condition variable may return although nobody signalled, and another thread may have taken what was signalled before this one got the mutex back. A thread that does not test again goes on although its condition does not hold.',
    silence:
      'Wrappers that only pass a condition variable on, or are the wait of a condition of the program’s own, waits of limited time of whose end nobody is told or of which only a caller that loops is told, waits whose caller holds the mutex and may loop, and loops that leave by a test of their own.',
    references: [{ page: 'pthread_cond_wait', section: 3 }],
    demo: 'condvar/spurious',
    example: {
      bad: `#include <pthread.h>

struct box { pthread_mutex_t lock; pthread_cond_t filled; int count; };

int take(struct box *box) {
  pthread_mutex_lock(&box->lock);
  if (box->count == 0)
    pthread_cond_wait(&box->filled, &box->lock);
  int left = --box->count;
  pthread_mutex_unlock(&box->lock);
  return left;
}
`,
      good: `#include <pthread.h>

struct box { pthread_mutex_t lock; pthread_cond_t filled; int count; };

int take(struct box *box) {
  pthread_mutex_lock(&box->lock);
  while (box->count == 0)
    pthread_cond_wait(&box->filled, &box->lock);
  int left = --box->count;
  pthread_mutex_unlock(&box->lock);
  return left;
}
`,
    },
  },
  check() {
    const waits: { event: CallEvent; context: RuleContext }[] = [];
    /** Functions that take the mutex themselves, so that their callers cannot be the ones who loop. */
    const locking = new Set<FunctionDefinition>();
    return {
      call(event, context) {
        const { definition } = context.scope;
        if (takesMutex.test(event.name)) locking.add(definition);
        if (event.site && isWait(event.site.call.effects))
          waits.push(madeByCaller(event, context) ?? { event, context });
      },
      end() {
        for (const { event, context } of waits) {
          const { definition } = context.scope;
          const path = pathTo(definition.body, event.expr.start, event.at.start);
          if (loopsInMacro(event, context)) continue;
          if (
            path &&
            !passesOn(event, context) &&
            !isDelay(event, context) &&
            !isPause(event, path, context) &&
            !isLeftToCaller(event, path, context)
          ) {
            const locks = locking.has(definition) || takesByHelper(event, context);
            judge(event, path, { ...context, locks });
          }
        }
      },
    };
  },
};

/** A function of the program's own takes the mutex for this one. */
function takesByHelper({ expr, args }: CallEvent, context: RuleContext): boolean {
  const mutex = args[1] && lastName(args[1].expr);
  return (
    mutex !== undefined &&
    actsIn(context.scope, context).some(
      (act) => act.op !== 'unlock' && isMutex(act) && act.last === mutex && act.call.start < expr.start,
    )
  );
}

const takesMutex = /^(?:pthread_mutex_(?:timed|try|clock)?lock|mtx_(?:timed|try)?lock)$/;

type Judging = RuleContext & { locks: boolean };

function isWait(effects: readonly { op: string; kind?: string }[]): boolean {
  return effects.some(({ op, kind }) => op === 'wait' && kind === 'condvar');
}

/** The statements around a place, outermost first. */
function pathTo(stmt: Stmt, ...starts: number[]): Stmt[] | undefined {
  const inside = starts.some((start) => stmt.start <= start && start < stmt.end);
  if (!inside) {
    return undefined;
  }
  for (const inner of statementsOf(stmt)) {
    const path = pathTo(inner, ...starts);
    if (path) {
      return [stmt, ...path];
    }
  }
  return [stmt];
}

/**
 * The condition variable is a parameter itself, or lies in one together with its mutex, in a function that is named after waiting for a
 * condition: it wraps the wait for somebody else's loop.
 */
function passesOn({ args: [condvar, mutex] }: CallEvent, { scope }: RuleContext): boolean {
  const { name, type } = scope.definition;
  const owner = condvar && variableIn(condvar.expr);
  const isGiven = owner !== undefined && type.params.some((param) => param.name === owner);
  const isNamed = /cond.*wait|wait.*cond/i.test(name) && mutex && variableIn(mutex.expr) === owner;
  return isGiven && (unwrap(condvar!.expr).kind === 'name' || isNamed === true);
}

function judge(event: CallEvent, path: Stmt[], context: Judging): void {
  for (let i = path.length - 1; i >= 0; i--) {
    const stmt = path[i];
    if (!stmt) {
      continue;
    }
    // Straight inside a loop: its condition, or the next round, is where the test belongs.
    if (isLoop(stmt)) {
      return;
    }
    if (stmt.kind === 'if') {
      judgeIf(event, stmt, path.slice(0, i), context);
      return;
    }
    if (stmt.kind === 'switch' || stmt.kind === 'label') {
      return;
    }
  }
  if (context.locks && !leavesIfWokenEarly(event, path, context)) {
    report(event, undefined, context);
  }
}

/** `if (signaled) return 0; wait(...); if (!signaled) return -EINTR;`: what let it pass in front of the wait is asked behind it, and lets nobody pass. */
function leavesIfWokenEarly(event: CallEvent, path: Stmt[], context: RuleContext): boolean {
  const shared = (test: Expr) => {
    const texts = new Set<string>();
    walkExpr(test, (part) => {
      if (part.kind === 'member' || part.kind === 'index') texts.add(context.source(part));
      if (part.kind === 'name' && context.scope.typeOf(part.name) === undefined) texts.add(part.name);
    });
    return texts;
  };
  const asked = path
    .flatMap((stmt) => (stmt.kind === 'block' ? stmt.body : []))
    .filter((stmt) => stmt.kind === 'if' && stmt.end <= event.at.start && leaves(stmt.consequent))
    .flatMap((stmt) => (stmt.kind === 'if' ? [...shared(stmt.test)] : []));
  const next = after(path.at(-1)!, path.slice(0, -1)).find(({ kind }) => kind === 'if');
  return (
    next?.kind === 'if' &&
    leaves(next.consequent) &&
    asked.some((text) => /\W/.test(text) && shared(next.test).has(text))
  );
}

type If = Extract<Stmt, { kind: 'if' }>;

function judgeIf(event: CallEvent, stmt: If, around: Stmt[], context: Judging): void {
  if (asksBehind(stmt.test, event)) return;
  // Two kinds of wait to choose from, or a wait inside the condition: the test is not the predicate.
  if (within(event, stmt.test) || (stmt.alternative && waits(stmt.alternative) && waits(stmt.consequent))) {
    const at = around.findLastIndex(({ kind }) => kind !== 'block');
    const outer = around[at];
    if (outer?.kind === 'if') judgeIf(event, outer, around.slice(0, at), context);
    else if (!around.some(isLoop) && context.locks) report(event, undefined, context);
    return;
  }
  const branch = stmt.alternative && contains(stmt.alternative, event) ? stmt.alternative : stmt.consequent;
  if (
    leavesAfter(branch, event, context) ||
    looksAgain(stmt.test, branch, event) ||
    isMeant(branch, event, context)
  ) {
    return;
  }
  const loop = around.findLastIndex(isLoop);
  // What the condition allows is done on the other way only, in a round to come.
  if (loop >= 0 && stmt.alternative && branch === stmt.consequent && !waits(stmt.alternative)) {
    return;
  }
  const following = after(stmt, around.slice(Math.max(0, loop)));
  const again = testsAgain(stmt.test, following, context);
  // Who asks the same with `if` leaves what does not hold to the next round, and knows it.
  if ((loop >= 0 && again?.kind === 'if') || (loop >= 0 && following.every(isNeutral))) {
    return;
  }
  if (leavesIfStill([stmt, ...around.slice(loop + 1)], following, context)) return;
  if ((loop < 0 && !context.locks) || asksTheSame(around[loop], stmt, context)) {
    return;
  }
  report(event, stmt, context, again);
}

/** `if (is_full(queue)) return INTERRUPTED;` behind the wait: what led to it is asked once more, and if it still holds, the function leaves. */
function leavesIfStill(
  around: readonly Stmt[],
  following: readonly Stmt[],
  { source }: RuleContext,
): boolean {
  const text = (test: Expr) => source(test).replace(/\s+/g, ' ');
  const led = new Set(around.flatMap((stmt) => (stmt.kind === 'if' ? [text(stmt.test)] : [])));
  return following.some((stmt) => stmt.kind === 'if' && leaves(stmt.consequent) && led.has(text(stmt.test)));
}

/** The loop around goes on for as long as what the wait is for has not come: nothing in the round relies on it. */
function asksTheSame(loop: Stmt | undefined, stmt: If, context: RuleContext): boolean {
  const test = loop?.kind === 'while' || loop?.kind === 'for' ? loop.test : undefined;
  const asked = new Set(test ? operandsOf(test).map((expr) => context.source(expr)) : []);
  const own = operandsOf(stmt.test);
  return own.length > 0 && own.every((expr) => asked.has(context.source(expr)));
}

/** After the wait, the same branch jumps: to the next round of a loop, or away; where it has failed that is another matter. */
function leavesAfter(branch: Stmt, event: CallEvent, context: RuleContext): boolean {
  const list = branch.kind === 'block' ? branch.body : [branch];
  const at = list.findIndex((stmt) => contains(stmt, event));
  const name = resultPlace(context.scope.definition, event.expr);
  const result = name === undefined ? undefined : new Result(event.expr, name, context);
  const isForFailure = (stmt: Stmt) =>
    stmt.kind === 'if' && !stmt.alternative && result?.holds(stmt.test, 0n) === false;
  return list.slice(at + 1).some((stmt) => leaves(stmt) && !isForFailure(stmt));
}

/** After the wait, the same branch reads anew what the test was about, for its caller to judge. */
function looksAgain(test: Expr, branch: Stmt, event: CallEvent): boolean {
  const names = new Set<string>();
  walkExpr(test, (expr) => {
    if (expr.kind === 'name') names.add(expr.name);
  });
  const list = branch.kind === 'block' ? branch.body : [branch];
  const at = list.findIndex((stmt) => contains(stmt, event));
  const isAnew = (expr: Expr) =>
    expr.kind === 'assign' && expr.target.kind === 'name' && names.has(expr.target.name);
  return list
    .slice(at + 1)
    .some((stmt) =>
      stmt.kind === 'if' ? somePart(stmt.test, isAnew) : stmt.kind === 'expr' && isAnew(stmt.expr),
    );
}

/** The statement of the round that tests again what the condition was about, before anything touches it: what does not hold is left to the next round. */
function testsAgain(test: Expr, following: Stmt[], context: RuleContext): Stmt | undefined {
  const open = new Set(operandsOf(test).map((expr) => context.source(expr)));
  const questions = new Set(open);
  somePart(test, (part) => {
    if (part.kind === 'call') for (const arg of part.args) open.add(handed(arg, context));
    return false;
  });
  let again: Stmt | undefined;
  for (const stmt of following) {
    if ((stmt.kind === 'if' && !chooses(stmt)) || stmt.kind === 'while') {
      const asked = operandsOf(stmt.test).map((expr) => context.source(expr));
      const known = asked.filter((text) => open.has(text));
      if (known.length > 0 && (!leavesForGood(stmt) || known.length === open.size)) return stmt;
      if (known.length > 0) {
        again ??= stmt;
        for (const text of known) open.delete(text);
        continue;
      }
    }
    // Of a part of the condition the round has made sure; what it changes then is another part.
    if (again && changes(stmt, open, questions, context)) return undefined;
    if (again || !touches(stmt, open, context)) continue;
    return undefined;
  }
  return again;
}

function leavesForGood(stmt: Stmt): boolean {
  return stmt.kind === 'if' && (leaves(stmt.consequent) || calls(stmt.consequent, /_exit$/));
}

function touches(stmt: Stmt, asked: ReadonlySet<string>, context: RuleContext): boolean {
  // What is called for the sake of threads does nothing with what they share.
  const acts = (expr: Expr) =>
    expr.kind === 'call' && !/^(?:pthread|thrd|mtx)_|unlock/i.test(calledName(expr) ?? '');
  return someExprIn(stmt, (expr) => acts(expr) || asked.has(context.source(expr)));
}

/** What was asked about is set back or counted down, or what a function was asked about is handed to one that does something with it, and not to ask the same. */
function changes(
  stmt: Stmt,
  asked: ReadonlySet<string>,
  questions: ReadonlySet<string>,
  context: RuleContext,
): boolean {
  return someExprIn(stmt, (expr) => {
    if (expr.kind === 'update')
      return /^--|--$/.test(context.source(expr)) && asked.has(context.source(expr.operand));
    if (expr.kind === 'assign') return expr.op === '=' && asked.has(context.source(expr.target));
    return (
      expr.kind === 'call' &&
      !questions.has(context.source(expr)) &&
      !comesBackAlways(calledName(expr) ?? '') &&
      expr.args.some((arg) => asked.has(handed(arg, context)))
    );
  });
}

/** `(queue)` for `queue`, `*queue` and `&queue` as an argument, so that it is no name of a number. */
function handed(arg: Expr, context: RuleContext): string {
  const inner = arg.kind === 'unary' && (arg.op === '*' || arg.op === '&') ? arg.operand : arg;
  return `(${context.source(inner.kind === 'cast' ? inner.value : inner).replace(/^\((.*)\)$/, '$1')})`;
}

/** The variables, members, elements and answers of functions that a test compares, and what pointers lead to, apart from what leads to them. */
function operandsOf(test: Expr): Expr[] {
  if (test.kind === 'logical' || test.kind === 'binary') {
    return [...operandsOf(test.left), ...operandsOf(test.right)];
  }
  if (test.kind === 'unary' && test.op === '!') {
    return operandsOf(test.operand);
  }
  // What a function answers is asked of it again: `list_empty(&queue)`.
  const isAsked =
    /^(?:name|member|index|call)$/.test(test.kind) || (test.kind === 'unary' && test.op === '*');
  return isAsked ? [test] : [];
}

/** A comment in front of the wait says why it is not repeated. */
function isMeant(branch: Stmt, event: CallEvent, context: RuleContext): boolean {
  const before = context.source({ start: branch.start, end: event.at.start });
  const comments = before.match(/\/\*[\s\S]*?\*\/|\/\/.*/g)?.join(' ') ?? '';
  return /\bspurious|\b(?:no|not|never|without|needn't|don't|instead)\b[^.]*\b(?:loop|re-?test|re-?check)/i.test(
    comments,
  );
}

function contains(stmt: Stmt, event: CallEvent): boolean {
  return [event.expr.start, event.at.start].some((start) => stmt.start <= start && start < stmt.end);
}

function within(event: CallEvent, expr: Expr): boolean {
  return expr.start <= event.expr.start && event.expr.end <= expr.end;
}

/** A statement that does not rely on the condition: it unlocks, tests, jumps or declares. */
function isNeutral(stmt: Stmt): boolean {
  if (stmt.kind === 'expr') {
    return /unlock/i.test(calledName(stmt.expr) ?? '');
  }
  return !chooses(stmt) && ['if', 'break', 'continue', 'return', 'goto', 'empty'].includes(stmt.kind);
}

/** Where both ways of a test do something and go on, it says what is done, not whether. */
function chooses(stmt: Stmt): boolean {
  return stmt.kind === 'if' && stmt.alternative !== undefined && !leaves(stmt) && !waits(stmt);
}

function waits(stmt: Stmt): boolean {
  return calls(stmt, /^(?:pthread_cond|cnd)_(?:timed|clock)?wait$/);
}

function calls(stmt: Stmt, name: RegExp): boolean {
  let found = false;
  const look = (expr: Expr) => {
    found ||= name.test(calledName(expr) ?? '');
  };
  for (const expr of expressionsOf(stmt)) walkExpr(expr, look);
  return found || statementsOf(stmt).some((inner) => calls(inner, name));
}

function report(event: CallEvent, stmt: If | undefined, context: RuleContext, again?: Stmt): void {
  const simple = stmt && !stmt.alternative && /^if\b/.test(context.source(stmt));
  const fix: Fix | undefined = simple
    ? {
        title: 'Test again after each wait: while instead of if',
        edits: [{ span: { start: stmt.start, end: stmt.start + 2 }, text: 'while' }],
      }
    : undefined;
  const advice = simple ? 'Write `while` instead of `if`.' : 'Wait inside `while (!condition)`.';
  const outcome = again
    ? 'only the loop that follows keeps this round from going on as if it did'
    : 'nothing here tests it again before going on';
  context.report({
    span: event.at,
    message: `\`${event.name}\` can return although its condition does not hold, and ${outcome}. ${advice}`,
    ...(again ? { severity: 'information' as const } : {}),
    ...(stmt ? { related: [{ span: stmt.test, message: 'The condition is tested only once, here' }] } : {}),
    ...(fix ? { fix } : {}),
  });
}
