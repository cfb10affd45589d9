import type { FunctionDefinition, Stmt } from '../../c/ast';
import { isEntry } from '../../c/entry';
import type { Rule, RuleContext } from '../rule';
import { endsThread } from '../shared/endings';
import { exitsOf, isEndless, isLoop } from '../shared/loops';
import { namesError } from '../shared/reporting';
import { arms, around, contains } from '../shared/statements';
import { callsIn } from '../shared/uses';
import { callsOf, fileMakes, fileMentions, lastName, threadStarts } from '../shared/whole-file';
import type { LockAct } from '../subjects/locks/acts';
import { keptInArms } from '../subjects/locks/arms';
import { neverUnlocked, waysOut } from '../subjects/locks/exits';
import { releaseFix } from '../subjects/locks/fixes';
import { isInnerLock } from '../subjects/locks/givers';
import { followMutexes } from '../subjects/mutexes';
import { ThreadEnds } from './thread-ends';

const prefix = 'lock/held-on-return';

export const lockHeldOnReturn: Rule = {
  meta: {
    id: prefix,
    severity: 'warning',
    preset: 'recommended',
    title: 'A way out of a critical section leaves its lock taken',
    explanation:
      'The next one who wants the lock, or the same thread in its next round, waits for ever: on the way by which control left, nobody unlocks it any more.',
    silence:
      'What functions named after locking take for their callers, returns of a pointer (the caller may get it locked), locks and unlocks under tests that may belong together, endless loops that give the mutex away while they wait, locks that another function of the file unlocks for this one, and those whose owner is given to a function elsewhere that by its name ends the section.',
    references: [
      { page: 'pthread_mutex_lock', section: 3 },
      { page: 'flock', section: 2 },
    ],
    example: {
      bad: `#include <pthread.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static int stock;

int take(int n) {
  pthread_mutex_lock(&lock);
  if (stock < n)
    return -1;
  stock -= n;
  pthread_mutex_unlock(&lock);
  return 0;
}
`,
      good: `#include <pthread.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static int stock;

int take(int n) {
  pthread_mutex_lock(&lock);
  if (stock < n) {
    pthread_mutex_unlock(&lock);
    return -1;
  }
  stock -= n;
  pthread_mutex_unlock(&lock);
  return 0;
}
`,
    },
  },
  check: (context) => {
    const ends = new ThreadEnds(prefix, context);
    return {
      mark: (event, here) => followMutexes(prefix, event, here),
      pathEnd: (event, here) => ends.hear(event, here),
      end() {
        // Where the death of an owner is shown, somebody has to die with the lock.
        const isHanded = fileMentions(context, /^pthread_mutex_consistent$/);
        const told = tellWaysOut(isHanded, context);
        if (isHanded && mayDieWithIt(context)) return;
        tellKeptArms(told, context);
        tellNeverUnlocked(told, context);
        for (const { at, lock, name } of ends.held()) {
          if (told.has(lock)) continue;
          context.report({
            span: at,
            message: `The thread ends here with \`${name}\` locked, so the next one who locks it waits for ever. Unlock it before, as the other ways out do.`,
            related: [{ span: lock, message: `\`${name}\` is locked here` }],
          });
        }
      },
    };
  },
};

/** A thread or a process begins here, or goes no further, and others find the lock without an owner. */
function mayDieWithIt(context: RuleContext): boolean {
  const { definition } = context.scope;
  return (
    isEntry(definition) ||
    threadStarts(context).has(definition.name) ||
    callsIn(definition, /^(?:_?exit|_Exit|abort|kill|raise|pthread_exit|fork)$/).length > 0
  );
}

/** Its callers unlock what a function took that is named after that, but for what it says it has not got. */
function takesForOthers(lock: LockAct, context: RuleContext): boolean {
  const { name } = context.scope.definition;
  const soundsTaking =
    /lock|acquire|reserve/i.test(name.replace(/unlock/gi, '')) && !/unlock|release/i.test(name);
  return soundsTaking && !isInnerLock(lock, context);
}

function tellWaysOut(isHanded: boolean, context: RuleContext): Set<LockAct['call']> {
  const endsProcess = isEntry(context.scope.definition);
  const told = new Set<LockAct['call']>();
  for (const { lock, jump, unlock } of waysOut(context, isLock)) {
    if (!jump || !unlock || (endsProcess && jump.kind === 'return')) continue;
    if (takesForOthers(lock, context) && !(isThreadLock(lock) && tellsOfFailure(jump, context))) continue;
    const isLast = endsProcess && jump.kind === 'break' && comesToEnd(jump, context);
    if (isLast && !isOfSeveral(lock, context)) continue;
    if (isReleasedByMember(jump, lock, context) || isGivenUp(jump, lock, context)) continue;
    // Who shows the death of an owner ends its thread so.
    if (endsThread(jump) && isHanded) continue;
    told.add(lock.call);
    context.report({
      span: jump,
      message: `This ${endsThread(jump) ? 'end of the thread' : jump.kind} leaves \`${lock.name}\` locked, so the next one who locks it waits for ever. Unlock it before ${jump.kind === 'return' ? 'returning, or go to the unlock at the end' : 'this, as the normal way does'}.`,
      related: [
        { span: lock.call, message: `\`${lock.name}\` is locked here` },
        { span: unlock.call, message: 'Only the normal way comes to this unlock' },
      ],
      ...releaseFix(jump, unlock, context),
    });
  }
  return told;
}

