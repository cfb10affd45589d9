import { unwrap } from '../../analysis/operators';
import { type Expr, type ExprOf, type FunctionDefinition, type Stmt, walkStmt } from '../../c/ast';
import { calledName } from '../../c/cfg';
import type { RuleContext } from '../rule';
import { Result, resultName } from '../shared/loops';
import { contains } from '../shared/statements';
import { callsIn, type Use, usesOf } from '../shared/uses';
import { fileMakes, fileMentions, isAllRead } from '../shared/whole-file';

/** Connections of an event loop that are closed when reading from them fails, but not when the other side has closed. */

/** A read from a connection of which the function asks whether it failed, and never whether it is over. */
export interface HalfClosed {
  read: ExprOf<'call'>;
  /** The descriptor as it is written. */
  fd: string;
  /** Where it is closed after a failure. */
  close: Expr;
}

export const multiplexing = /^(?:p?select|p?poll|epoll_p?wait2?)$/;

/** Looks at functions that read in one place only: of several reads, one may be what asks for the end. */
export function halfClosed(context: RuleContext): HalfClosed | undefined {
  const { definition } = context.scope;
  const [read, ...others] = callsIn(definition, /^(?:read|recv)$/);
  const fd = read?.args[0] && written(read.args[0], context);
  const name = read && resultName(definition, read);
  if (!read || others.length > 0 || fd === undefined || name === undefined || !isStreamServer(context)) {
    return undefined;
  }
  const result = new Result(read, name, context);
  const failed = failureOf(fd, result, context);
  // Where it has failed, the number is not asked whether it is 0.
  const isBlind = usesOf(definition, name).every(
    (use) => (failed && contains(failed.branch, use.expr)) || saysNothing(use, fd, result, context),
  );
  return failed && isBlind ? { read, fd, close: failed.close } : undefined;
}

/** The file accepts connections, waits for several of them at once, and has no other sockets. */
export function isStreamServer(context: RuleContext): boolean {
  return (
    fileMakes(context, multiplexing) &&
    // The call itself may stand in another file.
    fileMakes(context, /accept/i) &&
    !fileMentions(context, /^SOCK_(?:DGRAM|SEQPACKET|RAW)$/) &&
    isAllRead(context)
  );
}

const written = (expr: Expr, { source, scope }: RuleContext) =>
  source({ ...unwrap(expr), within: scope.definition }).replace(/\s+/g, '');

/** It closes the descriptor, or is a function of the program that closes what belongs to it: `drop(clients[fd])`, `drop(client)` of `client->fd`. */
function endsConnection(call: ExprOf<'call'>, fd: string, context: RuleContext): boolean {
  const name = calledName(call) ?? '';
  if (name === 'close') return call.args[0] !== undefined && written(call.args[0], context) === fd;
  const callee = context.scope.call(name) ? undefined : context.functionNamed(name)?.definition;
  if (!callee || callsIn(callee, /^close$/).length === 0) return false;
  const owner = fd.replace(/(?:->|\.)\w+$/, '');
  return call.args.some((arg) => {
    const given = written(arg, context).replace(/^&/, '');
    return given === fd || given === owner || given.endsWith(`[${fd}]`);
  });
}

/** A branch for failures alone that closes the descriptor. */
function failureOf(
  fd: string,
  result: Result,
  context: RuleContext,
): { branch: Stmt; close: Expr } | undefined {
  const { definition } = context.scope;
  const closes = callsIn(definition, /./).filter((call) => endsConnection(call, fd, context));
  let found: { branch: Stmt; close: Expr } | undefined;
  walkStmt(definition.body, {
    stmt: (stmt) => {
      const isFailure =
        stmt.kind === 'if' && result.holds(stmt.test, -1n) === true && result.holds(stmt.test, 0n) === false;
      const close = isFailure ? closes.find((call) => contains(stmt.consequent, call)) : undefined;
      if (close && stmt.kind === 'if') found ??= { branch: stmt.consequent, close };
    },
  });
  return found;
}

/** The use makes no difference between 0 bytes and more, and gives nobody both the number and the connection who may close it. */
function saysNothing({ expr, around }: Use, fd: string, result: Result, context: RuleContext): boolean {
  const [outer, ...rest] = around;
  if (outer === undefined) return false;
  if (outer.kind === 'cast') return saysNothing({ expr, around: rest }, fd, result, context);
  if (outer.kind === 'assign') {
    const isStore = outer.target === expr;
    // The test around the assignment is what asks.
    return isStore && (rest.length === 0 || sameFor(rest[0]!, result));
  }
  if (outer.kind === 'index') return true;
  if (outer.kind === 'call') {
    const name = calledName(outer) ?? '';
    const given = outer.args.some((arg) => written(arg, context) === fd);
    return (
      !given || context.scope.call(name) !== undefined || !mayClose(context.functionNamed(name)?.definition)
    );
  }
  return outer.kind === 'binary' && sameFor(outer, result);
}

function sameFor(test: Expr, result: Result): boolean {
  const [none, some] = [result.holds(test, 0n), result.holds(test, 7n)];
  return none !== undefined && none === some;
}

function mayClose(definition: FunctionDefinition | undefined): boolean {
  return !definition || callsIn(definition, /close|shut|drop|remove|del|free|disconnect/i).length > 0;
}
