import { isComparison, unwrap } from '../../analysis/operators';
import {
  type Expr,
  type FunctionDefinition,
  parameterIndex,
  type Stmt,
  someExprIn,
  somePart,
  someStmtIn,
} from '../../c/ast';
import type { Rule, RuleContext } from '../rule';
import { contains } from '../shared/statements';
import { assignmentsTo, variableIn } from '../shared/uses';
import { callsTo, type FileCall, textOf, threadStarts } from '../shared/whole-file';
import { actsIn, type LockAct } from '../subjects/locks/acts';

export const argumentOrder: Rule = {
  meta: {
    id: 'lock/argument-order',
    severity: 'warning',
    preset: 'recommended',
    title: 'A function takes two locks in the order in which it is given them, whichever that is',
    explanation:
      'One thread calls the function with two objects, and another one with the same two the other way round: each gets the first lock and waits for the second, and neither ever goes on. It happens seldom, and then the program hangs.',
    silence:
      'Functions that compare what they are given to find an order and keep to it, or that let go of the first lock where the second is taken, and those whose calls all name the objects in one order. Elements of an array count as given in any order where nobody compares their numbers.',
    references: [{ page: 'pthread_mutex_lock', section: 3 }],
    example: {
      bad: `#include <pthread.h>

struct account {
  pthread_mutex_t lock;
  long sum;
};

static struct account mine = {PTHREAD_MUTEX_INITIALIZER, 100}, yours = {PTHREAD_MUTEX_INITIALIZER, 100};

static void move(struct account *from, struct account *to, long sum) {
  pthread_mutex_lock(&from->lock);
  pthread_mutex_lock(&to->lock);
  from->sum -= sum;
  to->sum += sum;
  pthread_mutex_unlock(&to->lock);
  pthread_mutex_unlock(&from->lock);
}

void give(long sum) {
  move(&mine, &yours, sum);
}

void take(long sum) {
  move(&yours, &mine, sum);
}
`,
      good: `#include <pthread.h>

struct account {
  pthread_mutex_t lock;
  long sum;
};

static struct account mine = {PTHREAD_MUTEX_INITIALIZER, 100}, yours = {PTHREAD_MUTEX_INITIALIZER, 100};

static void move(struct account *from, struct account *to, long sum) {
  pthread_mutex_lock(from < to ? &from->lock : &to->lock);
  pthread_mutex_lock(from < to ? &to->lock : &from->lock);
  from->sum -= sum;
  to->sum += sum;
  pthread_mutex_unlock(&to->lock);
  pthread_mutex_unlock(&from->lock);
}

void give(long sum) {
  move(&mine, &yours, sum);
}

void take(long sum) {
  move(&yours, &mine, sum);
}
`,
    },
  },
  check: (context) => ({
    end() {
      const pair = pairIn(context);
      if (pair?.inVain) reportInVain(pair, context);
      const calls = pair && !pair.inVain ? eitherWay(pair, context) : undefined;
      if (pair && calls) report(pair, calls, context);
    },
  }),
};

/** Two locks of what a function is given, the second taken while the first is held. */
interface Pair {
  first: LockAct;
  second: LockAct;
  /** The places of the two among the parameters. */
  indexes: readonly [number, number];
  /** The two are compared, and taken in the same order whichever is the smaller one. */
  inVain: boolean;
}

function pairIn(context: RuleContext): Pair | undefined {
  const { scope } = context;
  const { definition } = scope;
  const { params } = definition.type;
  if (params.length < 2) return undefined;
  const acts = actsIn(scope, context).filter(
    ({ kind }) => kind === 'mutex' || kind === 'rwlock' || kind === 'spinlock',
  );
  for (const [at, first] of acts.entries()) {
    const second = acts[at + 1];
    if (first.op !== 'lock' || second?.op !== 'lock' || first.key === second.key) continue;
    const [one, other] = [first, second].map((act) => givenIn(act, definition));
    if (!one || !other || one.index === other.index || one.rest !== other.rest) continue;
    if (!areOrdered(definition, one.name, other.name))
      return { first, second, indexes: [one.index, other.index], inVain: false };
    if (isInVain(definition, acts, one.name, other.name))
      return { first, second, indexes: [one.index, other.index], inVain: true };
  }
  return undefined;
}

/** The parameter that a lock is reached through, which is what the caller gave, and the way from there. */
function givenIn(
  { call }: LockAct,
  definition: FunctionDefinition,
): { name: string; index: number; rest: string } | undefined {
  const object = call.args[0] && unwrap(call.args[0]);
  const name = object && variableIn(object);
  const index = parameterIndex(definition.type.params, name);
  if (!object || name === undefined || index < 0 || assignmentsTo(definition, name).length > 0)
    return undefined;
  return { name, index, rest: wayIn(object) };
}

