import { unwrap } from '../../analysis/operators';
import type { Expr, FunctionDefinition, Stmt } from '../../c/ast';
import { calledName } from '../../c/cfg';
import type { RuleContext } from '../rule';
import { isEndless, isLoop } from '../shared/loops';
import { around } from '../shared/statements';
import { assignmentsTo, usesOf } from '../shared/uses';
import { type FileCall, fileCalls, lastName } from '../shared/whole-file';

/** Connections that a server hands to a thread of their own, which then is the one to close them. */

export interface Handed {
  /** The thread's own variable for the connection. */
  name: string;
  declared: Expr;
  accept: FileCall;
  create: FileCall;
}

/** The connection that a thread function is given and that it only reads and writes; undefined where somebody may close it. */
export function neverClosed(context: RuleContext): Handed | undefined {
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
  return own && create && accept && onlyWorks(definition, own.name, context, 0)
    ? { name: own.name, declared: own.init, accept, create }
    : undefined;
}

/** The thread goes on as long as the program: its way out is none. */
function isEndlessWork(context: RuleContext): boolean {
  const { body } = context.scope.definition;
  const statements: readonly Stmt[] = body.kind === 'block' ? body.body : [];
  return statements.some(
    (stmt) =>
      isLoop(stmt) && isEndless(stmt, context) && !/\b(?:break|return|goto)\b/.test(context.source(stmt)),
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
    if (working.test(called)) return true;
    const callee = depth < 3 ? context.functionNamed(called)?.definition : undefined;
    const index = nearest.args.findIndex((arg) => unwrap(arg) === expr);
    const param = callee?.type.params[index]?.name;
    return callee !== undefined && param !== undefined && onlyWorks(callee, param, context, depth + 1);
  });
}

/** Where the thread ends: its last return, else its last statement. */
export function endOf({ scope: { definition } }: RuleContext): Stmt | undefined {
  return definition.body.kind === 'block' ? definition.body.body.at(-1) : undefined;
}
