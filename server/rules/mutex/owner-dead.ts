import { withoutCasts } from '../../analysis/operators';
import { type Expr, type Span, type Stmt, someExprIn, somePart, someStmtIn } from '../../c/ast';
import { calledName } from '../../c/cfg';
import type { Rule, RuleContext } from '../rule';
import { leavesAtEnd } from '../shared/endings';
import { calls, reachedFrom } from '../shared/globals';
import { contains, isStatement } from '../shared/statements';
import { callsIn, usesOf } from '../shared/uses';
import { fileMentions, fileNames, isProgram, ownCalls } from '../shared/whole-file';

const program = (consistent: string) => `#include <errno.h>
#include <pthread.h>
#include <stdlib.h>

struct shared {
  pthread_mutex_t lock;
  int count;
};

void shared_lock(struct shared *shared) {
  int error = pthread_mutex_lock(&shared->lock);
  if (error == EOWNERDEAD) {
    shared->count = 0;
${consistent}  } else if (error != 0) {
    abort();
  }
}
`;

const locking = /^pthread_(?:mutex_(?:timed|try|clock)?lock|cond_(?:timed|clock)?wait)$/;
const mending = /^pthread_mutex_consistent(?:_np)?$/;

export const ownerDead: Rule = {
  meta: {
    id: 'mutex/owner-dead',
    severity: 'warning',
    preset: 'recommended',
    title: 'A robust mutex is not made consistent after its owner has died',
    explanation:
      'EOWNERDEAD says that the last owner has died and that the caller has got the mutex. When it is unlocked before pthread_mutex_consistent has been called, it can never be locked again: every later call fails with ENOTRECOVERABLE, and who does not look goes on without it.',
    silence:
      'Functions that hand the error number to their callers, that end the process or give the mutex back at once when the owner has died, and calls of functions that are not at hand and may mend it.',
    references: [
      { page: 'pthread_mutex_consistent', section: 3 },
      { page: 'pthread_mutexattr_setrobust', section: 3 },
    ],
    example: { bad: program(''), good: program('    pthread_mutex_consistent(&shared->lock);\n') },
  },
  check: (context) => ({
    end() {
      const { definition } = context.scope;
      const [first] = callsIn(definition, locking);
      if (!first) return;
      if (usesOf(definition, 'EOWNERDEAD').length > 0) judgeMinded(first, context);
      else judgeUnminded(context);
    },
  }),
};

/** The function knows of the dead owner, takes the mutex all the same, and nobody makes it consistent. */
function judgeMinded(call: Expr, context: RuleContext): void {
  const { definition } = context.scope;
  const mayMend = someExprIn(definition.body, (expr) => {
    const name = calledName(expr);
    return (
      name !== undefined && /consistent|recover|repair|robust/i.test(name) && !context.functionNamed(name)
    );
  });
  if (mayMend || calls(reachedFrom(definition, context), mending) || isToldOrLeft(context)) return;
  context.report({
    span: call,
    message:
      'When this gives EOWNERDEAD the mutex is taken and its data may be half changed, and nothing makes it consistent: once it is unlocked, it can never be locked again. Put the data in order and call `pthread_mutex_consistent`.',
  });
}

/** Somebody else sees the error number, or the function does not go on with the mutex. */
function isToldOrLeft(context: RuleContext): boolean {
  const { definition } = context.scope;
  const named = usesOf(definition, 'EOWNERDEAD');
  const asks = (place: Span) => named.some(({ expr }) => contains(place, expr));
  const isLeft = (arm: Stmt) =>
    leavesAtEnd(arm, context) || someExprIn(arm, (expr) => /unlock/.test(calledName(expr) ?? ''));
  return someStmtIn(definition.body, (stmt) => {
    if (stmt.kind === 'switch') return asks(stmt.body);
    if (stmt.kind === 'return') return stmt.value !== undefined && withoutCasts(stmt.value).kind !== 'number';
    return stmt.kind === 'if' && asks(stmt.test) && somePart(stmt.test, isEqual) && isLeft(stmt.consequent);
  });
}

function isEqual(expr: Expr): boolean {
  return (
    expr.kind === 'binary' &&
    expr.op === '==' &&
    expr.right.kind === 'name' &&
    expr.right.name === 'EOWNERDEAD'
  );
}

/** The program makes its mutex robust, and nobody in it looks whether the owner has died. */
function judgeUnminded(context: RuleContext): void {
  const { definition } = context.scope;
  const isRobust = fileNames(context, 'PTHREAD_MUTEX_ROBUST') && isProgram(context);
  if (!isRobust || fileNames(context, 'EOWNERDEAD') || fileMentions(context, mending)) return;
  for (const { expr } of ownCalls(context, /^pthread_mutex_lock$/)) {
    if (!isStatement(definition, expr)) continue;
    context.report({
      span: expr,
      message:
        'The mutex is a robust one, and nobody looks for EOWNERDEAD, by which `pthread_mutex_lock` tells that its last owner has died: the data may be half changed, and once the mutex is unlocked, it can never be locked again. Test the result, put the data in order and call `pthread_mutex_consistent`.',
    });
    return;
  }
}
