import type { FunctionScope } from '../../analysis/context';
import { changedBy, unwrap } from '../../analysis/operators';
import { FileIndex } from '../../analysis/survey';
import {
  type CType,
  type Expr,
  type ExprOf,
  type FunctionDefinition,
  someExprIn,
  walkStmt,
} from '../../c/ast';
import type { RuleContext } from '../rule';
import { isLoop } from '../shared/loops';
import { arms, around, contains } from '../shared/statements';
import { assignmentsTo, usesOf } from '../shared/uses';
import { callsOf, type FileCall, fileCalls, lastName, nameMade } from '../shared/whole-file';

/** What waits on condition variables wait for, and which changes end them, by the text of a file. */

export const waitingCall = /^(?:pthread_cond_(?:timed|clock)?wait|Pthread_cond_wait|cnd_(?:timed)?wait)$/;
export const wakingCall = /^(?:[pP]thread_cond|cnd)_(?:signal|broadcast)$/;

/** What a change does to a wait that goes on for as long as its condition holds. */
export type Effect = 'ends' | 'begins' | 'unknown';

/** Something that others can see, in a test that keeps a thread waiting. */
export interface Atom {
  /** The last name of the variable or member. */
  name: string;
  /** The structure that it is a member of. */
  owner: CType | undefined;
  /** Beside others of which one is enough to keep the thread waiting. */
  joined: boolean;
  /** The comparison that keeps the thread waiting where it is true; undefined where it does so where it is false. */
  holds: Expr | undefined;
  effectOf(change: Change): Effect;
}

/** A wait, and what it waits for. */
export interface Awaited {
  wait: FileCall;
  /** The last names of the condition variable and of the mutex. */
  condvar: string;
  mutex: string;
  /** It comes back by itself after some time. */
  limited: boolean;
  atoms: Atom[];
}

/** A store into something that others can see. */
export interface Change {
  name: string;
  owner: CType | undefined;
  target: Expr;
  expr: Expr;
  within: FunctionDefinition;
  /** The function whose names the target has, where that is a helper. */
  named?: FunctionDefinition;
  how: 'up' | 'down' | 'set';
  /** What is stored; of a choice all that it may be. */
  values: readonly Stored[];
}

/** A number, an address that is none of nothing, or what is not known. */
type Stored = bigint | 'something' | undefined;

interface Test {
  test: Expr;
  /** Whether the thread waits where the test is true. */
  whenTrue: boolean;
}

interface Tested {
  wait: FileCall;
  tests: Test[];
}

/** The waits of a function, with the tests that lead to them in each round. */
const tested = new FileIndex<Tested>((within, file) => {
  const scope = file.scopeOf(within);
  return callsOf(within).flatMap((call) => {
    const name = nameMade(call.name, scope);
    if (!waitingCall.test(name)) return [];
    const tests = testsAround(call.expr, scope);
    return tests.length > 0 ? [[name, { wait: { ...call, name }, tests }] as const] : [];
  });
});

/** The test of the loop around the wait, and those between the two. */
function testsAround(wait: Expr, scope: FunctionScope): Test[] {
  const { definition, evaluator } = scope;
  const chain = around(definition, wait);
  const at = chain.findLastIndex(isLoop);
  const loop = chain[at];
  if (!loop || !('test' in loop)) return [];
  const tests: Test[] = loop.test ? [{ test: loop.test, whenTrue: true }] : [];
  for (const stmt of chain.slice(at + 1)) {
    if (stmt.kind !== 'if' || contains(stmt.test, wait)) continue;
    const isElse = stmt.alternative !== undefined && contains(stmt.alternative, wait);
    tests.push({ test: stmt.test, whenTrue: !isElse });
  }
  return tests.filter(({ test }) => evaluator.constant(test, scope) === undefined);
}

/** Everything that the file waits for on condition variables. */
export function awaitedIn(context: RuleContext): Awaited[] {
  return context.ask(tested, /./).flatMap(({ wait, tests }) => {
    const [condvar, mutex] = wait.expr.args.map((arg) => lastName(arg));
    if (condvar === undefined || mutex === undefined) return [];
    const scope = context.scope.file.scopeOf(wait.within);
    const atoms = tests.flatMap(({ test, whenTrue }) => atomsOf(test, whenTrue, scope, context, 0));
    return atoms.length > 0 ? [{ wait, condvar, mutex, limited: /timed|clock/.test(wait.name), atoms }] : [];
  });
}

