import { unwrap } from '../../analysis/operators';
import { type Expr, type FunctionDefinition, type Stmt, walkStmt } from '../../c/ast';
import { calledName } from '../../c/cfg';
import type { RuleContext } from '../rule';
import { endsThread } from '../shared/endings';
import { exitsOf, isEndless, isLoop } from '../shared/loops';
import { arms, around } from '../shared/statements';
import { assignmentsTo, callsIn, usesOf } from '../shared/uses';
import { type FileCall, fileCalls, lastName } from '../shared/whole-file';

/** Connections that a server hands to a thread of their own, which then is the one to close them. */

export interface Handed {
  /** The thread's own variable for the connection. */
  name: string;
  /** Where the thread ends without closing it. */
  end: Stmt;
  /** Where it is closed on another way. */
  close?: Expr;
  accept: FileCall;
  create: FileCall;
}

/** The connection that a thread function is given, only reads and writes, and leaves open at an end; undefined where somebody else may close it. */
export function leftByThread(context: RuleContext): Handed | undefined {
  const { definition } = context.scope;
  const [param] = definition.type.params;
  if (!param?.name || definition.type.params.length !== 1 || isEndlessWork(context)) {
    return undefined;
  }
  const own = localFrom(param.name, context);
  const creates = fileCalls(context, /^[pP]thread_create$/).filter(
    ({ expr }) => expr.args[2] && lastName(expr.args[2]) === definition.name,
  );
  const [create] = creates;
  const accept = create && creates.length === 1 ? acceptedFor(create, own?.byPointer) : undefined;
  if (!own || !create || !accept || !onlyWorks(definition, own.name, context, 0)) {
    return undefined;
  }
  const end = leftOpenAt(own.name, context);
  return end && { name: own.name, accept, create, ...end };
}

/** Where the thread ends with its connection open: nowhere closed, its last statement; else the return that goes past every close. */
function leftOpenAt(name: string, context: RuleContext): Pick<Handed, 'end' | 'close'> | undefined {
  const { definition } = context.scope;
  const closes = callsIn(definition, /^close$/).filter(({ args: [fd] }) => fd && lastName(fd) === name);
  const last = definition.body.kind === 'block' ? definition.body.body.at(-1) : undefined;
  const [close] = closes;
  if (!close) {
    return last && { end: last };
  }
  const ends: Stmt[] = [];
  let isPlain = callsIn(definition, /^pthread_cleanup_push$/).length === 0;
  walkStmt(definition.body, {
    stmt: (stmt) => {
      if (isEnd(stmt)) ends.push(stmt);
      isPlain &&= !['label', 'goto', 'switch', 'unknown', 'either'].includes(stmt.kind);
      // What stands behind a loop that nothing ends is never reached.
      isPlain &&= !isLoop(stmt) || !isEndless(stmt, context) || exitsOf(stmt, context).length > 0;
    },
  });
  const end = ends.find((one) => isPastAll(one, name, closes, definition));
  return isPlain && end ? { end, close } : undefined;
}

/** The thread ends here. */
function isEnd(stmt: Stmt): boolean {
  return stmt.kind === 'return' || endsThread(stmt);
}

/** Whoever comes here comes no further, not even behind a loop. */
function returns(arm: Stmt): boolean {
  const last = arm.kind === 'block' ? arm.body.at(-1) : arm;
  return last !== undefined && isEnd(last);
}

/** No close lies on the way to this return, which is none for a connection that is not there. */
function isPastAll(
  end: Stmt,
  name: string,
  closes: readonly Expr[],
  definition: FunctionDefinition,
): boolean {
  const ways = arms(definition, end);
  const tests = around(definition, end).flatMap((stmt) => (stmt.kind === 'if' ? [stmt.test] : []));
  const isAbout = (expr: Expr) => expr.kind === 'name' && expr.name === name;
  return (
    usesOf(definition, name).some(({ expr }) => expr.end < end.start) &&
    !tests.some((test) => test.kind === 'binary' && (isAbout(test.left) || isAbout(test.right))) &&
    closes.every((close) => {
      const apart = arms(definition, close).filter((arm) => !ways.includes(arm));
      return close.start > end.start || apart.some(returns);
    })
  );
}

/** The thread goes on as long as the program: its way out is none. */
function isEndlessWork(context: RuleContext): boolean {
  const { body } = context.scope.definition;
  const statements: readonly Stmt[] = body.kind === 'block' ? body.body : [];
  return statements.some(
    (stmt) =>
      isLoop(stmt) &&
      isEndless(stmt, context) &&
      !/\b(?:break|return|goto|(?:pthread|thrd)_exit)\b/.test(context.code(stmt)),
  );
}

