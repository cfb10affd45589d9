import type { CallEvent, Operand } from '../../analysis/events';
import { unwrap } from '../../analysis/operators';
import { type Expr, someExprIn, walkStmt } from '../../c/ast';
import { calledName } from '../../c/cfg';
import type { RuleContext } from '../rule';
import { isHabit, lostAfter, lostResult } from '../shared/dropped';
import { constantNamed, isDirect, mayFail } from '../shared/support';
import { usesOf } from '../shared/uses';
import { families } from '../subjects/addresses';
import { overlooked } from './overlooked';
import { triesErrors } from './using';

/** Results that say only whether a call has failed, and that nobody looks at. */

/** Calls that return only success or failure, and what the program does not have when they fail. */
const needed: Record<string, string> = {
  pipe: 'there is no pipe, and the descriptors are what happened to be in the array',
  pipe2: 'there is no pipe, and the descriptors are what happened to be in the array',
  socketpair: 'there are no sockets, and the descriptors are what happened to be in the array',
  ftruncate: 'the object keeps its size, and touching it beyond that ends the process with SIGBUS',
  bind: 'nobody can reach the socket under that address',
  listen: 'no connection is ever accepted',
  connect: 'there is no peer, and every transfer fails',
  msgsnd: 'the message is lost',
  msgrcv: 'the buffer holds no message but what was in it before',
  mq_send: 'the message is lost',
  mq_timedsend: 'the message is lost',
  mq_receive: 'the buffer holds no message but what was in it before',
  mq_timedreceive: 'the buffer holds no message but what was in it before',
  mq_notify: 'the notification never comes',
  sem_init: 'there is no semaphore to wait on',
  timer_create: 'there is no timer',
  pthread_create: 'there is no thread, and its identifier is not set',
  grantpt: 'the slave cannot be opened',
  unlockpt: 'the slave cannot be opened',
};

const creating = constantNamed('O_CREAT') ?? 0n;

/** A call that returns success or failure, and nobody asks which. */
export function reportIgnored(event: CallEvent, context: RuleContext): void {
  const { site, expr, at } = event;
  const always = Object.hasOwn(needed, event.name) ? needed[event.name] : undefined;
  const loss = site && mayFail(event) ? (always ?? copied(event) ?? overlooked(event, context)) : undefined;
  const lost = loss === undefined ? undefined : lostAfter(expr, context);
  const needless =
    (event.name === 'ftruncate' && !isShared(event)) ||
    (event.name === 'mq_notify' && isNull(event.args[1])) ||
    leavesPeer(event, context) ||
    (/send|msgsnd|pthread_create/.test(event.name) && isHabit(event.name, context));
  if (!lost || needless || triesErrors(context)) {
    return;
  }
  const where = lost.how === 'variable' ? `goes into \`${lost.name}\`, where nobody reads it` : 'is ignored';
  context.report({
    span: at,
    // A server that answers clients who may be gone by now has nobody to tell. And when the slave cannot be had, its open tells.
    ...(/send|msgsnd|^(?:grant|unlock)pt$/.test(event.name) || isSafeInit(event)
      ? { severity: 'information' }
      : {}),
    message: `The result of \`${event.name}\` ${where}: when it fails, ${loss}. Test it, and say what failed and stop or clean up.`,
  });
}

/** What was read is written to a file that this program makes: a copy of which nobody knows whether it is one. */
function copied({ name, args: [file, , size] }: CallEvent): string | undefined {
  const isMade = file?.value.origins?.some(
    ({ kind, site }) =>
      kind === 'file' &&
      (/^(?:creat|mko?stemp)$/.test(site.call.name) || ((site.given?.[1]?.constant ?? 0n) & creating) !== 0n),
  );
  const isRead = size?.value.origins?.every(({ at, site }) => at === 'return' && site.call.name === 'read');
  return name === 'write' && isMade && isRead
    ? 'what was read is missing from the copy, as on a full disk'
    : undefined;
}

/** What a helper cannot have told its caller in another way: no output is lost here that others would miss. */
const vital = /^(?:pipe2?|socketpair|bind|listen|connect|sem_init|grantpt|unlockpt)$/;

/** A helper of the file hands on the result of such a call, and its caller ignores that. */
export function reportHelper({ name, expr, at }: CallEvent, context: RuleContext): void {
  const callee = context.functionNamed(name)?.definition;
  const returns: Expr[] = [];
  let others = false;
  if (!callee || !lostResult(context.scope.definition, expr)) return;
  walkStmt(callee.body, {
    stmt: (stmt) => {
      if (stmt.kind !== 'return') return;
      if (stmt.value) returns.push(unwrap(stmt.value));
      else others = true;
    },
  });
  const [made] = returns;
  const call = made && calledName(made);
  if (
    !made ||
    others ||
    returns.length !== 1 ||
    call === undefined ||
    !vital.test(call) ||
    !context.scope.call(call)
  ) {
    return;
  }
  context.report({
    span: at,
    message: `The result of \`${name}\`, which is that of \`${call}\`, is ignored: when it fails, ${needed[call]}. Test it, and say what failed and stop or clean up.`,
    related: [
      { span: { start: made.start, end: made.end, within: callee }, message: `\`${call}\` is called here` },
    ],
  });
}

/** A semaphore for the threads of the process that begins with a small number: nothing of that can fail on Linux. */
function isSafeInit({ name, args: [, shared, value] }: CallEvent): boolean {
  const first = value?.value.constant;
  return name === 'sem_init' && shared?.value.constant === 0n && first !== undefined && first < 1n << 31n;
}

/** A registration taken back: afterwards there is none, whatever the result. */
function isNull(argument: Operand | undefined): boolean {
  return argument?.value.constant === 0n;
}

/**
 * `connect` to AF_UNSPEC gives the peer of a datagram socket up, for which there is no reason to fail; and who does not wait
 * for the peer and only closes the socket behind it has nothing to say: to knock was all.
 */
function leavesPeer(event: CallEvent, { scope: { definition } }: RuleContext): boolean {
  if (event.name !== 'connect') return false;
  const socket = event.args[0] && unwrap(event.args[0].expr);
  const name = socket?.kind === 'name' ? socket.name : undefined;
  const behind =
    name === undefined ? [] : usesOf(definition, name).filter(({ expr }) => expr.start > event.expr.end);
  const isClosed =
    behind.length > 0 && behind.every(({ around: [call] }) => call && calledName(call) === 'close');
  const isOwn = definition.type.params.every((param) => param.name !== name);
  const waits = !someExprIn(
    definition.body,
    (part) => part.kind === 'name' && /^(?:O|SOCK)_NONBLOCK$/.test(part.name),
  );
  const isKnock = isClosed && isOwn && !waits && isDirect(event.at, event.expr);
  return isKnock || families.some(({ member }) => event.member(1, member)?.constant === 0n);
}

/** The size of a plain file may well stay as it is. */
function isShared(event: CallEvent): boolean {
  const [origin] = event.args[0]?.value.origins ?? [];
  return origin?.kind === 'posix-shm' || origin?.kind === 'memfd';
}