function atomsOf(
  test: Expr,
  whenTrue: boolean,
  scope: FunctionScope,
  context: RuleContext,
  depth: number,
): Atom[] {
  const expr = unwrap(test);
  if (expr.kind === 'unary' && expr.op === '!')
    return atomsOf(expr.operand, !whenTrue, scope, context, depth);
  if (expr.kind === 'logical') {
    const parts = [expr.left, expr.right].flatMap((part) => atomsOf(part, whenTrue, scope, context, depth));
    return (expr.op === '||') === whenTrue ? parts.map((part) => ({ ...part, joined: true })) : parts;
  }
  if (expr.kind === 'binary') {
    const holds = whenTrue && depth === 0 ? expr : undefined;
    return compared(expr, whenTrue, scope).map((one) => ({ ...one, holds }));
  }
  if (expr.kind === 'call') return depth < 2 ? throughCall(expr, whenTrue, scope, context, depth) : [];
  return atom(expr, whenTrue ? '!=' : '==', undefined, scope);
}

/** A function of the file that does nothing but to answer: `return queue->count == 0;`. */
function throughCall(
  call: ExprOf<'call'>,
  whenTrue: boolean,
  { file }: FunctionScope,
  context: RuleContext,
  depth: number,
): Atom[] {
  const name = call.callee.kind === 'name' ? call.callee.name : undefined;
  const asked = name === undefined ? undefined : context.functionNamed(name);
  if (!asked || asked.file !== file) return [];
  const { body } = asked.definition;
  const [only, ...others] = body.kind === 'block' ? body.body : [];
  return only?.kind === 'return' && only.value && others.length === 0
    ? atomsOf(only.value, whenTrue, asked, context, depth + 1)
    : [];
}

const turned: Readonly<Record<string, string>> = { '<': '>', '>': '<', '<=': '>=', '>=': '<=' };
const denied: Readonly<Record<string, string>> = {
  '==': '!=',
  '!=': '==',
  '<': '>=',
  '>=': '<',
  '>': '<=',
  '<=': '>',
};

function compared(expr: ExprOf<'binary'>, whenTrue: boolean, scope: FunctionScope): Atom[] {
  const op = whenTrue ? expr.op : denied[expr.op];
  if (op === undefined || denied[expr.op] === undefined) return [];
  return [
    ...atom(unwrap(expr.left), op, expr.right, scope),
    ...atom(unwrap(expr.right), turned[op] ?? op, expr.left, scope),
  ];
}

/** `name op other` keeps the thread waiting. */
function atom(expr: Expr, op: string, other: Expr | undefined, scope: FunctionScope): Atom[] {
  const name = isShared(expr, scope) ? lastName(expr) : undefined;
  if (name === undefined) return [];
  const limit = other === undefined || other.kind === 'null' ? 0n : scope.evaluator.constant(other, scope);
  const isOwn = other !== undefined && limit === undefined && !isShared(unwrap(other), scope);
  return [
    {
      name,
      owner: ownerOf(expr, scope),
      joined: false,
      holds: undefined,
      effectOf: (change) => effect(change, op, limit, isOwn),
    },
  ];
}

/** What a store does to `name op limit`; `isOwn` where the limit is something that the waiting thread remembers. */
function effect(change: Change, op: string, limit: bigint | undefined, isOwn: boolean): Effect {
  if (isOwn && op === '==') return 'ends';
  if (change.how === 'set') return effectOfValue(change, op, limit);
  const up = change.how === 'up';
  switch (op) {
    case '==':
      return up === (limit === 0n) ? 'ends' : 'begins';
    case '!=':
      if (isOwn) return 'unknown';
      return limit === 0n ? (up ? 'begins' : 'ends') : 'unknown';
    case '<':
    case '<=':
      return up ? 'ends' : 'begins';
    default:
      return up ? 'begins' : 'ends';
  }
}

function effectOfValue({ values }: Change, op: string, limit: bigint | undefined): Effect {
  const [first = 'unknown', ...others] = values.map((value) => effectOf(value, op, limit));
  return others.every((other) => other === first) ? first : 'unknown';
}

function effectOf(value: Stored, op: string, limit: bigint | undefined): Effect {
  if (value === 'something') return op === '==' && limit === 0n ? 'ends' : 'unknown';
  if (value === undefined || limit === undefined) return 'unknown';
  const goesOn = {
    '==': value === limit,
    '!=': value !== limit,
    '<': value < limit,
    '<=': value <= limit,
    '>': value > limit,
    '>=': value >= limit,
  }[op];
  return goesOn === undefined ? 'unknown' : goesOn ? 'begins' : 'ends';
}

