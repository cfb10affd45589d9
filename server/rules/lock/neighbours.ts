import { rootName } from '../../analysis/aliasing';
import { unwrap } from '../../analysis/operators';
import { type Expr, type FunctionDefinition, somePart, someStmtIn } from '../../c/ast';
import type { Rule, RuleContext } from '../rule';
import { loopAround } from '../shared/loops';
import { arms, around, contains } from '../shared/statements';
import { assignmentsTo } from '../shared/uses';
import { callsTo, functionsOf, textOf, threadCreations, threadStarts } from '../shared/whole-file';
import { actsIn, type LockAct } from '../subjects/locks/acts';

/** One lock taken while its neighbour is held. */
interface Pair {
  first: LockAct;
  second: LockAct;
  /** Which of the two neighbours each is, in words that are the same in all functions. */
  sides: readonly [string, string];
}

const thread = (last: string) => `#include <pthread.h>

enum { seats = 5 };
static pthread_mutex_t forks[seats];

static void *dine(void *arg) {
  int seat = *(int *)arg;
  int first = seat, second = (seat + 1) % seats;
${last}  pthread_mutex_lock(&forks[first]);
  pthread_mutex_lock(&forks[second]);
  pthread_mutex_unlock(&forks[second]);
  pthread_mutex_unlock(&forks[first]);
  return 0;
}

int main(void) {
  static int numbers[seats];
  pthread_t guests[seats];
  for (int i = 0; i < seats; i++)
    if (pthread_mutex_init(&forks[i], 0) != 0) return 1;
  for (int i = 0; i < seats; i++) {
    numbers[i] = i;
    if (pthread_create(&guests[i], 0, dine, &numbers[i]) != 0) return 1;
  }
  for (int i = 0; i < seats; i++)
    if (pthread_join(guests[i], 0) != 0) return 1;
  return 0;
}
`;

export const neighbours: Rule = {
  meta: {
    id: 'lock/neighbours',
    severity: 'warning',
    preset: 'recommended',
    title: 'All threads of a ring take the lock on the same side first',
    explanation:
      'Each thread needs its own lock and that of its neighbour, and the last one is the neighbour of the first. When each has taken the first of its two, everybody waits for the next, round the ring, for ever: the dining philosophers.',
    silence:
      'Functions of which some way takes the two in the other order, a lock or semaphore taken before that keeps one thread away, locks that are only tried, and threads that even and odd numbers tell apart.',
    references: [{ page: 'pthread_mutex_lock', section: 3 }],
    example: {
      bad: thread(''),
      good: thread('  if (second < first) {\n    second = first;\n    first = 0;\n  }\n'),
    },
  },
  check: (context) => ({
    end() {
      const { definition } = context.scope;
      const pairs = pairsIn(definition, context);
      const [pair] = pairs;
      if (!pair || isGuarded(pair, context) || !isRunByMany(definition, context)) {
        return;
      }
      const all = functionsOf(context).flatMap((other) => pairsIn(other, context));
      const turned = all.some(({ sides: [a, b] }) => a === pair.sides[1] && b === pair.sides[0]);
      const alike = pairs.find((other) => other !== pair && areAlternatives(pair, other, definition));
      if (turned || (!alike && tellsOddFromEven(context))) {
        return;
      }
      const { first, second } = alike ?? pair;
      context.report({
        span: second.call,
        message: `Every thread takes \`${first.name}\` before \`${second.name}\`, which is the first of its neighbour's: when each has its first, all of them wait for ever. Let one of the threads take the two in the other order, or always take the one with the lower number first.`,
        related: [
          { span: first.call, message: 'Taken first here' },
          ...(alike
            ? [{ span: pair.second.call, message: 'The other branch takes them in the same order' }]
            : []),
        ],
      });
    },
  }),
};

function pairsIn(definition: FunctionDefinition, context: RuleContext): Pair[] {
  const scope = context.scope.file.scopeOf(definition);
  const acts = actsIn(scope, context).filter(({ kind }) => kind === 'mutex' || kind === 'semaphore');
  const found: Pair[] = [];
  for (const first of acts) {
    for (const second of acts) {
      if (first.op !== 'lock' || second.op !== 'lock' || first.call.start >= second.call.start) continue;
      const given = acts.some(
        ({ op, key, call }) =>
          op !== 'lock' &&
          key === first.key &&
          call.start > first.call.start &&
          call.start < second.call.start,
      );
      const inside = arms(definition, second.call);
      if (given || !arms(definition, first.call).every((arm) => inside.includes(arm))) continue;
      const sides = sidesOf(first, second, definition, context);
      if (sides) found.push({ first, second, sides });
    }
  }
  return found;
}

