import { isComparison, unwrap } from '../../analysis/operators';
import { type Expr, type ExprOf, type FunctionDefinition, someExprIn, walkStmt } from '../../c/ast';
import { calledName } from '../../c/cfg';
import type { Report, RuleContext } from '../rule';
import { reachedFrom } from '../shared/globals';
import { loopAround, resultName } from '../shared/loops';
import { callsIn, type Use, usesOf } from '../shared/uses';

export interface Read {
  read: ExprOf<'call'>;
  within: FunctionDefinition;
}

/**
 * Connections that are watched for edges and read until there is nothing more, though nobody has made them non-blocking: what `accept`
 * gives does not have that from the listening socket.
 */
export function blockingEdges(
  context: RuleContext,
  asksForEdges: (epollCtl: ExprOf<'call'>) => boolean,
  drains: () => Read[],
): Report[] {
  const { definition } = context.scope;
  const found = callsIn(definition, /^accept4?$/).flatMap((accept): [string, Expr][] => {
    const name = isBlocking(accept, context) ? resultName(definition, accept) : undefined;
    const uses = name === undefined ? [] : usesOf(definition, name);
    const arming = uses.find((use) => armsEdges(use, asksForEdges, context));
    const known = name !== undefined && uses.every((use) => leavesBlocking(use, context));
    return known && arming ? [[name, arming.expr]] : [];
  });
  const drained = found.length > 0 ? drains().find((one) => waitsAtEnd(one, context)) : undefined;
  return drained
    ? found.map(([name, span]) => ({
        span,
        message: `\`${name}\` is watched for edges and read until there is nothing more, but it blocks: the last \`${calledName(drained.read)}\` waits for what comes next, and nobody else is served until then. Make it non-blocking first.`,
        related: [{ span: { ...drained.read, within: drained.within }, message: 'It is read here' }],
      }))
    : [];
}

function isBlocking(accept: ExprOf<'call'>, context: RuleContext): boolean {
  const [, , , flags] = accept.args;
  return !flags || context.scope.evaluator.constant(flags, context.scope) === 0n;
}

/** `epoll_ctl` itself, or a function that calls it and is told to ask for edges. */
function armsEdges(
  { around: [call] }: Use,
  asksForEdges: (epollCtl: ExprOf<'call'>) => boolean,
  context: RuleContext,
): boolean {
  if (call?.kind !== 'call') return false;
  if (calledName(call) === 'epoll_ctl') return asksForEdges(call);
  const callee = context.functionNamed(calledName(call) ?? '')?.definition;
  return (
    callee !== undefined &&
    callsIn(callee, /^epoll_ctl$/).length > 0 &&
    (call.args.some((arg) => /\bEPOLLET\b/.test(context.source(arg))) || names(callee, /^EPOLLET$/))
  );
}

/** The connection is compared, put into the event, or given to who does not make it non-blocking. */
function leavesBlocking({ expr, around: [outer] }: Use, context: RuleContext): boolean {
  if (!outer) return true;
  // `{.events = EPOLLIN | EPOLLET, .data.fd = fd}`
  if (outer.kind === 'init') return /\bEPOLL/.test(context.source(outer));
  if (outer.kind === 'binary') return isComparison(outer.op);
  if (outer.kind === 'unary') return outer.op === '!';
  if (outer.kind === 'logical') return true;
  if (outer.kind === 'assign') {
    const { target } = outer;
    return (
      unwrap(target) === expr ||
      (target.kind === 'member' && target.field === 'fd' && isEventData(target.object))
    );
  }
  const name = outer.kind === 'call' ? calledName(outer) : undefined;
  if (name === undefined) return false;
  if (context.scope.call(name)) return !/^(?:fcntl|ioctl)$/.test(name);
  const callee = context.functionNamed(name);
  if (!callee) return outer.kind === 'call' && outer.args.some((arg) => arg.kind === 'string');
  return !reachedFrom(callee.definition, context.in(callee)).some((each) =>
    names(each, /^(?:O_NONBLOCK|O_NDELAY|FNDELAY|FIONBIO|SOCK_NONBLOCK)$/),
  );
}

function isEventData(object: Expr): boolean {
  return object.kind === 'member' && object.field === 'data';
}

function names({ body }: FunctionDefinition, what: RegExp): boolean {
  return someExprIn(body, (part) => part.kind === 'name' && what.test(part.name));
}

/** The loop goes on until a call gives nothing: one that got less than it asked for is not taken for the last. */
function waitsAtEnd({ read, within }: Read, context: RuleContext): boolean {
  const loop = loopAround(within, read);
  const name = resultName(within, read);
  const asks = read.args.length > 3 && /DONTWAIT/.test(context.source({ ...read, within }));
  if (!loop || name === undefined || asks) return false;
  let isPlain = true;
  walkStmt(loop.body, {
    expr: (expr) => {
      if (expr.kind !== 'binary' || !isComparison(expr.op)) return;
      const [left, right] = [unwrap(expr.left), unwrap(expr.right)];
      const limit = context.scope.evaluator.constant(right, context.scope);
      if (left.kind === 'name' && left.name === name) isPlain &&= limit !== undefined && limit <= 0n;
      // What is written on may be compared with it.
      if (right.kind === 'name' && right.name === name && left.kind !== 'call') isPlain = false;
    },
  });
  return isPlain && !names(within, /^FIONREAD$/);
}
