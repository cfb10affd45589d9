import type { CallEvent } from '../../analysis/events';
import { unwrap, withoutCasts } from '../../analysis/operators';
import type { Expr } from '../../c/ast';
import { calledName } from '../../c/cfg';
import type { Rule, RuleContext } from '../rule';
import { isHabit, lostAfter } from '../shared/dropped';
import { isJudgedByErrno } from '../shared/reporting';
import { statementBehind } from '../shared/statements';
import { excerpt, mayFail } from '../shared/support';
import { callsIn } from '../shared/uses';
import { fileCalls, fileMakes, lastName } from '../shared/whole-file';
import { lockCall } from '../subjects/file-locks';
import { goesOnInterrupted } from './interrupted-wait';

export const lockWaitUnchecked: Rule = {
  meta: {
    id: 'handle/lock-wait-unchecked',
    severity: 'warning',
    preset: 'recommended',
    title: 'A critical section is entered without asking whether the lock was got',
    explanation:
      'A wait for a semaphore or lock also ends because of a signal, a time limit or a removed object, and a try may simply fail. The program then changes what it shares while another one does the same.',
    silence:
      '`pthread_mutex_lock` on mutexes that are not robust, operations that release, locks that the next statement gives back, and calls whose result is cast to void. A wait for a lock of `flock` is information where the file has no handler of signals.',
    references: [
      { page: 'sem_wait', section: 3 },
      { page: 'semop', section: 2 },
      { page: 'signal', section: 7 },
    ],
    example: {
      bad: `#include <semaphore.h>

int add(sem_t *gate, int *shared) {
  sem_trywait(gate);
  *shared += 1;
  return sem_post(gate);
}
`,
      good: `#include <semaphore.h>

int add(sem_t *gate, int *shared) {
  if (sem_trywait(gate) == -1)
    return -1;
  *shared += 1;
  return sem_post(gate);
}
`,
    },
  },
  check: () => ({
    call(event, context) {
      const reason = mayFail(event) ? reasonOf(event, context) : undefined;
      if (reason) tellInterrupted(event, context);
      const lost = reason && lostAfter(event.expr, context);
      if (!lost || isJudgedByErrno(context.scope.definition, event.expr, context)) return;
      const lock = event.args[0] ? excerpt(context, event.args[0].expr) : event.name;
      context.report({
        span: event.at,
        ...(reason.rare ? { severity: 'information' } : {}),
        message: `\`${event.name}\` ${reason.why}, and its result ${lost.how === 'variable' ? `goes into \`${lost.name}\`, where nobody reads it` : 'is ignored'}: what follows then runs without \`${lock.replace(/^&/, '')}\`. ${reason.mend}`,
      });
    },
  }),
};

/** Every failure ends the way here but for the interruption, which goes on with what needs the lock. */
function tellInterrupted(event: CallEvent, context: RuleContext): void {
  const isWait = /^(?:sem_(?:timed|clock)?wait|semop|semtimedop)$/.test(event.name);
  // Told where it stands, and not once more for each caller.
  if (!isWait || context.callers().length > 0 || !goesOnInterrupted(event.expr, context)) return;
  const lock = event.args[0] ? excerpt(context, event.args[0].expr).replace(/^&/, '') : event.name;
  context.report({
    span: event.at,
    ...(isInterruptedBySignals(context) ? {} : { severity: 'information' }),
    message: `Where a signal handler has interrupted this \`${event.name}\`, the program goes on as if it had waited, and what follows runs without \`${lock}\`. ${again}`,
  });
}

interface Reason {
  why: string;
  mend: string;
  /** Nothing here makes the wait end early. */
  rare?: boolean;
}

const again = 'Repeat the call while it fails with EINTR, and stop when it fails otherwise.';
const skip = 'Test the result, and go on only when it is 0.';

function reasonOf(event: CallEvent, context: RuleContext): Reason | undefined {
  switch (event.name) {
    case 'sem_wait':
      return hasAskedValue(event, context) ? undefined : interrupted(event.name, context);
    case 'semop':
      return takes(event)
        ? { why: 'fails with EINTR whenever a signal handler runs', mend: again }
        : undefined;
    case 'sem_timedwait':
    case 'sem_clockwait':
    case 'pthread_mutex_timedlock':
    case 'pthread_mutex_clocklock':
    case 'pthread_rwlock_timedrdlock':
    case 'pthread_rwlock_timedwrlock':
      return { why: 'gives up when its time is over', mend: skip };
    case 'semtimedop':
      return takes(event) ? { why: 'gives up when its time is over', mend: skip } : undefined;
    case 'sem_trywait':
    case 'pthread_mutex_trylock':
    case 'pthread_rwlock_trywrlock':
    case 'pthread_rwlock_tryrdlock':
    case 'pthread_spin_trylock':
      return { why: 'fails whenever somebody else has the lock', mend: skip };
    case 'pthread_mutex_lock':
      return fileMakes(context, 'pthread_mutexattr_setrobust') &&
        !diesWithIt(context) &&
        !isPlain(event, context)
        ? {
            why: 'on a robust mutex returns EOWNERDEAD when its owner has died',
            mend: 'On EOWNERDEAD mend the data and call `pthread_mutex_consistent`.',
          }
        : undefined;
    default:
      return letsGoAtOnce(event, context) ? undefined : fileLock(event, context);
  }
}