/** The variable that gets what the thread was given: the number itself, in a pointer, or what the pointer leads to. */
function localFrom(
  param: string,
  { scope }: RuleContext,
): { name: string; init: Expr; byPointer: boolean } | undefined {
  for (const { around: outer } of usesOf(scope.definition, param)) {
    const [nearest] = outer.filter(({ kind }) => kind !== 'cast');
    const byPointer = nearest?.kind === 'unary' && nearest.op === '*';
    const value = byPointer ? nearest : outer.findLast(({ kind }) => kind === 'cast');
    const target = value && variableSetTo(value, scope.definition);
    const type = target === undefined ? undefined : scope.typeOf(target);
    const isNumber = type && scope.evaluator.types.resolve(type).k === 'int';
    const isOne = target !== undefined && assignmentsTo(scope.definition, target).length === 1;
    if (value && target !== undefined && isNumber && isOne) return { name: target, init: value, byPointer };
  }
  return undefined;
}

function variableSetTo(value: Expr, definition: FunctionDefinition): string | undefined {
  const stmt = around(definition, value).at(-1);
  if (stmt?.kind === 'decl') {
    return stmt.declaration.declarators.find(({ init }) => init && unwrap(init) === unwrap(value))?.name;
  }
  const assign = stmt?.kind === 'expr' && stmt.expr.kind === 'assign' ? stmt.expr : undefined;
  return assign?.op === '=' && assign.target.kind === 'name' && unwrap(assign.value) === unwrap(value)
    ? assign.target.name
    : undefined;
}

/** The accept whose result the thread is given. */
function acceptedFor({ expr, within }: FileCall, byPointer: boolean | undefined): FileCall | undefined {
  const given = expr.args[3] && unwrap(expr.args[3]);
  const address = given?.kind === 'unary' && given.op === '&' ? given.operand : given;
  if (address?.kind !== 'name' || byPointer === undefined) {
    return undefined;
  }
  const values = assignmentsTo(within, address.name).map(({ value }) => unwrap(value));
  const stored = byPointer && address === given ? storedIn(address.name, within) : values;
  const names = stored.flatMap((value) => (value.kind === 'name' ? [value.name] : []));
  const made = [
    ...stored,
    ...names.flatMap((name) => assignmentsTo(within, name).map(({ value }) => unwrap(value))),
  ];
  for (const call of made) {
    const name = calledName(call);
    if (call.kind === 'call' && name !== undefined && /^[aA]ccept4?$/.test(name))
      return { name, expr: call, within };
  }
  return undefined;
}

/** What is stored where a pointer leads: `*connection = fd`. */
function storedIn(pointer: string, within: FunctionDefinition): Expr[] {
  return usesOf(within, pointer).flatMap(({ around: [follow, assign] }) =>
    follow?.kind === 'unary' && follow.op === '*' && assign?.kind === 'assign' && assign.target === follow
      ? [unwrap(assign.value)]
      : [],
  );
}

/** Calls that do something with a connection and leave it open. */
export const working =
  /^(?:read|write|readv|writev|send|recv|sendto|recvfrom|sendmsg|recvmsg|sendfile|shutdown|setsockopt|getsockopt|getpeername|getsockname|poll|select|[a-z]*printf|syslog|perror)$/i;

/** Whatever the function does with the descriptor, it stays open: it is compared, and given to calls that read, write or ask. */
function onlyWorks(
  definition: FunctionDefinition,
  name: string,
  context: RuleContext,
  depth: number,
): boolean {
  return usesOf(definition, name).every(({ expr, around: outer }) => {
    const [nearest] = outer.filter(({ kind }) => kind !== 'cast');
    if (nearest?.kind === 'binary' && /^[<>=!]=?$/.test(nearest.op)) return true;
    if (nearest?.kind === 'assign') return nearest.target === expr;
    const called = nearest?.kind === 'call' ? calledName(nearest) : undefined;
    if (nearest?.kind !== 'call' || called === undefined) return false;
    if (working.test(called) || (depth === 0 && called === 'close')) return true;
    const callee = depth < 3 ? context.functionNamed(called)?.definition : undefined;
    const index = nearest.args.findIndex((arg) => unwrap(arg) === expr);
    const param = callee?.type.params[index]?.name;
    return callee !== undefined && param !== undefined && onlyWorks(callee, param, context, depth + 1);
  });
}