function wayIn(expr: Expr): string {
  const inner = unwrap(expr);
  switch (inner.kind) {
    case 'unary':
      return `${inner.op}${wayIn(inner.operand)}`;
    case 'member':
      return `${wayIn(inner.object)}.${inner.field}`;
    default:
      return inner.kind;
  }
}

/** Something asks which of the two variables, or of what they lead to, is the smaller one. */
function areOrdered(definition: FunctionDefinition, one: string, other: string): boolean {
  return someExprIn(definition.body, (expr) => compares(expr, one, other));
}

function compares(expr: Expr, one: string, other: string): boolean {
  const holds = (side: Expr, name: string) =>
    somePart(side, (part) => part.kind === 'name' && part.name === name);
  return (
    expr.kind === 'binary' &&
    isComparison(expr.op) &&
    /[<>]/.test(expr.op) &&
    ((holds(expr.left, one) && holds(expr.right, other)) ||
      (holds(expr.left, other) && holds(expr.right, one)))
  );
}

/** Both arms of the comparison take the same locks, one after the other in the same order. */
function isInVain(
  definition: FunctionDefinition,
  acts: readonly LockAct[],
  one: string,
  other: string,
): boolean {
  const takenIn = (arm: Stmt) =>
    acts
      .filter(({ call }) => contains(arm, call))
      .map(({ op, key }) => `${op} ${key}`)
      .join();
  return someStmtIn(definition.body, (stmt) => {
    if (stmt.kind !== 'if' || !stmt.alternative || !compares(stmt.test, one, other)) return false;
    const taken = takenIn(stmt.consequent);
    return taken.includes(',') && taken === takenIn(stmt.alternative);
  });
}

interface Calls {
  one: FileCall;
  /** The call that names them the other way round; absent where one call may give any two. */
  other?: FileCall;
}

function eitherWay({ indexes: [first, second] }: Pair, context: RuleContext): Calls | undefined {
  const calls = callsTo(context, context.scope.definition.name);
  const named = calls.flatMap((call) => {
    const [one, other] = [call.expr.args[first], call.expr.args[second]];
    const isOwn = (arg: Expr) => {
      const root = variableIn(arg);
      return root === undefined || context.scope.file.scopeOf(call.within).typeOf(root) !== undefined;
    };
    return one && other && !isOwn(one) && !isOwn(other)
      ? [{ call, one: textOf(one, call.within, context), other: textOf(other, call.within, context) }]
      : [];
  });
  for (const { call, one, other } of named) {
    const turned = named.find((each) => each.one === other && each.other === one && one !== other);
    if (turned) return { one: call, other: turned.call };
  }
  const anyTwo = calls.find((call) => givesAnyTwo(call, [first, second], context));
  return anyTwo && { one: anyTwo };
}

/** `move(&accounts[from], &accounts[to])` in a thread, where nobody compares the two numbers. */
function givesAnyTwo(
  { expr, within }: FileCall,
  indexes: readonly [number, number],
  context: RuleContext,
): boolean {
  const [one, other] = indexes.map((index) => elementIn(expr.args[index]));
  if (!one || !other || one.array !== other.array || one.index === other.index) return false;
  const isLocal = context.scope.file.scopeOf(within).typeOf(one.array) !== undefined;
  return !isLocal && threadStarts(context).has(within.name) && !areOrdered(within, one.index, other.index);
}

/** An element of an array whose number is a variable. */
function elementIn(arg: Expr | undefined): { array: string; index: string } | undefined {
  const inner = arg && unwrap(arg);
  const element = inner?.kind === 'unary' && inner.op === '&' ? unwrap(inner.operand) : inner;
  if (element?.kind !== 'index' || element.array.kind !== 'name') return undefined;
  const index = unwrap(element.index);
  return index.kind === 'name' ? { array: element.array.name, index: index.name } : undefined;
}

function report({ first, second }: Pair, { one: call, other: turned }: Calls, context: RuleContext): void {
  const { definition } = context.scope;
  const place = ({ expr, within }: FileCall) => ({ start: expr.start, end: expr.end, within });
  context.report({
    span: second.call,
    message: `\`${second.name}\` is taken while \`${first.name}\` is held, in the order in which \`${definition.name}\` is given the two, and ${turned ? 'that is either way round' : 'its caller gives it any two'}: two threads may each have one and wait for the other for ever. Take the one with the lower address first, say.`,
    related: [
      { span: place(call), message: turned ? 'Here they are given in one order' : 'Any two are given here' },
      ...(turned ? [{ span: place(turned), message: 'And here the other way round' }] : []),
    ],
  });
}

function reportInVain({ first, second }: Pair, context: RuleContext): void {
  context.report({
    span: second.call,
    message: `Whichever of the two is the smaller one, \`${first.name}\` is taken before \`${second.name}\`, so the order is still that in which \`${context.scope.definition.name}\` is given them: two threads may each have one and wait for the other for ever. Take them the other way round where the comparison does not hold.`,
  });
}
