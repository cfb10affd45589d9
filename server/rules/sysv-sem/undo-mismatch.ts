import { FileIndex } from '../../analysis/survey';
import type { Rule, RuleContext } from '../rule';
import { callsOf, type FileCall, isAllRead, nameMade, ownCalls } from '../shared/whole-file';
import { operationsOf, type SemOperation } from '../subjects/sembufs';

const calling = /^sem(?:timed)?op$/;

export const undoMismatch: Rule = {
  meta: {
    id: 'sysv-sem/undo-mismatch',
    severity: 'warning',
    preset: 'recommended',
    title: 'A semaphore is taken with SEM_UNDO and given back without it, or the other way round',
    explanation:
      'For each operation with SEM_UNDO the kernel keeps the opposite, and does it when the process ends. Where only one of taking and giving back has the flag, what was in balance is undone by half: after each process the semaphore is one too high, so that two get in, or one too low, so that nobody does.',
    silence:
      'Files with operations whose amount or flags are not known, and semaphores that are given both with and without the flag.',
    references: [{ page: 'semop', section: 2 }],
    example: {
      bad: `#include <sys/sem.h>

static int stock;

int take(int set) {
  struct sembuf lock = {0, -1, SEM_UNDO};
  struct sembuf unlock = {0, 1, 0};
  if (semop(set, &lock, 1) == -1)
    return -1;
  stock--;
  return semop(set, &unlock, 1);
}
`,
      good: `#include <sys/sem.h>

static int stock;

int take(int set) {
  struct sembuf lock = {0, -1, SEM_UNDO};
  struct sembuf unlock = {0, 1, SEM_UNDO};
  if (semop(set, &lock, 1) == -1)
    return -1;
  stock--;
  return semop(set, &unlock, 1);
}
`,
    },
  },
  check: (context) => ({
    end() {
      for (const { expr } of ownCalls(context, calling)) {
        judge(expr, context);
        judgeTransfer(expr, context);
      }
    },
  }),
};

interface Operation extends FileCall {
  operation: SemOperation | undefined;
}

/** Every operation that the file makes on a semaphore of a set. */
const operations = new FileIndex((within, file) => {
  const scope = file.scopeOf(within);
  return callsOf(within).flatMap((call): [string, Operation][] => {
    const name = nameMade(call.name, scope);
    if (!calling.test(name)) return [];
    const made = operationsOf(call.expr, scope) ?? [undefined];
    return made.map((operation) => [name, { ...call, operation }]);
  });
});

function judge(expr: FileCall['expr'], context: RuleContext): void {
  const all = context.ask(operations, calling);
  const [only, ...others] = all.filter((one) => one.expr === expr);
  const own = others.length === 0 ? only?.operation : undefined;
  if (!own || own.amount === undefined || own.undone || !own.told || !isAllRead(context)) return;
  // One that is not understood may be the other half.
  if (all.some(({ operation }) => !operation?.told || operation.amount === undefined)) return;
  const alike = all.filter(({ operation }) => operation?.number === own.number);
  const opposite = alike.filter(({ operation }) => operation?.amount === -own.amount!);
  const [first] = opposite;
  const isMixed = alike.some(({ operation }) => operation?.amount === own.amount && operation?.undone);
  if (own.amount === 0n || !first || isMixed || !opposite.every(({ operation }) => operation?.undone)) return;
  const takes = own.amount < 0n;
  const story = takes
    ? 'is taken here without SEM_UNDO and given back with it, so the kernel takes it once more for each time when the process ends, and nobody gets in any more'
    : 'is given back here without SEM_UNDO and taken with it, so the kernel gives it once more for each time when the process ends, and several get in at once';
  context.report({
    span: expr,
    message: `The semaphore ${story}. Set SEM_UNDO in \`sem_flg\` of both operations, or of neither.`,
    related: [
      {
        span: { start: first.expr.start, end: first.expr.end, within: first.within },
        message: takes ? 'It is given back with SEM_UNDO here' : 'It is taken with SEM_UNDO here',
      },
    ],
  });
}

/** Operations of one call of which the one takes what the other gives: undone by half, the number of all changes. */
function judgeTransfer(expr: FileCall['expr'], context: RuleContext): void {
  const all = operationsOf(expr, context.scope) ?? [];
  const moves = all.filter(({ amount }) => amount !== 0n);
  const sum = moves.reduce((total, { amount }) => total + (amount ?? 0n), 0n);
  const isKnown = moves.every(({ amount, told }) => amount !== undefined && told);
  const kept = moves.filter(({ undone }) => !undone);
  const [first] = kept;
  if (moves.length < 2 || !isKnown || sum !== 0n || !first || kept.length === moves.length) return;
  const takes = first.amount! < 0n;
  context.report({
    span: expr,
    message: `Of what this call takes and gives, the operation that ${takes ? 'takes' : 'gives'} has no SEM_UNDO and ${takes ? 'one that gives' : 'one that takes'} has: when the process ends, the kernel undoes only the half, so there is ${takes ? 'less' : 'more'} to take than before. Set SEM_UNDO in \`sem_flg\` of all operations, or of none.`,
  });
}