/** The file initialises a mutex of this name without attributes, or only others with them: it is none of the robust ones. */
function isPlain({ args }: CallEvent, context: RuleContext): boolean {
  const object = args[0] && unwrap(args[0].expr);
  const last = object && lastName(object);
  const made = fileCalls(context, 'pthread_mutex_init').map(({ expr: { args: given } }) => ({
    name: given[0] && lastName(given[0]),
    isMember: given[0] !== undefined && isMember(given[0]),
    isPlain: given[1]?.kind === 'null',
  }));
  const isDirect = object?.kind === 'unary' && object.op === '&';
  const robust = made.filter((one) => !one.isPlain);
  return (
    made.some((one) => one.isPlain && one.name === last) ||
    (isDirect &&
      robust.length > 0 &&
      robust.every((one) => one.name !== last || one.isMember !== isMember(object)))
  );
}

function isMember(expr: Expr): boolean {
  const inner = unwrap(expr);
  return inner.kind === 'unary' ? isMember(inner.operand) : inner.kind === 'member';
}

/** The function that locks never unlocks, and another one mends what the dead owner left: it shows what becomes of a lock then. */
function diesWithIt(context: RuleContext): boolean {
  return (
    fileMakes(context, 'pthread_mutex_consistent') &&
    callsIn(context.scope.definition, /^pthread_mutex_unlock$/).length === 0
  );
}

/** Without a handler that interrupts it, sem_wait hardly ever fails. */
function interrupted(name: string, context: RuleContext): Reason {
  const why = 'returns early, with EINTR, when a signal handler runs';
  return isInterruptedBySignals(context) || !isHabit(name, context)
    ? { why, mend: again }
    : { why, mend: again, rare: true };
}

function handlesSignals(context: RuleContext): boolean {
  const handlers = fileCalls(context, /^(?:sigaction|signal)$/);
  return handlers.some(({ name, expr }) => name === 'sigaction' || !ignores(expr));
}

/** Some handler is installed without SA_RESTART, with which sem_wait goes on by itself; signal(7). `signal` sets it. */
function isInterruptedBySignals(context: RuleContext): boolean {
  return fileCalls(context, 'sigaction').some(
    ({ within }) => !/SA_RESTART/.test(context.code({ ...within.body, within })),
  );
}

/** The lock is given back by the next statement: the call only waits until somebody else is ready. */
function letsGoAtOnce({ args, expr }: CallEvent, { scope: { definition }, source }: RuleContext): boolean {
  const next = statementBehind(definition, expr);
  const call = next?.kind === 'expr' ? withoutCasts(next.expr) : undefined;
  const [lock, given] = [args[0]?.expr, call?.kind === 'call' ? call.args[0] : undefined];
  if (!lock || !given || call?.kind !== 'call' || source(lock) !== source(given)) return false;
  return /^f?close$/.test(calledName(call) ?? '') || call.args.some((arg) => /_UN/.test(source(arg)));
}

/** Who has asked the semaphore for its value before takes what is there and does not wait. */
function hasAskedValue({ args, expr }: CallEvent, context: RuleContext): boolean {
  const semaphore = args[0] && excerpt(context, args[0].expr);
  return callsIn(context.scope.definition, /^sem_getvalue$/).some(
    ({ start, args: [asked] }) => start < expr.start && asked && excerpt(context, asked) === semaphore,
  );
}

function takes(event: CallEvent): boolean {
  const change = event.member(1, 'sem_op')?.constant;
  return change === undefined ? mayTake(event) : change < 0n;
}

/** An operation of a name that says what it does, where its number is not followed. */
function mayTake({ args }: CallEvent): boolean {
  const operations = args[1]?.expr;
  const name = operations?.kind === 'unary' ? operations.operand : operations;
  return (
    name?.kind === 'name' &&
    /wait|lock|down|take|acquire|\bp\b/i.test(name.name) &&
    !/un_?lock/i.test(name.name)
  );
}

function fileLock(event: CallEvent, context: RuleContext): Reason | undefined {
  const lock = lockCall(event);
  if (lock?.does !== 'shared' && lock?.does !== 'exclusive') {
    return undefined;
  }
  if (!lock.waits) {
    return { why: 'fails whenever somebody else has the lock', mend: skip };
  }
  return lock.kind === 'flock'
    ? {
        why: 'fails when a signal handler runs or there is no memory for the lock',
        mend: skip,
        rare: !handlesSignals(context),
      }
    : { why: 'fails when a signal handler runs or waiting would be a deadlock', mend: skip };
}

/** A call that stands somewhere in the file. */
function ignores(expr: Expr): boolean {
  const action = expr.kind === 'call' ? expr.args[1] : undefined;
  return action?.kind === 'name' && /^SIG_/.test(action.name);
}
