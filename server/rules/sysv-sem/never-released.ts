import { calledName } from '../../c/cfg';
import { isEntry } from '../../c/entry';
import type { Rule, RuleContext } from '../rule';
import { leavesAtEnd } from '../shared/endings';
import { loopAround } from '../shared/loops';
import { contains } from '../shared/statements';
import {
  callsTo,
  type FileCall,
  fileCalls,
  fileMakes,
  fileMentions,
  functionsOf,
  isAllRead,
  isProgram,
  ownCalls,
  textOf,
} from '../shared/whole-file';
import { settingsIn, startsAtOne } from '../subjects/first-values';
import { givenBehindLoop } from '../subjects/given-behind';
import { actsIn, type LockAct } from '../subjects/locks/acts';
import { keptInArms } from '../subjects/locks/arms';
import { neverUnlocked, waysOut } from '../subjects/locks/exits';
import { isCustomHere } from '../subjects/locks/givers';
import { operationOf, operationsOf } from '../subjects/sembufs';
import { boundMeant, numberIn, numberMeant } from '../subjects/set-numbers';
import { setsNeverGiven } from './sets-never-given';

export const neverReleased: Rule = {
  meta: {
    id: 'sysv-sem/never-released',
    severity: 'warning',
    preset: 'recommended',
    title: 'A semaphore is taken and not given back',
    explanation:
      'Each semop with a negative amount takes from the value, and the next one waits until somebody adds to it. When nobody does, on one way out or anywhere in the program, that wait never ends.',
    silence:
      'Operations whose amount is not known, operations with SEM_UNDO that the end of the process takes back, sets that other programs may use, and posts under tests that may belong to that of the wait.',
    references: [{ page: 'semop', section: 2 }],
    example: {
      bad: `#include <sys/sem.h>

static struct sembuf take = {0, -1, SEM_UNDO};
static struct sembuf give = {0, 1, SEM_UNDO};
static int stock;

int remove_some(int set, int n) {
  if (semop(set, &take, 1) == -1)
    return -1;
  if (stock < n)
    return -1;
  stock -= n;
  return semop(set, &give, 1);
}
`,
      good: `#include <sys/sem.h>

static struct sembuf take = {0, -1, SEM_UNDO};
static struct sembuf give = {0, 1, SEM_UNDO};
static int stock;

int remove_some(int set, int n) {
  int enough;
  if (semop(set, &take, 1) == -1)
    return -1;
  enough = stock >= n;
  if (enough)
    stock -= n;
  if (semop(set, &give, 1) == -1)
    return -1;
  return enough ? 0 : -1;
}
`,
    },
  },
  check: (context) => ({
    end() {
      for (const { lock, jump, unlock } of waysOut(context, isSemaphore)) {
        if (!jump || !unlock) continue;
        // What runs at the exit may remove the set, and the process ends with it.
        if (
          isEntry(context.scope.definition) &&
          jump.kind === 'return' &&
          fileMentions(context, /^(?:atexit|on_exit)$/)
        )
          continue;
        context.report({
          span: jump,
          message: `This ${jump.kind} leaves \`${lock.name}\` taken, so the next one who takes it waits for ever. Give it back before, as the normal way does.`,
          related: [
            { span: lock.call, message: 'It is taken here' },
            { span: unlock.call, message: 'Only the normal way gives it back' },
          ],
        });
      }
      for (const { lock, last, unlock } of keptInArms(context, ({ kind }) => kind === 'sysv-sem')) {
        if (!isCustomHere(lock, context) && !startsAtOne(lock, context)) continue;
        context.report({
          span: last.kind === 'empty' ? lock.call : last,
          message: `This branch ends with \`${lock.name}\` still taken, which the other branch gives back, so the next one who takes it waits for ever. Give it back here too.`,
          related: [
            { span: lock.call, message: 'It is taken here' },
            { span: unlock.call, message: 'Only the other branch gives it back' },
          ],
        });
      }
      for (const lock of neverUnlocked(context, isSemaphore)) {
        // Where a way out gives it back, it must be the custom of the file that all do.
        const isGiven = actsIn(context.scope, context).some(
          ({ op, key, call }) => op === 'unlock' && key === lock.key && call.start > lock.call.end,
        );
        const isCustom = isCustomHere(lock, context);
        if (lock.kind !== 'sysv-sem' || (isGiven ? !isCustom : !isCustom && !isCalledLock(lock, context)))
          continue;
        context.report({
          span: lock.call,
          message: `\`${lock.name}\` is taken here, and on the normal way through \`${context.scope.definition.name}\` nothing gives it back, so the next one who takes it waits for ever. Give it back when the shared data is no longer touched.`,
        });
      }
      const behind = givenBehindLoop('sysv-sem', context);
      if (behind) {
        context.report({
          span: behind.give.call,
          message: `\`${behind.give.name}\` is given back once, behind the loop, while \`${behind.within.name}\` takes it in each of its rounds: when its first value is used up both wait for ever. Give it back in each round.`,
          related: [
            { span: { ...behind.take.call, within: behind.within }, message: 'Each round takes it here' },
          ],
        });
      }
      for (const { give, take } of givesByTaking(context)) {
        context.report({
          span: give.expr,
          message: `\`${give.within.name}\` takes from the semaphore, as \`${take.within.name}\` does, so nobody ever gives back and the next one who takes it waits for ever. Make its \`sem_op\` positive.`,
          related: [{ span: { ...take.expr, within: take.within }, message: 'It is taken here' }],
        });
      }
      for (const { call, name } of numbersNeverGiven(context)) {
        context.report({
          span: call,
          message: `\`${name}\` is taken here and nothing in this program adds to it, as it does to others of the set: once its value is used up this waits for ever. Add what was taken, by a positive \`sem_op\` for this number, when it is free again.`,
        });
      }
      for (const { call, name } of setsNeverGiven(context)) {
        context.report({
          span: call,
          message: `\`${name}\` is taken here and nothing in this program adds to it, as it does to its other sets: once its value is used up this waits for ever. Add what was taken, by a positive \`sem_op\`, when it is free again or there.`,
        });
      }
      for (const { expr } of neverGiven(context)) {
        context.report({
          span: expr,
          message:
            'Every semop of this program takes from its semaphores and none adds, so once the value is used up this call waits for ever. Add what was taken with a positive `sem_op` when the work is done.',
        });
      }
    },
  }),
};