/** What makes two locks neighbours: members of one structure that point to the left and the right one, or elements of an array of which one comes round by `%`. */
function sidesOf(
  first: LockAct,
  second: LockAct,
  definition: FunctionDefinition,
  context: RuleContext,
): readonly [string, string] | undefined {
  const [one, other] = [first, second].map(({ call: { args } }) => args[0] && bare(args[0]));
  if (one?.kind === 'member' && other?.kind === 'member') {
    const scope = context.scope.file.scopeOf(definition);
    const pointers = [one, other].every((member) => scope.resolvedTypeOf(member)?.k === 'pointer');
    const same = textOf(one.object, definition, context) === textOf(other.object, definition, context);
    return pointers && same && areOpposite(one.field, other.field) ? [one.field, other.field] : undefined;
  }
  const [own, next] = [elementOf(first), elementOf(second)];
  if (!own || !next || own.array !== next.array) {
    return undefined;
  }
  const [i, j] = [placeOf(own.index, definition), placeOf(next.index, definition)];
  if (!i || !j || comesRound(i) === comesRound(j)) {
    return undefined;
  }
  return comesRound(i) ? ['next', 'own'] : ['own', 'next'];
}

/** `left_fork` and `right_fork`, `l` and `r`. */
function areOpposite(one: string, other: string): boolean {
  const side = (name: string) =>
    /(?:^|_)(left|right|l|r)(?=_|$)|(left|right)/i.exec(name)?.[0].replace('_', '');
  const [a, b] = [side(one), side(other)];
  return (
    a !== undefined &&
    b !== undefined &&
    a.slice(0, 1).toLowerCase() !== b.slice(0, 1).toLowerCase() &&
    one.replace(a, '') === other.replace(b, '')
  );
}

/** The element of an array that an act is on, through a helper that is given its number too. */
function elementOf({ call, name }: LockAct): { array: string; index: Expr } | undefined {
  const given = call.args[0] && bare(call.args[0]);
  const array = given?.kind === 'index' ? rootName(given.array) : undefined;
  if (given?.kind === 'index' && array !== undefined) {
    return { array, index: given.index };
  }
  const [, root, index] = /^(\w+)\[([A-Za-z_]\w*)\]$/.exec(name) ?? [];
  return root !== undefined && index !== undefined
    ? { array: root, index: { kind: 'name', name: index, start: call.start, end: call.end } }
    : undefined;
}

/** What a variable that is set once stands for. */
function placeOf(index: Expr, definition: FunctionDefinition): Expr | undefined {
  const inner = unwrap(index);
  if (inner.kind !== 'name') {
    return inner;
  }
  const values = assignmentsTo(definition, inner.name);
  const isSwapped = values.length > 1 || values.some(({ value }) => value.kind === 'conditional');
  return isSwapped ? undefined : (values[0]?.value ?? inner);
}

function comesRound(expr: Expr): boolean {
  const inner = unwrap(expr);
  return inner.kind === 'binary' && inner.op === '%' && unwrap(inner.left).kind === 'binary';
}

function bare(expr: Expr): Expr {
  const inner = unwrap(expr);
  return inner.kind === 'unary' && inner.op === '&' ? unwrap(inner.operand) : inner;
}

/** Whoever comes here has taken something else before, of which there may be one too few. */
function isGuarded({ first, second }: Pair, context: RuleContext): boolean {
  const acts = actsIn(context.scope, context);
  return acts.some(
    ({ op, key, call }) =>
      op !== 'unlock' &&
      key !== first.key &&
      key !== second.key &&
      call.start < first.call.start &&
      !acts.some(
        (other) =>
          other.op === 'unlock' &&
          other.key === key &&
          other.call.start > call.start &&
          other.call.start < first.call.start,
      ),
  );
}

/** Threads that a loop starts come here, as far as the file tells; its functions may also be those of another file's threads. */
function isRunByMany(definition: FunctionDefinition, context: RuleContext): boolean {
  const starts = threadCreations(context);
  const looped = starts.some(({ expr, within }) => loopAround(within, expr) !== undefined);
  return starts.length === 0 ? definition.name !== 'main' : looped && isReached(definition, context, 0);
}

function isReached({ name }: FunctionDefinition, context: RuleContext, depth: number): boolean {
  return (
    threadStarts(context).has(name) ||
    (depth < 3 && callsTo(context, name).some(({ within }) => isReached(within, context, depth + 1)))
  );
}

/** One branch takes the two as the other does. */
function areAlternatives(one: Pair, other: Pair, definition: FunctionDefinition): boolean {
  const branch = around(definition, one.first.call).findLast(({ kind }) => kind === 'if');
  return (
    branch?.kind === 'if' &&
    branch.alternative !== undefined &&
    contains(branch.consequent, one.first.call) &&
    contains(branch.alternative, other.first.call) &&
    one.sides[0] === other.sides[0] &&
    one.sides[1] === other.sides[1]
  );
}

/** Somewhere the threads are told apart by `% 2`: one half of them comes later. */
function tellsOddFromEven(context: RuleContext): boolean {
  return functionsOf(context).some(({ body }) =>
    someStmtIn(body, (stmt) => stmt.kind === 'if' && somePart(stmt.test, isParity)),
  );
}

function isParity(part: Expr): boolean {
  return (
    part.kind === 'binary' &&
    (part.op === '%' || part.op === '&') &&
    part.right.kind === 'number' &&
    /^[12]$/.test(part.right.text)
  );
}
