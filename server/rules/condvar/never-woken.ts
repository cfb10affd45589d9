import { rootName } from '../../analysis/aliasing';
import type { FunctionScope } from '../../analysis/context';
import type { CallEvent } from '../../analysis/events';
import { unwrap } from '../../analysis/operators';
import { FileIndex } from '../../analysis/survey';
import { children, type Expr, type ExprOf, walkExpr, walkStmt } from '../../c/ast';
import { calledName } from '../../c/cfg';
import type { Rule, RuleContext } from '../rule';
import { isLoop } from '../shared/loops';
import { around } from '../shared/statements';
import { excerpt } from '../shared/support';
import { fileMakes, isAllRead, isProgram, lastName, threadStarts } from '../shared/whole-file';
import { awaitedIn, changes as changesOf, concerns } from '../subjects/conditions';
import { madeByCaller } from './wrapped';

export const neverWoken: Rule = {
  meta: {
    id: 'condvar/never-woken',
    severity: 'warning',
    preset: 'recommended',
    title: 'A thread waits for what nobody ever signals or changes',
    explanation:
      'A wait on a condition variable ends for good only when another thread changes the condition and signals the variable. Where nothing signals that variable, or nothing stores into what the loop tests, the thread sleeps for ever. A signal to a variable on which nobody waits wakes nobody: most often it was meant for another one.',
    silence:
      'Condition variables and conditions in structures that other files know, on the stack or in the hands of other files, tests that call functions, and waits of limited time.',
    references: [{ page: 'pthread_cond_wait', section: 3 }],
    demo: 'condvar/spurious',
    example: {
      bad: `#include <pthread.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t finished = PTHREAD_COND_INITIALIZER;
static int done;

void *work(void *arg) {
  pthread_mutex_lock(&lock);
  pthread_cond_signal(&finished);
  pthread_mutex_unlock(&lock);
  return arg;
}

void await(void) {
  pthread_mutex_lock(&lock);
  while (!done)
    pthread_cond_wait(&finished, &lock);
  pthread_mutex_unlock(&lock);
}
`,
      good: `#include <pthread.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t finished = PTHREAD_COND_INITIALIZER;
static int done;

void *work(void *arg) {
  pthread_mutex_lock(&lock);
  done = 1;
  pthread_cond_signal(&finished);
  pthread_mutex_unlock(&lock);
  return arg;
}

void await(void) {
  pthread_mutex_lock(&lock);
  while (!done)
    pthread_cond_wait(&finished, &lock);
  pthread_mutex_unlock(&lock);
}
`,
    },
  },
  check() {
    const told = new Set<Expr>();
    return {
      call(inner, here) {
        const { name } = inner;
        if (!/^(?:pthread_cond_(?:wait|signal|broadcast)|cnd_(?:wait|signal|broadcast))$/.test(name)) return;
        const { event, context } = madeByCaller(inner, here) ?? { event: inner, context: here };
        if (told.has(event.expr) || !isAllRead(context)) return;
        const report = signalling.test(name) ? unheard(event, context) : unended(event, name, context);
        if (!report) return;
        told.add(event.expr);
        context.report({ span: event.at, message: report });
      },
    };
  },
};

const signalling = /(?:signal|broadcast)$/i;
const waiting = /^(?:pthread_cond_(?:timed|clock)?wait|cnd_(?:timed)?wait)$/;

/** A program that starts its threads here, with functions that stand here. */
function isWhole(context: RuleContext): boolean {
  const starts = [...threadStarts(context)];
  return (
    isProgram(context) &&
    starts.length > 0 &&
    starts.every((name) => context.functionNamed(name)?.file === context.scope.file)
  );
}

function unended(event: CallEvent, name: string, context: RuleContext): string | undefined {
  // A piece of a program that signals nothing at all has the other side elsewhere.
  if (!fileMakes(context, signalling) && !isWhole(context)) return undefined;
  // A thread may wait only to be cancelled, for which the wait is a place (pthreads(7)).
  if (fileMakes(context, 'pthread_cancel') && !isEndedByOthers(event, context)) return undefined;
  return unsignalled(event, name, context) ?? unchanged(event, context);
}

/** What the thread waits for is brought about by another function. */
function isEndedByOthers({ expr }: CallEvent, context: RuleContext): boolean {
  const own = awaitedIn(context).find(({ wait }) => wait.expr === expr);
  const atoms = own?.atoms ?? [];
  return atoms.some((atom) =>
    context
      .ask(changesOf, atom.name)
      .some(
        (change) =>
          change.within !== context.scope.definition &&
          concerns(change, atom) &&
          atom.effectOf(change) === 'ends',
      ),
  );
}

function unsignalled({ args }: CallEvent, name: string, context: RuleContext): string | undefined {
  const cond = variableOf(args[0]?.expr, context);
  if (!cond || context.ask(wakers, cond.last).length > 0) return undefined;
  const signal = name === 'cnd_wait' ? 'cnd_signal' : 'pthread_cond_signal';
  return `\`${cond.shown}\` is waited for here, and nothing ever signals it, so the thread sleeps for ever. Call \`${signal}\` where the condition becomes true.`;
}

