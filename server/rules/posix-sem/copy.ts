import type { CType, Expr } from '../../c/ast';
import type { Rule, RuleContext } from '../rule';
import { excerpt } from '../support';

/** Objects that are known by their address. */
const objects: Record<string, string> = {
  sem_t: 'semaphore',
  pthread_mutex_t: 'mutex',
  pthread_cond_t: 'condition variable',
  pthread_rwlock_t: 'read-write lock',
  pthread_barrier_t: 'barrier',
};

export const copy: Rule = {
  meta: {
    id: 'posix-sem/copy',
    severity: 'error',
    preset: 'recommended',
    title: 'A semaphore, mutex or condition variable is copied',
    explanation:
      'These objects are known by their address. Waiting on a copy, posting to it or destroying it is undefined: who waits on the original is never woken, and two processes that lock two copies do not exclude each other.',
    silence: 'Structures that hold such an object, and functions whose declaration is not at hand.',
    references: [
      { page: 'sem_init', section: 3 },
      { page: 'pthread_mutex_init', section: 3 },
    ],
    example: {
      bad: `#include <semaphore.h>

static int enter(sem_t gate) {
  return sem_wait(&gate);
}

int work(sem_t *gate) {
  return enter(*gate);
}
`,
      good: `#include <semaphore.h>

static int enter(sem_t *gate) {
  return sem_wait(gate);
}

int work(sem_t *gate) {
  return enter(gate);
}
`,
    },
  },
  check: () => ({
    store({ target, value, at, expr }, context) {
      const kind = expr.kind === 'assign' && expr.op !== '=' ? undefined : objectAt(value.expr, context);
      if (kind !== undefined && typeOf(target, context) === kind) {
        context.report({
          span: at,
          message: `This copies a ${objects[kind]} (\`${kind}\`), and what the copy does has nothing to do with \`${excerpt(context, value.expr)}\`. Keep a pointer to the one object instead.`,
        });
      }
    },
    call(event, context) {
      const params = event.site
        ? undefined
        : context.scope.file.symbols.function(event.name)?.definition?.type.params;
      event.args.forEach(({ expr }, index) => {
        const kind = params?.[index] && nameOf(params[index].type);
        if (kind === undefined || !objects[kind] || objectAt(expr, context) !== kind) return;
        context.report({
          span: event.at.start === event.expr.start ? expr : event.at,
          message: `\`${event.name}\` gets a copy of the ${objects[kind]} \`${excerpt(context, expr)}\`, so what it does there nobody else sees. Let it take the address: \`${kind} *\`.`,
        });
      });
    },
  }),
};

/** The kind of object that an expression names, when it names one and does not make one. */
function objectAt(expr: Expr, context: RuleContext): string | undefined {
  const names = expr.kind === 'name' || expr.kind === 'member' || expr.kind === 'index';
  const follows = expr.kind === 'unary' && expr.op === '*';
  const isVariable =
    expr.kind !== 'name' ||
    context.scope.typeOf(expr.name) !== undefined ||
    context.scope.file.symbols.global(expr.name) !== undefined;
  const kind = (names && isVariable) || follows ? typeOf(expr, context) : undefined;
  return kind !== undefined && objects[kind] ? kind : undefined;
}

function typeOf(expr: Expr, context: RuleContext): string | undefined {
  const type = context.scope.evaluator.typeOf(expr, context.scope);
  return type && nameOf(type);
}

function nameOf(type: CType): string | undefined {
  return type.k === 'named' ? type.name : undefined;
}
