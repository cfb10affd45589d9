import { type Expr, type ExprOf, someExprIn, someStmtIn } from '../../c/ast';
import { calledName } from '../../c/cfg';
import type { Rule, RuleContext } from '../rule';
import { exitsOf, isEndless, type Loop, loopAround, Result, resultPlace } from '../shared/loops';
import { ownCalls } from '../shared/whole-file';

export const waitSpins: Rule = {
  meta: {
    id: 'fork/wait-spins',
    severity: 'warning',
    preset: 'recommended',
    title: 'A loop goes on waiting for children when there are none left',
    explanation:
      'When a process has no more children, `wait` returns -1 with ECHILD at once, and does so each time it is called. A loop that only asks for EINTR, or goes on whatever comes, then runs for ever and takes all of a processor.',
    silence:
      'Loops that wait for one child by its number and say nothing of failures, those that make children or pause themselves, and those that call functions which cannot be followed.',
    references: [{ page: 'wait', section: 2 }],
    example: {
      bad: `#include <sys/wait.h>

void reap(void) {
  int status;
  while (wait(&status))
    ;
}
`,
      good: `#include <sys/wait.h>

void reap(void) {
  int status;
  while (wait(&status) > 0)
    ;
}
`,
    },
  },
  check(own) {
    return {
      end() {
        for (const { name, expr } of ownCalls(own, /^wait(?:pid|[34])?$/)) {
          const loop = loopAround(own.scope.definition, expr);
          if (!loop || !spins(loop, expr, name, own)) continue;
          own.report({
            span: expr,
            message: `When there is no child left, \`${name}\` returns -1 with ECHILD at once, and this loop goes on all the same: it never ends, and takes all of a processor. Leave the loop when \`${name}\` returns -1 and errno is not EINTR.`,
          });
        }
      },
    };
  },
};

/** No way leads out of the loop when the call has failed for another reason than a signal. */
function spins(loop: Loop, call: ExprOf<'call'>, name: string, context: RuleContext): boolean {
  if (loop.kind === 'for' && loop.update) return false;
  const result = new Result(call, resultPlace(context.scope.definition, call), context);
  const goesOn = isEndless(loop, context) || (loop.test && holds(loop.test, result) === true);
  if (!goesOn || isBusyOtherwise(loop)) return false;
  if (!waitsForAny(call, name, context) && !asksForFailure(loop, context)) return false;
  return exitsOf(loop, context).every(
    ({ conditions, obscure }) =>
      !obscure && conditions.some(({ test, truth }) => holds(test, result) === !truth),
  );
}

/** Whether a test holds where the call has given -1 and errno is ECHILD. */
function holds(test: Expr, result: Result): boolean | undefined {
  if (test.kind === 'logical') {
    const left = holds(test.left, result);
    const right = holds(test.right, result);
    const decisive = test.op === '||';
    if (left === decisive || right === decisive) return decisive;
    return left === undefined || right === undefined ? undefined : !decisive;
  }
  if (test.kind === 'unary' && test.op === '!') {
    const inner = holds(test.operand, result);
    return inner === undefined ? undefined : !inner;
  }
  if (test.kind === 'binary' && isErrno(test.left) && /^[=!]=$/.test(test.op)) {
    const { right } = test;
    if (right.kind !== 'name') return undefined;
    return (right.name === 'ECHILD') === (test.op === '==');
  }
  return result.holds(test, -1n);
}

function isErrno(expr: Expr): boolean {
  return expr.kind === 'name' && expr.name === 'errno';
}

/** For one child by its number the call fails only when somebody else has reaped it. */
function waitsForAny({ args }: ExprOf<'call'>, name: string, { scope }: RuleContext): boolean {
  if (name === 'wait' || name === 'wait3') return true;
  return args[0] !== undefined && scope.evaluator.constant(args[0], scope) === -1n;
}

/** The loop asks why the call has failed, or tells of it: it is meant to fail. */
function asksForFailure(loop: Loop, context: RuleContext): boolean {
  return someExprIn(loop, isErrno) && !/\bECHILD\b/.test(context.code(loop));
}

/** The loop makes children, takes its time, or calls what cannot be followed. */
function isBusyOtherwise(loop: Loop): boolean {
  const isPlain = (name: string) =>
    /^(?:wait(?:pid|[34])?|W[A-Z]+|[fsvn]*printf|f?put[sc]|putchar|perror|strerror|strsignal|fflush|syslog|warnx?|psignal|time|kill)$/.test(
      name,
    ) || /^(?:log|debug|err|warn)/i.test(name);
  return (
    someExprIn(loop, (expr) => expr.kind === 'call' && !isPlain(calledName(expr) ?? '')) ||
    someStmtIn(loop, ({ kind }) => kind === 'unknown')
  );
}
