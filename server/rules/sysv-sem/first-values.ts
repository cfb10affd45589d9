import type { Expr } from '../../c/ast';
import { calledName } from '../../c/cfg';
import type { Rule, RuleContext } from '../rule';
import { type FileCall, fileCalls, fileMakes, isProgram, ownCalls } from '../shared/whole-file';
import { type FirstValue, settingsIn } from '../subjects/first-values';
import type { LockAct } from '../subjects/locks/acts';
import { boundMeant, numberIn, numberMeant } from '../subjects/set-numbers';
import { type SetValues, valuesForAll } from '../subjects/set-values';
import { type First, takenFirst } from '../subjects/taken-first';

const program = (first: string) => `#include <sys/ipc.h>
#include <sys/sem.h>

enum { LOCK, FREE, COUNT };

union semun {
  int val;
  unsigned short *array;
};

int make_set(int slots) {
  unsigned short first[COUNT];
  union semun arg;
  int set = semget(IPC_PRIVATE, COUNT, IPC_CREAT | 0600);
  if (set == -1)
    return -1;
${first}  first[FREE] = slots;
  arg.array = first;
  return semctl(set, 0, SETALL, arg) == -1 ? -1 : set;
}
`;

export const firstValues: Rule = {
  meta: {
    id: 'sysv-sem/first-values',
    severity: 'error',
    preset: 'recommended',
    title: 'A semaphore of a set starts with a value that nobody can use',
    explanation:
      'SETALL takes one value for each semaphore of the set, in the order of their numbers. An element of the array that nobody has stored in gives its semaphore whatever lay there in memory. A semaphore that everybody takes before he gives it back must not start at 0: the first one waits for ever.',
    silence:
      'Arrays that another function or a test may fill, semaphores whose numbers are worked out, and those that somebody gives without having taken them.',
    references: [
      { page: 'semctl', section: 2 },
      { page: 'semop', section: 2 },
    ],
    example: { bad: program(''), good: program('  first[LOCK] = 1;\n') },
  },
  check: (context) => ({
    end() {
      for (const call of ownCalls(context, /^semctl$/)) {
        const values = valuesForAll(call.expr, context.scope);
        if (!values || fileCalls(context, 'semget').length > 1) continue;
        const size = sizeOfSet(context);
        for (let number = 0n; number < (size ?? values.size); number++) judge(number, values, call, context);
      }
      for (const { expr } of ownCalls(context, /^semctl$|init|set|sem/i)) judgeOne(expr, context);
    },
  }),
};

/** How many semaphores the only set of the file has. */
function sizeOfSet(context: RuleContext): bigint | undefined {
  const [made] = fileCalls(context, 'semget');
  const count = made?.expr.args[1];
  return count && context.scope.evaluator.constant(count, context.scope.file.scopeOf(made.within));
}

function judge(number: bigint, values: SetValues, { expr }: FileCall, context: RuleContext): void {
  const value = number < values.size ? values.of(number) : 'unknown';
  if (value === 'unset') {
    context.report({
      span: expr,
      message: `\`${values.name}[${number}]\` has not been given a value, so semaphore ${number} of the set starts with whatever lay there in memory. Store one for each semaphore of the set.`,
    });
    return;
  }
  if (value !== 0n) return;
  const first = takenFirst((act) => isNumber(act, number, context), context);
  if (!first || !(isWhole(context) || isCalledLock(first))) return;
  context.report({
    span: expr,
    severity: 'warning',
    message: `Semaphore ${number} of the set starts at 0, and everybody who gives it back has taken it before: the first one waits for ever, and so do all others. Start it at 1 for a lock, or at the number of things there are to take.`,
    related: [{ span: { ...first.act.call, within: first.within }, message: 'It is taken here' }],
  });
}

/** One semaphore is set to 0, here and wherever else it is set. */
function judgeOne(call: Expr, context: RuleContext): void {
  const all = settingsIn(context);
  const own = all.find((setting) => setting.call.expr === call);
  if (own?.value !== 0n || !/^\d+$/.test(own.number)) return;
  const alone = fileCalls(context, 'semget').length === 1;
  const isSame = ({ set, number }: FirstValue) => number === own.number && (alone || set === own.set);
  if (!all.every((setting) => setting.value === 0n || !isSame(setting))) return;
  const first = takenFirst((act) => {
    const isIt = isNumber(act, BigInt(own.number), context);
    return alone || isIt === false ? isIt : act.last === own.set;
  }, context);
  if (!first || !(isWhole(context) || isCalledLock(first))) return;
  context.report({
    span: call,
    severity: 'warning',
    message: `This semaphore starts at 0, and everybody who gives it back has taken it before: the first one waits for ever, and so do all others. Start it at 1 for a lock, or at the number of things there are to take.`,
    related: [{ span: { ...first.act.call, within: first.within }, message: 'It is taken here' }],
  });
}

/** Another program may be the first to give; not so to what is called a lock. */
function isCalledLock({ act, within }: First): boolean {
  return /(?<![bc])lock|mutex/i.test(`${act.name} ${calledName(act.call)} ${within.name}`);
}

/** Those who use the set are here, as far as can be told, and only one place says with what they start. */
function isWhole(context: RuleContext): boolean {
  return (
    isProgram(context) &&
    fileMakes(context, /^(?:fork|pthread_create)$/) &&
    !fileMakes(context, /^(?:exec\w+|posix_spawnp?)$/)
  );
}

/** Whether an act is about this semaphore; undefined where that cannot be told. */
function isNumber(act: LockAct, number: bigint, context: RuleContext): boolean | undefined {
  if (act.kind !== 'sysv-sem') return false;
  const written = numberIn(act);
  const meant = numberMeant(written, context);
  if (meant !== undefined) return meant === number;
  const bound = boundMeant(written, context);
  return bound !== undefined && bound <= number ? false : undefined;
}
