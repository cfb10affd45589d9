import type { CallEvent, Operand } from '../../analysis/events';
import { unwrap } from '../../analysis/operators';
import type { Location } from '../../analysis/path';
import type { CallSite } from '../../analysis/values';
import type { Expr } from '../../c/ast';
import type { Rule, RuleContext } from '../rule';
import { Facts } from '../shared/facts';
import { spanOfSite } from '../shared/loops';
import { lastNumber } from '../shared/ranges';
import { argument, bitsOf, constantNamed, givenAt } from '../shared/support';
import { variableIn } from '../shared/uses';
import { fileCalls } from '../shared/whole-file';
import { operationOf } from '../subjects/sembufs';

/** Commands of semctl that act on the one semaphore whose number is given. */
const single = ['GETVAL', 'SETVAL', 'GETPID', 'GETNCNT', 'GETZCNT'];

interface Use {
  event: CallEvent;
  context: RuleContext;
  number: bigint;
  operand: Operand;
  set: Operand;
  /** All who have called up to here stand in the file of the call. */
  isOfFile: boolean;
}

export const index: Rule = {
  meta: {
    id: 'sysv-sem/index',
    severity: 'error',
    preset: 'recommended',
    title: 'A semaphore is used that the set does not have',
    explanation:
      'The semaphores of a set are numbered from 0 to one less than the number given to semget. With another number semop fails with EFBIG and semctl with EINVAL, and a new set of no semaphores at all is refused with EINVAL.',
    silence:
      'Sets that are only opened here, whose size somebody else chose, and numbers that are not known.',
    references: [
      { page: 'semop', section: 2 },
      { page: 'semctl', section: 2 },
      { page: 'semget', section: 2 },
    ],
    example: {
      bad: `#include <sys/sem.h>

int make_lock(void) {
  int set = semget(IPC_PRIVATE, 1, IPC_CREAT | 0600);
  if (set == -1)
    return -1;
  if (semctl(set, 1, SETVAL, 1) == -1)
    return -1;
  return set;
}
`,
      good: `#include <sys/sem.h>

int make_lock(void) {
  int set = semget(IPC_PRIVATE, 1, IPC_CREAT | 0600);
  if (set == -1)
    return -1;
  if (semctl(set, 0, SETVAL, 1) == -1)
    return -1;
  return set;
}
`,
    },
  },
  check() {
    const sizes = new Facts<bigint>();
    const uses: Use[] = [];
    return {
      call(event, context) {
        if (!event.site) {
          return;
        }
        if (event.name === 'semget') {
          sizes.add(event.site, sizeMade(event, context));
          checkEmpty(event, context);
          return;
        }
        checkCount(event, context);
        const set = argument(event, 'semid');
        const used = set && numberUsed(event);
        // Who calls from another file may have a set of his own.
        const isOfFile = context.callers().every(({ scope }) => scope.file === context.scope.file);
        if (used) uses.push({ event, context, set, isOfFile, ...used });
      },
      end() {
        for (const { event, context, number, operand, set, isOfFile } of uses) {
          const own = sizes.of(set.value);
          const file = isOfFile ? madeByFile(set, event, context) : undefined;
          const made = own ? { ...own, at: spanOfSite(own.site) } : file;
          // Somebody else may have made a larger set, into which one may look.
          if (event.name === 'semctl' && !isSetting(event) && !isNew(own?.site, context)) continue;
          if (!made || made.fact <= 0n || (number >= 0n && number < made.fact)) continue;
          context.report({
            ...givenAt(event, operand.expr, numbering(event, operand, context)),
            message: `The set has ${made.fact === 1n ? 'one semaphore, number 0' : `${made.fact} semaphores, 0 to ${made.fact - 1n}`}, and \`${event.name}\` uses number ${number}, so it fails with ${event.name === 'semctl' ? 'EINVAL' : 'EFBIG'}. Use a number of the set, or make the set larger.`,
            related: [{ span: made.at, message: 'The set is created here' }],
          });
        }
      },
    };
  },
};

/** A set that a function is given, in a file that makes sets of one size only: its own semaphore is worked on there. */
function madeByFile(
  { value, expr }: Operand,
  { name, at, expr: call }: CallEvent,
  context: RuleContext,
): { fact: bigint; at: Location } | undefined {
  const inner = unwrap(expr);
  const isGiven =
    inner.kind === 'name' && context.scope.definition.type.params.some((param) => param.name === inner.name);
  if (value.origins || !isGiven || name === 'semctl' || at.start !== call.start) return undefined;
  const gets = fileCalls(context, 'semget');
  const sizes = gets.map(({ expr: get, within }) => {
    const scope = context.scope.file.scopeOf(within);
    const [key, size, flags] = get.args.map((arg) => scope.evaluator.constant(arg, scope));
    const isMade =
      key === constantNamed('IPC_PRIVATE') ||
      (flags !== undefined && (flags & constantNamed('IPC_CREAT')) !== 0n);
    return isMade ? size : undefined;
  });
  const [first, ...others] = sizes;
  const [get] = gets;
  return get && first !== undefined && others.every((other) => other === first)
    ? { fact: first, at: { ...get.expr, within: get.within } }
    : undefined;
}