function isSemaphore({ kind, key }: LockAct): boolean {
  return kind === 'sysv-sem' || (kind === 'own' && !key.startsWith('lock:'));
}

/** The program has a function for taking it and one for giving it back, `table_lock` and `table_unlock`, and this one only calls the first. */
function isCalledLock({ call }: LockAct, context: RuleContext): boolean {
  const name = calledName(call) ?? '';
  const other = name.replace(/(?<![a-z])lock/, 'unlock').replace(/(?<!un)Lock/, 'Unlock');
  return (
    other !== name &&
    context.functionNamed(other) !== undefined &&
    ownCalls(context, new RegExp(`^${other}$`)).length === 0
  );
}

/** By their names one function takes and the other gives back. */
const taking = /reserve|acquire|hold|(?<!un|[bc])lock|wait|take|down|enter|(?:^|_)(?:p|get)$/i;
const giving = /release|unlock|post|give|signal|leave|(?<![a-z])up(?![a-z])|(?:^|_)(?:v|put)$/i;

/** The one semop of this function, which is to give back and takes, where another function of the file is there to take. */
function givesByTaking(context: RuleContext): { give: FileCall; take: FileCall }[] {
  const [give, ...others] = ownCalls(context, /^sem(?:timed)?op$/);
  const { name } = give?.within ?? { name: '' };
  if (!give || others.length > 0 || !giving.test(name) || taking.test(name) || !takes(give, context)) {
    return [];
  }
  const calls = fileCalls(context, /^sem(?:timed)?op$/);
  const take = calls.find(({ within }) => taking.test(within.name) && !giving.test(within.name));
  return take && calls.every((call) => takes(call, context)) ? [{ give, take }] : [];
}

function takes({ expr, within }: FileCall, context: RuleContext): boolean {
  const amount = operationOf(expr, context.scope.file.scopeOf(within))?.amount;
  return amount !== undefined && amount < 0n;
}

interface Act extends LockAct {
  /** The function that does it. */
  by: string;
}

interface ActsByNumber {
  all: Act[][];
  /** Some semaphore is given back. */
  gives: boolean;
}

/** What all functions of the program do with semaphores of its only set, by their numbers; undefined where one is not known. */
function actsByNumber(context: RuleContext): ActsByNumber | undefined {
  const found = new Map<bigint, Act[]>();
  /** Below this, numbers may be meant that are worked out. */
  let below = 0n;
  let gives = false;
  for (const definition of functionsOf(context)) {
    const scope = context.scope.file.scopeOf(definition);
    for (const act of actsIn(scope, context)) {
      if (act.kind !== 'sysv-sem') continue;
      const written = numberIn(act);
      const isGiven = definition.type.params.some(
        ({ name }) => name === written || act.decision?.variables.has(name ?? ''),
      );
      // What a function does for its callers, they are seen to do.
      if (isGiven && callsTo(context, definition.name).length > 0) continue;
      const number = numberMeant(written, context);
      const bound = number === undefined ? boundMeant(written, context) : 0n;
      if (act.op === 'either' || act.op === 'try' || bound === undefined) return undefined;
      if (bound > below) below = bound;
      gives ||= act.op === 'unlock';
      if (number === undefined) continue;
      found.set(number, [...(found.get(number) ?? []), { ...act, by: definition.name }]);
    }
  }
  for (const number of found.keys()) if (number < below) found.delete(number);
  return { all: [...found.values()], gives };
}