/** A variable outside functions, or a member of what a pointer leads to or of such a variable. */
function isShared(expr: Expr, scope: FunctionScope): expr is ExprOf<'member'> | ExprOf<'name'> {
  if (expr.kind === 'member') {
    const object = unwrap(expr.object);
    const isInside = !expr.arrow && (object.kind === 'name' || object.kind === 'member');
    return !isInside || isShared(object, scope);
  }
  return (
    expr.kind === 'name' && scope.typeOf(expr.name) === undefined && scope.file.symbols.globals.has(expr.name)
  );
}

function ownerOf(expr: Expr, scope: FunctionScope): CType | undefined {
  if (expr.kind !== 'member') return undefined;
  const type = scope.resolvedTypeOf(expr.object);
  return type?.k === 'pointer' ? scope.evaluator.types.resolve(type.to) : type;
}

/** Stores into what others can see, under the last name of the place. */
export const changes = new FileIndex<Change>((within, file) => {
  const scope = file.scopeOf(within);
  const found: [string, Change][] = [];
  walkStmt(within.body, {
    expr: (expr) => {
      const target = changedBy(expr);
      const name = target && isShared(target, scope) ? lastName(target) : undefined;
      if (!target || name === undefined) return;
      found.push([
        name,
        { name, owner: ownerOf(target, scope), target, expr, within, ...manner(expr, scope) },
      ]);
    },
  });
  return found;
});

function manner(expr: Expr, scope: FunctionScope): Pick<Change, 'how' | 'values'> {
  if (expr.kind === 'update') return { how: expr.op === '++' ? 'up' : 'down', values: [] };
  if (expr.kind !== 'assign') return { how: 'set', values: [] };
  const how = expr.op === '+=' ? 'up' : expr.op === '-=' ? 'down' : 'set';
  return { how, values: expr.op === '=' ? storedBy(expr.value, expr, scope) : [] };
}

function storedBy(value: Expr, store: Expr, scope: FunctionScope): Stored[] {
  const inner = unwrap(value);
  if (inner.kind === 'assign' && inner.op === '=') return storedBy(inner.value, store, scope);
  if (inner.kind === 'conditional' && inner.consequent)
    return [inner.consequent, inner.alternative].flatMap((part) => storedBy(part, store, scope));
  if (inner.kind === 'null') return [0n];
  const isAddress = inner.kind === 'unary' && inner.op === '&';
  return [
    isAddress || (inner.kind === 'name' && isFollowedBefore(inner.name, store, scope))
      ? 'something'
      : scope.evaluator.constant(inner, scope),
  ];
}

/** The function has stored where its pointer leads, on each way to the place: it is not NULL. */
function isFollowedBefore(name: string, place: Expr, { definition }: FunctionScope): boolean {
  const own = arms(definition, place);
  return (
    assignmentsTo(definition, name).length <= 1 &&
    usesOf(definition, name).some(
      ({ expr, around: [outer] }) =>
        outer?.kind === 'member' &&
        outer.arrow &&
        expr.start < place.start &&
        arms(definition, expr).every((arm) => own.includes(arm)),
    )
  );
}

/** The change is one of what the atom asks for. */
export function concerns(change: Change, { name, owner }: Pick<Atom, 'name' | 'owner'>): boolean {
  return change.name === name && alike(change.owner, owner);
}

function alike(one: CType | undefined, other: CType | undefined): boolean {
  if (one === other) return true;
  if (one?.k !== 'struct' || other?.k !== 'struct') return one !== undefined && other !== undefined;
  return one.tag === other.tag && one.members?.length === other.members?.length;
}

/** The calls of the file that wake whoever waits on a condition variable of this name. */
export function wakings(condvar: string, context: RuleContext): FileCall[] {
  return fileCalls(context, wakingCall).filter(
    ({ expr }) => expr.args[0] !== undefined && lastName(expr.args[0]) === condvar,
  );
}

/** A function names a condition variable other than to wait for it or to give it up: it may wake who waits. */
export function namesCondvar(
  definition: FunctionDefinition,
  condvar: string,
  others = /wait|cnd_destroy|cond_destroy/i,
): boolean {
  const waits = callsOf(definition).filter(({ name }) => others.test(name));
  return someExprIn(
    definition.body,
    (expr) =>
      ((expr.kind === 'name' && expr.name === condvar) ||
        (expr.kind === 'member' && expr.field === condvar)) &&
      !waits.some(({ expr: wait }) => contains(wait, expr)),
  );
}