/** What gives the number: an argument, or what is stored in the operation. */
function numbering(event: CallEvent, { expr }: Operand, { scope }: RuleContext): Expr | undefined {
  return event.name === 'semctl' ? expr : operationOf(event.expr, scope)?.numbered;
}

function flagsOf(event: CallEvent, context: RuleContext): bigint {
  return bitsOf(argument(event, 'semflg'), context);
}

function creates(event: CallEvent, context: RuleContext): boolean {
  const isPrivate = argument(event, 'key')?.value.constant === constantNamed('IPC_PRIVATE');
  return isPrivate || (flagsOf(event, context) & constantNamed('IPC_CREAT')) !== 0n;
}

function sizeMade(event: CallEvent, context: RuleContext): bigint | undefined {
  return creates(event, context) ? argument(event, 'nsems')?.value.constant : undefined;
}

function isSetting(event: CallEvent): boolean {
  const command = argument(event, 'cmd')?.value.constant;
  return command === constantNamed('SETVAL');
}

/** The set did not exist before this call. */
function isNew(site: CallSite | undefined, { scope }: RuleContext): boolean {
  const [key, , flags] = site?.expr.args ?? [];
  const bits = (flags && scope.evaluator.constant(flags, scope)) ?? 0n;
  const isPrivate =
    key !== undefined && scope.evaluator.constant(key, scope) === constantNamed('IPC_PRIVATE');
  return isPrivate || (bits & constantNamed('IPC_EXCL')) !== 0n;
}

function checkEmpty(event: CallEvent, context: RuleContext): void {
  const size = argument(event, 'nsems');
  const number = size?.value.constant;
  if (size && number !== undefined && number <= 0n && creates(event, context)) {
    context.report({
      ...givenAt(event, size.expr),
      message: `A new set of ${number} semaphores is refused: \`semget\` fails with EINVAL. Ask for as many semaphores as the program uses.`,
    });
  }
}

/** More operations are asked for than the variable or array has. */
function checkCount(event: CallEvent, context: RuleContext): void {
  const operations = argument(event, 'sops');
  const count = argument(event, 'nsops');
  const wanted = count?.value.constant;
  const name = operations && /^semop|^semtimedop/.test(event.name) ? variableIn(operations.expr) : undefined;
  const declared = name === undefined ? undefined : context.scope.typeOf(name);
  const { types } = context.scope.evaluator;
  const type = declared && types.resolve(declared);
  const inner = operations && unwrap(operations.expr);
  const whole = inner?.kind === 'name' || (inner?.kind === 'unary' && inner.operand.kind === 'name');
  const element =
    type?.k === 'array' ? types.sizeOf(type.of) : type?.k === 'struct' ? types.sizeOf(type) : undefined;
  const size = type && types.sizeOf(type);
  if (!count || wanted === undefined || !whole || !element || !size || wanted <= BigInt(size / element)) {
    return;
  }
  const has = size / element;
  context.report({
    ...givenAt(event, count.expr),
    message: `\`${event.name}\` is to do ${wanted} operations, and \`${name}\` holds ${has === 1 ? 'one' : has}, so it does what happens to lie behind as well. Give the number of operations that there are.`,
  });
}

function numberUsed(event: CallEvent): { number: bigint; operand: Operand } | undefined {
  if (event.name === 'semctl') {
    const operand = argument(event, 'semnum');
    const command = argument(event, 'cmd')?.value.constant;
    const isHere = event.at.within === event.scope.definition;
    const number =
      operand?.value.constant ??
      (isHere && operand ? lastNumber(operand.expr, event.expr, event.scope) : undefined);
    const acts = command !== undefined && single.some((name) => constantNamed(name) === command);
    return operand && number !== undefined && acts ? { number, operand } : undefined;
  }
  if (event.name !== 'semop' && event.name !== 'semtimedop') {
    return undefined;
  }
  const operand = argument(event, 'sops');
  const number = event.member(1, 'sem_num')?.constant;
  return operand && number !== undefined ? { number, operand } : undefined;
}