function tellKeptArms(told: Set<LockAct['call']>, context: RuleContext): void {
  for (const { lock, last, unlock } of keptInArms(context, isThreadLock)) {
    if (takesForOthers(lock, context) || told.has(lock.call)) continue;
    told.add(lock.call);
    context.report({
      span: last,
      message:
        last.kind === 'empty'
          ? `Where this does not hold, \`${lock.name}\` stays locked, which only the branch behind it unlocks, so whoever locks it next waits for ever. Unlock it on both ways.`
          : `This branch ends with \`${lock.name}\` still locked, which the other branch unlocks, so whoever locks it next waits for ever. Unlock it here too.`,
      related: [
        { span: lock.call, message: `\`${lock.name}\` is locked here` },
        { span: unlock.call, message: 'Only the other branch comes to this unlock' },
      ],
    });
  }
}

function tellNeverUnlocked(told: ReadonlySet<LockAct['call']>, context: RuleContext): void {
  for (const lock of neverUnlocked(context, isThreadLock)) {
    if (takesForOthers(lock, context) || told.has(lock.call)) continue;
    if (worksUnderIt(lock, context) || isOverCalls(lock, context)) continue;
    context.report({
      span: lock.call,
      message: `\`${lock.name}\` is locked here, and on the normal way through \`${context.scope.definition.name}\` nothing unlocks it, so whoever locks it next waits for ever. Unlock it when the shared data is no longer touched.`,
    });
  }
}

/** It returns an error number, or one below zero. */
function tellsOfFailure(jump: Stmt, { scope }: RuleContext): boolean {
  const value = jump.kind === 'return' ? jump.value : undefined;
  const number = value && scope.evaluator.constant(value, scope);
  return namesError(value) || (number !== undefined && number < 0n);
}

/** `main` leaves its loop only to end the program: nothing behind it could wait for the lock. */
function comesToEnd({ start }: Stmt, { scope: { definition } }: RuleContext): boolean {
  const loop = around(definition, { start }).findLast(isLoop);
  return (
    loop !== undefined &&
    callsIn(definition, /lock|join|wait|cond|mutex|sem|destroy|cancel/i).every(
      (call) => call.start < loop.end,
    )
  );
}

/** A mutex that lies where a pointer leads, in a program that maps memory for several processes: the others go on. */
function isOfSeveral({ call, kind }: LockAct, context: RuleContext): boolean {
  const [object] = call.args;
  const isOwn = object?.kind === 'unary' && object.op === '&' && !/->/.test(context.source(object));
  return kind === 'mutex' && !isOwn && fileMakes(context, /^(?:mmap|shmat)$/);
}

/** Just before the jump a function of the file gives up the lock itself: nobody can wait for it any more. */
function isGivenUp(jump: Stmt, { call }: LockAct, context: RuleContext): boolean {
  const { definition } = context.scope;
  const lock = call.args[0] && lastName(call.args[0]);
  if (lock === undefined) return false;
  const block = around(definition, jump).findLast(({ kind }) => kind === 'block');
  const frees = (callee: FunctionDefinition) =>
    callsIn(callee, /free|destroy|delete/i).some(({ args }) => args.some((arg) => lastName(arg) === lock));
  return callsOf(definition).some(({ name, expr }) => {
    const isBefore = block !== undefined && contains(block, expr) && expr.end <= jump.start;
    const callee = isBefore ? context.functionNamed(name)?.definition : undefined;
    return callee !== undefined && frees(callee);
  });
}

/** Just before the jump the lock is given back by a function that a member points to: `os->unlock(lock)`. */
function isReleasedByMember(
  { start }: Stmt,
  { last }: LockAct,
  { scope: { definition } }: RuleContext,
): boolean {
  const block = around(definition, { start }).findLast(({ kind }) => kind === 'block');
  const before = block?.kind === 'block' ? block.body.filter((stmt) => stmt.end <= start) : [];
  return before.some((stmt) => {
    const call = stmt.kind === 'expr' && stmt.expr.kind === 'call' ? stmt.expr : undefined;
    return (
      call?.callee.kind === 'member' &&
      /unlock|release/i.test(call.callee.field) &&
      call.args.some((arg) => lastName(arg) === last)
    );
  });
}

/** Taken under one test and given back under another: the first of several calls takes it, the last one gives it back. */
function isOverCalls({ call, last }: LockAct, { scope: { definition } }: RuleContext): boolean {
  const own = arms(definition, call);
  return (
    own.length > 0 &&
    !around(definition, call).some(isLoop) &&
    callsIn(definition, /unlock/i).some(
      ({ start, args: [lock] }) =>
        lock && lastName(lock) === last && arms(definition, { start }).some((arm) => !own.includes(arm)),
    )
  );
}

/** Behind the lock comes a loop without an end, which gives the mutex to others while it waits for its condition. */
function worksUnderIt({ call, last }: LockAct, context: RuleContext): boolean {
  const { definition } = context.scope;
  return callsIn(definition, /^(?:pthread_cond_(?:timed|clock)?wait|cnd_(?:timed)?wait)$/).some((wait) => {
    const mutex = wait.args[1];
    const loop = around(definition, wait).find(isLoop);
    return (
      wait.start > call.start &&
      mutex !== undefined &&
      lastName(mutex) === last &&
      loop !== undefined &&
      !contains(loop, call) &&
      isEndless(loop, context) &&
      exitsOf(loop, context).every(({ stmt }) => stmt.kind === 'expr')
    );
  });
}

function isLock({ kind, key }: LockAct): boolean {
  return kind === 'own' ? key.startsWith('lock:') : kind !== 'semaphore' && kind !== 'sysv-sem';
}

function isThreadLock({ kind }: LockAct): boolean {
  return kind === 'mutex' || kind === 'rwlock' || kind === 'spinlock';
}