/** What this function takes of semaphores that nobody gives back, in a program that gives others of its set back. */
function numbersNeverGiven(context: RuleContext): LockAct[] {
  const own = actsIn(context.scope, context).filter(
    (act) => act.kind === 'sysv-sem' && act.op === 'lock' && (isWhole(context) || isMadeToTake(act, context)),
  );
  if (own.length === 0 || fileCalls(context, 'semget').length !== 1) {
    return [];
  }
  const acts = actsByNumber(context);
  if (!acts?.gives) return [];
  // Of a function that takes it for its callers it is told there.
  const isInner = ({ call }: Act, same: Act[]) => same.some(({ by }) => by === calledName(call));
  const isHere = (act: Act, same: Act[]) => own.some(({ call }) => call === act.call) && !isInner(act, same);
  return acts.all
    .filter((same) => !same.some(({ op }) => op === 'unlock'))
    .flatMap((same) => same.filter((act) => isHere(act, same)));
}

/** Those who use the set are here. */
function isWhole(context: RuleContext): boolean {
  return (
    isProgram(context) &&
    isAllRead(context) &&
    fileCalls(context, 'semget').every(
      ({ expr, within }) => expr.args[0] && textOf(expr.args[0], within, context) === 'IPC_PRIVATE',
    )
  );
}

/**
 * The program makes the set, says how much there is to take of this one at first, has it taken by its own children or threads and removes the
 * set at the end: others have nothing to do with it.
 */
function isMadeToTake(act: LockAct, context: RuleContext): boolean {
  const number = numberMeant(numberIn(act), context);
  const own = settingsIn(context).filter((setting) => setting.number === `${number}`);
  return (
    isProgram(context) &&
    isAllRead(context) &&
    number !== undefined &&
    own.length > 0 &&
    own.every(({ value }) => value !== 0n) &&
    fileMakes(context, /^(?:fork|pthread_create)$/) &&
    !fileMakes(context, /^(?:exec\w+|posix_spawnp?|system)$/) &&
    removesSets(context)
  );
}

function removesSets(context: RuleContext): boolean {
  return fileCalls(context, 'semctl').some(
    ({ expr: { args }, within }) => args[2] && textOf(args[2], within, context) === 'IPC_RMID',
  );
}

/** The calls of this function that take, when no call of the program gives. */
function neverGiven(context: RuleContext): FileCall[] {
  const own = ownCalls(context, /^sem(?:timed)?op$/);
  if (own.length === 0 || !isProgram(context)) {
    return [];
  }
  const calls = fileCalls(context, /^sem(?:timed)?op$/);
  const usersAreHere =
    fileMentions(context, /^(?:fork|vfork|pthread_create|Fork)$/) ||
    fileCalls(context, 'semget').some(
      ({ expr, within }) => expr.args[0] && textOf(expr.args[0], within, context) === 'IPC_PRIVATE',
    );
  const takes = calls.every((call) => takesForGood(call, context));
  const others = functionsOf(context).some((definition) =>
    actsIn(context.scope.file.scopeOf(definition), context).some(
      (act) => isSemaphore(act) && (act.op === 'unlock' || act.kind === 'own'),
    ),
  );
  const set = fileCalls(context, 'semctl').filter(({ expr, within }) =>
    expr.args.some((arg) => /^SET(?:VAL|ALL)$/.test(textOf(arg, within, context))),
  );
  // A semaphore that is set twice may be given back so.
  const numbers = new Set(
    set.map(({ expr, within }) => expr.args[1] && textOf(expr.args[1], within, context)),
  );
  return usersAreHere && takes && !others && set.length === numbers.size ? own : [];
}

/** Each round of a loop takes once more; a loop that only asks again after a signal does not. */
function takesAgain({ expr, within }: FileCall, context: RuleContext): boolean {
  const loop = loopAround(within, expr);
  return (
    loop !== undefined &&
    contains(loop.body, expr) &&
    !leavesAtEnd(loop.body, context) &&
    !/EINTR/.test(context.code({ ...loop, within }))
  );
}

function takesForGood(call: FileCall, context: RuleContext): boolean {
  const { expr, within } = call;
  const operations = operationsOf(expr, context.scope.file.scopeOf(within)) ?? [];
  const takes =
    operations.length > 0 && operations.every(({ amount }) => amount !== undefined && amount < 0n);
  // SEM_UNDO gives back when the process ends: too late for one that takes again in each round.
  return takes && (!operations.some(({ undone }) => undone) || takesAgain(call, context));
}