/** Other variables are waited for, and this one is not. */
function unheard({ name, args }: CallEvent, context: RuleContext): string | undefined {
  const cond = variableOf(args[0]?.expr, context);
  if (!cond || context.ask(waiters, cond.last).length > 0 || !fileMakes(context, waiting)) return undefined;
  return `Nobody ever waits for \`${cond.shown}\`, so this \`${name}\` wakes no thread, and one that waits for another variable sleeps on. Signal the one that is waited for.`;
}

/** The condition variable that an address is of, where no other file knows it: its last name, and as the program writes it. */
export function variableOf(
  address: Expr | undefined,
  context: RuleContext,
): { last: string; shown: string } | undefined {
  const object = address && unwrap(address);
  const cond = object?.kind === 'unary' && object.op === '&' ? unwrap(object.operand) : undefined;
  const last = cond && lastName(cond);
  const isKnown =
    cond?.kind === 'name' ? isOwn(cond.name, context) : cond?.kind === 'member' && isOwnMember(cond, context);
  return cond && last !== undefined && isKnown ? { last, shown: excerpt(context, cond) } : undefined;
}

/** A member of a structure of which only this file knows what is in it, as its text stands here and not in a header. */
function isOwnMember({ object, arrow }: ExprOf<'member'>, { scope }: RuleContext): boolean {
  const type = scope.resolvedTypeOf(object);
  const owner = arrow && type?.k === 'pointer' ? scope.evaluator.types.resolve(type.to) : type;
  const { symbols } = scope.file;
  const own = [...symbols.tags.values(), ...symbols.typedefs.values()];
  return (
    owner?.k === 'struct' &&
    owner.members !== undefined &&
    own.some((other) => other.k === 'struct' && other.members === owner.members)
  );
}

function unchanged(event: CallEvent, context: RuleContext): string | undefined {
  const { definition } = context.scope;
  const loop = event.at.within === definition ? around(definition, event.at).findLast(isLoop) : undefined;
  const test = loop && 'test' in loop ? loop.test : undefined;
  const names = test && operandsOf(test, context.scope);
  if (!names || names.length === 0 || !names.every((name) => isOwn(name, context))) return undefined;
  if (names.some((name) => context.ask(changes, name).length > 0)) return undefined;
  const what = names.map((name) => `\`${name}\``).join(' and ');
  return `This waits until ${what} ${names.length === 1 ? 'changes' : 'change'}, and nothing ever stores there, so each signal only leads to the next wait. Set ${names.length === 1 ? 'it' : 'them'}, with the mutex held, before the signal.`;
}

/** The variables that a test is made of; undefined where it asks for anything else. */
function operandsOf(test: Expr, scope: FunctionScope): string[] | undefined {
  const names = new Set<string>();
  let isPlain = true;
  walkExpr(test, (expr) => {
    if (expr.kind === 'name' && !isNumber(expr.name, scope)) names.add(expr.name);
    isPlain &&= !['call', 'member', 'index', 'assign', 'update', 'statements'].includes(expr.kind);
    isPlain &&= expr.kind !== 'unary' || expr.op === '!' || expr.op === '-';
  });
  return isPlain ? [...names] : undefined;
}

/** A macro or an enumerator. */
function isNumber(name: string, { file }: FunctionScope): boolean {
  return !file.symbols.globals.has(name) && /^[A-Z][A-Z0-9_]*$/.test(name);
}

/** A variable outside functions that belongs to this file, as far as it tells. */
function isOwn(name: string, context: RuleContext): boolean {
  const { scope } = context;
  if (scope.typeOf(name)) return false;
  const qualities = scope.file.symbols.qualities.get(name);
  if (!scope.file.symbols.globals.has(name)) return false;
  return qualities?.includes('static') === true || (isProgram(context) && !qualities?.includes('extern'));
}

/** Whatever is done with a name, but in calls of such names. */
function usesBut(calls: RegExp): FileIndex<true> {
  return new FileIndex(function* ({ body }): Generator<[string, true]> {
    const found: string[] = [];
    const visit = (expr: Expr, call: string | undefined): void => {
      const name = expr.kind === 'name' ? expr.name : expr.kind === 'member' ? expr.field : undefined;
      if (name !== undefined && !(call !== undefined && calls.test(call))) found.push(name);
      const inner = expr.kind === 'call' ? calledName(expr) : call;
      for (const child of children(expr)) visit(child, inner);
    };
    const tops: Expr[] = [];
    walkStmt(body, { expr: (expr) => tops.push(expr) });
    const inside = new Set(tops.flatMap((expr) => children(expr)));
    for (const expr of tops) if (!inside.has(expr)) visit(expr, undefined);
    for (const name of found) yield [name, true];
  });
}

const wakers = usesBut(/wait|init|destroy/i);
const waiters = usesBut(/signal|broadcast|init|destroy/i);

/** Where something is stored, or somebody gets the address. */
const changes = new FileIndex(function* ({ body }): Generator<[string, true]> {
  const found: string[] = [];
  walkStmt(body, {
    expr: (expr) => {
      const target =
        expr.kind === 'assign'
          ? expr.target
          : expr.kind === 'update' || (expr.kind === 'unary' && expr.op === '&')
            ? expr.operand
            : undefined;
      const name = target && (rootName(target) ?? lastName(target));
      if (name !== undefined) found.push(name);
    },
  });
  for (const name of found) yield [name, true];
});
